"""What calls ask of the outside: a place that keeps what was answered, and one for cases that were handed in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol

from remit.agents.ports import Unit
from remit.core.words import Actor


@dataclass(frozen=True, slots=True)
class Call:
    """One call as it came in: who called (``kind:id``), under which key, and the SHA-256 of what was asked."""

    caller: str
    key: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered: the status, the headers that matter, the body as it went out.

    `decision_id` is whose answer it is: it may tell of that decision's subject, and goes when they are erased.
    """

    status: int
    headers: Mapping[str, str]
    body: str = field(repr=False)
    decision_id: str | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer that was given under a key; `same` says whether the same was asked. Only then is it opened."""

    same: bool
    answer: Answer | None


class Answers(Protocol):
    """The answers that were given, by caller and key, for as long as they are kept."""

    def find(self, call: Call, now: datetime) -> Kept | None:
        """What was answered under this key, if it is still kept."""
        ...

    def keep(self, call: Call, answer: Answer, now: datetime, until: datetime) -> None:
        """Keep an answer, in place of one that has expired. Nothing is kept of a decision that was erased.

        Raises:
            Conflict: another answer is kept under this key.
        """
        ...

    def keep_within(self, unit: Unit, call: Call, answer: Answer, now: datetime, until: datetime) -> bool:
        """Keep an answer in somebody's unit of work, if none is kept yet; it is kept exactly if that is committed.

        Returns:
            False when nothing was kept: another answer is, or this place cannot take part in that unit.
        """
        ...

    def forget(self, now: datetime) -> int:
        """Delete what has expired. Gives how many there were."""
        ...


@dataclass(frozen=True, slots=True)
class Batch:
    """Many cases that were handed in at once, each a `row` from 1 to `rows`, to be decided one by one.

    `content` is the SHA-256 of what was handed in under `request_key`, by which it is told apart from anything else.
    """

    id: str
    actor: Actor
    pack: str
    decision: str
    rows: int
    at: datetime
    request_key: str
    content: str


RowState = Literal["waiting", "accepted", "invalid", "erased"]


@dataclass(frozen=True, slots=True)
class BatchRow:
    """One row: the decision that it became, or why it became none."""

    row: int
    state: RowState
    decision_id: str | None = None
    why: dict[str, Any] | None = None


class Batches(Protocol):
    """What was handed in. A case is kept, sealed, until it is a decision or is refused."""

    def add(self, batch: Batch) -> None:
        """Begin a batch, without its rows. Raises Conflict: its request key has one."""
        ...

    def put(self, batch_id: str, rows: Sequence[tuple[int, str, Any]]) -> None:
        """Store rows: number, subject (may be empty) and raw case (JSON). One that is there already stays as it is."""
        ...

    def get(self, batch_id: str) -> Batch:
        """A batch. Raises NotFound."""
        ...

    def find(self, request_key: str) -> Batch | None:
        """The batch of that request key."""
        ...

    def is_of(self, batch: Batch, content: str) -> bool:
        """Whether a stored batch was handed in with this content: what is stored may be a reference to it."""
        ...

    def open(self) -> list[str]:
        """The batches with rows that wait, the oldest first."""
        ...

    def waiting(self, batch_id: str, limit: int) -> list[tuple[int, Any]]:
        """The first rows that wait, with their cases."""
        ...

    def accept(self, batch_id: str, row: int, decision_id: str) -> None:
        """A waiting row has become a decision, which has the case from now on."""
        ...

    def refuse(self, batch_id: str, row: int, why: Mapping[str, Any]) -> None:
        """A waiting row becomes no decision. Its case is not kept; `why` must not tell of it."""
        ...

    def counts(self, batch_id: str) -> dict[str, int]:
        """How many rows there are by status: their decisions' stages, or the state of rows without one."""
        ...

    def rows(self, batch_id: str, after: int, limit: int) -> list[BatchRow]:
        """The rows after that number, in order."""
        ...


class BatchUnit(Unit, Protocol):
    """A unit of work that reaches the batches, too."""

    @property
    def batches(self) -> Batches: ...


class BatchStore(Protocol):
    """Opens such units of work."""

    def write(self) -> AbstractContextManager[BatchUnit]:
        """A unit that is committed at the end, or rolled back by an exception."""
        ...

    def read(self) -> AbstractContextManager[BatchUnit]:
        """A unit that only reads."""
        ...
