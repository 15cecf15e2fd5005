"""The system's own time, ids and chance; and the seeded ones that tests and replay hand in."""

from __future__ import annotations

import random
import secrets
from datetime import UTC, datetime, timedelta

from remit.core.ports import Clock, Random

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def ulid(milliseconds: int, entropy: bytes) -> str:
    """A ULID: 48 bits of Unix milliseconds, then 80 bits of entropy, in Crockford's base 32 (26 characters)."""
    number = (milliseconds << 80) | int.from_bytes(entropy, "big")
    return "".join(_CROCKFORD[(number >> shift) & 31] for shift in range(125, -1, -5))


class SystemClock:
    """The machine's clock, in UTC, to the microsecond."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class SystemRandom:
    """The operating system's entropy."""

    def token(self, size: int) -> bytes:
        return secrets.token_bytes(size)


class UlidIds:
    """ULIDs from a clock and a source of chance."""

    def __init__(self, clock: Clock, chance: Random) -> None:
        self._clock = clock
        self._chance = chance

    def new(self) -> str:
        return ulid(int(self._clock.now().timestamp() * 1000), self._chance.token(10))


class FixedClock:
    """A clock that stands still until it is told to move on."""

    def __init__(self, at: datetime) -> None:
        if at.tzinfo is None:
            raise ValueError("a clock needs an aware time")
        self._at = at

    def now(self) -> datetime:
        return self._at

    def advance(self, by: timedelta) -> None:
        self._at += by


class SeededRandom:
    """Chance that repeats for a seed. Never for keys."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def token(self, size: int) -> bytes:
        return self._random.randbytes(size)
