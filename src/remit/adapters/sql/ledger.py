"""The ledger in SQL: appending is part of the caller's unit of work, and costs one insert.

The head is signed and stored once for all that is committed together.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Generator, Iterator, Sequence

from sqlalchemy import Connection, insert, select, update

from remit.adapters.sql.as_bytes import as_bytes
from remit.adapters.sql.database import Database
from remit.adapters.sql.ports import SqlDatabase
from remit.adapters.sql.tables.ledger import EventRow, LedgerHeadRow
from remit.adapters.sql.tiles import SqlKept, keep_checkpoint, keep_tiles
from remit.core.errors import NotFound
from remit.core.ports import Clock, Ids
from remit.ledger.chain import Head, Link, Receipt, broken, grown, opening, rotate, signed, stamped
from remit.ledger.checkpointer import Checkpointer
from remit.ledger.event import Draft, Event
from remit.ledger.note import Signer, signed_by
from remit.ledger.ports import CheckpointSink, Snapshot
from remit.ledger.verifier import Entry

_EVENT = EventRow.__table__  # type: ignore[attr-defined]
_HEAD = LedgerHeadRow.__table__  # type: ignore[attr-defined]
_COLUMNS = ("event_id", "type", "ts", "decision_id")
_ROWS_AT_ONCE = 500

# Built once: building a statement anew costs more than running it.
_INSERT_EVENTS = insert(_EVENT)
_SELECT_LAST = select(_EVENT.c.seq, _EVENT.c.leaf_sha256).order_by(_EVENT.c.seq.desc()).limit(1)
_SELECT_HEAD = select(_HEAD.c.size, *(as_bytes(_HEAD.c[name]) for name in ("log_id", "frontier", "root", "note")))
_INSERT_HEAD = insert(_HEAD)
_UPDATE_HEAD = update(_HEAD)


class LedgerInSql:
    """What every SQL ledger is made of and can be read by, whichever way its events get their place."""

    def __init__(
        self,
        database: SqlDatabase,
        signer: Signer,
        sink: CheckpointSink,
        clock: Clock,
        ids: Ids,
        signer_of: Callable[[bytes], Signer] | None = None,
    ) -> None:
        self._readable = database
        self._signer = signer
        self._signer_of = signer_of
        self._clock = clock
        self._ids = ids
        self._checkpointer = Checkpointer(sink, signer)

    def receipt(self, event_id: str) -> Receipt:
        """The place and the leaf of a recorded event. Raises NotFound."""
        with self._readable.read() as connection:
            return receipt_of(connection, event_id)

    @contextlib.contextmanager
    def snapshot(self) -> Iterator[Snapshot]:
        """Everything that has a place at one moment; streams, so that memory does not grow with the log."""
        with self._readable.read() as connection, snapshot_of(connection) as snapshot:
            yield snapshot

    def of_decision(self, decision_id: str) -> list[Event]:
        """Everything recorded of one decision, in order."""
        with self._readable.read() as connection:
            return events_of(connection, decision_id)

    def _follow(self, head: Head | None) -> None:
        """Sign with the key that signed the head: another process may have let it take over."""
        if self._signer_of is not None:
            signer = successor(head, self._signer, self._signer_of)
            if signer is not None:
                self._sign_with(signer)

    def _sign_with(self, signer: Signer) -> None:
        self._signer = signer
        self._checkpointer.signs_with(signer)


class SqlLedger(LedgerInSql):
    """`LedgerLog` over a migrated SQLite database. Make one per database and process.

    Before its first append it holds the head against the last event and against the checkpoint outside; a ledger that
    was cut off or swapped is not added to. After every 256 events or one second, looked at when a unit of work is
    committed, and when the database is closed, the signed head goes to the checkpoint outside; what is due for there
    is kept in the database, too.

    Args:
        signer_of: gives the signer of a key id, for when another process let another key take over.
    """

    def __init__(
        self,
        database: Database,
        signer: Signer,
        sink: CheckpointSink,
        clock: Clock,
        ids: Ids,
        signer_of: Callable[[bytes], Signer] | None = None,
    ) -> None:
        super().__init__(database, signer, sink, clock, ids, signer_of)
        self._database: Database = database
        self._in_unit = _Ahead()
        self._ahead = _Ahead()
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
        signer = self._present_signer()
        events = stamped(drafts if head else [opening(signer), *drafts], self._clock, self._ids)
        links, self._in_unit.head = grown(head, events, signer.name)
        store_events(unit, links)
        return [link.event.event_id for link in links[-len(drafts) :]]

    def sequence(self) -> None:
        """Every event has its place from the commit on."""

    def rotate(self, unit: Connection, new: Signer, draft: Draft) -> None:
        """Let another key take over in the transaction of `unit`; see `LedgerLog.rotate`."""
        head = self._head_of(unit)
        self._checkpointer.settle()
        links, last, first = rotate(head, self._present_signer(), new, draft, self._clock, self._ids)
        store_events(unit, links)
        keep_checkpoint(unit, last)
        self._checkpointer.expect()
        self._in_unit = _Ahead(first, new)

    def checkpoint(self, unit: Connection) -> str:
        """The newest signed note, kept in the database and outside; see `LedgerLog.checkpoint`."""
        head = self._head_of(unit)
        if head is None:
            raise NotFound("the ledger is empty: there is nothing to sign")
        head = signed(head, self._present_signer())
        keep_checkpoint(unit, head)
        self._checkpointer.expect()
        self._in_unit.head = head
        return head.note

    def unit_ended(self, kept: bool) -> None:
        """A unit of work ended (`Observer`): the next one goes on from what it appended, or from what was before."""
        if kept:
            self._ahead = _Ahead(self._in_unit.head or self._ahead.head, self._in_unit.signer or self._ahead.signer)
        self._in_unit = _Ahead()

    def committing(self, connection: Connection) -> None:
        """A transaction is about to be committed (`Observer`): what it appended is signed now, once."""
        if self._ahead.head is not None:
            self._ahead.head = head = signed(self._ahead.head, self._present_signer())
            store_head(connection, head, new=self._known is None)
            if self._checkpointer.due(head):
                keep_checkpoint(connection, head)

    def ended(self, committed: bool) -> None:
        """A transaction ended (`Observer`): what it appended counts from here on, or never was."""
        ahead, self._ahead = self._ahead, _Ahead()
        if committed and ahead.signer is not None:
            self._sign_with(ahead.signer)
        if committed and ahead.head is not None:
            self._known = ahead.head
            self._checkpointer.committed(ahead.head)

    def closing(self) -> None:
        """The database is being closed (`Observer`): the checkpoint outside must cover everything that is in it."""
        if self._known is None:
            return
        with self._database.read() as connection:
            head = stored_head(connection)
        if head is not None:
            self._follow(head)
            self._checkpointer.write(head)

    def _head_of(self, unit: Connection) -> Head | None:
        """The head as the unit of work sees it: the one we know, unless somebody else has committed since."""
        ahead = self._in_unit.head or self._ahead.head
        if ahead is not None:
            return ahead
        version = self._database.version(unit)
        if self._known is None or version != self._known_version:
            head = stored_head(unit)
            self._follow(head)
            if self._known is None:
                begin(unit, head, self._checkpointer)
            self._known, self._known_version = head, version
        return self._known

    def _present_signer(self) -> Signer:
        return self._in_unit.signer or self._ahead.signer or self._signer


class _Ahead:
    """What is ahead of the committed log: the head that it will have, and the key that signs from there on."""

    def __init__(self, head: Head | None = None, signer: Signer | None = None) -> None:
        self.head = head
        self.signer = signer


# What every SQL ledger reads and writes, whichever way its events get their place


def successor(head: Head | None, signer: Signer, signer_of: Callable[[bytes], Signer]) -> Signer | None:
    """The key that signed the head, when it is another one than `signer`: it has taken over."""
    key_id = None if head is None else signed_by(head.note, signer.name)
    return None if key_id is None or key_id == signer.verifier.key_id else signer_of(key_id)


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
    if head:
        keep_checkpoint(unit, head)


def store(unit: Connection, links: Sequence[Link], grown: Head, *, new: bool) -> None:
    """Write the events, the tiles that they complete and the head that they lead to; `new` when it is the first."""
    store_events(unit, links)
    store_head(unit, grown, new=new)


def store_events(unit: Connection, links: Sequence[Link]) -> None:
    """Write the events, and the tiles that they complete."""
    unit.execute(_INSERT_EVENTS, [_row(link) for link in links])
    keep_tiles(unit, links)


def stored_head(connection: Connection) -> Head | None:
    """The head as it is stored; None before the first event."""
    row = connection.execute(_SELECT_HEAD).first()
    if row is None:
        return None
    log_id, frontier, root, note = (_text(each) or "" for each in (row.log_id, row.frontier, row.root, row.note))
    return Head.stored(log_id, row.size, frontier, root, note)


@contextlib.contextmanager
def snapshot_of(connection: Connection) -> Iterator[Snapshot]:
    """The whole log as this connection sees it."""
    with contextlib.closing(_entries(connection)) as entries:
        yield Snapshot(stored_head(connection), entries, SqlKept(connection))


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


def store_head(unit: Connection, head: Head, *, new: bool) -> None:
    columns = {
        "log_id": head.log_id,
        "size": head.size,
        "frontier": head.frontier_text,
        "root": head.root.hex(),
        "note": head.note,
    }
    unit.execute(_INSERT_HEAD if new else _UPDATE_HEAD, columns)


def _entries(connection: Connection) -> Generator[Entry, None, None]:
    query = select(_EVENT.c.seq, *(as_bytes(_EVENT.c[name]) for name in ("leaf_sha256", "body", *_COLUMNS)))
    with connection.execute(query.order_by(_EVENT.c.seq), execution_options={"yield_per": _ROWS_AT_ONCE}) as rows:
        for seq, leaf, body, *others in rows:
            said = dict(zip(_COLUMNS, map(_text, others), strict=True))
            yield Entry(seq, _text(leaf) or "", body or b"", said)


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode("utf-8", "replace")
