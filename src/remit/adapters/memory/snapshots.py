"""Snapshots in memory: which there are."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from remit.adapters.memory.tables import Tables, copied
from remit.core.errors import Conflict, NotFound
from remit.learning.snapshot import MadeSnapshot


class MemorySnapshots:
    """`remit.learning.ports.Snapshots` over the tables of one unit of work."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def add(self, made: MadeSnapshot) -> None:
        if made.sha256 in self._tables.snapshots:
            raise Conflict("somebody else has just made this snapshot", mend="take that one")
        self._tables.snapshots[made.sha256] = replace(made, manifest=copied(dict(made.manifest)))

    def find(self, sha256: str) -> MadeSnapshot | None:
        return self._tables.snapshots.get(sha256)

    def all(self) -> list[MadeSnapshot]:
        return sorted(self._tables.snapshots.values(), key=lambda made: (made.made_at, made.sha256))

    def retire(self, sha256: str, at: datetime, replaced_by: str | None) -> None:
        made = self._tables.snapshots.get(sha256)
        if made is None:
            raise NotFound(f"there is no snapshot {sha256[:80]}")
        self._tables.snapshots[sha256] = replace(made, retired_at=at, replaced_by=replaced_by)
