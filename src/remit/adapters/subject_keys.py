"""The key file for what is known of people: `keys/subjects.key`. Whoever loses it has erased everybody."""

from __future__ import annotations

import base64
from pathlib import Path

import orjson

from remit.adapters.files import write_atomically
from remit.adapters.keys import read_secret
from remit.core.errors import Corrupted, SystemFailed
from remit.core.ports import Ids, Random
from remit.ledger.sealing import KEY_BYTES, KeyRing

FILE = "subjects.key"


class SubjectKeyFile:
    """`KeyRing` in a file of its owner's alone. It is read again whenever somebody has written it anew."""

    def __init__(self, folder: Path, ids: Ids, chance: Random) -> None:
        self._path = folder / FILE
        self._ids = ids
        self._chance = chance
        self._ring: KeyRing | None = None
        self._read_of = (0, 0)

    @property
    def exists(self) -> bool:
        return self._path.exists()

    def make(self) -> None:
        """Make the file, unless somebody has. Raises SystemFailed."""
        ring = KeyRing(self._chance.token(KEY_BYTES), ((self._ids.new(), self._chance.token(KEY_BYTES)),))
        write_atomically(self._path, _text(ring), mode=0o600, replace=False)

    def ring(self) -> KeyRing:
        """The keys. Raises SystemFailed, Corrupted."""
        try:
            found = self._path.stat()
        except OSError as error:
            raise SystemFailed(
                f"cannot read {self._path}: {error.strerror}", code="key_unreadable", mend="restore it from a backup"
            ) from error
        version = (found.st_ino, found.st_mtime_ns)
        if self._ring is None or version != self._read_of:
            self._ring, self._read_of = _parsed(read_secret(self._path), self._path), version
        return self._ring

    def add(self) -> None:
        """Put a new wrapping key in front of the others."""
        ring = self.ring()
        self._write(KeyRing(ring.index, ((self._ids.new(), self._chance.token(KEY_BYTES)), *ring.wrapping)))

    def keep_only(self, ids: set[str]) -> None:
        """Forget every wrapping key but the newest and these."""
        ring = self.ring()
        self._write(KeyRing(ring.index, tuple(each for each in ring.wrapping if each[0] in {ring.newest, *ids})))

    def _write(self, ring: KeyRing) -> None:
        write_atomically(self._path, _text(ring), mode=0o600)


def _text(ring: KeyRing) -> bytes:
    wrapping = [[name, base64.b64encode(key).decode()] for name, key in ring.wrapping]
    return orjson.dumps({"v": 1, "index": base64.b64encode(ring.index).decode(), "wrapping": wrapping}) + b"\n"


def _parsed(text: str, path: Path) -> KeyRing:
    try:
        record = orjson.loads(text)
        index = base64.b64decode(record["index"], validate=True)
        wrapping = tuple((str(name), base64.b64decode(key, validate=True)) for name, key in record["wrapping"])
        if not wrapping or any(len(key) != KEY_BYTES for key in (index, *(key for _, key in wrapping))):
            raise ValueError
        return KeyRing(index, wrapping)
    except (ValueError, TypeError, KeyError):
        raise Corrupted(f"{path} holds no keys", code="key_unusable", mend="restore it from a backup") from None
