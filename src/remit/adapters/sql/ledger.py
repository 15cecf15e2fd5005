"""The ledger in SQL: appending is part of the caller's unit of work, and costs one insert and one update."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence

from sqlalchemy import Connection, LargeBinary, cast, insert, select, update

from remit.adapters.sql.database import Database
from remit.adapters.sql.tables.ledger import EventRow, LedgerHeadRow
from remit.adapters.sql.tiles import SqlKept, keep_checkpoint, keep_tiles
from remit.core.errors import NotFound
from remit.core.ports import Clock, Ids
from remit.ledger.chain import Head, Link, Receipt, broken, extend, rotate
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
# As bytes: a text that is not UTF-8 any more must be called tampered with, not stop the reading.
_SELECT_HEAD = select(
    _HEAD.c.size, *(cast(_HEAD.c[name], LargeBinary).label(name) for name in ("log_id", "frontier", "root", "note"))
)
_INSERT_HEAD = insert(_HEAD)
_UPDATE_HEAD = update(_HEAD)


class SqlLedger:
    """`LedgerLog` over a migrated `Database`. Make one per database and process.

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
        self._database = database
        self._signer = signer
        self._signer_of = signer_of
        self._clock = clock
        self._ids = ids
        self._checkpointer = Checkpointer(sink, signer)
        self._pending: Head | None = None
        self._taking_over: Signer | None = None
        self._known: Head | None = None
        self._known_version = (0, 0)
        database.observe(self)

    def append(self, unit: Connection, drafts: Sequence[Draft]) -> list[Receipt]:
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
        self._store(unit, links, grown, new=head is None)
        if self._checkpointer.due(grown):
            keep_checkpoint(unit, grown)
        return [link.receipt for link in links[-len(drafts) :]]

    def rotate(self, unit: Connection, new: Signer, draft: Draft) -> None:
        """Let another key take over in the transaction of `unit`; see `LedgerLog.rotate`."""
        head = self._head_of(unit)
        self._checkpointer.settle()
        links, last, first = rotate(head, self._signer, new, draft, self._clock, self._ids)
        self._store(unit, links, first, new=head is None)
        keep_checkpoint(unit, last)
        self._checkpointer.expect()
        self._taking_over = new

    def checkpoint(self, unit: Connection) -> str:
        """The newest signed note, kept in the database and outside; see `LedgerLog.checkpoint`."""
        head = self._head_of(unit)
        if head is None:
            raise NotFound("the ledger is empty: there is nothing to sign")
        keep_checkpoint(unit, head)
        self._checkpointer.expect()
        self._pending = head
        return head.note

    @contextlib.contextmanager
    def snapshot(self) -> Iterator[Snapshot]:
        """Everything committed at one moment; streams, so that memory does not grow with the log."""
        with self._database.read() as connection:
            yield Snapshot(_head(connection), _entries(connection), SqlKept(connection))

    def of_decision(self, decision_id: str) -> list[Event]:
        """Everything recorded of one decision, in order."""
        statement = select(_EVENT.c.body).where(_EVENT.c.decision_id == decision_id).order_by(_EVENT.c.seq)
        with self._database.read() as connection:
            return [Event.from_bytes(body.encode()) for body in connection.execute(statement).scalars()]

    def ended(self, committed: bool) -> None:
        """A unit of work ended (`Observer`): what it appended counts from here on, or never was."""
        pending, self._pending = self._pending, None
        new, self._taking_over = self._taking_over, None
        if committed and new is not None:
            self._sign_with(new)
        if committed and pending is not None:
            self._known = pending
            self._checkpointer.committed(pending)

    def closing(self) -> None:
        """The database is being closed (`Observer`): the checkpoint outside must cover everything that is in it."""
        if self._known is None:
            return
        with self._database.read() as connection:
            head = _head(connection)
        if head is not None:
            self._follow(head)
            self._checkpointer.write(head)

    def _store(self, unit: Connection, links: Sequence[Link], head: Head, *, new: bool) -> None:
        unit.execute(_INSERT_EVENTS, [_row(link) for link in links])
        keep_tiles(unit, links)
        _store_head(unit, head, new=new)
        self._pending = head

    def _head_of(self, unit: Connection) -> Head | None:
        """The head as the unit of work sees it: the one we know, unless somebody else has committed since."""
        if self._pending is not None:
            return self._pending
        version = self._database.version(unit)
        if self._known is None or version != self._known_version:
            head = _head(unit)
            self._follow(head)
            if self._known is None:
                self._begin(unit, head)
            self._known, self._known_version = head, version
        return self._known

    def _follow(self, head: Head | None) -> None:
        """Sign with the key that signed the head: another process may have let it take over."""
        if head is None or self._signer_of is None:
            return
        key_id = signed_by(head.note, self._signer.name)
        if key_id is not None and key_id != self._signer.verifier.key_id:
            self._sign_with(self._signer_of(key_id))

    def _sign_with(self, signer: Signer) -> None:
        self._signer = signer
        self._checkpointer.signs_with(signer)

    def _begin(self, unit: Connection, head: Head | None) -> None:
        """Hold the head against the last event and the checkpoint outside, before anything is added to it."""
        last = unit.execute(_SELECT_LAST).first()
        size = head.size if head else 0
        if (last.seq + 1 if last else 0) != size:
            raise broken(f"the last event is {last.seq if last else 'missing'}, the head names {size} events")
        self._checkpointer.begin(head)
        # The last event of an odd number of them stands in the frontier as it is.
        if head and last and size % 2 and head.frontier[-1].hex() != last.leaf_sha256:
            raise broken(f"event {last.seq} is not the one that the head was made of")
        if head:
            keep_checkpoint(unit, head)


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


def _head(connection: Connection) -> Head | None:
    row = connection.execute(_SELECT_HEAD).first()
    if row is None:
        return None
    log_id, frontier, root, note = (_text(each) or "" for each in (row.log_id, row.frontier, row.root, row.note))
    return Head.stored(log_id, row.size, frontier, root, note)


def _store_head(unit: Connection, head: Head, *, new: bool) -> None:
    columns = {
        "log_id": head.log_id,
        "size": head.size,
        "frontier": head.frontier_text,
        "root": head.root.hex(),
        "note": head.note,
    }
    unit.execute(_INSERT_HEAD if new else _UPDATE_HEAD, columns)


def _entries(connection: Connection) -> Iterator[Entry]:
    # As bytes: a text that is not UTF-8 any more must be found by the verifier, not stop the reading.
    texts = [cast(_EVENT.c[name], LargeBinary) for name in ("leaf_sha256", "body", *_COLUMNS)]
    rows = connection.execute(
        select(_EVENT.c.seq, *texts).order_by(_EVENT.c.seq), execution_options={"yield_per": _ROWS_AT_ONCE}
    )
    for seq, leaf, body, *columns in rows:
        yield Entry(seq, _text(leaf) or "", body or b"", dict(zip(_COLUMNS, map(_text, columns), strict=True)))


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode("utf-8", "replace")
