"""How long the next attempt to sign in has to wait: for the account, and for where it comes from.

The wait doubles with every failure beyond the first few, is never longer than a quarter of an hour, and is forgotten
after a quiet hour: whoever guesses is slowed down to four guesses an hour, and nobody can be locked out for good.
"""

from __future__ import annotations

import hashlib
import ipaddress
from dataclasses import dataclass
from datetime import datetime, timedelta

from remit.core.errors import Refused

WAIT_MAX = timedelta(minutes=15)
QUIET = timedelta(hours=1)
FREE_OF_ACCOUNT = 5
FREE_OF_SOURCE = 20


class TooSoon(Refused):
    """The attempt has to wait."""

    code = "rate_limited"

    def __init__(self, wait: timedelta) -> None:
        self.retry_after_seconds = max(1, int(wait.total_seconds()) + 1)
        super().__init__(
            "there were too many attempts to sign in", mend=f"try again in {self.retry_after_seconds} seconds"
        )


@dataclass(frozen=True, slots=True)
class Failures:
    """How many attempts failed, without a quiet hour in between, and when the last one was made."""

    count: int
    last_at: datetime


def attempted(failures: Failures | None, free: int, now: datetime) -> Failures:
    """One more attempt, which counts as failed until it is known to be good: guesses side by side count, too.

    Raises:
        TooSoon: it has to wait; it does not count.
    """
    if failures is None or now - failures.last_at >= QUIET:
        return Failures(1, now)
    wait = failures.last_at + _pause(failures.count - free) - now
    if wait > timedelta(0):
        raise TooSoon(wait)
    return Failures(failures.count + 1, now)


def forgiven(failures: Failures | None) -> Failures | None:
    """One attempt fewer: it was good."""
    return None if failures is None or failures.count <= 1 else Failures(failures.count - 1, failures.last_at)


def door_of(kind: str, what: str) -> str:
    """The name under which attempts are counted. What was typed as a name may be a password: only its hash is kept."""
    return hashlib.sha256(f"{kind}\0{what}".encode("utf-8", "surrogatepass")).hexdigest()


def source_of(address: str) -> str:
    """Where attempts come from: an IPv4 address, or the network of an IPv6 address, which one person has all of."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(found, ipaddress.IPv6Address):
        found = found.ipv4_mapped or found
    if found.version == 4:
        return str(found)
    return str(ipaddress.ip_network((found, 64), strict=False))


def _pause(beyond: int) -> timedelta:
    return timedelta(0) if beyond < 0 else min(WAIT_MAX, timedelta(seconds=2 ** min(beyond, 20)))
