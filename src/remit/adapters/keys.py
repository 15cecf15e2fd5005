"""The ledger's key on disk: `ledger.key` signs and is for its owner's eyes only; `ledger.pub` verifies."""

from __future__ import annotations

import stat
from pathlib import Path

from remit.adapters.files import write_atomically
from remit.core.errors import Corrupted, SystemFailed
from remit.core.ports import Ids, Random
from remit.ledger.note import Signer
from remit.ledger.verifier import Unusable, VerifierKey

KEY_FILE = "ledger.key"
PUBLIC_FILE = "ledger.pub"


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
    text = _read(path)
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise SystemFailed(
            f"others may read the secret key {path}", code="key_exposed", mend=f"chmod 600 {path}, or make a new key"
        )
    try:
        signer = Signer.parse(text)
    except Unusable as error:
        raise Corrupted(f"{path}: {error}", code="key_unusable", mend="restore it from a backup") from error
    write_atomically(folder / PUBLIC_FILE, signer.verifier.text.encode() + b"\n", replace=False)
    if read_verifier_key(folder) != signer.verifier:
        raise Corrupted(
            f"{folder / PUBLIC_FILE} does not belong to {path}",
            code="key_unusable",
            mend="restore both from the same backup",
        )
    return signer


def read_verifier_key(folder: Path) -> VerifierKey:
    """The public key in `folder`.

    Raises:
        SystemFailed: it cannot be read.
        Corrupted: it is no Ed25519 key of the form ``name+keyid+base64``, or one of low order.
    """
    path = folder / PUBLIC_FILE
    try:
        return VerifierKey.parse(_read(path))
    except Unusable as error:
        raise Corrupted(f"{path}: {error}", code="key_unusable", mend="restore it from a backup") from error


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise Corrupted(f"{path} is not a key", code="key_unusable", mend="restore it from a backup") from error
    except OSError as error:
        raise SystemFailed(f"cannot read {path}: {error.strerror}", code="key_unreadable", mend="restore it") from error
