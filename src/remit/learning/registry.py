"""Models as registered artefacts: what is known of each, which one is the champion, and what a challenger said.

A model is named by the SHA-256 of its ONNX bytes. The bytes and the card are kept beside these records, so a decision
of the past finds the model that it was made with.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from remit.core.words import plain
from remit.learning.assignment import Arm

ModelState = Literal["registered", "champion", "challenger", "retired", "rolled_back"]
GateWord = Literal["promote", "hold", "refuse"]


@dataclass(frozen=True, slots=True)
class RegisteredModel:
    """One model of one decision. `snapshot` is the SHA-256 of what it was trained on, where that was a snapshot."""

    sha256: str
    pack: str
    decision: str
    card_sha256: str
    snapshot: str | None
    state: ModelState
    registered_by: str
    registered_at: datetime

    def to_json(self) -> dict[str, Any]:
        """The model as its readers see it."""
        return {**plain(self), "registered_at": self.registered_at.isoformat()}


@dataclass(frozen=True, slots=True)
class Champion:
    """The pointer: which model proposes for a decision. Each move adds one; the highest `version` counts.

    `rollout` led to it; None for what a decision began with.
    """

    pack: str
    decision: str
    version: int
    sha256: str
    rollout: str | None
    by: str
    reason: str
    since: datetime

    def to_json(self) -> dict[str, Any]:
        """The pointer as its readers see it."""
        return {**plain(self), "since": self.since.isoformat()}


@dataclass(frozen=True, slots=True)
class GateResult:
    """What the gate said of a challenger against the champion of then, and the digest of its whole report."""

    id: str
    pack: str
    decision: str
    challenger: str
    champion: str
    word: GateWord
    report: Mapping[str, Any]
    report_sha256: str
    by: str
    at: datetime

    def to_json(self) -> dict[str, Any]:
        """The result as its readers see it."""
        said = {**plain(self), "report": dict(self.report), "at": self.at.isoformat()}
        return {"gate_id": said.pop("id"), **said}


@dataclass(frozen=True, slots=True)
class Comparison:
    """What both models proposed for one case of a rollout's step. `failed` is the code of the challenger's error.

    `challenger` is None where it failed; `took_us` is what its answer took of the processor, in microseconds.
    """

    rollout: str
    decision_id: str
    step: int
    arm: Arm
    champion: str | None
    challenger: str | None
    failed: str | None
    took_us: int
    at: datetime
