"""The ledger on PostgreSQL: events come in at once from everywhere, and one at a time gives them their places.

An event is part of its unit of work by a row in the intake, so that nobody waits for anybody while they work. As soon
as the unit of work is committed, its process becomes the sequencer, or waits for the one that is: under one lock in the
world, it gives every event in the intake a place, a leaf and a signed head, in one transaction. So what has happened
is in the log when `write` returns; and what a crash left in the intake is sequenced by whoever writes next.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence

from sqlalchemy import BigInteger, Column, Connection, Identity, MetaData, String, Table, Text, delete, insert, select

from remit.adapters.postgres.database import PostgresDatabase
from remit.adapters.sql import ledger as sql
from remit.adapters.sql.tiles import keep_checkpoint
from remit.core.errors import NotFound, RemitError, Transient
from remit.core.ports import Clock, Ids
from remit.ledger.chain import Head, Stamped, broken, chained, opening, stamped, taken_over, takeover
from remit.ledger.event import Draft, Event
from remit.ledger.note import Signer
from remit.ledger.ports import CheckpointSink
from remit.ledger.verifier import ROTATED, Tampered, Unusable, next_key

_log = logging.getLogger(__name__)

SEQUENCER = 0x52656D6974
"""The lock that the sequencer holds: "Remit" in ASCII."""
_AT_ONCE = 1_000

INTAKE = Table(
    "event_intake",
    MetaData(),
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("event_id", String, nullable=False, unique=True),
    Column("body", Text, nullable=False),
)
_TAKE_IN = insert(INTAKE)
_TAKEN_IN = select(INTAKE).order_by(INTAKE.c.id).limit(_AT_ONCE)


class PostgresLedger(sql.LedgerInSql):
    """`LedgerLog` over a migrated `PostgresDatabase`. Make one per database and process.

    Before its first append it holds the head against the last event and against the checkpoint outside; a ledger that
    was cut off or swapped is not added to. After every 256 events or one second, and when the database is closed, the
    signed head goes to the checkpoint outside.
    """

    def __init__(
        self,
        database: PostgresDatabase,
        signer: Signer,
        sink: CheckpointSink,
        clock: Clock,
        ids: Ids,
        signer_of: Callable[[bytes], Signer] | None = None,
    ) -> None:
        super().__init__(database, signer, sink, clock, ids, signer_of)
        self._database: PostgresDatabase = database
        self._begun = False
        self._is_stuck = False
        self._turn = threading.Lock()
        self._unit = threading.local()
        self._unplaced: set[str] = set()
        self._coming: dict[bytes, Signer] = {}
        database.observe(self)

    def append(self, unit: Connection, drafts: Sequence[Draft]) -> list[str]:
        """Record the drafts, in order, in the transaction of `unit`, which `PostgresDatabase.write` gave.

        Raises:
            InputError: a draft cannot be recorded; nothing was.
            Corrupted: the head does not fit the events or the checkpoint outside: the ledger was tampered with.
            SystemFailed: the checkpoint outside cannot be written.
        """
        if not drafts:
            return []
        self._be_ready()
        return self._take_in(unit, drafts)

    def rotate(self, unit: Connection, new: Signer, draft: Draft) -> None:
        """Let another key take over; it does so where the sequencer places the event. See `LedgerLog.rotate`."""
        self._be_ready()
        self._take_in(unit, [takeover(self._signer, new, draft)])
        self._coming[new.verifier.key_id] = new

    def checkpoint(self, unit: Connection) -> str:
        """The newest signed note, kept in the database and outside; see `LedgerLog.checkpoint`."""
        self._be_ready()
        head = sql.stored_head(unit)
        if head is None:
            raise NotFound("the ledger is empty: there is nothing to sign")
        keep_checkpoint(unit, head)
        self._checkpointer.expect()
        self._unit.expects = True
        return head.note

    def _take_in(self, unit: Connection, drafts: Sequence[Draft]) -> list[str]:
        events = stamped(drafts, self._clock, self._ids)
        rows = [{"event_id": each.event_id, "body": self._as_intake(each)} for each in events]
        unit.execute(_TAKE_IN, rows)
        ids = [each.event_id for each in events]
        self._unit.ids = [*getattr(self._unit, "ids", ()), *ids]
        return ids

    def sequence(self) -> None:
        """Give every event in the intake its place, whoever put it there.

        Raises:
            Corrupted: the ledger was tampered with; nothing is added to it.
            SystemFailed: the database or the checkpoint outside cannot be written.
        """
        with self._turn:
            self._sequence_patiently()

    def unit_ended(self, kept: bool) -> None:
        """Nothing (`Observer`): here each unit of work is a transaction of its own."""

    def committing(self, connection: Connection) -> None:
        """Nothing (`Observer`): the sequencer signs."""

    def ended(self, committed: bool) -> None:
        """A unit of work of this thread ended (`Observer`): what it appended gets its place now, or never was."""
        ids, self._unit.ids = getattr(self._unit, "ids", []), []
        expects, self._unit.expects = getattr(self._unit, "expects", False), False
        if not committed or not (ids or expects):
            return
        self._unplaced.update(ids)
        with self._turn:
            # Whoever had the turn before has taken ours along, most of the time.
            if not expects and self._unplaced.isdisjoint(ids):
                return
            try:
                self._sequence_patiently()
            except RemitError as error:
                # The unit of work is durable and its events are safe in the intake. `_be_ready` says so if it stays.
                _log.warning("the events of a unit of work have no place in the ledger yet: %s", error)

    def closing(self) -> None:
        """The database is being closed (`Observer`): the checkpoint outside must cover everything that is in it."""
        if not self._begun:
            return
        with self._turn:
            self._outside(self._checkpointer.write)

    def _be_ready(self) -> None:
        """No audit, no action: a ledger that cannot be written takes nothing in."""
        if self._begun and not self._is_stuck and self._checkpointer.is_settled:
            return
        with self._turn:
            self._sequence_patiently()

    def _sequence_patiently(self) -> None:
        """Be the sequencer; whoever stood still and lost the turn takes another one."""
        try:
            self._sequence()
        except Transient:
            self._sequence()

    def _sequence(self) -> None:
        """Be the sequencer for a moment. What was committed before is in the log afterwards."""
        committed = set(self._unplaced)
        try:
            self._take_turns()
        except BaseException:
            self._is_stuck = True
            raise
        self._unplaced -= committed
        self._is_stuck = False

    def _take_turns(self) -> None:
        if not self._begun:
            with self._database.turn(SEQUENCER) as connection:
                head = sql.stored_head(connection)
                self._follow(head)
                sql.begin(connection, head, self._checkpointer)
            self._begun = True
        if not self._checkpointer.is_settled:
            self._outside(self._checkpointer.write)
        while self._place_some():
            pass
        if self._checkpointer.is_expected:
            self._outside(self._checkpointer.committed)

    def _outside(self, carry: Callable[[Head], None]) -> None:
        """Carry the newest head outside: after its commit, and yet before anybody can add to it."""
        try:
            with self._database.turn(SEQUENCER) as connection:
                head = sql.stored_head(connection)
                if head is not None:
                    self._follow(head)
                    carry(head)
        except Transient:
            # Whoever stood still in between may have put this head over the newer one of somebody else.
            self._checkpointer.expect()
            raise

    def _place_some(self) -> bool:
        """Place the oldest events of the intake; whether there may be more."""
        with self._database.turn(SEQUENCER) as connection:
            rows = connection.execute(_TAKEN_IN).all()
            if not rows:
                return False
            head = sql.stored_head(connection)
            self._follow(head)
            placed, grown, new = self._placed(connection, head, [_from_intake(row.event_id, row.body) for row in rows])
            connection.execute(delete(INTAKE).where(INTAKE.c.id.in_([row.id for row in rows[:placed]])))
        if new is not None:
            self._sign_with(new)
        if self._checkpointer.due(grown):
            self._outside(self._checkpointer.committed)
        return placed < len(rows) or len(rows) == _AT_ONCE

    def _placed(
        self, connection: Connection, head: Head | None, events: list[Stamped]
    ) -> tuple[int, Head, Signer | None]:
        """Place events as far as one key signs them: how many, the head they lead to, and the key that takes over."""
        turn = next((number for number, each in enumerate(events) if each.draft.type == ROTATED), None)
        some = events if turn is None else events[: turn + 1]
        begun = [] if head else stamped([opening(self._signer)], self._clock, self._ids)
        links, grown = chained(head, [*begun, *some], self._signer)
        if turn is None:
            sql.store(connection, links, grown, new=head is None)
            if self._checkpointer.due(grown):
                keep_checkpoint(connection, grown)
            return len(some), grown, None
        new = self._taking_over(events[turn])
        more, first = chained(grown, stamped([taken_over(new)], self._clock, self._ids), new)
        sql.store(connection, [*links, *more], first, new=head is None)
        keep_checkpoint(connection, grown)
        self._checkpointer.expect()
        return len(some), first, new

    def _taking_over(self, event: Stamped) -> Signer:
        """The key that an event names, which this process made or the key folder has."""
        try:
            key_id = next_key(str(event.draft.body.get("note")), self._signer.verifier).key_id
        except (Tampered, Unusable) as error:
            raise broken(f"the event {event.event_id} lets no key take over: {error}") from error
        if key_id in self._coming:
            return self._coming[key_id]
        if self._signer_of is None:
            raise broken(f"the key {key_id.hex()} took over, and it is not known here")
        return self._signer_of(key_id)

    def _as_intake(self, event: Stamped) -> str:
        return Event(event.draft, self._signer.name, 0, event.event_id, event.ts).to_bytes().decode()


def _from_intake(event_id: str, body: str) -> Stamped:
    event = Event.from_bytes(body.encode())
    if event.event_id != event_id:
        raise broken(f"the event {event_id} in the intake is not the one that was taken in")
    return Stamped(event.draft, event.event_id, event.ts)
