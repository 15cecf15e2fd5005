"""Is this ledger what was signed? One file for auditors: the standard library and `cryptography` are all it needs.

    python verifier.py EXPORT.jsonl CHECKPOINT PUBLIC_KEY

EXPORT.jsonl holds one event a line: ``{"seq": 0, "leaf": "<hex>", "body": "<the event's exact text>"}``.
CHECKPOINT is a signed note (C2SP tlog-checkpoint): origin, number of events, base64 of the tree's root, a blank line,
and an Ed25519 signature. PUBLIC_KEY holds one line, ``name+keyid+base64`` (C2SP signed-note verifier key).

The tree is that of RFC 6962 and RFC 9162: leaf = SHA-256(0x00 || text), node = SHA-256(0x01 || left || right).
Exit codes: 0 sound, 1 tampered (the text says where), 2 the input cannot be used.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

EMPTY_ROOT = hashlib.sha256(b"").digest()
ED25519 = b"\x01"
DASH = "\u2014"


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


class SignedHead(NamedTuple):
    """What a checkpoint claims: the log called `origin` had `size` events, and `root` was the root of their tree."""

    origin: str
    size: int
    root: bytes


@dataclass(frozen=True)
class VerifierKey:
    """A named Ed25519 public key: 32 raw bytes."""

    name: str
    public: bytes

    @property
    def key_id(self) -> bytes:
        """The first four bytes of SHA-256(name || newline || 0x01 || public key), as C2SP signed-note asks."""
        return hashlib.sha256(self.name.encode() + b"\n" + ED25519 + self.public).digest()[:4]

    @property
    def text(self) -> str:
        """``name+keyid+base64``"""
        return f"{self.name}+{self.key_id.hex()}+{base64.b64encode(ED25519 + self.public).decode()}"

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

    def append(self, leaf: bytes) -> None:
        """Add one leaf hash at the right."""
        node, size = leaf, self.size
        while size & 1:
            node = node_hash(self.nodes.pop(), node)
            size >>= 1
        self.nodes.append(node)
        self.size += 1

    def root(self) -> bytes:
        """The root of the whole tree (RFC 6962, 2.1)."""
        if not self.nodes:
            return EMPTY_ROOT
        root = self.nodes[-1]
        for node in reversed(self.nodes[:-1]):
            root = node_hash(node, root)
        return root


# The walk along the log


def walk(entries: Iterable[Entry], heads: Sequence[SignedHead], log_id: str) -> Frontier:
    """Read every event once, in order, and hold it against the signed heads. Memory does not grow with the log.

    Returns:
        The frontier of all the events.

    Raises:
        Tampered: at the first event that is missing, added, moved, changed or not the one that was signed.
    """
    frontier = Frontier()
    due = sorted(heads, key=lambda head: head.size)
    _compare(frontier, due)
    for entry in entries:
        frontier.append(_checked_leaf(entry, frontier.size, log_id))
        if due and frontier.size >= due[0].size:
            _compare(frontier, due)
    if due:
        last = due[-1].size
        raise Tampered(
            frontier.size,
            f"the log ends after {frontier.size} events; the signed checkpoint names {last}: the end was cut off",
        )
    return frontier


def _checked_leaf(entry: Entry, expected: int, log_id: str) -> bytes:
    if entry.seq != expected:
        raise Tampered(expected, f"event {expected} is missing: {entry.seq!r} stands in its place")
    leaf = leaf_hash(entry.body)
    if leaf.hex() != entry.leaf:
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
    return leaf


def _compare(frontier: Frontier, due: list[SignedHead]) -> None:
    while due and due[0].size <= frontier.size:
        head = due.pop(0)
        if frontier.root() != head.root:
            raise Tampered(
                0,
                f"events 0 to {head.size - 1} agree with each other but are not the {head.size} that were signed: "
                "at least one was changed and the rest made to fit",
            )


# The signed note


def open_note(text: str, key: VerifierKey) -> SignedHead:
    """The head that a checkpoint claims, once its signature has been verified with `key`.

    Raises:
        Unusable: the text is not a checkpoint.
        Tampered: it is not signed by `key`, or the signature does not hold.
    """
    signed, blank, signatures = text.partition("\n\n")
    message = signed + "\n"
    lines = signed.split("\n")
    if not blank or len(lines) != 3 or not lines[0] or not lines[1].isascii() or not lines[1].isdigit():
        raise Unusable("the checkpoint is not three lines, a blank line and a signature")
    if str(int(lines[1][:20])) != lines[1]:
        raise Unusable("the checkpoint's size is not a plain number")
    head = SignedHead(lines[0], int(lines[1]), _base64(lines[2], "the checkpoint's root"))
    if len(head.root) != 32:
        raise Unusable("the checkpoint's root is not a SHA-256 hash")
    _verify_signature(message.encode(), signatures, key)
    if head.origin != key.name:
        raise Tampered(0, f"the checkpoint is of the log `{head.origin}`, the key of `{key.name}`")
    return head


def _verify_signature(message: bytes, signatures: str, key: VerifierKey) -> None:
    for line in signatures.splitlines():
        dash, name, encoded = [*line.split(" "), "", ""][:3]
        if dash != DASH or name != key.name:
            continue
        blob = _base64(encoded, "the checkpoint's signature")
        if blob[:4] != key.key_id:
            continue
        try:
            Ed25519PublicKey.from_public_bytes(key.public).verify(blob[4:], message)
        except InvalidSignature:
            raise Tampered(0, "the checkpoint's signature does not hold: it was changed after signing") from None
        return
    raise Tampered(0, f"the checkpoint is not signed by {key.name}+{key.key_id.hex()}")


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
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Unusable(f"{what} is not base64") from None


# The command


def verify_export(lines: Iterable[str], note: str, key_text: str) -> SignedHead:
    """Verify exported lines against a checkpoint that covers all of them.

    Raises:
        Unusable: the lines, the checkpoint or the key are not of the form that can be verified.
        Tampered: the events are not those that were signed, or some are not covered by the signature.
    """
    key = VerifierKey.parse(key_text)
    head = open_note(note, key)
    frontier = walk(_exported(lines), [head], head.origin)
    if frontier.size != head.size:
        raise Tampered(
            head.size,
            f"the signed checkpoint names {head.size} events; those after it ({frontier.size}) are not signed",
        )
    return head


def _exported(lines: Iterable[str]) -> Iterator[Entry]:
    for seq, line in enumerate(lines):
        try:
            record = json.loads(line)
            if type(record["seq"]) is not int:
                raise TypeError
            yield Entry(record["seq"], str(record["leaf"]), record["body"].encode())
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            why = f"line {seq + 1} of the export is not an event with seq, leaf and body"
            # A file whose first line is no event is no export; one that breaks later was an export once.
            raise (Tampered(seq, why) if seq else Unusable(why)) from None


def main(arguments: Sequence[str]) -> int:
    """Run the command; the exit code is 0, 1 or 2."""
    if len(arguments) != 3:
        print("usage: verifier.py EXPORT.jsonl CHECKPOINT PUBLIC_KEY", file=sys.stderr)
        return 2
    export, checkpoint, key = map(Path, arguments)
    try:
        with export.open(encoding="utf-8", errors="surrogateescape", newline="\n") as lines:
            head = verify_export(lines, checkpoint.read_text("utf-8"), key.read_text("utf-8"))
    except (Unusable, OSError, UnicodeError) as error:
        print(f"unusable: {error}", file=sys.stderr)
        return 2
    except Tampered as fault:
        print(f"tampered: first at event {fault.seq}: {fault.why}")
        return 1
    print(f"sound: {head.size} events of {head.origin}, root {head.root.hex()}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
