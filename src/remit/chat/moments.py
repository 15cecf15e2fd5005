"""Times as people say them: last week, the past 30 days, since Monday, in October, on 2026-11-02. All in UTC."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
_NUMBERS = {"a": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "ten": 10, "few": 3}
_ISO = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
ISO = re.compile(rf"\b{_ISO}\b")
DAY = re.compile(rf"\b(?:{'|'.join(_DAYS)})\b", re.IGNORECASE)
MONTH = re.compile(rf"\b(?:(?<=in )may|{'|'.join(each for each in _MONTHS if each != 'may')})\b", re.IGNORECASE)
"""May is a month behind `in` alone: it is mostly a verb."""

_BETWEEN = re.compile(rf"\b(?:between|from)\s+({_ISO})\s+(?:and|to|until|till)\s+({_ISO})\b")
_SINCE_DATE = re.compile(rf"\b(?:since|after|from)\s+({_ISO})\b")
_UNTIL_DATE = re.compile(rf"\b(?:before|until|till|up to)\s+({_ISO})\b")
_ON_DATE = re.compile(rf"\b(?:on\s+)?({_ISO})\b")
_SINCE_DAY = re.compile(rf"\bsince\s+(?:last\s+)?({'|'.join(_DAYS)})\b")
_ON_DAY = re.compile(rf"\b(?:on|last)\s+({'|'.join(_DAYS)})\b|\b({'|'.join(_DAYS)})'s\b")
_IN_MONTH = re.compile(rf"\b(in|since|during|for|of)\s+({'|'.join(_MONTHS)})(?:\s+([0-9]{{4}}))?\b")
_OF_MONTH = re.compile(rf"\b({'|'.join(_MONTHS)})'s\b")
_PAST = re.compile(
    r"\b(?:in |over |during )?(?:the )?(?:last|past|previous)\s+"
    r"([0-9]{1,4}|a|one|two|three|four|five|six|seven|ten|few)\s+(hour|day|week|month)s?\b"
)
_SINCE_WORD = re.compile(r"\bsince\s+(yesterday|today|last week|last month|this week|this month|this morning)\b")
_NAMED = re.compile(
    r"\b(?:week before this|(?:last|previous|this|past) (?:week|month|quarter|year)|day before yesterday|yesterday|"
    r"this morning|today)(?:'s)?\b"
)
_UNIT = {"hour": timedelta(hours=1), "day": timedelta(days=1), "week": timedelta(days=7), "month": timedelta(days=30)}
_ALL = (
    _BETWEEN, _SINCE_DATE, _UNTIL_DATE, _ON_DATE, _SINCE_DAY, _ON_DAY, _IN_MONTH, _OF_MONTH, _PAST, _SINCE_WORD, _NAMED,
)  # fmt: skip


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
    low = text.lower().replace("’", "'")
    today = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return (
        _dates(low) or _weekdays(low, today) or _month(low, today) or _past(low, now) or _named(low, today) or Period()
    )


def without_periods(text: str) -> str:
    """The text, in small letters, without the times that it names."""
    low = text.lower().replace("’", "'")
    for pattern in _ALL:
        low = pattern.sub(" ", low)
    return low


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
    back = (today.weekday() - _DAYS.index(match[1] or match[2])) % 7 or 7
    day = today - timedelta(days=back)
    return Period(day) if since else Period(day, day + timedelta(days=1))


def _month(low: str, today: datetime) -> Period | None:
    match, own = _IN_MONTH.search(low), _OF_MONTH.search(low)
    if match is None and own is None:
        return None
    name, said, since = (match[2], match[3], match[1] == "since") if match else (own[1] if own else "", None, False)
    month = _MONTHS.index(name) + 1
    year = int(said) if said else today.year - (month > today.month)
    if not 1 <= year <= 9998:
        return None
    first = datetime(year, month, 1, tzinfo=UTC)
    return Period(first) if since else Period(first, _next_month(first))


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
    match = _NAMED.search(low)
    return None if match is None else _KNOWN[match[0].removesuffix("'s")](today)


def _week(today: datetime) -> datetime:
    return today - timedelta(days=today.weekday())


def _month_of(today: datetime) -> datetime:
    return today.replace(day=1)


def _quarter(today: datetime) -> datetime:
    return today.replace(month=3 * ((today.month - 1) // 3) + 1, day=1)


def _before(begun: datetime, months: int) -> Period:
    """The months before a first of month."""
    at = 12 * begun.year + begun.month - 1 - months
    return Period(begun.replace(year=at // 12, month=at % 12 + 1), begun)


def _last_week(today: datetime) -> Period:
    return Period(_week(today) - timedelta(days=7), _week(today))


def _ago(today: datetime, days: int) -> Period:
    day = today - timedelta(days=days)
    return Period(day, day + timedelta(days=1))


_KNOWN: Mapping[str, Callable[[datetime], Period]] = {
    "last week": _last_week,
    "previous week": _last_week,
    "week before this": _last_week,
    "this week": lambda today: Period(_week(today)),
    "past week": lambda today: Period(today - timedelta(days=7)),
    "last month": lambda today: _before(_month_of(today), 1),
    "previous month": lambda today: _before(_month_of(today), 1),
    "this month": lambda today: Period(_month_of(today)),
    "past month": lambda today: Period(today - timedelta(days=30)),
    "last quarter": lambda today: _before(_quarter(today), 3),
    "previous quarter": lambda today: _before(_quarter(today), 3),
    "this quarter": lambda today: Period(_quarter(today)),
    "past quarter": lambda today: Period(today - timedelta(days=91)),
    "last year": lambda today: _before(today.replace(month=1, day=1), 12),
    "previous year": lambda today: _before(today.replace(month=1, day=1), 12),
    "this year": lambda today: Period(today.replace(month=1, day=1)),
    "past year": lambda today: Period(today - timedelta(days=365)),
    "day before yesterday": lambda today: _ago(today, 2),
    "yesterday": lambda today: _ago(today, 1),
    "this morning": lambda today: Period(today),
    "today": lambda today: Period(today),
}


def _next_month(first: datetime) -> datetime:
    return (first + timedelta(days=32)).replace(day=1)
