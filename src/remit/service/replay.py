"""Replay: think a past decision again, under its own versions and at its own moment, and compare byte for byte."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from remit.agents.records import StoredDecision, judged
from remit.agents.think import think
from remit.core.canonical import canonical_bytes, decimals_as_text, digest
from remit.core.errors import Corrupted, NotFound
from remit.policies.limits import usage_from_json
from remit.service.services import Services

PARTS = ("plan", "evidence", "needs", "proposal", "verdict")


@dataclass(frozen=True, slots=True)
class Replayed:
    """What came of one replay. `differs` names the parts that came out otherwise; empty means the same bytes."""

    decision_id: str
    same: bool
    differs: tuple[str, ...]
    then: dict[str, Any] | None = None
    now: dict[str, Any] | None = None
    note: str = ""

    def to_json(self) -> dict[str, Any]:
        return {
            "decision_id": self.decision_id,
            "same": self.same,
            "differs": list(self.differs),
            "then": self.then,
            "now": self.now,
            "note": self.note,
        }


def replay(services: Services, decision_id: str) -> Replayed:
    """Replay one decision. What was never judged (a quarantined case) has nothing to compare, and is the same.

    Raises:
        NotFound: the decision, its pack version or its knowledge snapshot is not stored here.
    """
    try:
        with services.store.read() as unit:
            stored = unit.decisions.get(decision_id)
        return _replayed(services, stored)
    except Corrupted as error:
        return Replayed(decision_id, False, ("record",), note=error.message)


def replay_all(services: Services) -> Iterator[Replayed]:
    """Replay every decision, oldest first; yields `Replayed`."""
    with services.store.read() as unit:
        ids = unit.decisions.ids()
    for decision_id in ids:
        try:
            yield replay(services, decision_id)
        except NotFound as error:
            yield Replayed(decision_id, False, ("versions",), note=error.message)


def _replayed(services: Services, stored: StoredDecision) -> Replayed:
    recorded = stored.judgement
    decision_id = stored.run.decision_id
    if recorded is None:
        return Replayed(decision_id, True, (), note="nothing was judged")
    recorded = judged(stored)
    pack = services.pack_version(recorded.versions["pack"], recorded.versions["pack_sha256"])
    decision = services.decision(pack, stored.run.decision)
    deps = services.deps(stored.run, pack, decision, snapshot=recorded.versions["knowledge_snapshot"])
    again = think(replace(deps, usage=usage_from_json(recorded.usage)), recorded.at, recorded.edit)
    then, now = recorded.to_json(), again.to_json()
    differs = tuple(part for part in PARTS if _bytes(then[part]) != _bytes(now[part]))
    if not differs:
        return Replayed(decision_id, digest(then) == digest(now), ())
    return Replayed(
        decision_id,
        False,
        differs,
        {part: then[part] for part in differs},
        {part: now[part] for part in differs},
    )


def _bytes(value: Any) -> bytes:
    return canonical_bytes(decimals_as_text(value))
