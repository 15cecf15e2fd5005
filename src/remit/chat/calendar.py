"""Stretches of the calendar, in UTC: days, weeks from Monday on, months, quarters, years, and moving among them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Literal

Unit = Literal["minute", "hour", "day", "weekend", "week", "fortnight", "month", "quarter", "year"]
MONTHS = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
UNITS: dict[str, Unit] = {
    "minute": "minute", "min": "minute", "hour": "hour", "hr": "hour", "day": "day", "weekend": "weekend",
    "week": "week", "wk": "week", "fortnight": "fortnight", "month": "month", "quarter": "quarter",
    "year": "year", "yr": "year",
}  # fmt: skip
_LONG: dict[Unit, timedelta] = {
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "weekend": timedelta(days=7),
    "week": timedelta(days=7),
    "fortnight": timedelta(days=14),
    "month": timedelta(days=30),
    "quarter": timedelta(days=91),
    "year": timedelta(days=365),
}
_IN_MONTHS: dict[Unit, int] = {"month": 1, "quarter": 3, "year": 12}


@dataclass(frozen=True, slots=True)
class Stretch:
    """From `begin` (included) to `end` (not).

    `running`: it is still under way and meant up to now, whenever that is. `again`: its name comes again every `year`
    or `week`, and the latest one was taken. `dated`: it was named by its date.
    """

    begin: datetime
    end: datetime
    running: bool = False
    again: Literal["", "year", "week"] = ""
    dated: bool = False


def day(at: datetime) -> Stretch:
    """The day of that moment."""
    begin = at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return Stretch(begin, begin + timedelta(days=1))


def dated(year: int, month: int, number: int) -> Stretch | None:
    """One day by its date; None where the calendar has none such."""
    try:
        begin = datetime(year, month, number, tzinfo=UTC)
        return Stretch(begin, begin + timedelta(days=1), dated=True)
    except (ValueError, OverflowError):
        return None


def months(year: int, first: int, count: int) -> Stretch | None:
    """So many months from the first of one on; None beyond the calendar."""
    if not 1 <= year <= 9_990:
        return None
    begin = datetime(year, first, 1, tzinfo=UTC)
    return Stretch(begin, moved(begin, "month", count))


def unit_of(at: datetime, unit: Unit) -> Stretch:
    """The whole week (month, …) in which a moment lies."""
    today = day(at).begin
    if unit in _IN_MONTHS:
        size = _IN_MONTHS[unit]
        first = today.replace(month=size * ((today.month - 1) // size) + 1, day=1)
        return Stretch(first, moved(first, unit, 1))
    if unit in ("week", "fortnight"):
        monday = today - timedelta(days=today.weekday())
        return Stretch(monday, monday + timedelta(days=7))
    if unit == "weekend":
        saturday = today + timedelta(days=5 - today.weekday())
        return Stretch(saturday, saturday + timedelta(days=2))
    if unit == "day":
        return day(at)
    begin = at.astimezone(UTC).replace(minute=at.minute if unit == "minute" else 0, second=0, microsecond=0)
    return Stretch(begin, begin + _LONG[unit])


def before_now(now: datetime, unit: Unit, count: int) -> Stretch:
    """The whole week (month, …) so many before the present one."""
    return unit_of(moved(unit_of(now, unit).begin, unit, -count), unit)


def moved(at: datetime, unit: Unit, count: int) -> datetime:
    """So many units later, or earlier: months by the calendar, everything else by its length. Within the calendar."""
    try:
        if unit not in _IN_MONTHS:
            return at + count * _LONG[unit]
        month = 12 * at.year + at.month - 1 + count * _IN_MONTHS[unit]
        first = at.replace(year=month // 12, month=month % 12 + 1, day=1)
        last = (first.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
        return first.replace(day=min(at.day, last.day))
    except (ValueError, OverflowError):
        return datetime(1, 1, 1, tzinfo=UTC) if count < 0 else datetime(9_999, 1, 1, tzinfo=UTC)


def rolling(now: datetime, unit: Unit, count: int) -> Stretch:
    """From so many units ago until now: a month counts 30 days."""
    try:
        return Stretch(now - count * _LONG[unit], now, running=True)
    except OverflowError:
        return Stretch(datetime(1, 1, 1, tzinfo=UTC), now, running=True)


def latest_before(one: Stretch, other: Stretch) -> Stretch | None:
    """The first end of a range moved back until it lies before the second; None where its name does not come again."""
    while one.begin >= other.end or one.begin > other.begin:
        if not one.again:
            return None
        back: Unit = one.again
        one = replace(one, begin=moved(one.begin, back, -1), end=moved(one.end, back, -1))
        if one.begin.year < 2:
            return None
    return one
