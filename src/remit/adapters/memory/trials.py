"""Trials in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from remit.adapters.memory.tables import Tables, copied
from remit.core.errors import Conflict


class MemoryTrials:
    """`remit.learning.ports.Trials` over the tables of one unit of work."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def keep(self, version: str, decision_id: str, calls: Sequence[Mapping[str, Any]]) -> None:
        if (version, decision_id) in self._tables.trials:
            raise Conflict("somebody else has just tried it on this decision", mend="look again")
        self._tables.trials[version, decision_id] = copied([dict(each) for each in calls])

    def of(self, version: str, decision_ids: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
        return {
            each: copied(self._tables.trials[version, each])
            for each in decision_ids
            if (version, each) in self._tables.trials
        }
