"""The watches in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from remit.adapters.memory.ledger import MemoryLedger
from remit.adapters.memory.tables import Due, Tables
from remit.agents.records import FINAL
from remit.core.errors import Conflict, NotFound
from remit.learning.ports import Final
from remit.learning.watch import DriftAlarm, Watch

_FINAL = frozenset(f"decision.{stage}" for stage in FINAL)
_LOST = "another worker has fed the watch first"


class MemoryWatches:
    """`remit.learning.ports.Watches` over the tables of one unit of work, and the ledger's events."""

    def __init__(self, tables: Tables, ledger: MemoryLedger) -> None:
        self._tables = tables
        self._ledger = ledger

    def place(self) -> int:
        return self._tables.watch_place.get("", -1)

    def finals(self, after: int, limit: int) -> tuple[list[Final], int]:
        with self._ledger.snapshot() as seen:
            columns = [(entry.seq, entry.columns) for entry in seen.entries if entry.seq > after]
        found = [
            Final(seq, datetime.fromisoformat(str(said["ts"])), str(said["decision_id"]))
            for seq, said in columns
            if said["type"] in _FINAL and said["decision_id"] is not None
        ][:limit]
        end = columns[-1][0] if columns else after
        return found, found[-1].place if len(found) == limit else end

    def go_on(self, before: int, after: int) -> None:
        if self.place() != before:
            raise Conflict(_LOST, mend="look again")
        self._tables.watch_place[""] = after

    def get(self, pack: str, decision: str) -> Watch:
        return self._tables.watches.get((pack, decision), Watch(pack, decision))

    def all(self) -> list[tuple[str, str]]:
        return sorted(self._tables.watches)

    def save(self, watch: Watch) -> None:
        if self.get(watch.pack, watch.decision).version != watch.version - 1:
            raise Conflict(_LOST, mend="look again")
        self._tables.watches[watch.pack, watch.decision] = watch

    def expect(self, pack: str, decision: str, decision_id: str, place: int, due_at: datetime) -> None:
        if self._tables.watch_due.get(decision_id) is None:
            self._tables.watch_due[decision_id] = Due(pack, decision, place, due_at)

    def due(self, pack: str, decision: str, now: datetime, limit: int) -> list[str]:
        waiting = self._of(pack, decision)
        found = [(due.due_at, due.place, each) for each, due in waiting if due.late_until is None and due.due_at <= now]
        return [each for _, _, each in sorted(found)][:limit]

    def late(self, pack: str, decision: str, limit: int) -> list[str]:
        reported = {decision_id for decision_id, _ in self._tables.outcomes}
        waiting = self._of(pack, decision)
        found = [(due.place, each) for each, due in waiting if due.late_until is not None and each in reported]
        return [each for _, each in sorted(found)][:limit]

    def wait(self, decision_id: str, until: datetime) -> None:
        due = self._tables.watch_due.get(decision_id)
        if due is not None:
            self._tables.watch_due[decision_id] = replace(due, late_until=until)

    def settle(self, decision_ids: Sequence[str]) -> None:
        for each in decision_ids:
            self._tables.watch_due[each] = None

    def give_up(self, now: datetime) -> None:
        over = [each for each, due in self._tables.watch_due.items() if due and due.late_until and due.late_until < now]
        self.settle(over)

    def put_alarm(self, alarm: DriftAlarm) -> None:
        self._tables.drift_alarms[alarm.id] = alarm

    def alarm(self, alarm_id: str) -> DriftAlarm:
        found = self._tables.drift_alarms.get(alarm_id)
        if found is None:
            raise NotFound(f"there is no alarm {alarm_id[:80]}", mend="`remit learn drift` lists them")
        return found

    def alarms(self, pack: str, decision: str) -> list[DriftAlarm]:
        found = (self._tables.drift_alarms[key] for key in sorted(self._tables.drift_alarms))
        return [each for each in found if (each.pack, each.decision) == (pack, decision)]

    def open_alarms(self, series: str) -> list[DriftAlarm]:
        found = (self._tables.drift_alarms[key] for key in sorted(self._tables.drift_alarms))
        return [each for each in found if each.series == series and each.acknowledged_at is None]

    def _of(self, pack: str, decision: str) -> list[tuple[str, Due]]:
        rows = self._tables.watch_due.items()
        return [(each, due) for each, due in rows if due and (due.pack, due.decision) == (pack, decision)]
