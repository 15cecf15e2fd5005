"""The watches in SQL: what became final comes from the ledger's events, and what it waits for is a row each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, Table, bindparam, delete, exists, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import IntegrityError

from remit.adapters.sql.json_text import from_text, to_text
from remit.adapters.sql.tables.ledger import EventRow
from remit.adapters.sql.tables.outcomes import OutcomeRow
from remit.adapters.sql.tables.watches import DriftAlarmRow, WatchDueRow, WatchPlaceRow, WatchRow
from remit.agents.records import FINAL
from remit.core.errors import Conflict, NotFound
from remit.learning.ports import Final
from remit.learning.watch import DriftAlarm, Watch

EVENT: Table = EventRow.__table__  # type: ignore[attr-defined]
OUTCOME: Table = OutcomeRow.__table__  # type: ignore[attr-defined]
PLACE: Table = WatchPlaceRow.__table__  # type: ignore[attr-defined]
WATCH: Table = WatchRow.__table__  # type: ignore[attr-defined]
DUE: Table = WatchDueRow.__table__  # type: ignore[attr-defined]
ALARM: Table = DriftAlarmRow.__table__  # type: ignore[attr-defined]

# Built once: it is asked for each decision.
_OPEN = select(ALARM).where(ALARM.c.series == bindparam("over"), ALARM.c.acknowledged_at.is_(None)).order_by(ALARM.c.id)
_FINAL = [f"decision.{stage}" for stage in sorted(FINAL)]
_LOST = "another worker has fed the watch first"


class SqlWatches:
    """`remit.learning.ports.Watches` over one connection, inside the caller's transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def place(self) -> int:
        place = self._connection.execute(select(PLACE.c.place)).scalar()
        return -1 if place is None else place

    def finals(self, after: int, limit: int) -> tuple[list[Final], int]:
        # The end is asked for first: an event that comes in meanwhile is seen at the next look.
        end = self._connection.execute(select(func.max(EVENT.c.seq))).scalar()
        if end is None or end <= after:
            return [], after
        query = select(EVENT.c.seq, EVENT.c.ts, EVENT.c.decision_id).where(
            EVENT.c.seq > after, EVENT.c.seq <= end, EVENT.c.type.in_(_FINAL), EVENT.c.decision_id.is_not(None)
        )
        rows = self._connection.execute(query.order_by(EVENT.c.seq).limit(limit)).all()
        found = [Final(row.seq, datetime.fromisoformat(row.ts), row.decision_id) for row in rows]
        return found, found[-1].place if len(found) == limit else end

    def go_on(self, before: int, after: int) -> None:
        moved = self._connection.execute(update(PLACE).where(PLACE.c.place == before).values(place=after)).rowcount
        if moved != 1:
            if before != -1:
                raise Conflict(_LOST, mend="look again")
            self._insert(PLACE, {"id": 1, "place": after})

    def get(self, pack: str, decision: str) -> Watch:
        query = select(WATCH).where(WATCH.c.pack == pack, WATCH.c.decision == decision)
        row = self._connection.execute(query).one_or_none()
        if row is None:
            return Watch(pack, decision)
        counts = {name: row._mapping[name] for name in ("version", "decisions", "labels", "self_caused")}
        return Watch(pack, decision, **counts).with_state(from_text(row.state))

    def all(self) -> list[tuple[str, str]]:
        query = select(WATCH.c.pack, WATCH.c.decision).order_by(WATCH.c.pack, WATCH.c.decision)
        return [(row.pack, row.decision) for row in self._connection.execute(query)]

    def save(self, watch: Watch) -> None:
        row = {
            "pack": watch.pack,
            "decision": watch.decision,
            "version": watch.version,
            "decisions": watch.decisions,
            "labels": watch.labels,
            "self_caused": watch.self_caused,
            "state": to_text(watch.state()),
        }
        if watch.version == 1:
            self._insert(WATCH, row)
            return
        of = (WATCH.c.pack == watch.pack) & (WATCH.c.decision == watch.decision)
        before = update(WATCH).where(of, WATCH.c.version == watch.version - 1)
        if self._connection.execute(before.values(row)).rowcount != 1:
            raise Conflict(_LOST, mend="look again")

    def expect(self, pack: str, decision: str, decision_id: str, place: int, due_at: datetime) -> None:
        row = {"decision_id": decision_id, "pack": pack, "decision": decision, "place": place, "due_at": _text(due_at)}
        self._connection.execute(upsert(DUE).on_conflict_do_nothing(), row)

    def due(self, pack: str, decision: str, now: datetime, limit: int) -> list[str]:
        query = select(DUE.c.decision_id).where(
            DUE.c.pack == pack, DUE.c.decision == decision, DUE.c.late_until.is_(None), DUE.c.due_at <= _text(now)
        )
        return list(self._connection.execute(query.order_by(DUE.c.due_at, DUE.c.place).limit(limit)).scalars())

    def late(self, pack: str, decision: str, limit: int) -> list[str]:
        query = select(DUE.c.decision_id).where(
            DUE.c.pack == pack,
            DUE.c.decision == decision,
            DUE.c.late_until.is_not(None),
            exists().where(OUTCOME.c.decision_id == DUE.c.decision_id),
        )
        return list(self._connection.execute(query.order_by(DUE.c.place).limit(limit)).scalars())

    def wait(self, decision_id: str, until: datetime) -> None:
        of = update(DUE).where(DUE.c.decision_id == decision_id)
        self._connection.execute(of.values(late_until=_text(until)))

    def settle(self, decision_ids: Sequence[str]) -> None:
        self._connection.execute(delete(DUE).where(DUE.c.decision_id.in_(decision_ids)))

    def give_up(self, now: datetime) -> None:
        self._connection.execute(delete(DUE).where(DUE.c.late_until < _text(now)))

    def put_alarm(self, alarm: DriftAlarm) -> None:
        row = {
            "id": alarm.id,
            "pack": alarm.pack,
            "decision": alarm.decision,
            "series": alarm.series,
            "found": to_text(dict(alarm.found)),
            "raised_at": _text(alarm.raised_at),
            "acknowledged_by": alarm.acknowledged_by,
            "acknowledged_at": alarm.acknowledged_at and _text(alarm.acknowledged_at),
            "reason": alarm.reason,
        }
        self._connection.execute(upsert(ALARM).on_conflict_do_update(index_elements=["id"], set_=row), row)

    def alarm(self, alarm_id: str) -> DriftAlarm:
        row = self._connection.execute(select(ALARM).where(ALARM.c.id == alarm_id)).one_or_none()
        if row is None:
            raise NotFound(f"there is no alarm {alarm_id[:80]}", mend="`remit learn drift` lists them")
        return _alarm(row)

    def alarms(self, pack: str, decision: str) -> list[DriftAlarm]:
        query = select(ALARM).where(ALARM.c.pack == pack, ALARM.c.decision == decision)
        return [_alarm(row) for row in self._connection.execute(query.order_by(ALARM.c.id))]

    def open_alarms(self, series: str) -> list[DriftAlarm]:
        return [_alarm(row) for row in self._connection.execute(_OPEN, {"over": series})]

    def _insert(self, table: Table, row: dict[str, Any]) -> None:
        try:
            self._connection.execute(insert(table), row)
        except IntegrityError as error:
            raise Conflict(_LOST, mend="look again") from error


def _alarm(row: Row[Any]) -> DriftAlarm:
    acknowledged = row.acknowledged_at and datetime.fromisoformat(row.acknowledged_at)
    moments = {"raised_at": datetime.fromisoformat(row.raised_at), "acknowledged_at": acknowledged}
    return DriftAlarm(**{**row._mapping, "found": from_text(row.found), **moments})


def _text(moment: datetime) -> str:
    """Of one length, so that the text sorts as the moments do."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
