"""Verification of a log where it lives: every event, the columns and tiles beside it, its head, its checkpoints."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from remit.core.errors import Corrupted
from remit.ledger.chain import TAMPERED, Head
from remit.ledger.ports import LedgerLog, Snapshot
from remit.ledger.verifier import Frontier, Note, Tampered, Tile, VerifierKey, read_note, walk


@dataclass(frozen=True, slots=True)
class Report:
    """What verification found. `checkpointed` counts the events that the checkpoint outside covers.

    When not sound, `seq` is the first wrong event, as far as that can be told, and `why` says what is wrong.
    """

    sound: bool
    size: int
    root: str = ""
    checkpointed: int = 0
    seq: int | None = None
    why: str = ""

    def to_json(self) -> dict[str, bool | int | str | None]:
        return {
            "sound": self.sound,
            "size": self.size,
            "root": self.root,
            "checkpointed": self.checkpointed,
            "seq": self.seq,
            "why": self.why,
        }


def verify(log: LedgerLog[Any], checkpoint: str | None, anchor: VerifierKey) -> Report:
    """Read the whole log and hold it against its signed head, its kept tiles and checkpoints, and the one outside.

    Memory grows by one hash for 256 events.

    Args:
        checkpoint: the note kept outside the database, read before this call; None when there is none.
        anchor: the public key that is trusted: the log's first, or one that took over from it.

    Raises:
        SystemFailed: the log cannot be read.
    """
    size = 0
    try:
        with log.snapshot() as snapshot:
            size = snapshot.head.size if snapshot.head else 0
            signed, checkpointed = _signed(snapshot.head, checkpoint)
            if snapshot.head and snapshot.head.log_id != anchor.name:
                raise Tampered(0, f"the head is of the log `{snapshot.head.log_id}`, the key of `{anchor.name}`")
            tiles = _Tiles(snapshot)
            notes = heapq.merge(sorted(signed, key=_size), _kept(snapshot), key=_size)
            frontier = walk(snapshot.entries, notes, anchor, tiles.check)
            _check_end(snapshot.head, signed, frontier)
            tiles.check_end(frontier)
    except Tampered as fault:
        return Report(False, size, seq=fault.seq, why=fault.why)
    except Corrupted as error:
        if error.code != TAMPERED:
            raise
        return Report(False, size, seq=0, why=error.message)
    return Report(True, size, frontier.root().hex(), checkpointed)


def _size(note: Note) -> int:
    return read_note(note).head.size


def _signed(head: Head | None, checkpoint: str | None) -> tuple[list[Note], int]:
    """The head's note first, then the one outside; and how many events the latter names."""
    notes = [Note("head of the log", head.note)] if head else []
    if checkpoint is not None:
        notes.append(Note("signed checkpoint outside the database", checkpoint))
        return notes, _size(notes[-1])
    if head:
        raise Tampered(0, f"the signed checkpoint outside the database is missing; the log has {head.size} events")
    return notes, 0


def _kept(snapshot: Snapshot) -> Iterator[Note]:
    """The checkpoints in the database, which must be in order: each names more events than the one before."""
    before = -1
    for note in snapshot.kept.checkpoints():
        size = _size(note)
        if size <= before:
            raise Tampered(0, f"the {note.what} names {size} events, and the one before it {before}: one was changed")
        before = size
        yield note


def _check_end(head: Head | None, notes: list[Note], frontier: Frontier) -> None:
    """Nothing may stand behind what the head signs, and the head's columns must say what the events say."""
    if head and frontier.size != _size(notes[0]):
        signed = _size(notes[0])
        raise Tampered(signed, f"event {signed} and what follows were never signed: they were added")
    found = (frontier.size, tuple(frontier.nodes), frontier.root())
    expected = (head.size, head.frontier, head.root) if head else (0, (), frontier.root())
    if found != expected:
        why = f"the log has {found[0]} events, its head names {expected[0]}: one of the two was changed"
        raise Tampered(min(found[0], expected[0]), why)


class _Tiles:
    """Holds the kept tiles against those that the events make."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._kept = {(tile.level, tile.number): tile.root for tile in snapshot.kept.tiles()}

    def check(self, tile: Tile) -> None:
        if self._kept.pop((tile.level, tile.number), None) != tile.root:
            first = tile.number << 8 * (tile.level + 1)
            raise Tampered(first, f"tile {tile.number} of level {tile.level} is not the one that its events make")

    def check_end(self, frontier: Frontier) -> None:
        if self._kept:
            level, number = min(self._kept)
            raise Tampered(frontier.size, f"tile {number} of level {level} belongs to no events: it was added")
