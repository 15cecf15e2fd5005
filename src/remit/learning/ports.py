"""What the rest of Remit may ask of something that was learnt."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from remit.learning.outcomes import ReportedOutcome
from remit.learning.registry import Champion, Comparison, GateResult, ModelState, RegisteredModel
from remit.learning.rollout import Rollout
from remit.learning.snapshot import BuiltSnapshot, MadeSnapshot, Part, Shape
from remit.learning.training import Training, Wish
from remit.learning.watch import DriftAlarm, Watch


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

    def of_all(self, decision_ids: Sequence[str]) -> dict[str, list[ReportedOutcome]]:
        """The same of many decisions at once; those of which nothing was reported are left out."""
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


class Trials(Protocol):
    """What prompt versions said of decisions that they did not decide. It is asked for once, and kept: a language model
    may say something else the next time, and a gate that asked until it liked the answers would promise nothing.
    """

    def keep(self, version: str, decision_id: str, calls: Sequence[Mapping[str, Any]]) -> None:
        """Store the tape of a trial; nothing is kept of a case that was erased.

        Raises Conflict: there is one of this version already.
        """
        ...

    def of(self, version: str, decision_ids: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
        """The tapes of those decisions on which a version was tried."""
        ...


@dataclass(frozen=True, slots=True)
class Final:
    """A decision that has become final: its place in the ledger, and when that was."""

    place: int
    at: datetime
    decision_id: str


class Watches(Protocol):
    """The watches over decisions, what they were fed, and their alarms.

    Whoever changes a watch read it before and writes the version that follows, so of several workers one feeds it.
    """

    def place(self) -> int:
        """The place in the ledger up to which decisions that became final were fed; -1 before the first."""
        ...

    def finals(self, after: int, limit: int) -> tuple[list[Final], int]:
        """So many of the decisions that became final after a place, in order, and the place where to go on."""
        ...

    def go_on(self, before: int, after: int) -> None:
        """Move the place. Raises Conflict when somebody else moved it first."""
        ...

    def get(self, pack: str, decision: str) -> Watch:
        """The watch over a decision; one that was never fed has version 0. Raises Corrupted."""
        ...

    def all(self) -> list[tuple[str, str]]:
        """The pack and the name of each decision that is watched."""
        ...

    def save(self, watch: Watch) -> None:
        """Write what led to `watch.version`. Raises Conflict when somebody else was first."""
        ...

    def expect(self, pack: str, decision: str, decision_id: str, place: int, due_at: datetime) -> None:
        """Wait for what becomes of a decision, until it is due. One that is waited for already stays as it is."""
        ...

    def due(self, pack: str, decision: str, now: datetime, limit: int) -> list[str]:
        """So many of the decisions whose outcome is due by now, in the order in which they became final."""
        ...

    def late(self, pack: str, decision: str, limit: int) -> list[str]:
        """So many of those that had no outcome when it was due, and have one by now, in the same order."""
        ...

    def wait(self, decision_id: str, until: datetime) -> None:
        """Go on waiting for an outcome that is due, until a moment."""
        ...

    def settle(self, decision_ids: Sequence[str]) -> None:
        """Wait no longer for what becomes of these."""
        ...

    def give_up(self, now: datetime) -> None:
        """Wait no longer for what has been waited for until now."""
        ...

    def put_alarm(self, alarm: DriftAlarm) -> None:
        """Store an alarm, or what a person said of it."""
        ...

    def alarm(self, alarm_id: str) -> DriftAlarm:
        """The alarm of that id. Raises NotFound."""
        ...

    def alarms(self, pack: str, decision: str) -> list[DriftAlarm]:
        """The alarms of a decision, oldest first."""
        ...

    def open_alarms(self, series: str) -> list[DriftAlarm]:
        """The alarms over a series, of whichever decision, that nobody has acknowledged; oldest first."""
        ...


class Snapshots(Protocol):
    """Which snapshots were made, and which of them may still be learnt from."""

    def add(self, made: MadeSnapshot) -> None:
        """Store what was made. Raises Conflict when there is one of that content already."""
        ...

    def find(self, sha256: str) -> MadeSnapshot | None:
        """The snapshot of that content, also one that was retired."""
        ...

    def all(self) -> list[MadeSnapshot]:
        """Every snapshot that was ever made, the oldest first."""
        ...

    def retire(self, sha256: str, at: datetime, replaced_by: str | None) -> None:
        """Let nothing be learnt from it any more; what is left of it is another snapshot. Raises NotFound."""
        ...


class SnapshotFiles(Protocol):
    """The rows of snapshots, by the SHA-256 of what is in them."""

    def build(
        self, shape: Shape, parts: Iterable[Part], as_of: datetime, horizon: timedelta
    ) -> AbstractContextManager[BuiltSnapshot]:
        """Join what was decided with what was known of its outcome at a moment; the rows are gone at the end of the
        block unless they were kept.
        """
        ...

    def without(self, sha256: str, decision_ids: Collection[str]) -> AbstractContextManager[BuiltSnapshot]:
        """A snapshot without some of its decisions. Raises NotFound."""
        ...

    def keep(self, built: BuiltSnapshot) -> None:
        """Keep the rows under the SHA-256 of their content."""
        ...

    def rows(self, sha256: str, only: Sequence[str] | None = None) -> Iterator[list[dict[str, Any]]]:
        """The rows in the order of their ids, some thousands at a time, in full or `only` some of their columns.

        Raises NotFound, Corrupted.
        """
        ...

    def verify(self, sha256: str) -> None:
        """Hold that the rows are those that were made. Raises NotFound, Corrupted."""
        ...

    def present(self) -> list[str]:
        """The SHA-256 of every file that is here."""
        ...

    def drop(self, sha256: str) -> None:
        """Remove the file, if it is here."""
        ...

    def tidy(self, before: datetime) -> None:
        """Remove what was begun before a moment and never ended."""
        ...


class Trainings(Protocol):
    """The trainings that were asked for."""

    def add(self, training: Training) -> None:
        """Store a new one."""
        ...

    def get(self, training_id: str) -> Training:
        """The training of that id. Raises NotFound."""
        ...

    def open(self) -> list[Training]:
        """Those that have not ended, the oldest first."""
        ...

    def find_open(self, wish: Wish) -> Training | None:
        """The open one that wants exactly this, if there is one."""
        ...

    def save(self, training: Training) -> None:
        """Write what led to `training.version`. Raises Conflict when somebody else was first."""
        ...
