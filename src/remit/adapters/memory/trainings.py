"""The trainings in memory."""

from __future__ import annotations

from remit.adapters.memory.tables import Tables
from remit.core.errors import Conflict, NotFound
from remit.learning.training import OPEN, Training, Wish


class MemoryTrainings:
    """`remit.learning.ports.Trainings` over the tables of one unit of work."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def add(self, training: Training) -> None:
        self._tables.trainings[training.id] = training

    def get(self, training_id: str) -> Training:
        found = self._tables.trainings.get(training_id)
        if found is None:
            raise NotFound("there is no training of that id")
        return found

    def open(self) -> list[Training]:
        found = [each for each in self._tables.trainings.values() if each.state in OPEN]
        return sorted(found, key=lambda each: each.id)

    def find_open(self, wish: Wish) -> Training | None:
        return next((each for each in self.open() if each.wish == wish), None)

    def save(self, training: Training) -> None:
        if self.get(training.id).version != training.version - 1:
            raise Conflict("somebody else has moved this training first", mend="look again")
        self._tables.trainings[training.id] = training
