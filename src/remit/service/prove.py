"""Proofs from the ledger: this happened, as this receipt says; and the log only grew since that checkpoint."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from remit.core.errors import AnswerIsNo, InputError, NotFound
from remit.ledger.event import Event
from remit.ledger.ports import LedgerLog, Snapshot
from remit.ledger.proof import prove_consistency, prove_events
from remit.ledger.tiles import WIDTH, tile_place
from remit.ledger.verifier import VerifierKey, leaf_hash

LEVELS = 8
"""More levels of tiles than a log of as many events as there can be has."""


def prove(log: LedgerLog[Any], name: str) -> dict[str, Any]:
    """A proof that stands alone, of one event (its place or its id) or of all events of a decision (its id).

    Raises:
        NotFound: there is no such event or decision.
    """
    with log.snapshot() as snapshot:
        return prove_events(snapshot, _places(snapshot, name))


def prove_receipt(log: LedgerLog[Any], receipt: Any) -> dict[str, Any]:
    """A proof of the event that a receipt names; the receipt may stand in the result that a decision came back with.

    Raises:
        InputError: this is no receipt.
        AnswerIsNo: the ledger has another event in that place.
        NotFound: the ledger has no event there.
    """
    if isinstance(receipt, Mapping) and isinstance(receipt.get("receipt"), Mapping):
        receipt = receipt["receipt"]
    seq, leaf = (receipt.get("seq"), receipt.get("leaf_sha256")) if isinstance(receipt, Mapping) else (None, None)
    if type(seq) is not int or not isinstance(leaf, str):
        raise InputError("this is no receipt", mend='give {"seq": …, "leaf_sha256": …}, or a result that has one')
    with log.snapshot() as snapshot:
        proof = prove_events(snapshot, [seq])
    found = leaf_hash(proof["events"][0]["body"].encode()).hex()
    if found != leaf:
        raise AnswerIsNo(
            f"event {seq} is not the one of this receipt: its leaf is {found[:16]}…, the receipt says {leaf[:16]}…",
            code="receipt",
            mend="one of the two was changed: keep both, and run `remit ledger verify`",
        )
    return proof


def prove_growth(log: LedgerLog[Any], old_note: str, anchor: VerifierKey) -> dict[str, Any]:
    """A proof that the log begins with the one that an older checkpoint names.

    Raises:
        InputError: that is no checkpoint of this ledger.
        AnswerIsNo: it does not begin so.
    """
    with log.snapshot() as snapshot:
        return prove_consistency(snapshot, old_note, anchor)


def take_checkpoint(write: Callable[[], Any], log: LedgerLog[Any]) -> str:
    """The newest signed note, kept in the database and written to its place outside. Raises NotFound, SystemFailed."""
    with write() as unit:
        return log.checkpoint(unit)


def newest_checkpoint(log: LedgerLog[Any]) -> str:
    """The signed note of the log as it stands. Raises NotFound before the first event."""
    with log.snapshot() as snapshot:
        if snapshot.head is None:
            raise NotFound("the ledger is empty: there is no checkpoint")
        return snapshot.head.note


def tile(log: LedgerLog[Any], level: int, path: str) -> tuple[bytes, bool]:
    """The hashes of a tile as C2SP tlog-tiles lays it out, and whether it is whole. Raises NotFound."""
    place = tile_place(path) if 0 <= level < LEVELS else None
    if place is None:
        raise NotFound(f"no tile lies at {level}/{path}"[:200], mend="see C2SP tlog-tiles for the layout")
    number, width = place
    with log.snapshot() as snapshot:
        there = (snapshot.head.size if snapshot.head else 0) // WIDTH**level
        if number * WIDTH + width > there:
            raise NotFound(f"the log has no tile {level}/{path} yet", mend="fetch the checkpoint: it names the size")
        return b"".join(snapshot.kept.hashes(level, number * WIDTH, width)), width == WIDTH


def envelopes(log: LedgerLog[Any], first: int, limit: int) -> list[dict[str, Any]]:
    """Events from a place on, without what they say: who did what, when, in which decision, and the leaf hash."""
    with log.snapshot() as snapshot:
        size = snapshot.head.size if snapshot.head else 0
        seqs = range(first, min(first + limit, size))
        leaves = snapshot.kept.hashes(0, first, len(seqs)) if seqs else []
        events = [Event.from_bytes(body.encode()) for body in snapshot.kept.bodies(seqs)]
    return [_envelope(event, leaf) for event, leaf in zip(events, leaves, strict=True)]


def _envelope(event: Event, leaf: bytes) -> dict[str, Any]:
    draft = event.draft
    return {
        "seq": event.seq,
        "event_id": event.event_id,
        "at": event.ts,
        "type": draft.type,
        "decision_id": draft.decision_id,
        "actor": None if draft.actor is None else {"id": draft.actor.id, "kind": draft.actor.kind},
        "leaf_sha256": leaf.hex(),
    }


def _places(snapshot: Snapshot, name: str) -> list[int]:
    if name.isdecimal() and len(name) < 19:
        return [int(name)]
    found = snapshot.kept.seqs(name)
    if not found:
        raise NotFound(
            f"the ledger has no event and no decision `{name}`", mend="give a place, an event's id or a decision's"
        )
    return found
