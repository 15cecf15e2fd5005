"""The sweep: whatever its row says is unfinished, and nobody is at work on, is put into the queue.

This is what makes a decision that was accepted impossible to lose, whether its process died before it was queued, a
worker died over it, or the queue itself is gone.
"""

from __future__ import annotations

import bisect
from collections.abc import Collection
from datetime import datetime

from remit.service.recover import unfinished
from remit.service.services import Services
from remit.service.work.ports import Queue, Task

PAUSE_SECONDS = 5.0
PAUSE_SECONDS_MAX = 600.0
TRIES_MAX = 12
"""After so many attempts in vain a decision is left for a person; `remit doctor` tells."""


class Sweep:
    """A chore. It leaves alone what it sees for the first time: that is in the hands of whoever has just begun it.

    However many decisions wait, one run looks at so many of them at most, and the next run goes on from there.
    """

    name = "sweep"
    every_seconds = 5.0

    def __init__(self, services: Services, queue: Queue, *, at_once: int = 1_000) -> None:
        self._services = services
        self._queue = queue
        self._at_once = at_once
        self._before: frozenset[str] = frozenset()
        self._last = ""

    def run(self, now: datetime) -> int:
        waiting = frozenset(unfinished(self._services))
        known, self._before = sorted(waiting & self._before), waiting
        begin = bisect.bisect_right(known, self._last)
        part = known[begin : begin + self._at_once]
        self._last = part[-1] if len(part) == self._at_once else ""
        return queue_up(self._queue, part)


def queue_up(queue: Queue, decision_ids: Collection[str]) -> int:
    """Queue those whose turn it is, the oldest first. Gives how many there were."""
    tasks = queue.tasks(sorted(decision_ids))
    return sum(queue.put(each) for each in sorted(decision_ids) if is_due(tasks.get(each)))


def is_due(task: Task | None) -> bool:
    """Whether a decision that is unfinished should be tried (again), by how its newest task stands."""
    if task is None:
        return True
    return task.state == "ended" and task.tries < TRIES_MAX and task.idle_seconds >= pause_seconds(task.tries)


def pause_seconds(tries: int) -> float:
    """How long to wait after so many attempts: 5 s, then twice as long each time, 10 minutes at most."""
    return float(min(PAUSE_SECONDS * 2.0 ** (tries - 1), PAUSE_SECONDS_MAX))
