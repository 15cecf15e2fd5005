"""The three sources of chance that every room is handed instead of taking: time, ids and random numbers.

The system's own stand in `remit.core.system`; tests and replay hand in seeded ones, so every decision can be repeated.
"""

from __future__ import annotations

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        ...


class Ids(Protocol):
    """Hands out ids that never repeat."""

    def new(self) -> str:
        """A new ULID: 26 characters that sort by time of birth."""
        ...


class Random(Protocol):
    """Hands out chance."""

    def token(self, size: int) -> bytes:
        """`size` unpredictable bytes."""
        ...
