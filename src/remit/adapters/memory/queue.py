"""The queue and the roster in memory: the twins of those on DBOS and in SQL."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from remit.service.work.ports import Member, Task, TaskState

_CONCURRENCY = 8


@dataclass
class _Row:
    state: TaskState = "queued"
    tries: int = 0
    moved_at: float = 0.0
    holder: str | None = None


class MemoryQueue:
    """`Queue` and `Workshop`. Several shifts may share it, as workers do.

    Args:
        steady_seconds: the queue's own clock.
    """

    def __init__(self, steady_seconds: Callable[[], float] = time.monotonic) -> None:
        self._now = steady_seconds
        self._rows: dict[str, _Row] = {}
        self._news = threading.Condition()

    def put(self, decision_id: str) -> bool:
        with self._news:
            row = self._rows.setdefault(decision_id, _Row(state="ended"))
            if row.state != "ended":
                return False
            row.tries += 1
            self._move(row, "queued", None)
            return True

    def tasks(self, decision_ids: Sequence[str]) -> dict[str, Task]:
        with self._news:
            return {
                each: Task(each, row.state, row.tries, self._now() - row.moved_at)
                for each in decision_ids
                if (row := self._rows.get(each)) is not None
            }

    def backlog(self, limit: int | None = None) -> int:
        with self._news:
            waiting = sum(row.state != "ended" for row in self._rows.values())
        return waiting if limit is None else min(waiting, limit)

    def holders(self) -> set[str]:
        with self._news:
            return {row.holder for row in self._rows.values() if row.holder is not None}

    def release(self, holder: str) -> int:
        with self._news:
            held = [row for row in self._rows.values() if row.holder == holder]
            for row in held:
                row.tries += 1
                self._move(row, "queued", None)
            return len(held)

    def forget(self, kept_seconds: float) -> int:
        with self._news:
            old = [
                each
                for each, row in self._rows.items()
                if row.state == "ended" and self._now() - row.moved_at > kept_seconds
            ]
            for each in old:
                del self._rows[each]
            return len(old)

    def hold(self, holder: str) -> str | None:
        """Take the next task, as a worker does that may die with it."""
        with self._news:
            for decision_id, row in self._rows.items():
                if row.state == "queued":
                    self._move(row, "held", holder)
                    return decision_id
        return None

    @contextlib.contextmanager
    def shift(self, worker_id: str, do: Callable[[str], str], concurrency: int | None) -> Iterator[MemoryQueue]:
        over = threading.Event()
        hands = [
            threading.Thread(target=self._work, args=(worker_id, do, over), daemon=True)
            for _ in range(concurrency or _CONCURRENCY)
        ]
        for hand in hands:
            hand.start()
        try:
            yield self
        finally:
            over.set()
            with self._news:
                self._news.notify_all()
            for hand in hands:
                hand.join()

    def _work(self, worker_id: str, do: Callable[[str], str], over: threading.Event) -> None:
        while not over.is_set():
            decision_id = self.hold(worker_id)
            if decision_id is None:
                with self._news:
                    self._news.wait(timeout=0.05)
                continue
            do(decision_id)
            with self._news:
                row = self._rows.get(decision_id)
                if row is not None and row.holder == worker_id:  # else it was released meanwhile
                    self._move(row, "ended", None)

    def _move(self, row: _Row, state: TaskState, holder: str | None) -> None:
        row.state, row.holder, row.moved_at = state, holder, self._now()
        self._news.notify_all()


class MemoryRoster:
    """`Roster` in memory."""

    def __init__(self) -> None:
        self._members: dict[str, Member] = {}

    def join(self, member: Member) -> None:
        self._members[member.id] = member

    def beat(self, member_id: str, now: datetime) -> bool:
        member = self._members.get(member_id)
        if member is None:
            return False
        self._members[member_id] = replace(member, beats=member.beats + 1, beat_at=now)
        return True

    def leave(self, member_id: str) -> None:
        self._members.pop(member_id, None)

    def all(self) -> list[Member]:
        return sorted(self._members.values(), key=lambda member: member.id)
