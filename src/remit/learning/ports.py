"""What the rest of Remit may ask of something that was learnt."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from remit.learning.outcomes import ReportedOutcome
from remit.learning.registry import Champion, Comparison, GateResult, ModelState, RegisteredModel
from remit.learning.rollout import Rollout


class OutcomeModel(Protocol):
    """A trained model of what will happen. `sha256` names the exact artefact that answers."""

    sha256: str

    def probabilities(self, features: Mapping[str, float | int | bool | str]) -> dict[str, float]:
        """The probability of each outcome, by its text (booleans are ``true`` and ``false``); they sum to one.

        Raises SystemFailed when the model cannot answer.
        """
        ...


class Outcomes(Protocol):
    """The outcomes that were reported. They are only ever added to."""

    def add(self, outcome: ReportedOutcome, key: str) -> None:
        """Store a report under the reporter's own id for it.

        Raises:
            Conflict: the decision has a report of that key, one of that name that this does not correct, or another
                correction of the same.
            InputError: the decision's case was erased.
        """
        ...

    def find(self, decision_id: str, key: str) -> ReportedOutcome | None:
        """The report of that key, if there is one."""
        ...

    def of(self, decision_id: str) -> list[ReportedOutcome]:
        """Everything reported of a decision, in the order in which it came in."""
        ...


class Models(Protocol):
    """Registered models with their bytes, the pointers to champions, what the gate said, rollouts and comparisons."""

    def register(self, model: RegisteredModel, onnx: bytes, card: bytes) -> None:
        """Store a model of a decision with its bytes. Raises Conflict when the decision has it already."""
        ...

    def get(self, pack: str, decision: str, sha256: str) -> RegisteredModel:
        """The model of that digest. Raises NotFound."""
        ...

    def of(self, pack: str, decision: str) -> list[RegisteredModel]:
        """Every model of a decision, in the order in which they were registered."""
        ...

    def artefact(self, sha256: str) -> tuple[bytes, bytes]:
        """The ONNX bytes and the card of a model, by content. Raises NotFound."""
        ...

    def mark(self, pack: str, decision: str, sha256: str, state: ModelState) -> None:
        """Say what has become of a model."""
        ...

    def champions(self) -> list[Champion]:
        """The pointer of each decision that has one. A decision without one has the model that its pack pins."""
        ...

    def succession(self, pack: str, decision: str) -> list[Champion]:
        """Every champion that a decision ever had, oldest first."""
        ...

    def point(self, champion: Champion) -> None:
        """Write the move that led to `champion.version`. Raises Conflict when somebody else moved first."""
        ...

    def add_gate(self, result: GateResult) -> None:
        """Store what the gate said."""
        ...

    def gates(self, pack: str, decision: str) -> list[GateResult]:
        """Everything that the gate said of a decision's challengers, oldest first."""
        ...

    def add_rollout(self, rollout: Rollout) -> None:
        """Store a rollout. Raises Conflict when another one of its decision is running."""
        ...

    def rollout(self, rollout_id: str) -> Rollout:
        """The rollout as it stands now. Raises NotFound."""
        ...

    def rollouts(self, pack: str, decision: str) -> list[Rollout]:
        """Every rollout of a decision, oldest first."""
        ...

    def running(self) -> list[Rollout]:
        """Every rollout that is running, oldest first."""
        ...

    def save_rollout(self, rollout: Rollout) -> None:
        """Write the move that led to `rollout.version`. Raises Conflict when somebody else moved first."""
        ...

    def compared(self, comparison: Comparison) -> None:
        """Store what both models proposed for a case; a case that is judged anew is compared anew."""
        ...

    def comparisons(self, rollout_id: str, step: int, since: datetime) -> list[Comparison]:
        """The cases that were compared at a step since a moment, in the order of their decisions."""
        ...
