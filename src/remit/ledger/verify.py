"""Verification of a log where it lives: every event, the columns beside it, its head, and the checkpoint outside."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from remit.core.errors import Corrupted
from remit.ledger.chain import TAMPERED, Head
from remit.ledger.ports import LedgerLog
from remit.ledger.verifier import Frontier, SignedHead, Tampered, Unusable, VerifierKey, open_note, walk


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


def verify(log: LedgerLog[Any], checkpoint: str | None, key: VerifierKey) -> Report:
    """Read the whole log, in constant memory, and hold it against its signed head and the checkpoint outside.

    Args:
        checkpoint: the note kept outside the database, read before this call; None when there is none.
        key: the public key that the log was signed with.

    Raises:
        SystemFailed: the log cannot be read.
    """
    size = 0
    try:
        with log.snapshot() as snapshot:
            size = snapshot.head.size if snapshot.head else 0
            heads, checkpointed = _signed_heads(snapshot.head, checkpoint, key)
            frontier = walk(snapshot.entries, heads, key.name)
            _check_end(snapshot.head, heads, frontier)
    except Tampered as fault:
        return Report(False, size, seq=fault.seq, why=fault.why)
    except Corrupted as error:
        if error.code != TAMPERED:
            raise
        return Report(False, size, seq=0, why=error.message)
    return Report(True, size, frontier.root().hex(), checkpointed)


def _signed_heads(head: Head | None, checkpoint: str | None, key: VerifierKey) -> tuple[list[SignedHead], int]:
    heads = [_opened("head of the log", head.note, key)] if head else []
    if checkpoint is not None:
        heads.append(_opened("checkpoint outside the database", checkpoint, key))
        return heads, heads[-1].size
    if head:
        raise Tampered(0, f"the signed checkpoint outside the database is missing; the log has {head.size} events")
    return heads, 0


def _opened(what: str, note: str, key: VerifierKey) -> SignedHead:
    try:
        return open_note(note, key)
    except (Unusable, Tampered) as error:
        raise Tampered(0, f"{what}: {error}") from None


def _check_end(head: Head | None, heads: list[SignedHead], frontier: Frontier) -> None:
    """Nothing may stand behind what the head signs, and the head's columns must say what the events say."""
    if head and frontier.size != heads[0].size:
        raise Tampered(heads[0].size, f"event {heads[0].size} and what follows were never signed: they were added")
    found = (frontier.size, tuple(frontier.nodes), frontier.root())
    expected = (head.size, head.frontier, head.root) if head else (0, (), frontier.root())
    if found != expected:
        why = f"the log has {found[0]} events, its head names {expected[0]}: one of the two was changed"
        raise Tampered(min(found[0], expected[0]), why)
