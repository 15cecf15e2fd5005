"""Hours of a day: noon, 9 am, 14:30, the morning."""

from __future__ import annotations

from datetime import timedelta

from remit.chat.calendar import Stretch, day
from remit.chat.place import Found, Place

PARTS = {"morning": (0, 12), "afternoon": (12, 18), "evening": (18, 24), "night": (18, 30)}
"""From which hour to which; a night ends on the next day."""

_NOONS = {"noon": 12, "midday": 12, "midnight": 0}


def clock_today(place: Place, at: int) -> Found | None:
    """Noon, 9 am, 14:30: the latest one that is over."""
    found = clock(place, at)
    if found is None:
        return None
    moment = day(place.now).begin + found[0]
    moment -= timedelta(days=int(moment > place.now))
    return Stretch(moment, moment), found[1]


def clock(place: Place, at: int, like: tuple[timedelta, int] | None = None) -> tuple[timedelta, int] | None:
    """An hour of a day, and the place behind it. `like`: a bare number is of the same half of the day as that hour."""
    if place.word(at) in _NOONS:
        return timedelta(hours=_NOONS[place.word(at)]), at + 1
    hour, _, minute = place.word(at).partition(":")
    if place.kind(at) not in ("clock", "digits") or not (hour + minute).isdecimal():
        return None
    half = place.word(at + 1) if place.word(at + 1) in ("am", "pm") else ""
    if like is not None and not half:
        half = "pm" if like[0] >= timedelta(hours=12) else "am"
        return (timedelta(hours=int(hour) % 12 + (12 if half == "pm" else 0)), at + 1) if int(hour) <= 12 else None
    hours, minutes = int(hour), int(minute or 0)
    if not half and place.kind(at) != "clock":
        return None
    if minutes > 59 or (hours > 23 or (half and not 1 <= hours <= 12)):
        return None
    hours = hours % 12 + (12 if half == "pm" else 0) if half else hours
    return timedelta(hours=hours, minutes=minutes), at + 1 + bool(half)


def part_of(stretch: Stretch, part: str) -> Stretch:
    first, last = PARTS[part]
    return Stretch(stretch.begin + timedelta(hours=first), stretch.begin + timedelta(hours=last))
