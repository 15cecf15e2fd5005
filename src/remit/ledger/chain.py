"""Growing the log: drafts become events, leaves and a new signed head. Pure, so that every store grows it alike."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from remit.core.errors import Corrupted
from remit.core.ports import Clock, Ids
from remit.core.words import Actor
from remit.ledger.event import Draft, Event
from remit.ledger.note import Signer, sign_note
from remit.ledger.verifier import Frontier, leaf_hash

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
            if len(nodes) != size.bit_count() or any(len(node) != 32 for node in nodes):
                raise ValueError
            return cls(log_id, size, nodes, bytes.fromhex(root_hex), note)
        except (ValueError, TypeError, AttributeError, RecursionError):
            raise broken("the head of the log cannot be read: it was changed") from None


@dataclass(frozen=True, slots=True)
class Link:
    """One event, ready to be stored: itself, its exact bytes, its leaf hash."""

    event: Event
    body: bytes
    leaf: bytes

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
    frontier = Frontier(head.size, list(head.frontier)) if head else Frontier()
    links = []
    for each in events:
        event = Event(each.draft, signer.name, frontier.size, each.event_id, each.ts)
        body = event.to_bytes()
        leaf = leaf_hash(body)
        links.append(Link(event, body, leaf))
        frontier.append(leaf)
    root = frontier.root()
    note = sign_note(frontier.size, root, signer)
    return links, Head(signer.name, frontier.size, tuple(frontier.nodes), root, note)


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
