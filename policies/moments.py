"""Times and time spans as an expression writes them, in whole microseconds; None for what this cannot say exactly."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from fractions import Fraction

_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)")
_SPAN = re.compile(r"(\d+(?:\.\d*)?|\.\d+)(h|ms|us|m|s)")
_UNITS = {"h": 3_600_000_000, "m": 60_000_000, "s": 1_000_000, "ms": 1_000, "us": 1}
_SPAN_MAX = 9_000_000_000_000_000
"""285 years, within what the library counts in 64 bits of nanoseconds."""


def moment_of(text: str) -> int | None:
    """Microseconds since 1970 of an RFC 3339 time, as timestamp(…) takes it."""
    if not _MOMENT.fullmatch(text):
        return None
    try:
        gone = datetime.fromisoformat(text).astimezone(UTC) - datetime(1970, 1, 1, tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
    return (gone.days * 86_400 + gone.seconds) * 1_000_000 + gone.microseconds


def duration_of(text: str) -> int | None:
    """Microseconds of a time span such as 24h or -1.5s, as duration(…) takes it."""
    sign, bare = (-1, text[1:]) if text.startswith("-") else (1, text)
    if not bare or _SPAN.sub("", bare):
        return None
    total = sum(Fraction(number) * _UNITS[unit] for number, unit in _SPAN.findall(bare))
    return sign * int(total) if total.denominator == 1 and total <= _SPAN_MAX else None
