"""Outcomes in memory."""

from __future__ import annotations

from collections.abc import Sequence

from remit.adapters.memory.tables import Tables
from remit.core.errors import Conflict
from remit.learning.outcomes import ReportedOutcome, in_order


class MemoryOutcomes:
    """`remit.learning.ports.Outcomes` over the tables of one unit of work."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def add(self, outcome: ReportedOutcome, key: str) -> None:
        first = {(each.decision_id, each.name) for each in self._rows() if each.corrects is None}
        corrected = {each.corrects for each in self._rows()}
        if (
            (outcome.decision_id, key) in self._tables.outcomes
            or (outcome.corrects is None and (outcome.decision_id, outcome.name) in first)
            or (outcome.corrects is not None and outcome.corrects in corrected)
        ):
            raise Conflict("somebody else has just reported this outcome", mend="look at what is reported")
        self._tables.outcomes[outcome.decision_id, key] = outcome

    def find(self, decision_id: str, key: str) -> ReportedOutcome | None:
        return self._tables.outcomes.get((decision_id, key))

    def of(self, decision_id: str) -> list[ReportedOutcome]:
        return in_order([each for each in self._rows() if each.decision_id == decision_id])

    def of_all(self, decision_ids: Sequence[str]) -> dict[str, list[ReportedOutcome]]:
        found = {each: self.of(each) for each in decision_ids}
        return {decision_id: reports for decision_id, reports in found.items() if reports}

    def _rows(self) -> list[ReportedOutcome]:
        return list(self._tables.outcomes.values())
