"""Watch the promise of a threshold that is in use: from now on every outcome is held against it.

Once outcomes break it, `watch_drift` raises an alarm, and whatever the contract would let pass below what still holds
goes to a person, until somebody has acknowledged the alarm (`remit.learning.promise`, `remit.agents.guard`).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from remit.core.errors import Conflict, Refused
from remit.core.words import Actor
from remit.learning.promise import PROMISE, promised
from remit.service.learning.check_snapshot import verified
from remit.service.learning.choose_threshold import chosen_by, judged_cases
from remit.service.learning.common import must_manage
from remit.service.services import Services


def watch_threshold(
    services: Services, snapshot: str, actor: Actor, *, bound: float, delta: float, capacity: float | None = None
) -> dict[str, Any]:
    """Watch the threshold that `choose_threshold` finds by the same numbers; gives the promise as it stands.

    It takes the place of the one that was watched before.

    Raises:
        NotFound, InputError: there is no such snapshot, its rows are elsewhere, or too little of it can be judged.
        Refused: the actor may not, no threshold keeps the promise, or the snapshot was retired.
        Conflict: the promise before is broken and nobody has acknowledged it, or a worker was first.
        Corrupted: its rows are not those that were made.
    """
    must_manage(actor)
    made = verified(services, snapshot)
    cases = judged_cases(services, made)
    threshold = chosen_by(cases, bound=bound, delta=delta, capacity=capacity).threshold
    if threshold is None or not cases.speak_for_all:
        raise Refused("no threshold of this snapshot keeps the promise", mend="ask `remit learn thresholds` why")
    books = zip(cases.confidences.tolist(), (cases.losses == 0).tolist(), strict=True)
    promise = promised(threshold, cases.grid, books, bound=bound, delta=delta, snapshot=made.sha256, since=cases.newest)
    with services.store.write() as unit:
        watch = unit.watches.get(made.pack, made.decision)
        if any(
            each.series == PROMISE and each.acknowledged_at is None
            for each in unit.watches.alarms(made.pack, made.decision)
        ):
            raise Conflict("the promise before is broken, and nobody has said so", mend="`remit learn acknowledge`")
        unit.watches.save(replace(watch, promise=promise, version=watch.version + 1))
        body = {"pack": made.pack, "decision": made.decision, **promise.shown()}
        unit.journal.append("threshold.watched", actor=actor, body=body)
    return promise.shown()
