"""What is kept of a decision: how it began, what was judged, what was done. The store only writes these."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from remit.core.canonical import digest
from remit.core.errors import Corrupted
from remit.core.words import Actor, plain

Stage = Literal[
    "received", "awaiting_review", "committed", "executed", "advised", "denied", "rejected", "quarantined", "failed"
]
FINAL: frozenset[str] = frozenset({"executed", "advised", "denied", "rejected", "quarantined", "failed"})

DONE: frozenset[str] = frozenset({"executed", "advised"})
"""The ends in which what was decided stands: the action was carried out, or there was nothing to carry out."""

ALONE: frozenset[Stage] = frozenset({"executed", "advised", "denied"})
"""The ends that a decision can come to without a person."""

EffectState = Literal["planned", "attempted", "confirmed", "in_doubt", "failed"]
UNSETTLED: frozenset[EffectState] = frozenset({"planned", "attempted", "in_doubt"})
EffectKind = Literal["action", "compensation"]
"""An effect carries an action out, or undoes what was carried out."""

ObligationState = Literal["pending", "fulfilled", "void"]


@dataclass(frozen=True, slots=True)
class Versions:
    """Every version that a decision rests on. Together with the case they make it replayable."""

    pack: str
    pack_version: str
    pack_sha256: str
    policy_sha256: str
    model_sha256: str | None
    knowledge_snapshot: str
    graph_version: str

    def to_json(self) -> dict[str, Any]:
        return plain(self)


@dataclass(frozen=True, slots=True)
class Run:
    """How a decision began: the admitted case, who asked, and when; and until when its case has to be kept, if that is
    declared.
    """

    decision_id: str
    decision: str
    case: dict[str, Any]
    case_quality: Literal["ok", "degraded", "quarantined"]
    violations: tuple[dict[str, Any], ...]
    subject: str
    actor: Actor
    at: datetime
    salt: str
    request_key: str | None = None
    retention_class: str | None = None
    keep_until: datetime | None = None

    @property
    def input_commit(self) -> str:
        """SHA-256 over salt and case: the ledger names the input by it, and cannot be guessed back to it."""
        return digest([self.salt, self.case])

    def commit(self, value: Any) -> str:
        """SHA-256 over salt and something that may tell of the case: in its place the ledger names this."""
        return digest([self.salt, value])


@dataclass(frozen=True)
class Judgement:
    """What was thought before anything was done: when (RFC 3339), under which versions, with what result.

    `usage` is what the limits that the verdict rests on had counted by then, by their ids. `edit` is there when a
    reviewer put other arguments in place of those proposed: `by` whom, the `action`, its `args`, and what they were
    (`was`). `choice` is how the proposed action was chosen; see `remit.agents.choice`. `tape` has every call of a
    language model for it; see `remit.agents.tape`. Replay has to meet the canonical bytes.
    """

    at: str
    versions: dict[str, Any]
    plan: dict[str, Any]
    evidence: list[dict[str, Any]]
    needs: list[dict[str, Any]]
    proposal: dict[str, Any]
    verdict: dict[str, Any]
    usage: dict[str, dict[str, str]] = field(default_factory=dict)
    edit: dict[str, Any] = field(default_factory=dict)
    choice: dict[str, Any] = field(default_factory=dict)
    tape: list[dict[str, Any]] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """What is kept and digested. Where the verdict rests on no limit, nothing was edited or no language model was
        asked, it does not say so.

        Judgements of before choices were recorded have none, and keep their digests.
        """
        said = plain(self)
        for name in ("usage", "edit", "choice", "tape"):
            if not said[name]:
                del said[name]
        return said

    @functools.cached_property
    def sha256(self) -> str:
        """The digest of everything that was judged."""
        return digest(self.to_json())

    @property
    def evidence_root(self) -> str:
        """A digest over the evidence: id and text hash of each passage, in order."""
        return digest([[item["id"], item["sha256"]] for item in self.evidence])


@dataclass(frozen=True, slots=True)
class StoredDecision:
    """A decision as the store holds it now. Once it was erased (a moment, RFC 3339) it has no case and no judgement."""

    run: Run
    versions: Versions
    stage: Stage
    judgement: Judgement | None
    judgement_sha256: str | None
    action_digest: str | None
    review_id: str | None
    effect_result: dict[str, Any] | None
    note: str | None
    receipt: dict[str, Any] | None
    timings_ms: dict[str, float] = field(default_factory=dict)
    erased_at: str | None = None


def judged(stored: StoredDecision) -> Judgement:
    """The judgement of a decision, if it is the one that was recorded. Raises Corrupted."""
    judgement = stored.judgement
    if judgement is None or judgement.sha256 != stored.judgement_sha256:
        raise Corrupted(
            f"the stored judgement of decision {stored.run.decision_id} is not the one that was recorded",
            mend="nothing was executed; restore a backup, and run `remit ledger verify` on it",
        )
    return judgement


@dataclass(frozen=True, slots=True)
class PlannedEffect:
    """One execution of an action through a connector. `key` is unique: the same effect is never planned twice.

    `by` asked for a compensation; an action is carried out for whoever asked for its decision. The `args` of a
    compensation are the key, the args and the result of what it undoes: ``{"undoes": …, "args": …, "result": …}``.
    """

    key: str
    decision_id: str
    connector: str
    action: str
    args: dict[str, Any]
    state: EffectState = "planned"
    attempts: int = 0
    result: dict[str, Any] | None = None
    error: str | None = None
    kind: EffectKind = "action"
    by: Actor | None = None

    def to_json(self) -> dict[str, Any]:
        """As people see it, below its decision."""
        return {
            "connector": self.connector,
            "idempotency_key": self.key,
            "state": self.state,
            "attempts": self.attempts,
            "result": self.result,
            "error": self.error,
        }


def is_as_judged(effect: PlannedEffect, stored: StoredDecision) -> bool:
    """Whether an action's effect is the one that was judged, to the byte. Raises Corrupted with the judgement."""
    action = judged(stored).proposal["action"]
    expected = action_digest(stored.run.decision_id, action["name"], action["args"])
    planned = action_digest(stored.run.decision_id, effect.action, effect.args)
    return expected == planned == effect.key == stored.action_digest


@dataclass(frozen=True, slots=True)
class Obligation:
    """Something to `do` for somebody (`to`) because of an action. It is done at least once, under one `key`."""

    key: str
    decision_id: str
    do: str
    to: str
    state: ObligationState = "pending"
    attempts: int = 0
    result: dict[str, Any] | None = None
    error: str | None = None

    def to_json(self) -> dict[str, Any]:
        """As people see it, below its decision."""
        told = plain(self)
        del told["decision_id"]
        return {"idempotency_key": told.pop("key"), **told}


def owed(decision_id: str, verdict: Mapping[str, Any]) -> tuple[Obligation, ...]:
    """The obligations of a verdict. What it says twice is owed once."""
    duties = dict.fromkeys((each["do"], each["to"]) for each in verdict["obligations"])
    return tuple(
        Obligation(digest({"decision_id": decision_id, "do": do, "to": to}), decision_id, do, to) for do, to in duties
    )


def action_digest(decision_id: str, action: str, args: dict[str, Any]) -> str:
    """The digest that an approval, an effect and its idempotency key are bound to."""
    return digest({"decision_id": decision_id, "action": action, "args": args})


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which decisions are to be listed; None narrows nothing. `since` is included, `until` is not.

    `alone` leaves those that came to a word (`ALONE`) without a person.
    """

    pack: str | None = None
    decision: str | None = None
    stage: str | None = None
    asker: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    alone: bool = False


@dataclass(frozen=True, slots=True)
class Tally:
    """How many decisions of a day (UTC, ``2026-11-02``) are alike; `asked` says that a person was, or is, asked."""

    day: str
    pack: str
    decision: str
    stage: Stage
    asked: bool
    count: int


@dataclass(frozen=True, slots=True)
class Listed:
    """A decision in a list. Nothing of its case is in it."""

    decision_id: str
    pack: str
    decision: str
    stage: Stage
    asker: str
    at: str
    review_id: str | None
    erased_at: str | None

    def to_json(self) -> dict[str, Any]:
        """As people see it."""
        names = {"stage": "status", "asker": "asked_by", "at": "asked_at"}
        return {names.get(name, name): value for name, value in plain(self).items()}
