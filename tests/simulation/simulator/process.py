"""One process: the real services over a store, fences, checkpoints and connectors that fail as chance will have it."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Callable, Iterator

from remit.adapters.memory.fences import MemoryFences
from remit.agents.ports import Store, Unit
from remit.core.errors import Conflict
from simulator.faults import CALM, Killed, Lost, Odds
from simulator.schedule import Schedule

PATIENCE_TURNS = 60
"""How many turns of others somebody with patience waits for a fence."""


class Process:
    """What one process is to the world: alive until it is killed, and at each of its points somebody else may go on."""

    def __init__(
        self, name: str, chance: random.Random, schedule: Schedule, odds: Odds, tell: Callable[[str], None]
    ) -> None:
        self.name = name
        self.odds = odds
        self.alive = True
        self.chance = chance
        self._schedule = schedule
        self._tell = tell

    def tell(self, what: str) -> None:
        """Write into the history of this run."""
        self._tell(f"{self.name}: {what}")

    def point(self, where: str) -> None:
        """Somebody else may go on here, or the process may die. A dead one gets nowhere any more."""
        self.must_live()
        if self.happens("killed"):
            self.alive = False
            self.tell(f"killed {where}")
            raise Killed(where)
        self._schedule.turn()
        self.must_live()

    def rest(self, turns: int) -> None:
        """Let others go on for so many turns."""
        for _ in range(turns):
            self._schedule.turn()

    def must_live(self) -> None:
        """What a dead process still unwinds must not reach the world."""
        if not self.alive:
            raise Killed("long dead")

    def happens(self, mishap: str) -> bool:
        """Whether a mishap happens now."""
        odds: float = getattr(self.odds, mishap)
        return odds > 0 and self.chance.random() < odds


class UnsteadyStore:
    """A process's way to the store: it may be lost before, at or after any commit, and so may the process."""

    def __init__(self, store: Store, process: Process) -> None:
        self._store = store
        self._process = process

    @contextlib.contextmanager
    def write(self) -> Iterator[Unit]:
        process = self._process
        process.point("before a unit of work")
        with self._store.write() as unit:
            yield unit
            if process.happens("killed"):
                process.alive = False
                process.tell("killed before a commit")
                raise Killed("before a commit")
            if process.happens("not_committed"):
                process.tell("a unit of work was not committed")
                raise Lost("the database went away before the commit")
        if process.happens("unacknowledged"):
            process.tell("a commit was not acknowledged")
            raise Lost("the database went away at the commit")
        process.point("after a commit")

    @contextlib.contextmanager
    def read(self) -> Iterator[Unit]:
        self._process.point("before a look")
        if self._process.happens("unreadable"):
            self._process.tell("a look failed")
            raise Lost("the database went away")
        with self._store.read() as unit:
            yield unit


class PatientFences:
    """Fences in the time of the simulation: who waits lets others go on."""

    def __init__(self, fences: MemoryFences, process: Process) -> None:
        self._fences = fences
        self._process = process

    @contextlib.contextmanager
    def around(self, decision_id: str, patience_seconds: float = 0.0) -> Iterator[None]:
        turns = PATIENCE_TURNS if patience_seconds and self._process.odds is not CALM else 0
        with contextlib.ExitStack() as held:
            while True:
                self._process.point("before a fence")
                try:
                    held.enter_context(self._fences.around(decision_id))
                    break
                except Conflict:
                    turns -= 1
                    if turns < 0:
                        raise
            yield
