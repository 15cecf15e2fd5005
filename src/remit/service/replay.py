"""Replay: think a past decision again, under its own versions and at its own moment, and compare byte for byte."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from remit.agents.brains.declared import DeclaredBrain, model_failure
from remit.agents.guard import sure_then
from remit.agents.planner import search_failures
from remit.agents.ports import Brain, Deps
from remit.agents.records import Judgement, StoredDecision, judged
from remit.agents.tape import with_others
from remit.agents.think import think
from remit.core.canonical import digest, recorded_bytes
from remit.core.errors import Corrupted, NotFound, SystemFailed
from remit.core.problems import did_you_mean
from remit.policies.limits import usage_from_json
from remit.retrieval.ports import DocumentErased
from remit.service.differences import Change, differences
from remit.service.evidence import EvidenceAsFound
from remit.service.exploring import as_it_was
from remit.service.services import Services

PARTS = ("plan", "evidence", "needs", "proposal", "choice", "tape", "verdict", "usage", "versions")


@dataclass(frozen=True, slots=True)
class Replayed:
    """What came of one replay. `differs` names the parts that came out otherwise; empty means the same bytes.

    `then` and `now` are those parts in full, `changes` each field of them that differs. `lost` says that nothing can be
    compared, since a document was erased that the decision rested on: it came out neither the same nor otherwise.
    """

    decision_id: str
    same: bool
    differs: tuple[str, ...]
    then: dict[str, Any] | None = None
    now: dict[str, Any] | None = None
    note: str = ""
    changes: tuple[Change, ...] = ()
    lost: bool = False

    def to_json(self) -> dict[str, Any]:
        return {
            "decision_id": self.decision_id,
            "same": self.same,
            "differs": list(self.differs),
            "changes": [change.to_json() for change in self.changes],
            "then": self.then,
            "now": self.now,
            "note": self.note,
            "lost": self.lost,
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


def replay_all(
    services: Services,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    decision: str | None = None,
) -> Iterator[Replayed]:
    """Replay the decisions that were asked for from `since` on and before `until`, of one name or all; oldest first.

    What cannot be read, or whose versions are not stored here, comes out as different: it never stops the others.

    Raises:
        NotFound: no decision has that name; it is raised at the end, when all are known.
    """
    with services.store.read() as unit:
        ids = unit.decisions.ids()
    names: set[str] = set()
    for decision_id in ids:
        try:
            with services.store.read() as unit:
                run = unit.decisions.get(decision_id).run
        except Corrupted as error:
            yield Replayed(decision_id, False, ("record",), note=error.message)
            continue
        names.add(run.decision)
        is_meant = (since is None or run.at >= since) and (until is None or run.at < until)
        if is_meant and decision in (None, run.decision):
            try:
                yield replay(services, decision_id)
            except NotFound as error:
                yield Replayed(decision_id, False, ("versions",), note=error.message)
    if decision is not None and decision not in names:
        raise NotFound(f"no decision is called `{decision}`", mend=did_you_mean(decision, names))


def _replayed(services: Services, stored: StoredDecision) -> Replayed:
    recorded = stored.judgement
    decision_id = stored.run.decision_id
    if stored.erased_at is not None:
        return Replayed(decision_id, True, (), note=f"its case was erased on {stored.erased_at[:10]}: nothing is left")
    if recorded is None:
        return Replayed(decision_id, True, (), note="nothing was judged")
    recorded = judged(stored)
    pack = services.pack_version(recorded.versions["pack"], recorded.versions["pack_sha256"])
    decision = services.decision(pack, stored.run.decision)
    try:
        deps = services.deps(stored.run, pack, decision, snapshot=recorded.versions["knowledge_snapshot"])
    except DocumentErased as error:
        note = f"a document that this decision rested on was erased: {error.message}"
        return Replayed(decision_id, False, (), note=note, lost=True)
    again = think(
        replace(_as_it_was(deps, recorded), usage=usage_from_json(recorded.usage)), recorded.at, recorded.edit
    )
    again = replace(again, tape=with_others(again.tape, recorded.tape, deps.versions.model_sha256))
    if not recorded.choice:  # it was made before choices were recorded
        again = replace(again, choice={})
    then, now = recorded.to_json(), again.to_json()
    differs = tuple(part for part in PARTS if _bytes(then.get(part)) != _bytes(now.get(part)))
    if not differs:
        return Replayed(decision_id, digest(then) == digest(now), ())
    before, after = ({part: judgement.get(part) for part in differs} for judgement in (then, now))
    return Replayed(decision_id, False, differs, before, after, changes=tuple(differences(before, after)))


def _as_it_was(deps: Deps, recorded: Judgement) -> Deps:
    """The same deps, but what was broken when the decision was made is broken again: the record tells of it."""
    failures = search_failures(recorded.plan, recorded.needs)
    if failures:
        deps = replace(deps, knowledge=EvidenceAsFound(deps.knowledge, failures))
    return replace(
        deps,
        brain=brain_then(deps.brain, recorded),
        grant=as_it_was(recorded.choice),
        sure_from=sure_then(recorded.verdict),
        recorded=recorded.tape,
    )


def brain_then(brain: Brain, recorded: Judgement) -> Brain:
    """The brain as it was: where its trained model failed when the decision was made, it fails again."""
    code = model_failure(recorded.proposal)
    if code is None:
        return brain
    from remit.agents.brains.llm import LlmBrain

    failing = DeclaredBrain(_FailingModel(code))
    return brain.falling_back_on(failing) if isinstance(brain, LlmBrain) else failing


class _FailingModel:
    """The model of a decision that was made while it could not answer."""

    def __init__(self, code: str) -> None:
        self.sha256 = ""
        self._code = code

    def probabilities(self, features: Mapping[str, float | int | bool | str]) -> dict[str, float]:
        raise SystemFailed("the model failed then, too", code=self._code)


def _bytes(value: Any) -> bytes:
    return recorded_bytes(value)
