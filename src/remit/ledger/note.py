"""Signed notes: the head of the log, signed with Ed25519, as C2SP tlog-checkpoint and signed-note write it.

Reading and verifying a note is in `verifier`, which an auditor carries away; here is only the signing side.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from remit.ledger.verifier import DASH, ED25519, ROTATED, SignedHead, Unusable, VerifierKey, open_note

__all__ = ["SignedHead", "Signer", "VerifierKey", "open_note", "sign_note", "sign_rotation", "signed_by"]

_PRIVATE = "PRIVATE+KEY"


@dataclass(frozen=True)
class Signer:
    """A named Ed25519 key, from its seed of 32 bytes. The name is the origin of the log that it signs.

    `earlier` are the keys that it took over from; what they signed still holds.
    """

    name: str
    seed: bytes = field(repr=False)
    earlier: tuple[VerifierKey, ...] = field(default=(), repr=False, compare=False)
    verifier: VerifierKey = field(init=False)
    _key: Ed25519PrivateKey = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not self.name or any(mark.isspace() or mark == "+" for mark in self.name):
            raise ValueError("the name of a key has no spaces and no plus")
        key = Ed25519PrivateKey.from_private_bytes(self.seed)
        object.__setattr__(self, "_key", key)
        object.__setattr__(self, "verifier", VerifierKey(self.name, key.public_key().public_bytes_raw()))

    def sign(self, message: bytes) -> bytes:
        """The Ed25519 signature: 64 bytes."""
        return self._key.sign(message)

    @property
    def text(self) -> str:
        """The secret, as C2SP writes it: ``PRIVATE+KEY+name+keyid+base64``."""
        encoded = base64.b64encode(ED25519 + self.seed).decode()
        return f"{_PRIVATE}+{self.name}+{self.verifier.key_id.hex()}+{encoded}"

    @classmethod
    def parse(cls, text: str) -> Signer:
        """Read what `text` wrote.

        Raises:
            Unusable: another form, or the id does not belong to the key.
        """
        private, key, name, key_id, encoded = [*text.strip().split("+", 4), "", "", "", "", ""][:5]
        try:
            data = base64.b64decode(encoded, validate=True)
            if f"{private}+{key}" != _PRIVATE or len(data) != 33 or data[:1] != ED25519:
                raise ValueError
            signer = cls(name, data[1:])
        except ValueError:
            raise Unusable("this is not a private key of the form PRIVATE+KEY+name+keyid+base64 for Ed25519") from None
        if signer.verifier.key_id.hex() != key_id:
            raise Unusable("the private key's id does not belong to its name and bytes")
        return signer


def sign_note(size: int, root: bytes, signer: Signer) -> str:
    """The signed checkpoint that says: the log of `signer` has `size` events under `root`."""
    return _signed(f"{signer.name}\n{size}\n{base64.b64encode(root).decode()}\n", signer)


def sign_rotation(signer: Signer, new: VerifierKey) -> str:
    """The signed note that says: `new` takes over from the key of `signer`. It can be taken for no checkpoint."""
    return _signed(f"{signer.name}\n{ROTATED}\n{new.text}\n", signer)


def signed_by(note: str, name: str) -> bytes | None:
    """The id of the key of that name whose signature a note bears, not verified here; None when it bears none."""
    for line in note.partition("\n\n")[2].splitlines():
        if line.startswith(f"{DASH} {name} "):
            try:
                return base64.b64decode(line.rpartition(" ")[2], validate=True)[:4]
            except ValueError:
                return None
    return None


def _signed(message: str, signer: Signer) -> str:
    blob = base64.b64encode(signer.verifier.key_id + signer.sign(message.encode())).decode()
    return f"{message}\n{DASH} {signer.name} {blob}\n"
