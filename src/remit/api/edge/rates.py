"""How often each key, and each address that nobody vouches for, may ask: counted for all processes of a machine.

The law is GCRA (ITU-T I.371): of each asker one number is kept, the theoretical arrival time (TAT), at which it will
have its full allowance again. The numbers lie in a file that the processes map into their memory; see
docs/decisions/0032-rates-are-counted-for-a-machine.md.
"""

from __future__ import annotations

import fcntl
import hashlib
import math
import mmap
import os
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

_SLOT = struct.Struct("=8sd")
_SLOTS = 16_384
_PROBES = 8
_FREE = bytes(8)


@dataclass(frozen=True, slots=True)
class Rate:
    """So many a minute, `burst` of them at once. `name` is how the headers call it."""

    name: str
    per_minute: int
    burst: int

    @property
    def interval_seconds(self) -> float:
        return 60.0 / self.per_minute

    @property
    def refill_seconds(self) -> float:
        """After how long the whole burst is there again."""
        return self.burst * self.interval_seconds

    @property
    def policy(self) -> str:
        """As ``RateLimit-Policy`` says it: at most `q` in any `w` seconds in which nothing was left from before."""
        return f'"{self.name}";q={self.burst};w={max(1, math.ceil(self.refill_seconds))}'


@dataclass(frozen=True, slots=True)
class Charge:
    """What came of one request: whether it is within the rate, and what is left."""

    rate: Rate
    allowed: bool
    remaining: int
    full_in_seconds: float
    retry_in_seconds: float

    @property
    def standing(self) -> str:
        """As ``RateLimit`` says it: what remains, and in how many seconds all of it is there again."""
        return f'"{self.rate.name}";r={self.remaining};t={math.ceil(self.full_in_seconds)}'

    @property
    def retry_after(self) -> str:
        return str(max(1, math.ceil(self.retry_in_seconds)))


def charged(rate: Rate, tat: float, now: float) -> tuple[float, Charge]:
    """The asker's new TAT and what came of the request. A refused request costs nothing."""
    tolerance = rate.refill_seconds - rate.interval_seconds
    start = max(tat, now)
    if start - now > tolerance + 1e-9:
        return tat, Charge(rate, False, 0, start - now, start - now - tolerance)
    new = start + rate.interval_seconds
    left = int((rate.refill_seconds - (new - now)) / rate.interval_seconds + 1e-6)
    return new, Charge(rate, True, left, new - now, 0.0)


class Rates:
    """The askers of all processes that use one file. Charging takes microseconds and never waits for a disk.

    The table is of a fixed size. Where every place for an asker is taken, the one whose debt ends first is forgotten:
    rather that than turn away somebody who has asked for nothing yet.

    Args:
        path: the file; made at the first use. What is in it is worth nothing after a restart of the machine.
        steady_seconds: a time that is the same in every process of the machine, such as `time.monotonic`.
    """

    def __init__(self, path: Path, steady_seconds: Callable[[], float]) -> None:
        self._path = path
        self._now = steady_seconds
        self._turn = threading.Lock()
        self._table: mmap.mmap | None = None
        self._handle = -1

    def charge(self, rate: Rate, asker: str) -> Charge | None:
        """Count one request of an asker; None where the rate sets no limit."""
        if not rate.per_minute:
            return None
        key = hashlib.blake2b(f"{rate.name}\0{asker}".encode(), digest_size=8).digest()
        with self._turn:
            table = self._table or self._open()
            fcntl.flock(self._handle, fcntl.LOCK_EX)
            try:
                now = self._now()
                place, tat = _find(table, key, now)
                if tat - now > rate.refill_seconds:  # left by a machine that was up for longer
                    tat = now
                new, charge = charged(rate, tat, now)
                _SLOT.pack_into(table, place, key, new)
                return charge
            finally:
                fcntl.flock(self._handle, fcntl.LOCK_UN)

    def _open(self) -> mmap.mmap:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._handle = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        os.ftruncate(self._handle, _SLOTS * _SLOT.size)
        self._table = mmap.mmap(self._handle, _SLOTS * _SLOT.size)
        return self._table

    def close(self) -> None:
        """Let go of the file."""
        with self._turn:
            if self._table is not None:
                self._table.close()
                os.close(self._handle)
                self._table, self._handle = None, -1


def _find(table: mmap.mmap, key: bytes, now: float) -> tuple[int, float]:
    """The place of a key and its TAT: its own, else a free one, else the one whose debt ends first."""
    first = int.from_bytes(key, "little")
    best, best_tat = -1, math.inf
    for step in range(_PROBES):
        place = (first + step) % _SLOTS * _SLOT.size
        owner, tat = _SLOT.unpack_from(table, place)
        if owner == key:
            return place, tat
        debt_ends = now if owner == _FREE or tat <= now else tat
        if debt_ends < best_tat:
            best, best_tat = place, debt_ends
    return best, now
