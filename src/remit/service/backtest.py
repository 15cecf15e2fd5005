"""Backtest: what another contract would have said of the decisions that were made, on the facts as they were judged.

Nothing is retrieved or proposed again: case, proposal, evidence, needs, actor and moment are those of the stored
judgement. What the contract reads and a decision does not hold is reported; nothing is filled in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from remit.agents.guard import facts_of
from remit.agents.records import Judgement, StoredDecision, judged
from remit.agents.shadow import differ, timeless, word
from remit.agents.state import state_of
from remit.core.errors import Corrupted, InputError, NotFound, Undecidable
from remit.core.words import PolicyRef
from remit.packs.pack import Decision
from remit.policies.evaluate import CompiledContract
from remit.policies.limits import usage_from_json
from remit.policies.types import UnfitFacts
from remit.service.candidate import Candidate, read_candidate
from remit.service.missing_facts import Reads, missing_counts, missing_facts, reads_of
from remit.service.services import Services
from remit.service.tables import CaseFile

FACTS_RULE = "facts"
"""The finding of a contract that cannot take the facts at all: a field or an action that today's pack does not know."""

_STRICTNESS = {"allow": 0, "escalate": 1, "deny": 2}


@dataclass(frozen=True, slots=True)
class Changed:
    """A decision on which the two contracts differ, and what its action was worth: None where no outcome is known."""

    decision_id: str
    subject: str
    at: str
    action: str
    status: str
    then: Mapping[str, Any]
    now: Mapping[str, Any]
    worth: float | None

    def to_json(self) -> dict[str, Any]:
        return {
            "decision_id": self.decision_id,
            "subject": self.subject,
            "at": self.at,
            "action": self.action,
            "status": self.status,
            "then": dict(self.then),
            "now": dict(self.now),
            "worth": self.worth,
        }


@dataclass(frozen=True, slots=True)
class Unjudged:
    """A decision of which the contract's word is not known, and which facts are missing."""

    decision_id: str
    subject: str
    missing: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        return {"decision_id": self.decision_id, "subject": self.subject, "missing": list(self.missing)}


@dataclass(frozen=True, slots=True)
class Transition:
    """All decisions that go from one effect to another. `worth` sums the rewards of those whose outcome is known."""

    then: str
    now: str
    decisions: int
    known: int
    worth: float

    def to_json(self) -> dict[str, Any]:
        unknown = self.decisions - self.known
        worth = self.worth if self.known else None
        return {"then": self.then, "now": self.now, "decisions": self.decisions, "worth": worth, "unknown": unknown}


@dataclass(frozen=True)
class Backtest:
    """What a backtest found. `same` decisions would have come out as they did."""

    decision: str
    policy: PolicyRef
    same: int
    changed: tuple[Changed, ...]
    unjudged: tuple[Unjudged, ...]

    @property
    def replayed(self) -> int:
        """How many judged decisions were looked at."""
        return self.same + len(self.changed) + len(self.unjudged)

    @property
    def transitions(self) -> list[Transition]:
        """The changes by effect, the most permissive first: deny to allow before everything else."""
        found: dict[tuple[str, str], list[float | None]] = {}
        for each in self.changed:
            found.setdefault((each.then["effect"], each.now["effect"]), []).append(each.worth)
        order = sorted(found, key=lambda step: (_danger(*step), step))
        return [
            Transition(then, now, len(worths), len(known), round(sum(known), 6))
            for then, now in order
            for worths in [found[then, now]]
            for known in [[worth for worth in worths if worth is not None]]
        ]

    def to_json(self, *, subjects: bool = True) -> dict[str, Any]:
        """The report; without `subjects` it names nobody, so that it can be kept for good."""
        lists = {
            "changed": [each.to_json() for each in self.changed],
            "unjudged": [each.to_json() for each in self.unjudged],
        }
        return {
            "decision": self.decision,
            "policy": self.policy.to_json(),
            "replayed": self.replayed,
            "same": self.same,
            "transitions": [each.to_json() for each in self.transitions],
            **{name: [_without(row, subjects) for row in rows] for name, rows in lists.items()},
        }


def backtest(
    services: Services,
    pack_ref: str,
    text: str,
    label: str,
    *,
    since: datetime | None = None,
    outcomes: Path | None = None,
) -> Backtest:
    """Backtest a contract, given as text, over the decisions that were logged.

    Args:
        label: how problems name the contract.
        since: only decisions that were asked for at this moment or later.
        outcomes: a file of cases with an ``outcome.`` column; its rows are matched by the data contract's key.

    Raises:
        NotFound, SourceError: as for `read_candidate`.
        InputError: the outcomes cannot be read or matched.
    """
    candidate = read_candidate(services, pack_ref, text, label)
    known = {} if outcomes is None else _outcomes(outcomes, candidate.decision)
    return backtest_of(services, candidate, since=since, outcomes=known)


def backtest_of(
    services: Services,
    candidate: Candidate,
    *,
    since: datetime | None = None,
    outcomes: Mapping[str, str] | None = None,
) -> Backtest:
    """`backtest` of a contract that is loaded; `outcomes` by the value of the data contract's key, as text."""
    tried = _Tried(services, timeless(candidate.policy), reads_of(candidate.policy))
    same = 0
    changed: list[Changed] = []
    unjudged: list[Unjudged] = []
    with services.store.read() as unit:
        ids = unit.decisions.ids()
    for decision_id in ids:
        subject = ""
        try:
            with services.store.read() as unit:
                stored = unit.decisions.get(decision_id)
            subject = stored.run.subject
            if not _is_meant(stored, candidate, since):
                continue
            judgement = judged(stored)
            then, now, missing = tried.on(stored, judgement)
        except Corrupted as error:
            unjudged.append(Unjudged(decision_id, subject, (error.message,)))
            continue
        if missing:
            unjudged.append(Unjudged(decision_id, subject, tuple(missing)))
        elif differ(then, now):
            changed.append(_changed(stored, judgement, then, now, candidate.decision, outcomes or {}))
        else:
            same += 1
    changed.sort(key=lambda each: (_danger(each.then["effect"], each.now["effect"]), each.at, each.decision_id))
    return Backtest(candidate.decision.name, candidate.policy.ref, same, tuple(changed), tuple(unjudged))


def _danger(then: str, now: str) -> int:
    """From -2, deny to allow, to 2, allow to deny."""
    return _STRICTNESS[now] - _STRICTNESS[then]


def _is_meant(stored: StoredDecision, candidate: Candidate, since: datetime | None) -> bool:
    ours = (stored.versions.pack, stored.run.decision) == (candidate.pack.name, candidate.decision.name)
    return ours and stored.judgement is not None and (since is None or stored.run.at >= since)


@dataclass(frozen=True)
class _Tried:
    """The contract under trial, and what it reads."""

    services: Services
    policy: CompiledContract
    reads: Reads

    def on(self, stored: StoredDecision, judgement: Judgement) -> tuple[dict[str, Any], dict[str, Any], list[str]]:
        """What was said then, what this contract says of the same facts, and which facts it would need besides."""
        then = _decision_then(self.services, judgement, stored.run.decision)
        missing = list(missing_facts(self.reads, stored.run, judgement, then))
        facts = facts_of(state_of(judgement), stored.run, datetime.fromisoformat(judgement.at))
        now = word(self.policy.evaluate(facts).to_json())
        if now["effect"] == "allow" or self.policy.reads:
            # Limits speak only of what is allowed otherwise, unless a condition reads what they have counted.
            missing += missing_counts(self.policy, facts, judgement, then)
            now = word(self.policy.evaluate(replace(facts, usage=usage_from_json(judgement.usage))).to_json())
        if FACTS_RULE in now["rules"]:
            missing.append("facts that fit the pack as it is now")
        return word(judgement.verdict), now, missing


def _decision_then(services: Services, judgement: Judgement, name: str) -> Decision | None:
    """The decision as the pack declared it then; None when that version is no longer known."""
    try:
        pack = services.pack_version(judgement.versions["pack"], judgement.versions["pack_sha256"])
    except NotFound:
        return None
    return pack.decisions.get(name)


def _changed(
    stored: StoredDecision,
    judgement: Judgement,
    then: Mapping[str, Any],
    now: Mapping[str, Any],
    decision: Decision,
    outcomes: Mapping[str, str],
) -> Changed:
    run, action = stored.run, judgement.proposal["action"]["name"]
    outcome = outcomes.get(str(run.case.get(decision.contract.key or "")))
    worth = None if outcome is None else _worth(decision, run.case, action, outcome)
    return Changed(run.decision_id, run.subject, run.at.isoformat(), action, stored.stage, then, now, worth)


def _worth(decision: Decision, case: Mapping[str, Any], action: str, outcome: str) -> float | None:
    """The reward of an action under an outcome; None where today's pack cannot tell."""
    try:
        return decision.rewards(case).get(action, {}).get(outcome)
    except (Undecidable, UnfitFacts):
        return None


def _outcomes(path: Path, decision: Decision) -> dict[str, str]:
    """The known outcome by key. A key with outcomes that contradict each other has none that is known."""
    key = decision.contract.key
    if key is None:
        raise InputError(
            "the data contract has no primary key, so that no outcome can be matched", mend="mark it: primaryKey: true"
        )
    file = CaseFile(path, decision.contract.record)
    found: dict[str, set[str]] = {}
    for (number, case), outcome in zip(file.cases(), file.outcomes(decision.outcome.name), strict=True):
        if outcome is None:
            continue
        if outcome not in decision.outcome.values:
            raise InputError(f"{path}, row {number}: `{outcome}` is no value of `{decision.outcome.name}`")
        found.setdefault(str(case.get(key)), set()).add(outcome)
    if not found:
        column = f"outcome.{decision.outcome.name}"
        raise InputError(f"{path} has no outcome in a column `{column}`", mend="give a file with that column")
    return {name: next(iter(values)) for name, values in found.items() if len(values) == 1}


def _without(row: dict[str, Any], subjects: bool) -> dict[str, Any]:
    return row if subjects else {name: value for name, value in row.items() if name != "subject"}
