"""Growing the log: drafts become events, leaves and a new signed head. Pure, so that every store grows it alike."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from remit.core.errors import Corrupted, InputError
from remit.core.ports import Clock, Ids
from remit.core.words import Actor
from remit.ledger.event import Draft, Event
from remit.ledger.note import Signer, sign_note, sign_rotation
from remit.ledger.verifier import ROTATED, Frontier, Tile, leaf_hash

LEDGER = Actor("ledger", "system")
TAMPERED = "ledger_tampered"


@dataclass(frozen=True, slots=True)
class Receipt:
    """Proof of record: the event's place in the log, counted from 0, and its leaf hash in hex."""

    seq: int
    leaf_sha256: str

    def to_json(self) -> dict[str, int | str]:
        return {"seq": self.seq, "leaf_sha256": self.leaf_sha256}


@dataclass(frozen=True, slots=True)
class Head:
    """The end of a log: its id, its number of events, the frontier and root of their tree, the note that signs it."""

    log_id: str
    size: int
    frontier: tuple[bytes, ...]
    root: bytes
    note: str

    @property
    def frontier_text(self) -> str:
        """The frontier as it is stored: a JSON list of hex."""
        return json.dumps([node.hex() for node in self.frontier])

    @classmethod
    def stored(cls, log_id: str, size: int, frontier_text: str, root_hex: str, note: str) -> Head:
        """A head as it was stored.

        Raises:
            Corrupted: these are not a head's columns.
        """
        try:
            nodes = tuple(bytes.fromhex(node) for node in json.loads(frontier_text))
            head = cls(log_id, size, nodes, bytes.fromhex(root_hex), note)
            if len(nodes) != size.bit_count() or any(len(node) != 32 for node in nodes):
                raise ValueError
            if (head.frontier_text, head.root.hex()) != (frontier_text, root_hex):
                raise ValueError  # the same hashes in another spelling
            return head
        except (ValueError, TypeError, AttributeError, RecursionError):
            raise broken("the head of the log cannot be read: it was changed") from None


@dataclass(frozen=True, slots=True)
class Link:
    """One event, ready to be stored: itself, its exact bytes, its leaf hash, and the tiles that it completes."""

    event: Event
    body: bytes
    leaf: bytes
    tiles: tuple[Tile, ...] = ()

    @property
    def receipt(self) -> Receipt:
        return Receipt(self.event.seq, self.leaf.hex())


@dataclass(frozen=True, slots=True)
class Stamped:
    """A draft with its id and its time (see `rfc3339`), and no place in a log yet."""

    draft: Draft
    event_id: str
    ts: str


def stamped(drafts: Sequence[Draft], clock: Clock, ids: Ids) -> list[Stamped]:
    """The drafts as of now, each with an id of its own."""
    ts = rfc3339(clock.now())
    return [Stamped(draft, ids.new(), ts) for draft in drafts]


def opening(signer: Signer) -> Draft:
    """The first event of every log: it names the key that signs it."""
    return Draft("ledger.opened", {"verifier_key": signer.verifier.text}, actor=LEDGER)


def extend(
    head: Head | None, drafts: Sequence[Draft], signer: Signer, clock: Clock, ids: Ids
) -> tuple[list[Link], Head]:
    """The links for `drafts` behind `head`, and the new head. A new log begins with `opening`.

    Raises:
        InputError: a draft cannot be recorded.
    """
    return chained(head, stamped(drafts if head else [opening(signer), *drafts], clock, ids), signer)


def chained(head: Head | None, events: Sequence[Stamped], signer: Signer) -> tuple[list[Link], Head]:
    """The links for events that were stamped before, in this order, behind `head`; and the new head.

    Raises:
        InputError: an event cannot be recorded.
    """
    links, ahead = grown(head, events, signer.name)
    return links, signed(ahead, signer)


def grown(head: Head | None, events: Sequence[Stamped], log_id: str) -> tuple[list[Link], Head]:
    """The same, but that the new head is not signed yet: its note is empty."""
    frontier = Frontier(head.size, list(head.frontier)) if head else Frontier()
    links = []
    for each in events:
        event = Event(each.draft, log_id, frontier.size, each.event_id, each.ts)
        body = event.to_bytes()
        leaf = leaf_hash(body)
        links.append(Link(event, body, leaf, tuple(frontier.append(leaf))))
    return links, Head(log_id, frontier.size, tuple(frontier.nodes), frontier.root(), note="")


def signed(head: Head, signer: Signer) -> Head:
    """The head with the note that signs it."""
    return replace(head, note=sign_note(head.size, head.root, signer))


def rotate(
    head: Head | None, old: Signer, new: Signer, draft: Draft, clock: Clock, ids: Ids
) -> tuple[list[Link], Head, Head]:
    """The links by which `new` takes over from `old`, the last head that `old` signs, and the first that `new` signs.

    Raises:
        InputError: the new key is of another name, or the draft cannot be recorded.
    """
    links, last = extend(head, [takeover(old, new, draft)], old, clock, ids)
    more, first = extend(last, [taken_over(new)], new, clock, ids)
    return [*links, *more], last, first


def takeover(old: Signer, new: Signer, draft: Draft) -> Draft:
    """The last event that `old` signs: it names `new`, and `draft` tells who wanted it and why. Raises InputError."""
    if new.name != old.name or new.verifier == old.verifier:
        raise InputError("the new key must be another key of the same name", code="key")
    return replace(draft, type=ROTATED, body={**draft.body, "note": sign_rotation(old, new.verifier)})


def taken_over(new: Signer) -> Draft:
    """The first event that a key signs after it took over."""
    return Draft("ledger.checkpointed", {"verifier_key": new.verifier.text}, actor=LEDGER)


def rfc3339(at: datetime) -> str:
    """``2026-01-31T12:00:00.000000Z``: UTC, always to the microsecond, so that texts sort as times do."""
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def broken(why: str) -> Corrupted:
    """The error of a ledger that nothing may be added to."""
    return Corrupted(
        f"the ledger cannot be trusted, so nothing is done: {why}",
        code=TAMPERED,
        mend="keep the files as they are, run `remit ledger verify`, and restore database, ledger.checkpoint and keys "
        "together from a backup",
    )
