"""The ledger in SQL: appending is part of the caller's unit of work, and costs one insert and one update."""

from __future__ import annotations

import contextlib
from collections.abc import Generator, Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, LargeBinary, cast, insert, select, update

from remit.adapters.sql.database import Database
from remit.adapters.sql.tables.ledger import EventRow, LedgerHeadRow
from remit.core.errors import NotFound
from remit.core.ports import Clock, Ids
from remit.ledger.chain import Head, Link, Receipt, broken, extend
from remit.ledger.checkpointer import Checkpointer
from remit.ledger.event import Draft, Event
from remit.ledger.note import Signer
from remit.ledger.ports import CheckpointSink, Snapshot
from remit.ledger.verifier import Entry

_EVENT = EventRow.__table__  # type: ignore[attr-defined]
_HEAD = LedgerHeadRow.__table__  # type: ignore[attr-defined]
_COLUMNS = ("event_id", "type", "ts", "decision_id")
_ROWS_AT_ONCE = 500

# Built once: building a statement anew costs more than running it.
_INSERT_EVENTS = insert(_EVENT)
_SELECT_LAST = select(_EVENT.c.seq, _EVENT.c.leaf_sha256).order_by(_EVENT.c.seq.desc()).limit(1)
_SELECT_HEAD = select(_HEAD)
_INSERT_HEAD = insert(_HEAD)
_UPDATE_HEAD = update(_HEAD)


class SqlLedger:
    """`LedgerLog` over a migrated SQLite database. Make one per database and process.

    Before its first append it holds the head against the last event and against the checkpoint outside; a ledger that
    was cut off or swapped is not added to. After every 256 events or one second, looked at when a unit of work is
    committed, and when the database is closed, the signed head goes to the checkpoint outside.
    """

    def __init__(self, database: Database, signer: Signer, sink: CheckpointSink, clock: Clock, ids: Ids) -> None:
        self._database = database
        self._signer = signer
        self._clock = clock
        self._ids = ids
        self._checkpointer = Checkpointer(sink, signer)
        self._in_unit: Head | None = None
        self._pending: Head | None = None
        self._known: Head | None = None
        self._known_version = (0, 0)
        database.observe(self)

    def append(self, unit: Connection, drafts: Sequence[Draft]) -> list[str]:
        """Record the drafts, in order, in the transaction of `unit`, which `Database.write` gave.

        Raises:
            InputError: a draft cannot be recorded; nothing was.
            Corrupted: the head does not fit the events or the checkpoint outside: the ledger was tampered with.
            SystemFailed: the checkpoint outside cannot be written.
        """
        if not drafts:
            return []
        head = self._head_of(unit)
        self._checkpointer.settle()
        links, grown = extend(head, drafts, self._signer, self._clock, self._ids)
        store(unit, links, grown, new=head is None)
        self._in_unit = grown
        return [link.event.event_id for link in links[-len(drafts) :]]

    def receipt(self, event_id: str) -> Receipt:
        """The place and the leaf of a recorded event. Raises NotFound."""
        with self._database.read() as connection:
            return receipt_of(connection, event_id)

    @contextlib.contextmanager
    def snapshot(self) -> Iterator[Snapshot]:
        """Everything committed at one moment; streams, so that memory does not grow with the log."""
        with self._database.read() as connection, snapshot_of(connection) as snapshot:
            yield snapshot

    def of_decision(self, decision_id: str) -> list[Event]:
        """Everything recorded of one decision, in order."""
        with self._database.read() as connection:
            return events_of(connection, decision_id)

    def unit_ended(self, kept: bool) -> None:
        """A unit of work ended (`Observer`): the next one goes on from what it appended, or from what was before."""
        if kept and self._in_unit is not None:
            self._pending = self._in_unit
        self._in_unit = None

    def ended(self, committed: bool) -> None:
        """A transaction ended (`Observer`): what it appended counts from here on, or never was."""
        pending, self._pending = self._pending, None
        if committed and pending is not None:
            self._known = pending
            self._checkpointer.committed(pending)

    def closing(self) -> None:
        """The database is being closed (`Observer`): the checkpoint outside must cover everything that is in it."""
        if self._known is None:
            return
        with self._database.read() as connection:
            head = stored_head(connection)
        if head is not None:
            self._checkpointer.write(head)

    def _head_of(self, unit: Connection) -> Head | None:
        """The head as the unit of work sees it: the one we know, unless somebody else has committed since."""
        if self._in_unit is not None or self._pending is not None:
            return self._in_unit or self._pending
        version = self._database.version(unit)
        if self._known is None or version != self._known_version:
            head = stored_head(unit)
            if self._known is None:
                begin(unit, head, self._checkpointer)
            self._known, self._known_version = head, version
        return self._known


# What every SQL ledger reads and writes, whichever way its events get their place


def begin(unit: Connection, head: Head | None, checkpointer: Checkpointer) -> None:
    """Hold the head against the last event and the checkpoint outside, before anything is added to it."""
    last = unit.execute(_SELECT_LAST).first()
    size = head.size if head else 0
    if (last.seq + 1 if last else 0) != size:
        raise broken(f"the last event is {last.seq if last else 'missing'}, the head names {size} events")
    checkpointer.begin(head)
    # The last event of an odd number of them stands in the frontier as it is.
    if head and last and size % 2 and head.frontier[-1].hex() != last.leaf_sha256:
        raise broken(f"event {last.seq} is not the one that the head was made of")


def store(unit: Connection, links: Sequence[Link], grown: Head, *, new: bool) -> None:
    """Write the events and the head that they lead to; `new` when they are the first."""
    unit.execute(_INSERT_EVENTS, [_row(link) for link in links])
    _store_head(unit, grown, new=new)


def stored_head(connection: Connection) -> Head | None:
    """The head as it is stored; None before the first event."""
    row = connection.execute(_SELECT_HEAD).first()
    return Head.stored(row.log_id, row.size, row.frontier, row.root, row.note) if row else None


@contextlib.contextmanager
def snapshot_of(connection: Connection) -> Iterator[Snapshot]:
    """The whole log as this connection sees it."""
    with contextlib.closing(_entries(connection)) as entries:
        yield Snapshot(stored_head(connection), entries)


def events_of(connection: Connection, decision_id: str) -> list[Event]:
    """Everything recorded of one decision, in order."""
    statement = select(_EVENT.c.body).where(_EVENT.c.decision_id == decision_id).order_by(_EVENT.c.seq)
    return [Event.from_bytes(body.encode()) for body in connection.execute(statement).scalars()]


def receipt_of(connection: Connection, event_id: str) -> Receipt:
    """The place and the leaf of a recorded event. Raises NotFound."""
    row = connection.execute(select(_EVENT.c.seq, _EVENT.c.leaf_sha256).where(_EVENT.c.event_id == event_id)).first()
    if row is None:
        raise NotFound(f"the ledger has no event {event_id}")
    return Receipt(row.seq, row.leaf_sha256)


def _row(link: Link) -> dict[str, object]:
    event = link.event
    return {
        "seq": event.seq,
        "event_id": event.event_id,
        "type": event.draft.type,
        "ts": event.ts,
        "decision_id": event.draft.decision_id,
        "leaf_sha256": link.leaf.hex(),
        "body": link.body.decode(),
    }


def _store_head(unit: Connection, head: Head, *, new: bool) -> None:
    columns = {
        "log_id": head.log_id,
        "size": head.size,
        "frontier": head.frontier_text,
        "root": head.root.hex(),
        "note": head.note,
    }
    unit.execute(_INSERT_HEAD if new else _UPDATE_HEAD, columns)


def _entries(connection: Connection) -> Generator[Entry, None, None]:
    columns: list[Any] = [_EVENT.c[name] for name in ("leaf_sha256", "body", *_COLUMNS)]
    if connection.dialect.name == "sqlite":
        # As bytes: a text that is not UTF-8 any more must be found by the verifier, not stop the reading.
        columns = [cast(column, LargeBinary) for column in columns]
    query = select(_EVENT.c.seq, *columns).order_by(_EVENT.c.seq)
    with connection.execute(query, execution_options={"yield_per": _ROWS_AT_ONCE}) as rows:
        for seq, leaf, body, *others in rows:
            said = dict(zip(_COLUMNS, map(_text, others), strict=True))
            yield Entry(seq, _text(leaf) or "", body.encode() if isinstance(body, str) else body or b"", said)


def _text(value: bytes | str | None) -> str | None:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value
