"""What decisions still owe is tried again, ever more seldom: each failure is an event in the ledger for good."""

from __future__ import annotations

from datetime import datetime

from remit.core.errors import RemitError
from remit.service.recover import owing
from remit.service.runs import fulfil
from remit.service.services import Services

TURNS_MAX = 64


class Fulfil:
    """A chore. After a try in vain it leaves a decision out for one turn, then for two, four, … 64 turns."""

    name = "fulfil obligations"
    every_seconds = 60.0

    def __init__(self, services: Services) -> None:
        self._services = services
        self._left_out: dict[str, tuple[int, int]] = {}

    def run(self, now: datetime) -> int:
        in_debt = owing(self._services)
        self._left_out = {each: self._left_out[each] for each in in_debt if each in self._left_out}
        return sum(self._try(each) for each in in_debt)

    def _try(self, decision_id: str) -> bool:
        turns, left = self._left_out.get(decision_id, (1, 0))
        if left:
            self._left_out[decision_id] = (turns, left - 1)
            return False
        try:
            paid = all(each.state != "pending" for each in fulfil(self._services, decision_id))
        except RemitError:
            paid = False
        if not paid:
            self._left_out[decision_id] = (min(turns * 2, TURNS_MAX), turns)
        return paid
