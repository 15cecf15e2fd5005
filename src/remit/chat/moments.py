"""Times as people say them: last week, the past 30 days, since Monday, in October, on 2026-11-02. All in UTC."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
_NUMBERS = {"a": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "ten": 10, "few": 3}
_ISO = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_BETWEEN = re.compile(rf"\b(?:between|from)\s+({_ISO})\s+(?:and|to|until|till)\s+({_ISO})\b")
_SINCE_DATE = re.compile(rf"\b(?:since|after|from)\s+({_ISO})\b")
_UNTIL_DATE = re.compile(rf"\b(?:before|until|till|up to)\s+({_ISO})\b")
_ON_DATE = re.compile(rf"\b({_ISO})\b")
_SINCE_DAY = re.compile(rf"\bsince\s+(?:last\s+)?({'|'.join(_DAYS)})\b")
_ON_DAY = re.compile(rf"\b(?:on|last)\s+({'|'.join(_DAYS)})\b")
_IN_MONTH = re.compile(rf"\b(in|since|during|for|of)\s+({'|'.join(_MONTHS)})(?:\s+([0-9]{{4}}))?\b")
_PAST = re.compile(
    r"\b(?:last|past|previous)\s+([0-9]{1,4}|a|one|two|three|four|five|six|seven|ten|few)\s+(hour|day|week|month)s?\b"
)
_SINCE_WORD = re.compile(r"\bsince\s+(yesterday|today|last week|last month|this morning)\b")
_UNIT = {"hour": timedelta(hours=1), "day": timedelta(days=1), "week": timedelta(days=7), "month": timedelta(days=30)}


@dataclass(frozen=True, slots=True)
class Period:
    """From `since` (included) until `until` (not); None is open."""

    since: datetime | None = None
    until: datetime | None = None

    @property
    def said(self) -> bool:
        return self.since is not None or self.until is not None


def period_in(text: str, now: datetime) -> Period:
    """The period that a text speaks of; an open one where it speaks of none. Weeks begin on Monday."""
    low = text.lower()
    today = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return (
        _dates(low) or _weekdays(low, today) or _month(low, today) or _past(low, now) or _named(low, today) or Period()
    )


def _dates(low: str) -> Period | None:
    if match := _BETWEEN.search(low):
        first, last = _day(match[1]), _day(match[2])
        return Period(first, last + timedelta(days=1)) if first and last else None
    since, until = _SINCE_DATE.search(low), _UNTIL_DATE.search(low)
    if since or until:
        return Period(_day(since[1]) if since else None, _day(until[1]) if until else None)
    if match := _ON_DATE.search(low):
        day = _day(match[1])
        return Period(day, day + timedelta(days=1)) if day else None
    return None


def _day(text: str) -> datetime | None:
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        return None


def _weekdays(low: str, today: datetime) -> Period | None:
    since, on = _SINCE_DAY.search(low), _ON_DAY.search(low)
    match = since or on
    if match is None:
        return None
    back = (today.weekday() - _DAYS.index(match[1])) % 7 or 7
    day = today - timedelta(days=back)
    return Period(day) if since else Period(day, day + timedelta(days=1))


def _month(low: str, today: datetime) -> Period | None:
    match = _IN_MONTH.search(low)
    if match is None:
        return None
    month = _MONTHS.index(match[2]) + 1
    year = int(match[3]) if match[3] else today.year - (month > today.month)
    if not 1 <= year <= 9998:
        return None
    first = datetime(year, month, 1, tzinfo=UTC)
    return Period(first) if match[1] == "since" else Period(first, _next_month(first))


def _past(low: str, now: datetime) -> Period | None:
    match = _PAST.search(low)
    if match is None:
        return None
    count = int(match[1]) if match[1].isdigit() else _NUMBERS[match[1]]
    return Period(now - min(count, 1_200) * _UNIT[match[2]])


def _named(low: str, today: datetime) -> Period | None:
    if match := _SINCE_WORD.search(low):
        begun = _named(match[1], today)
        return Period(begun.since) if begun else None
    week = today - timedelta(days=today.weekday())
    month = today.replace(day=1)
    before = (month - timedelta(days=1)).replace(day=1)
    known = {
        "last week": Period(week - timedelta(days=7), week),
        "previous week": Period(week - timedelta(days=7), week),
        "week before this": Period(week - timedelta(days=7), week),
        "this week": Period(week),
        "past week": Period(today - timedelta(days=7)),
        "last month": Period(before, month),
        "previous month": Period(before, month),
        "this month": Period(month),
        "past month": Period(today - timedelta(days=30)),
        "this year": Period(today.replace(month=1, day=1)),
        "yesterday": Period(today - timedelta(days=1), today),
        "this morning": Period(today),
        "today": Period(today),
    }
    return next((period for words, period in known.items() if re.search(rf"\b{words}\b", low)), None)


def _next_month(first: datetime) -> datetime:
    return (first + timedelta(days=32)).replace(day=1)
