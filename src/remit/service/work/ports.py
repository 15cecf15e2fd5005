"""What the workers ask of the outside: a queue that survives every process, and a list of who is at work."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

TaskState = Literal["queued", "held", "ended"]


@dataclass(frozen=True, slots=True)
class Task:
    """The newest attempt to carry a decision on.

    `tries` counts every attempt that the queue remembers, this one included; a worker's death in the midst of one
    counts as well. `idle_seconds` is how long ago it last moved, by the queue's own clock.
    """

    decision_id: str
    state: TaskState
    tries: int
    idle_seconds: float


class Queue(Protocol):
    """Decisions that wait to be carried on. Each is in it at most once at a time; it outlives every process."""

    def put(self, decision_id: str) -> bool:
        """Queue a decision; False when it is queued or held already. Raises SystemFailed."""
        ...

    def tasks(self, decision_ids: Sequence[str]) -> dict[str, Task]:
        """The newest task of each of these decisions that ever had one."""
        ...

    def backlog(self, limit: int | None = None) -> int:
        """How many decisions are queued or held, counted up to a limit."""
        ...


class Shift(Protocol):
    """The queue as a worker has it while it is at work."""

    def holders(self) -> set[str]:
        """The ids of the workers that hold tasks, dead or alive."""
        ...

    def release(self, holder: str) -> int:
        """Queue anew what a worker holds that will never finish it. Gives how many tasks there were."""
        ...

    def forget(self, kept_seconds: float) -> int:
        """Drop tasks that ended longer ago than this, by the queue's own clock. Gives how many there were."""
        ...


class Workshop(Protocol):
    """Where a worker takes work from."""

    def shift(self, worker_id: str, do: Callable[[str], str], concurrency: int | None) -> AbstractContextManager[Shift]:
        """Work for as long as the block runs; its end takes nothing new and waits for what is held.

        Args:
            do: is handed a decision's id, in a thread of its own, and says in a word what came of it. Must not raise.
            concurrency: how many decisions a worker holds at once, from now on and for every worker; None leaves it.
        """
        ...


@dataclass(frozen=True, slots=True)
class Member:
    """One worker process. `beats` counts its signs of life; the last one was given at `beat_at`, by its own clock."""

    id: str
    host: str
    pid: int
    since: datetime
    beats: int
    beat_at: datetime


class Roster(Protocol):
    """The workers that are at work, by their own signs of life."""

    def join(self, member: Member) -> None:
        """Add a worker, or set it anew."""
        ...

    def beat(self, member_id: str, now: datetime) -> bool:
        """Count a sign of life; False when the worker is not listed, because another one took it for dead."""
        ...

    def leave(self, member_id: str) -> None:
        """Take a worker off the list; nothing happens when it is not on it."""
        ...

    def all(self) -> list[Member]:
        """Every worker on the list, the oldest first."""
        ...


class Chore(Protocol):
    """Something that has to be done from time to time. Doing it twice at once must do no harm."""

    @property
    def name(self) -> str:
        """A word for it."""
        ...

    @property
    def every_seconds(self) -> float:
        """How long to wait between two runs."""
        ...

    def run(self, now: datetime) -> int:
        """Do what is due at a moment, and give how much that was."""
        ...
