"""The ledger's keys on disk: `ledger.key` signs and is for its owner's eyes only; `ledger.pub` verifies.

`ledger.pub` has one line for each key that ever signed, the first one first: that is the one to trust and to hand out,
for the log itself tells which key took over from which. While a key takes over, its secret waits in `ledger.key.next`.
"""

from __future__ import annotations

import os
import stat
from dataclasses import replace
from pathlib import Path

from remit.adapters.files import write_atomically
from remit.core.errors import Corrupted, SystemFailed
from remit.core.ports import Ids, Random
from remit.ledger.chain import broken
from remit.ledger.note import Signer
from remit.ledger.verifier import Unusable, VerifierKey

KEY_FILE = "ledger.key"
NEXT_FILE = "ledger.key.next"
PUBLIC_FILE = "ledger.pub"


class LedgerKeyFolder:
    """`remit.service.safekeeping.LedgerKeys` over a folder."""

    def __init__(self, folder: Path, chance: Random) -> None:
        self._folder = folder
        self._chance = chance

    def anchor(self) -> VerifierKey:
        return read_verifier_key(self._folder)

    def following(self) -> Signer:
        return next_signer(self._folder, _secret(self._folder / KEY_FILE), self._chance)

    def taken_over(self, key_id: bytes) -> Signer:
        return signer_of(self._folder, key_id)


def open_signer(folder: Path, ids: Ids, chance: Random) -> Signer:
    """The signing key in `folder`; made there, with a new name ``remit/<ULID>``, at the first call.

    A secret key that is gone while its public one is there is not replaced: the log could not go on with another.

    Raises:
        SystemFailed: the files cannot be read or written, or others may read the secret one.
        Corrupted: a file is no key, or the two do not belong together.
    """
    path = folder / KEY_FILE
    if not path.exists() and not (folder / PUBLIC_FILE).exists():
        made = Signer(f"remit/{ids.new()}", chance.token(32))
        # Whoever comes second leaves the first one's key alone and reads it.
        write_atomically(path, made.text.encode() + b"\n", mode=0o600, replace=False)
    signer = _secret(path)
    write_atomically(folder / PUBLIC_FILE, signer.verifier.text.encode() + b"\n", replace=False)
    keys = read_verifier_keys(folder)
    if keys[-1] == signer.verifier:
        return replace(signer, earlier=tuple(keys[:-1]))
    if (folder / NEXT_FILE).exists() and _secret(folder / NEXT_FILE).verifier == keys[-1]:
        return _take_over(folder)
    raise Corrupted(
        f"{folder / PUBLIC_FILE} does not belong to {path}",
        code="key_unusable",
        mend="restore both from the same backup",
    )


def next_signer(folder: Path, present: Signer, chance: Random) -> Signer:
    """A new key of the same name, whose secret waits beside the present one. `signer_of` lets it take over."""
    made = Signer(present.name, chance.token(32))
    write_atomically(folder / NEXT_FILE, made.text.encode() + b"\n", mode=0o600)
    return made


def signer_of(folder: Path, key_id: bytes) -> Signer:
    """The signer of that key id: the present one, or the next one, which takes over then: the log says that it did.

    Raises:
        Corrupted: neither is.
        SystemFailed: the files cannot be read or written.
    """
    signer = _secret(folder / KEY_FILE)
    if signer.verifier.key_id == key_id:
        earlier = [key for key in read_verifier_keys(folder) if key != signer.verifier]
        return replace(signer, earlier=tuple(earlier))
    if (folder / NEXT_FILE).exists() and _secret(folder / NEXT_FILE).verifier.key_id == key_id:
        return _take_over(folder)
    raise broken(f"its head is signed by the key {key_id.hex()}, which is not in {folder}")


def read_verifier_key(folder: Path) -> VerifierKey:
    """The public key in `folder` that is trusted: the log's first. Raises as `read_verifier_keys`."""
    return read_verifier_keys(folder)[0]


def read_verifier_keys(folder: Path) -> list[VerifierKey]:
    """The public keys in `folder`, in the order in which they signed.

    Raises:
        SystemFailed: they cannot be read.
        Corrupted: one is no Ed25519 key of the form ``name+keyid+base64``, or one of low order.
    """
    path = folder / PUBLIC_FILE
    try:
        return [VerifierKey.parse(line) for line in _read(path).splitlines() or [""]]
    except Unusable as error:
        raise Corrupted(f"{path}: {error}", code="key_unusable", mend="restore it from a backup") from error


def _take_over(folder: Path) -> Signer:
    """The next key becomes the present one, whose secret is gone from then on."""
    signer = _secret(folder / NEXT_FILE)
    keys = read_verifier_keys(folder)
    if signer.verifier not in keys:
        lines = "".join(f"{key.text}\n" for key in [*keys, signer.verifier])
        write_atomically(folder / PUBLIC_FILE, lines.encode())
    try:
        os.replace(folder / NEXT_FILE, folder / KEY_FILE)
    except OSError as error:
        raise SystemFailed(f"cannot write {folder / KEY_FILE}: {error.strerror}", code="key_unreadable") from error
    return replace(signer, earlier=tuple(key for key in keys if key != signer.verifier))


def _secret(path: Path) -> Signer:
    text = read_secret(path)
    try:
        return Signer.parse(text)
    except Unusable as error:
        raise Corrupted(f"{path}: {error}", code="key_unusable", mend="restore it from a backup") from error


def read_secret(path: Path) -> str:
    """The text of a file that is for its owner alone.

    Raises:
        SystemFailed: it cannot be read, or others may read it.
        Corrupted: it is no text.
    """
    text = _read(path)
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise SystemFailed(
            f"others may read the secret key {path}", code="key_exposed", mend=f"chmod 600 {path}, or make a new key"
        )
    return text


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise Corrupted(f"{path} is not a key", code="key_unusable", mend="restore it from a backup") from error
    except OSError as error:
        raise SystemFailed(f"cannot read {path}: {error.strerror}", code="key_unreadable", mend="restore it") from error
