"""What calls ask of the outside: a place that keeps what was answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol


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

    def forget(self, now: datetime) -> int:
        """Delete what has expired. Gives how many there were."""
        ...
