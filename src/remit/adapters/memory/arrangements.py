"""Arrangements between people in memory."""

from __future__ import annotations

from remit.adapters.memory.tables import Tables
from remit.approvals.arrangement import Arrangement
from remit.core.errors import Conflict, NotFound


class MemoryArrangements:
    """`remit.approvals.ports.Arrangements` over the tables of one unit of work."""

    def __init__(self, tables: Tables) -> None:
        self._arrangements = tables.arrangements

    def add(self, arrangement: Arrangement) -> None:
        self._arrangements[arrangement.id] = arrangement

    def get(self, arrangement_id: str) -> Arrangement:
        arrangement = self._arrangements.get(arrangement_id)
        if arrangement is None:
            raise NotFound(f"there is no arrangement {arrangement_id}", mend="`remit reviews arrangements` lists them")
        return arrangement

    def standing(self) -> list[Arrangement]:
        return [each for _, each in sorted(self._arrangements.items()) if each.ended_at is None]

    def save(self, arrangement: Arrangement) -> None:
        before = self._arrangements.get(arrangement.id)
        if before is None or before.version != arrangement.version - 1:
            raise Conflict(f"somebody else changed the arrangement {arrangement.id} first", mend="look again")
        self._arrangements[arrangement.id] = arrangement
