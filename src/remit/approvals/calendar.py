"""Working time: what so many minutes of work are by the clock on the wall. Without working hours it never stands still.

Days are those of the calendar's time zone, so that a change to summer time moves no opening hour; the length of a day
is what really passes between opening and closing.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from remit.packs.review_rules import WorkingHours

Span = tuple[datetime, datetime]


def after(hours: WorkingHours | None, start: datetime, minutes: float) -> datetime:
    """The moment at which so many working minutes have passed since `start` (aware; the answer is in UTC)."""
    left = timedelta(minutes=minutes)
    if hours is None:
        return start.astimezone(UTC) + left
    for opens, closes in _spans(hours, start):
        if left <= closes - opens:
            return opens + left
        left -= closes - opens
    raise AssertionError("working hours never end")


def minutes_between(hours: WorkingHours | None, start: datetime, end: datetime) -> float:
    """How many working minutes lie between two moments; none when the second is the earlier one."""
    if end <= start:
        return 0.0
    if hours is None:
        return (end - start) / timedelta(minutes=1)
    total = timedelta()
    for opens, closes in _spans(hours, start):
        if opens >= end:
            break
        total += min(closes, end) - opens
    return total / timedelta(minutes=1)


def _spans(hours: WorkingHours, start: datetime) -> Iterator[Span]:
    """The stretches of work from `start` on, without end; the first may be the rest of one."""
    zone = ZoneInfo(hours.zone)
    day = start.astimezone(zone).date()
    while True:
        if day.weekday() in hours.days and day not in hours.holidays:
            opens, closes = (_moment(day, minute, zone) for minute in (hours.opens, hours.closes))
            if closes > start:
                yield max(opens, start.astimezone(UTC)), closes
        day += timedelta(days=1)


def _moment(day: date, minute: int, zone: ZoneInfo) -> datetime:
    """A time of day as a moment in UTC; minute 1440 is the midnight that ends the day."""
    midnight = datetime.combine(day + timedelta(days=minute // 1440), time(), zone)
    return midnight.replace(hour=minute % 1440 // 60, minute=minute % 60).astimezone(UTC)
