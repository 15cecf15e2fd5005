"""What is kept of the log beside its events: roots of complete tiles, and signed checkpoints. Both only ever grow."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from sqlalchemy import Connection, Table, func, insert, select
from sqlalchemy.dialects.postgresql import insert as upsert

from remit.adapters.sql.as_bytes import as_bytes
from remit.adapters.sql.listing import parts_of
from remit.adapters.sql.tables.ledger import EventRow, LedgerCheckpointRow, LedgerTileRow
from remit.core.errors import NotFound
from remit.ledger.chain import Head, Link, broken
from remit.ledger.event import Event
from remit.ledger.verifier import ROTATED, Note, Tile

EVENT: Table = EventRow.__table__  # type: ignore[attr-defined]
TILE: Table = LedgerTileRow.__table__  # type: ignore[attr-defined]
CHECKPOINT: Table = LedgerCheckpointRow.__table__  # type: ignore[attr-defined]
_ROWS_AT_ONCE = 500
_HEX = re.compile(r"[0-9a-f]{64}")

# Built once: building a statement anew costs more than running it.
_INSERT_TILES = insert(TILE)
_INSERT_CHECKPOINT = upsert(CHECKPOINT).on_conflict_do_nothing()
_NEWEST = select(func.max(CHECKPOINT.c.size))


def keep_tiles(unit: Connection, links: Sequence[Link]) -> None:
    """Keep the roots of the tiles that these events complete: one for 256 events, so mostly none."""
    tiles = [tile for link in links for tile in link.tiles]
    if tiles:
        unit.execute(_INSERT_TILES, [_tile_row(tile) for tile in tiles])


def keep_checkpoint(unit: Connection, head: Head) -> None:
    """Keep the note of a head, unless it is kept already."""
    if (unit.execute(_NEWEST).scalar() or 0) < head.size:
        unit.execute(_INSERT_CHECKPOINT, {"size": head.size, "note": head.note})


class SqlKept:
    """`remit.ledger.ports.Kept` over one connection, which sees one moment."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def hashes(self, level: int, first: int, count: int) -> list[bytes]:
        query = (
            select(EVENT.c.leaf_sha256).where(EVENT.c.seq.between(first, first + count - 1)).order_by(EVENT.c.seq)
            if level == 0
            else select(TILE.c.root)
            .where(TILE.c.level == level - 1, TILE.c.number.between(first, first + count - 1))
            .order_by(TILE.c.number)
        )
        try:
            found = [bytes.fromhex(text) for text in self._connection.execute(query).scalars()]
        except ValueError:
            found = []
        if len(found) != count:
            raise broken(f"hashes {first} to {first + count - 1} of tile level {level} are missing or damaged")
        return found

    def tiles(self) -> Iterator[Tile]:
        query = select(TILE.c.level, TILE.c.number, as_bytes(TILE.c.root)).order_by(TILE.c.level)
        for level, number, root in self._connection.execute(query):
            text = (root or b"").decode("ascii", "replace")
            yield Tile(level, number, bytes.fromhex(text) if _HEX.fullmatch(text) else b"")

    def checkpoints(self) -> Iterator[Note]:
        query = select(CHECKPOINT.c.size, as_bytes(CHECKPOINT.c.note)).order_by(CHECKPOINT.c.size)
        for size, note in self._connection.execute(query, execution_options={"yield_per": _ROWS_AT_ONCE}):
            text = (note or b"").decode("utf-8", "replace")
            if text.split("\n")[1:2] != [str(size)]:
                text = ""  # its place says another size than its text: no note that could be read
            yield Note(f"checkpoint of {size} events in the database", text)

    def rotations(self) -> list[str]:
        query = select(EVENT.c.body).where(EVENT.c.type == ROTATED).order_by(EVENT.c.seq)
        bodies = self._connection.execute(query).scalars()
        return [str(Event.from_bytes(body.encode()).draft.body.get("note")) for body in bodies]

    def bodies(self, seqs: Sequence[int]) -> list[str]:
        found: dict[int, str] = {}
        for part in parts_of(seqs):
            rows = self._connection.execute(select(EVENT.c.seq, EVENT.c.body).where(EVENT.c.seq.in_(part)))
            found.update((row.seq, row.body) for row in rows)
        for seq in seqs:
            if seq not in found:
                raise NotFound(f"there is no event {seq}")
        return [found[seq] for seq in seqs]

    def seqs(self, name: str) -> list[int]:
        for column in (EVENT.c.event_id, EVENT.c.decision_id):
            query = select(EVENT.c.seq).where(column == name).order_by(EVENT.c.seq)
            found = list(self._connection.execute(query).scalars())
            if found:
                return found
        return []


def _tile_row(tile: Tile) -> dict[str, object]:
    return {"level": tile.level, "number": tile.number, "root": tile.root.hex()}
