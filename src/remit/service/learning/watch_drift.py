"""Feed the watches: each decision once it is final, and once more when its outcome is due, in order and exactly once.

A worker reads where the watch stands and what comes next, thinks, and writes both in one unit of work, with the alarms
and their ledger events. Each write moves on from what was read: of several workers one gets ahead, the others have done
nothing, and what a crash cut off is fed again from where it was.

Losses are of matured decisions alone: an outcome counts when it is due, whoever reported it sooner, in the order in
which decisions became final. One that comes late is fed when it comes, and after as long again nobody waits for it.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from remit.agents.ports import Unit
from remit.agents.records import StoredDecision
from remit.core.errors import Conflict, RemitError
from remit.learning.holdout import in_holdout
from remit.learning.ports import Final
from remit.learning.watch import SOURCE, DriftAlarm, Features, Raised, Rewarded, Watch
from remit.packs.pack import Decision
from remit.service.learning.common import AUTOMATION, origin_of, outcome_of, worth
from remit.service.services import Services

_log = logging.getLogger(__name__)
AT_ONCE = 100
"""Decisions that are fed in one unit of work."""
TURNS_MAX = 20
"""Units of work at one look; the next look goes on."""
LATE_MIN = timedelta(days=30)


def watch_drift(services: Services, now: datetime) -> int:
    """Feed what has become final or due since the last look; gives how many alarms were raised.

    What another worker feeds at the same time is left to it.
    """
    raised = 0
    try:
        for _ in range(TURNS_MAX):
            told = _feed_finals(services, now)
            if told is None:
                break
            raised += told
        with services.store.read() as unit:
            watched = unit.watches.all()
        for pack, decision in watched:
            for _ in range(TURNS_MAX):
                told = _feed_due(services, pack, decision, now)
                if told is None:
                    break
                raised += told
    except Conflict:
        return raised
    return raised


def _feed_finals(services: Services, now: datetime) -> int | None:
    """Feed the next decisions that became final; gives the alarms, None when there are no more."""
    with services.store.read() as unit:
        place = unit.watches.place()
        finals, end = unit.watches.finals(place, AT_ONCE)
        found = [(final, stored) for final in finals if (stored := _readable(unit, final.decision_id)) is not None]
        keys = dict.fromkeys(_key(stored) for _, stored in found)
        before = {key: unit.watches.get(*key) for key in keys}
        after = dict(before)
        for _, stored in found:
            after[_key(stored)] = _decided(unit, after[_key(stored)], stored)
    if end == place:
        return None
    expected = [
        (final, stored, due) for final, stored in found if (due := _due_at(services, final, stored)) is not None
    ]
    with services.store.write() as unit:
        unit.watches.go_on(place, end)
        raised = sum(_save(services, unit, before[key], after[key], now) for key in keys)
        for final, stored, due in expected:
            unit.watches.expect(*_key(stored), final.decision_id, final.place, due)
    return raised


def _feed_due(services: Services, pack: str, decision: str, now: datetime) -> int | None:
    """Feed the outcomes of a decision that are due next, and late ones; gives the alarms, None when there are none."""
    late: list[tuple[str, datetime]] = []
    with services.store.read() as unit:
        before = after = unit.watches.get(pack, decision)
        due = unit.watches.due(pack, decision, now, AT_ONCE)
        too_late = unit.watches.late(pack, decision, AT_ONCE)
        for decision_id in (*due, *too_late):
            stored = _readable(unit, decision_id)
            if stored is None:
                continue
            try:
                declared = _declared(services, stored)
                rewarded = _rewarded(unit, pack, declared, stored)
            except RemitError as error:
                _log.error("what became of the decision %s cannot be watched: %s", decision_id, error.message)
                continue
            if rewarded is not None:
                after = after.rewarded(rewarded)
            elif decision_id not in too_late:
                late.append((decision_id, now + max(LATE_MIN, timedelta(days=declared.outcome.horizon_days))))
    if not due and not too_late:
        return None
    waiting = {decision_id for decision_id, _ in late}
    with services.store.write() as unit:
        raised = _save(services, unit, before, after, now, always=True)
        unit.watches.settle([each for each in (*due, *too_late) if each not in waiting])
        for decision_id, until in late:
            unit.watches.wait(decision_id, until)
        unit.watches.give_up(now)
    return raised


def _save(services: Services, unit: Unit, before: Watch, after: Watch, now: datetime, *, always: bool = False) -> int:
    """Write a watch and what it raised, each alarm with its ledger event; gives how many."""
    if after is before and not always:
        return 0
    known, told = after.raised(before)
    unit.watches.save(replace(known, version=before.version + 1))
    for each in told:
        alarm = _alarm(services, before, each, now)
        unit.watches.put_alarm(alarm)
        body = {name: part for name, part in alarm.to_json().items() if name not in ("raised_at", "acknowledged")}
        unit.journal.append("drift.alarmed", actor=AUTOMATION, body=body)
    return len(told)


def _alarm(services: Services, watch: Watch, raised: Raised, now: datetime) -> DriftAlarm:
    return DriftAlarm(services.ids.new(), watch.pack, watch.decision, raised.series, raised.found, now)


def _decided(unit: Unit, watch: Watch, stored: StoredDecision) -> Watch:
    """The watch with one more final decision, and with the features' reference once it has its decisions."""
    action = stored.judgement.proposal["action"]["name"] if stored.judgement else None
    after = watch.decided(len(stored.run.violations), stored.review_id is not None, action, features_of(stored))
    if not after.wants_reference:
        return after
    rows = [features_of(each) for decision_id in after.begun if (each := _readable(unit, decision_id)) is not None]
    return after.referred(rows)


def features_of(stored: StoredDecision) -> Features:
    """What a decision was decided on, as it was served; nothing where it was not judged or is erased."""
    judgement = stored.judgement
    served: Mapping[str, Any] = {} if judgement is None else judgement.choice.get("features") or {}
    values = {name: value for name, value in served.items() if _is_value(value)}
    if judgement is not None and judgement.evidence:
        values[SOURCE] = judgement.evidence[0]["source"]
    return Features(stored.run.decision_id, values)


def _is_value(value: Any) -> bool:
    return isinstance(value, str | bool | int) or (isinstance(value, float) and math.isfinite(value))


def _rewarded(unit: Unit, pack: str, declared: Decision, stored: StoredDecision) -> Rewarded | None:
    """What became of a decision, as far as it is known. Raises Undecidable."""
    judgement = stored.judgement
    if judgement is None:
        return None
    of = worth(declared, stored, outcome_of(declared, unit.outcomes.of(stored.run.decision_id)))
    action = judgement.proposal["action"]["name"]
    if of is None or action not in of:
        return None
    is_held = in_holdout(stored.run.subject, pack, declared.name, declared.holdout)
    claimed = judgement.proposal.get("confidence")
    confidence = float(claimed) if claimed is not None and 0 <= float(claimed) <= 1 else None
    return Rewarded(of[action], origin_of(stored, is_held), of[action] == max(of.values()), confidence, _own_at(stored))


def _own_at(stored: StoredDecision) -> datetime | None:
    """When it was made, where the action is what the proposer thought best: neither edited nor explored."""
    judgement = stored.judgement
    assert judgement is not None
    is_own = not judgement.edit and judgement.proposal["propensity"] >= 1.0
    return stored.run.at if is_own else None


def _due_at(services: Services, final: Final, stored: StoredDecision) -> datetime | None:
    """When the outcome of a decision is due; None when nothing can be learnt of it."""
    if stored.judgement is None:
        return None
    try:
        return final.at + timedelta(days=_declared(services, stored).outcome.horizon_days)
    except RemitError as error:
        _log.error("what becomes of the decision %s cannot be watched: %s", final.decision_id, error.message)
        return None


def _declared(services: Services, stored: StoredDecision) -> Decision:
    """The decision as it was declared when it was made."""
    return services.pack_version(stored.versions.pack, stored.versions.pack_sha256).decisions[stored.run.decision]


def _readable(unit: Unit, decision_id: str) -> StoredDecision | None:
    """A decision that is there to be watched. One that cannot be read, or was erased, keeps no other from its turn."""
    try:
        stored = unit.decisions.get(decision_id)
    except RemitError as error:
        _log.error("the decision %s cannot be watched: %s", decision_id, error.message)
        return None
    return None if stored.erased_at is not None else stored


def _key(stored: StoredDecision) -> tuple[str, str]:
    return stored.versions.pack, stored.run.decision
