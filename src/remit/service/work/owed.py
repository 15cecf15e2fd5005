"""What decisions still owe, or are to have undone, is tried again, ever more seldom: a failure is an event for good."""

from __future__ import annotations

from abc import ABC, abstractmethod
from datetime import datetime

from remit.agents.records import UNSETTLED
from remit.core.errors import RemitError
from remit.service.recover import compensating, owing
from remit.service.reviews.compensate import carry_on_compensation
from remit.service.runs import fulfil
from remit.service.services import Services

TURNS_MAX = 64


class _Again(ABC):
    """A chore. After a try in vain it leaves a decision out for one turn, then for two, four, … 64 turns."""

    name: str
    every_seconds = 60.0

    def __init__(self, services: Services) -> None:
        self._services = services
        self._left_out: dict[str, tuple[int, int]] = {}

    def run(self, now: datetime) -> int:
        due = self._due()
        self._left_out = {each: self._left_out[each] for each in due if each in self._left_out}
        return sum(self._try(each) for each in due)

    @abstractmethod
    def _due(self) -> list[str]:
        """The decisions for which there is something to do."""

    @abstractmethod
    def _settle(self, decision_id: str) -> bool:
        """Do it once; whether nothing is left to do."""

    def _try(self, decision_id: str) -> bool:
        turns, left = self._left_out.get(decision_id, (1, 0))
        if left:
            self._left_out[decision_id] = (turns, left - 1)
            return False
        try:
            settled = self._settle(decision_id)
        except RemitError:
            settled = False
        if not settled:
            self._left_out[decision_id] = (min(turns * 2, TURNS_MAX), turns)
        return settled


class Fulfil(_Again):
    """Carries out what decisions owe."""

    name = "fulfil obligations"

    def _due(self) -> list[str]:
        return owing(self._services)

    def _settle(self, decision_id: str) -> bool:
        return all(each.state != "pending" for each in fulfil(self._services, decision_id))


class Compensate(_Again):
    """Carries on what undoes an action."""

    name = "carry on compensations"

    def _due(self) -> list[str]:
        return compensating(self._services)

    def _settle(self, decision_id: str) -> bool:
        return carry_on_compensation(self._services, decision_id).state not in UNSETTLED
