"""Sealing what is known of a person: under a key of theirs alone, so that deleting the key deletes all of it.

AES-256-GCM (NIST SP 800-38D) with random nonces of 96 bits. The place of a text (table, column, row) is bound to it:
moved elsewhere it does not open. A subject's key is wrapped by the key file's; a subject is found by HMAC-SHA256 of its
name under another key of that file, so that the database alone tells nobody who it is about.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from remit.core.errors import Corrupted
from remit.core.ports import Random

KEY_BYTES = 32
NONCE_BYTES = 12
MARK = "s1:"
"""What a sealed text begins with: the version of the form. No JSON and no note of an older Remit begins so."""

UNSEALABLE = "unsealable"


@dataclass(frozen=True, slots=True)
class Seal:
    """The key of one subject, ready for use. Raises Corrupted: it is none of 256 bits."""

    key: bytes = field(repr=False)
    _cipher: AESGCM = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if len(self.key) != KEY_BYTES:
            raise Corrupted(f"a subject's key has {len(self.key)} bytes, and not {KEY_BYTES}", mend="restore a backup")
        object.__setattr__(self, "_cipher", AESGCM(self.key))

    def close(self, text: str, place: str, chance: Random) -> str:
        """The text, sealed for this place."""
        nonce = chance.token(NONCE_BYTES)
        sealed = self._cipher.encrypt(nonce, text.encode(), place.encode())
        return MARK + base64.b64encode(nonce + sealed).decode()

    def open(self, sealed: str, place: str) -> str:
        """What was sealed for this place.

        Raises:
            Corrupted: it was changed, moved, or sealed under another key.
        """
        try:
            if not sealed.startswith(MARK):
                raise ValueError
            data = base64.b64decode(sealed[len(MARK) :], validate=True)
            if base64.b64encode(data).decode() != sealed[len(MARK) :]:
                raise ValueError  # the last letter has bits that say nothing: there is one spelling only
            return self._cipher.decrypt(data[:NONCE_BYTES], data[NONCE_BYTES:], place.encode()).decode()
        except (InvalidTag, ValueError):
            raise Corrupted(
                f"{place} is not what was written", code=UNSEALABLE, mend="restore database and keys from one backup"
            ) from None


@dataclass(frozen=True, slots=True)
class KeyRing:
    """What the key file holds: a key for references, and the keys that wrap subjects' keys, the newest first."""

    index: bytes = field(repr=False)
    wrapping: tuple[tuple[str, bytes], ...] = field(repr=False)

    @property
    def newest(self) -> str:
        """The id of the key that wraps from now on."""
        return self.wrapping[0][0]

    def reference(self, kind: str, text: str) -> str:
        """By what a text of a kind (subject, request) is found: 64 hex digits."""
        return hmac.new(self.index, f"{kind}\n{text}".encode(), hashlib.sha256).hexdigest()

    def wrap(self, seal: Seal, ref: str, chance: Random) -> tuple[str, str]:
        """The id of the wrapping key, and a subject's key wrapped by it for that subject's row."""
        by, key = self.wrapping[0]
        return by, Seal(key).close(base64.b64encode(seal.key).decode(), f"subject.wrapped:{ref}", chance)

    def unwrap(self, by: str, wrapped: str, ref: str) -> Seal:
        """A subject's key. Raises Corrupted: it is not in this ring's power, or not what was written."""
        key = dict(self.wrapping).get(by)
        if key is None:
            raise Corrupted(
                f"a subject's key is wrapped by the key {by}, which is not in the key file",
                code=UNSEALABLE,
                mend="restore keys/subjects.key from a backup",
            )
        return Seal(base64.b64decode(Seal(key).open(wrapped, f"subject.wrapped:{ref}")))
