"""Is this ledger what was signed? One file for auditors: the standard library and `cryptography` are all it needs.

    python verifier.py EXPORT.jsonl CHECKPOINT PUBLIC_KEY
    python verifier.py PROOF.json PUBLIC_KEY

EXPORT.jsonl holds one event a line: ``{"seq": 0, "leaf": "<hex>", "body": "<the event's exact text>"}``.
CHECKPOINT is a signed note (C2SP tlog-checkpoint): origin, number of events, base64 of the tree's root, a blank line,
and an Ed25519 signature. PUBLIC_KEY holds ``name+keyid+base64`` (C2SP signed-note verifier key) in its first line; that
key is trusted, and those that took over from it are followed: each was named in a note that the one before it signed.
PROOF.json shows that events are in the log, or that the log of one checkpoint begins with that of an older one.

The tree is that of RFC 6962 and RFC 9162: leaf = SHA-256(0x00 || text), node = SHA-256(0x01 || left || right).
Exit codes: 0 sound, 1 tampered (the text says where), 2 the input cannot be used.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import hashlib
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

EMPTY_ROOT = hashlib.sha256(b"").digest()
ED25519 = b"\x01"
DASH = "\u2014"
ROTATED = "ledger.key_rotated"
TILE_HEIGHT = 8
ANY_TEXT = ("utf-8", "surrogatepass")
"""Half a character, which JSON can hold, is no text that anybody signed: its signature does not hold."""


class Unusable(Exception):
    """The input is not of the form that can be verified."""


class Tampered(Exception):
    """The log is not what was signed. `seq` is the first event that is wrong, as far as that can be told."""

    def __init__(self, seq: int, why: str) -> None:
        super().__init__(why)
        self.seq = seq
        self.why = why


class Entry(NamedTuple):
    """One stored event: its place, its leaf hash in hex, its exact bytes, and the columns kept beside it."""

    seq: int
    leaf: str
    body: bytes
    columns: Mapping[str, str | None] = {}


class Tile(NamedTuple):
    """The root over a complete tile, of 256 hashes (C2SP tlog-tiles): of 256 ** (level + 1) leaves."""

    level: int
    number: int
    root: bytes


class Note(NamedTuple):
    """A signed checkpoint, and in which words to speak of it."""

    what: str
    text: str


class SignedHead(NamedTuple):
    """What a checkpoint claims: the log called `origin` had `size` events, and `root` was the root of their tree."""

    origin: str
    size: int
    root: bytes


class ReadNote(NamedTuple):
    """A checkpoint in its parts: what it claims, the bytes that are signed, the lines of signatures."""

    head: SignedHead
    message: bytes
    signatures: str


@dataclass(frozen=True)
class VerifierKey:
    """A named Ed25519 public key: 32 raw bytes."""

    name: str
    public: bytes

    @property
    def key_id(self) -> bytes:
        """The first four bytes of SHA-256(name || newline || 0x01 || public key), as C2SP signed-note asks."""
        return hashlib.sha256(self.name.encode(*ANY_TEXT) + b"\n" + ED25519 + self.public).digest()[:4]

    @property
    def short(self) -> str:
        """``name+keyid``"""
        return f"{self.name}+{self.key_id.hex()}"

    @property
    def text(self) -> str:
        """``name+keyid+base64``"""
        return f"{self.short}+{base64.b64encode(ED25519 + self.public).decode()}"

    @classmethod
    def first(cls, text: str) -> VerifierKey:
        """The key in the first line: the one that is trusted. Raises Unusable."""
        return cls.parse(text.strip().partition("\n")[0])

    @classmethod
    def parse(cls, text: str) -> VerifierKey:
        """Read ``name+keyid+base64``.

        Raises:
            Unusable: another form, another kind of key, a wrong key id, or a key of low order, which would accept
                signatures that nobody made.
        """
        name, _, rest = text.strip().partition("+")
        key_id, _, encoded = rest.partition("+")
        data = _base64(encoded, "the public key")
        if not name or len(data) != 33 or data[:1] != ED25519:
            raise Unusable("the public key is not of the form name+keyid+base64 for Ed25519")
        key = cls(name, data[1:])
        if key.key_id.hex() != key_id:
            raise Unusable("the public key's id does not belong to its name and bytes")
        if is_low_order(key.public):
            raise Unusable("the public key is a point of low order; such a key proves nothing")
        return key


# The tree


def leaf_hash(body: bytes) -> bytes:
    """SHA-256(0x00 || body)."""
    return hashlib.sha256(b"\x00" + body).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256(0x01 || left || right)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


@dataclass
class Frontier:
    """The right edge of the tree: the roots of its complete subtrees, largest first, one for each 1-bit of `size`.

    Appending costs one hash on average and at most log2(size); so does asking for the root.
    """

    size: int = 0
    nodes: list[bytes] = field(default_factory=list)

    def append(self, leaf: bytes) -> list[Tile]:
        """Add one leaf hash at the right. Gives the tiles that it makes complete."""
        tiles: list[Tile] = []
        node, size, height = leaf, self.size, 0
        while size & 1:
            node = node_hash(self.nodes.pop(), node)
            size, height = size >> 1, height + 1
            if height % TILE_HEIGHT == 0:
                tiles.append(Tile(height // TILE_HEIGHT - 1, size, node))
        self.nodes.append(node)
        self.size += 1
        return tiles

    def root(self) -> bytes:
        """The root of the whole tree (RFC 6962, 2.1)."""
        if not self.nodes:
            return EMPTY_ROOT
        root = self.nodes[-1]
        for node in reversed(self.nodes[:-1]):
            root = node_hash(node, root)
        return root


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether `proof` leads from `leaf` at `index` to the `root` of a tree of `size` leaves (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    at, last, node = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if at & 1 or at == last:
            node = node_hash(sibling, node)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            node = node_hash(node, sibling)
        at, last = at >> 1, last >> 1
    return last == 0 and node == root


def verify_consistency(old_size: int, old_root: bytes, size: int, root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether the tree of `size` leaves begins with the tree of `old_size` leaves (RFC 9162, 2.1.4.2)."""
    if not 0 < old_size <= size:
        return False
    if old_size == size:
        return not proof and old_root == root
    # The old root itself is left out of the proof when the old tree is complete.
    path = list(proof) if old_size & (old_size - 1) else [old_root, *proof]
    if not path:
        return False
    at, last = old_size - 1, size - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    old = new = path[0]
    for node in path[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            old, new = node_hash(node, old), node_hash(node, new)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            new = node_hash(new, node)
        at, last = at >> 1, last >> 1
    return last == 0 and old == old_root and new == root


# The walk along the log


def walk(
    entries: Iterable[Entry],
    notes: Iterable[Note],
    anchor: VerifierKey,
    on_tile: Callable[[Tile], None] = lambda tile: None,
) -> Frontier:
    """Read every event once, in order, and hold it against the signed notes. Memory does not grow with the log.

    Args:
        notes: in the order of the sizes that they name.
        anchor: the key that is trusted: the first of the log, or one that took over later.
        on_tile: told of every tile when it is complete.

    Returns:
        The frontier of all the events.

    Raises:
        Tampered: at the first event that is missing, added, moved, changed or not the one that was signed.
    """
    frontier, keys, waiting = Frontier(), Keys(anchor), iter(notes)
    note, due = _next(waiting)
    for entry in entries:
        while note is not None and due <= frontier.size:
            _compare(frontier, note, keys)
            note, due = _next(waiting)
        body = _checked(entry, frontier.size, anchor.name)
        for tile in frontier.append(bytes.fromhex(entry.leaf)):
            on_tile(tile)
        keys.learn(entry.seq, body)
    while note is not None:
        _compare(frontier, note, keys)
        note, due = _next(waiting)
    if not keys.trusted:
        raise Tampered(0, f"the log is signed neither by {anchor.short} nor by a key that took over from it")
    return frontier


def _next(waiting: Iterator[Note]) -> tuple[Note | None, int]:
    """The next note, and the size that it names."""
    note = next(waiting, None)
    return note, read_note(note).head.size if note else 0


def _checked(entry: Entry, expected: int, log_id: str) -> dict[str, Any]:
    if entry.seq != expected:
        raise Tampered(expected, f"event {expected} is missing: {entry.seq!r} stands in its place")
    if leaf_hash(entry.body).hex() != entry.leaf:
        raise Tampered(expected, f"event {expected}: its text is not the one that was hashed")
    try:
        body = json.loads(entry.body.decode())
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict):
        raise Tampered(expected, f"event {expected}: its text is not a JSON object")
    if body.get("seq") != expected or body.get("log_id") != log_id:
        raise Tampered(
            expected, f"event {expected}: its text belongs to event {body.get('seq')!r} of log {body.get('log_id')!r}"
        )
    for name, value in entry.columns.items():
        if body.get(name) != value:
            raise Tampered(expected, f"event {expected}: column `{name}` says {value!r}, its text {body.get(name)!r}")
    return body


def _compare(frontier: Frontier, note: Note, keys: Keys) -> None:
    head = keys.opened(note)
    if head.size > frontier.size:
        raise Tampered(
            frontier.size,
            f"the log ends after {frontier.size} events; the {note.what} names {head.size}: the end was cut off",
        )
    if (head.size, head.root) != (frontier.size, frontier.root()):
        raise Tampered(
            0,
            f"events 0 to {head.size - 1} agree with each other but are not the {head.size} that were signed "
            f"({note.what}): at least one was changed and the rest made to fit",
        )


@dataclass
class Keys:
    """The keys that signed a log, in order, each with the number of events after which it took over."""

    anchor: VerifierKey
    chain: list[tuple[int, VerifierKey]] = field(default_factory=list)
    trusted: bool = True

    def learn(self, seq: int, body: Mapping[str, Any]) -> None:
        """Take from an event what it says of keys: the first event names the first, a rotation the next."""
        said = body.get("body")
        try:
            if body.get("type") == "ledger.opened" and seq == 0 and isinstance(said, dict):
                self.chain.append((-1, VerifierKey.parse(str(said.get("verifier_key")))))
            elif body.get("type") == ROTATED and isinstance(said, dict):
                self.chain.append((seq + 1, next_key(str(said.get("note")), self._at(seq + 1))))
        except (Unusable, Tampered) as error:
            raise Tampered(seq, f"event {seq}: {error}") from None

    def opened(self, note: Note) -> SignedHead:
        """What a note claims, if the key signed it that was in force at its size. The last one decides on trust."""
        size = read_note(note).head.size
        key = self._at(size)
        later = [key for since, key in self.chain if since < size]
        self.trusted = key == self.anchor or self.anchor in later
        try:
            return open_note(note.text, key)
        except (Unusable, Tampered) as error:
            raise Tampered(0, f"{note.what}: {error}") from None

    def _at(self, size: int) -> VerifierKey:
        return next((key for since, key in reversed(self.chain) if since < size), self.anchor)


def next_key(note: str, key: VerifierKey) -> VerifierKey:
    """The key that takes over from `key`, as `key` signed it: origin, ``ledger.key_rotated``, the new key.

    Raises:
        Tampered, Unusable: it is not signed by `key`, or names no usable key of the same log.
    """
    signed, _, signatures = note.partition("\n\n")
    lines = signed.split("\n")
    if len(lines) != 3 or lines[:2] != [key.name, ROTATED]:
        raise Tampered(0, "a change of keys is not of the form that can be followed")
    _verify_signature(f"{signed}\n".encode(*ANY_TEXT), signatures, [key])
    new = VerifierKey.parse(lines[2])
    if new.name != key.name:
        raise Tampered(0, f"the key of another log, `{new.name}`, takes over")
    return new


# The signed note


def read_note(note: Note) -> ReadNote:
    """A checkpoint's parts, before its signature is looked at. Raises Tampered: it is not of that form."""
    try:
        return _parts(note.text)
    except Unusable as error:
        raise Tampered(0, f"{note.what}: {error}") from None


def open_note(text: str, *keys: VerifierKey) -> SignedHead:
    """The head that a checkpoint claims, once its signature has been verified with one of `keys`.

    Raises:
        Unusable: the text is not a checkpoint.
        Tampered: none of them signed it, or the signature does not hold.
    """
    note = _parts(text)
    _verify_signature(note.message, note.signatures, keys)
    if note.head.origin != keys[0].name:
        raise Tampered(0, f"the checkpoint is of the log `{note.head.origin}`, the key of `{keys[0].name}`")
    return note.head


def _parts(text: str) -> ReadNote:
    signed, blank, signatures = text.partition("\n\n")
    lines = signed.split("\n")
    if not blank or len(lines) != 3 or not lines[0] or not lines[1].isascii() or not lines[1].isdigit():
        raise Unusable("the checkpoint is not three lines, a blank line and a signature")
    if str(int(lines[1][:20])) != lines[1]:
        raise Unusable("the checkpoint's size is not a plain number")
    head = SignedHead(lines[0], int(lines[1]), _base64(lines[2], "the checkpoint's root"))
    if len(head.root) != 32:
        raise Unusable("the checkpoint's root is not a SHA-256 hash")
    return ReadNote(head, f"{signed}\n".encode(*ANY_TEXT), signatures)


def _verify_signature(message: bytes, signatures: str, keys: Sequence[VerifierKey]) -> None:
    by_id = {(key.name, key.key_id): key for key in keys}
    for line in signatures.removesuffix("\n").split("\n"):
        parts = line.split(" ")
        if parts[:2] != [DASH, keys[0].name] or len(parts) != 3:
            continue
        blob = _base64(parts[2], "the signature")
        key = by_id.get((parts[1], blob[:4]))
        if key is None:
            continue
        try:
            Ed25519PublicKey.from_public_bytes(key.public).verify(blob[4:], message)
        except InvalidSignature:
            raise Tampered(0, "the signature does not hold: it was changed after signing") from None
        return
    raise Tampered(0, f"the checkpoint is not signed by {' or '.join(key.short for key in keys)}")


def is_low_order(public: bytes) -> bool:
    """Whether the point has an order of 8 or less, or is not the canonical spelling of a point (RFC 8032, 5.1.3).

    On -x^2 + y^2 = 1 + d x^2 y^2 the points of order 1, 2 and 4 have y in {1, -1, 0}. Doubling a point of order 8 gives
    y = 0, so there x^2 = -y^2, and the curve's equation becomes d y^4 + 2 y^2 - 1 = 0.
    """
    prime = 2**255 - 19
    d = -121665 * pow(121666, -1, prime) % prime
    y = int.from_bytes(public, "little") & (2**255 - 1)
    return y >= prime or y in (0, 1, prime - 1) or (d * y**4 + 2 * y**2 - 1) % prime == 0


def _base64(text: str, what: str) -> bytes:
    try:
        data = base64.b64decode(text, validate=True)
        # One spelling only: the last character could have bits to spare.
        if base64.b64encode(data).decode() != text:
            raise ValueError
    except (binascii.Error, ValueError):
        raise Unusable(f"{what} is not base64") from None
    return data


# The command


def verify_export(lines: Iterable[str], note: str, key_text: str) -> SignedHead:
    """Verify exported lines against a checkpoint that covers all of them.

    Raises:
        Unusable: the lines, the checkpoint or the key are not of the form that can be verified.
        Tampered: the events are not those that were signed, or some are not covered by the signature.
    """
    anchor, head = VerifierKey.first(key_text), _parts(note).head
    frontier = walk(_exported(lines), [Note("signed checkpoint", note)], anchor)
    if frontier.size != head.size:
        raise Tampered(
            head.size,
            f"the signed checkpoint names {head.size} events; those after it ({frontier.size}) are not signed",
        )
    return head


def verify_proof(text: str, key_text: str) -> str:
    """Verify a proof, and say what it shows. Raises as `verify_export`."""
    keys = [VerifierKey.first(key_text)]
    try:
        proof = json.loads(text)
        for note in proof["rotations"]:
            # Those before the key that is trusted say nothing that would be needed.
            with contextlib.suppress(Tampered):
                keys.append(next_key(note, keys[-1]))
        head = open_note(proof["checkpoint"], *keys)
        path = [bytes.fromhex(node) for node in proof.get("path", [])]
        old = open_note(proof["old"], *keys) if "old" in proof else None
        events = [
            (_seq(item), item["body"].encode(), [bytes.fromhex(node) for node in item["path"]])
            for item in proof.get("events", [])
        ]
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise Unusable("this is not a proof") from None
    if old is not None:
        if not verify_consistency(old.size, old.root, head.size, head.root, path):
            raise Tampered(0, f"the log of {head.size} events does not begin with the {old.size} that were signed")
        return f"the log of {head.size} events begins with the {old.size} that were signed before"
    if not events:
        raise Unusable("the proof is of no event")
    for seq, body, path in events:
        _checked(Entry(seq, leaf_hash(body).hex(), body), seq, head.origin)
        if not verify_inclusion(leaf_hash(body), seq, head.size, path, head.root):
            raise Tampered(seq, f"event {seq} is not in the log of {head.size} events that was signed")
    return f"event {', '.join(str(seq) for seq, _, _ in events)} of {head.origin}, among {head.size} that were signed"


def _exported(lines: Iterable[str]) -> Iterator[Entry]:
    for seq, line in enumerate(lines):
        try:
            record = json.loads(line)
            yield Entry(_seq(record), str(record["leaf"]), record["body"].encode())
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            why = f"line {seq + 1} of the export is not an event with seq, leaf and body"
            # A file whose first line is no event is no export; one that breaks later was an export once.
            raise (Tampered(seq, why) if seq else Unusable(why)) from None


def _seq(record: Mapping[str, Any]) -> int:
    seq = record["seq"]
    if type(seq) is not int:
        raise TypeError
    return seq


def main(arguments: Sequence[str]) -> int:
    """Run the command; the exit code is 0, 1 or 2."""
    if len(arguments) not in (2, 3):
        print("usage: verifier.py EXPORT.jsonl CHECKPOINT PUBLIC_KEY | PROOF.json PUBLIC_KEY", file=sys.stderr)
        return 2
    first, *between, key = map(Path, arguments)
    try:
        if not between:
            said = verify_proof(first.read_text("utf-8"), key.read_text("utf-8"))
        else:
            with first.open(encoding="utf-8", errors="surrogateescape", newline="\n") as lines:
                head = verify_export(lines, between[0].read_text("utf-8"), key.read_text("utf-8"))
            said = f"{head.size} events of {head.origin}, root {head.root.hex()}"
    except (Unusable, OSError, UnicodeError) as error:
        print(f"unusable: {error}", file=sys.stderr)
        return 2
    except Tampered as fault:
        print(f"tampered: first at event {fault.seq}: {fault.why}")
        return 1
    print(f"sound: {said}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
