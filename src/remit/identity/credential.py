"""What is presented at a door: an id, which finds the row, and a secret, of which only the hash is kept.

A text such as ``remit_01M8…_k3v…4f1c09d2``: kind, id, secret, checksum. The secret has 256 bits, so its hash needs no
salt and no slowness (OWASP: those are for what people think up). By kind and checksum a scanner of repositories
recognises a leaked one without asking anybody.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import zlib
from dataclasses import dataclass
from typing import Literal

from remit.core.ports import Random

Kind = Literal["remit", "remitsession"]
SECRET_BYTES = 32
_FORM = re.compile(r"(?P<kind>[a-z]+)_(?P<id>[0-9A-Z]{26})_(?P<secret>[a-z2-7]{52})(?P<checksum>[0-9a-f]{8})")


@dataclass(frozen=True, slots=True)
class Presented:
    """A credential as it was presented, well formed: it says of itself which one it is. `sha256` is the secret's."""

    id: str
    sha256: str


def mint(kind: Kind, credential_id: str, chance: Random) -> tuple[str, str]:
    """A new credential: the text, which is shown once, and the SHA-256 of its secret, which is kept."""
    secret = base64.b32encode(chance.token(SECRET_BYTES)).decode().rstrip("=").lower()
    head = f"{kind}_{credential_id}_{secret}"
    return head + _checksum(head), _sha256(secret)


def parse(kind: Kind, text: str) -> Presented | None:
    """What was presented; None when it has not the form of this kind or was mistyped."""
    found = _FORM.fullmatch(text)
    if found is None or found["kind"] != kind or _checksum(text[:-8]) != found["checksum"]:
        return None
    return Presented(found["id"], _sha256(found["secret"]))


def matches(presented: Presented, sha256: str | None) -> bool:
    """Whether the secret is the one whose hash is kept. It takes as long for an id that nobody has (None)."""
    return hmac.compare_digest(presented.sha256, sha256 or "0" * 64) and sha256 is not None


def _sha256(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _checksum(head: str) -> str:
    return f"{zlib.crc32(head.encode()):08x}"
