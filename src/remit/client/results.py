"""What Remit answers with, as frozen values. `raw` is the whole answer, with whatever a later Remit adds to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

OPEN = ("received", "awaiting_review", "committed")
"""The states of a decision that something still follows on."""


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision as it stands.

    `status` is executed, advised, denied, rejected, quarantined or failed once it is final; received, committed or
    awaiting_review before. `action` has a `name` and `args`; `verdict` the effect, findings and policy; `receipt` the
    place and the hash of the event that recorded it.
    """

    decision_id: str
    decision: str
    status: str
    action: Mapping[str, Any] | None
    confidence: float | None
    reasons: Sequence[str]
    verdict: Mapping[str, Any] | None
    receipt: Mapping[str, Any] | None
    review_id: str | None
    effect: Any
    raw: Mapping[str, Any] = field(repr=False)

    @property
    def is_final(self) -> bool:
        """Whether nothing follows any more."""
        return self.status not in OPEN

    @property
    def waits_for_people(self) -> bool:
        """Whether a review has to be decided first."""
        return self.status == "awaiting_review"

    @classmethod
    def read(cls, said: Mapping[str, Any]) -> Decision:
        return cls(
            decision_id=said["decision_id"],
            decision=said["decision"],
            status=said["status"],
            action=said.get("action"),
            confidence=said.get("confidence"),
            reasons=tuple(said.get("reasons") or ()),
            verdict=said.get("verdict"),
            receipt=said.get("receipt"),
            review_id=said.get("review_id"),
            effect=said.get("effect"),
            raw=said,
        )


@dataclass(frozen=True, slots=True)
class Review:
    """A review, whole or as a line of the queue, at the version that was looked at."""

    review_id: str
    state: str
    version: int
    raw: Mapping[str, Any] = field(repr=False)

    @classmethod
    def read(cls, said: Mapping[str, Any]) -> Review:
        return cls(said["review_id"], said["state"], said["version"], said)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a review by one's word. `status` is the decision's; None while more people have to speak."""

    review_id: str
    state: str
    version: int
    status: str | None
    raw: Mapping[str, Any] = field(repr=False)

    @classmethod
    def read(cls, said: Mapping[str, Any]) -> Verdict:
        decision = said.get("decision")
        status = decision.get("status") if isinstance(decision, Mapping) else None
        return cls(said["review_id"], said["state"], said["version"], status, said)


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch of cases, and how far it has got. `counts` says how many rows are in which state."""

    batch_id: str
    status: str
    rows: int
    counts: Mapping[str, int]
    raw: Mapping[str, Any] = field(repr=False)

    @classmethod
    def read(cls, said: Mapping[str, Any]) -> Batch:
        return cls(said["batch_id"], said["status"], said["rows"], said["counts"], said)


@dataclass(frozen=True, slots=True)
class Passage:
    """A passage that a search found."""

    id: str
    source: str
    text: str
    trust: str
    score: float
    raw: Mapping[str, Any] = field(repr=False)

    @classmethod
    def read(cls, said: Mapping[str, Any]) -> Passage:
        return cls(said["id"], said["source"], said["text"], said["trust"], said["score"], said)
