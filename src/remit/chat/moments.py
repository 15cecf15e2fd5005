"""Times as people say them: since Monday, in September and October, between the 3rd and the 9th of May. All in UTC.

What was read is told with where it stands, and so is what speaks of a time and could not be read, or in two ways.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from remit.chat.calendar import DAYS, MONTHS, Stretch, dated, latest_before, months
from remit.chat.dates import ways_of
from remit.chat.place import Found, Place, day_number, found_at
from remit.chat.points import point
from remit.chat.tokens import Reach, Token, blanked, tokens_of

ISO = re.compile(r"\b[0-9]{4}-[0-9]{2}-[0-9]{2}\b")
DAY = re.compile(rf"\b(?:{'|'.join(DAYS)})\b", re.IGNORECASE)
MONTH = re.compile(rf"\b(?:(?<=in )may|{'|'.join(each for each in MONTHS if each != 'may')})\b", re.IGNORECASE)
"""May is a month behind `in` alone: it is mostly a verb."""

_SINCE = frozenset({"since", "after", "from", "starting", "beginning"})
_UNTIL = frozenset({"before", "until", "till", "til", "by"})
_TO = frozenset({"and", "to", "until", "till", "til", "through", "thru", "-", "–", "—"})
_AT = frozenset({"in", "on", "during", "over", "within", "for", "of", "at", "from", "throughout"})
_ONWARDS = frozenset({"on", "onwards", "onward", "forward", "forwards"})
_JOINING = re.compile(r"\W*(?:and|or|plus|as well as|and also)?\W*(?:in |on |the |of |during |for )*", re.IGNORECASE)
_ONE_OF_TWO = re.compile(r"\b(?:and|or|versus|vs|than|with|to)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Period:
    """From `since` (included) until `until` (not); None is open."""

    since: datetime | None = None
    until: datetime | None = None

    @property
    def said(self) -> bool:
        return self.since is not None or self.until is not None


@dataclass(frozen=True, slots=True)
class Doubt:
    """Words that speak of a time and were not read.

    `ways` are how else to say them, where two things can be meant; `several` is more than one stretch of time.
    """

    words: str
    ways: tuple[str, ...] = ()
    several: bool = False


@dataclass(frozen=True, slots=True)
class Times:
    """What a text says of time: the period, where in the text it is said, and what is in doubt."""

    period: Period
    spans: tuple[Reach, ...] = ()
    doubts: tuple[Doubt, ...] = ()


@dataclass(frozen=True, slots=True)
class _Part:
    period: Period
    start: int
    end: int


def times_in(text: str, now: datetime, earlier: Period | None = None) -> Times:
    """The period that a text speaks of, weeks from Monday on; `earlier` is the one that was spoken of before.

    Several stretches of time are one period where they adjoin, or where one is open and narrows the other; else they
    are in doubt, all of them.
    """
    place = Place(tokens_of(text), now, _stretch(earlier))
    parts, doubts = _parts(text, place)
    spans = tuple((each.start, each.end) for each in parts)
    if doubts:
        return Times(Period(), spans, tuple(doubts))
    found = parts[0] if parts else None
    for other in parts[1:]:
        joined = None if found is None else _joined(text, found, other)
        if joined is None:
            return Times(Period(), spans, (Doubt(text[spans[0][0] : spans[-1][1]], several=True),))
        found = joined
    return Times(Period() if found is None else found.period, spans)


def period_in(text: str, now: datetime) -> Period:
    """The period that a text speaks of; an open one where it speaks of none."""
    return times_in(text, now).period


def without_periods(text: str, now: datetime) -> str:
    """The text without the times that it names."""
    return blanked(text, times_in(text, now).spans)


def _stretch(period: Period | None) -> Stretch | None:
    if period is None or period.since is None:
        return None
    return Stretch(period.since, period.until or period.since, running=period.until is None)


def _parts(text: str, place: Place) -> tuple[list[_Part], list[Doubt]]:
    parts: list[_Part] = []
    doubts: list[Doubt] = []
    tokens, at = place.tokens, 0
    while at < len(tokens):
        if (found := _period(place, at)) is not None:
            period, behind = found
            if (spoilt := _spoilt(place, at)) is not None:
                doubts.append(Doubt(text[tokens[spoilt].start : tokens[behind - 1].end]))
            parts.append(_Part(period, tokens[at].start, tokens[behind - 1].end))
            if (hours := _bare_hours(place, behind)) is not None:
                doubts.append(Doubt(text[tokens[behind].start : tokens[hours - 1].end]))
                behind = hours
            at = behind
            continue
        if (doubt := _doubt(place, at)) is not None:
            doubts.append(doubt)
        at += 1
    return parts, doubts


def _period(place: Place, at: int) -> tuple[Period, int] | None:
    """A range, an open end, or one stretch, whichever begins here."""
    word = place.word(at)
    if word in ("between", "from") and (found := _range(place, at + 1)) is not None:
        return found
    if (found := _range(place, at)) is not None:
        return found
    if word in _SINCE and (found := _open_begin(place, at)) is not None:
        return found
    if (found := _open_end(place, at)) is not None:
        return found
    here = at + (word in _AT)
    single = point(place, here)
    if single is None or single[0].begin == single[0].end:
        return None
    return _whole(single[0]), single[1]


def _range(place: Place, at: int) -> tuple[Period, int] | None:
    """From one time to another, the second included."""
    if place.word(at - 1) in ("compare", "comparing", "compared"):
        return None
    if (found := _days_of_a_month(place, at)) is not None:
        return found
    one = point(place, at)
    if one is None or not _leads_on(place, at, one[1]):
        return None
    other = point(place, one[1] + 1) or _day_in(place, one[1] + 1, one[0])
    return None if other is None else _ends(one[0], other)


def _days_of_a_month(place: Place, at: int) -> tuple[Period, int] | None:
    """The 3rd to the 9th of October; the 3rd and 4th of October. The month stands behind the second day alone."""
    here = at + (place.word(at) == "the")
    number = day_number(place, here)
    if number is None or place.word(here + 1) not in _TO:
        return None
    other = point(place, here + 2)
    if other is None or not other[0].dated or place.kind(here + 2) in ("iso", "date"):
        return None
    if not (_leads_on(place, at, here + 1) or other[0].begin.day == number + 1):
        return None
    first = dated(other[0].begin.year, other[0].begin.month, number)
    return None if first is None else _ends(first, other)


def _day_in(place: Place, at: int, one: Stretch) -> Found | None:
    """October 3 to 9: the second number is a day of the first's month."""
    here = at + (place.word(at) == "the")
    number = day_number(place, here)
    if not one.dated or number is None or place.word(here).isalpha():
        return None
    return found_at(dated(one.begin.year, one.begin.month, number), here + 1)


def _leads_on(place: Place, at: int, to: int) -> bool:
    """Whether this word leads from a time to the end of a range; `and` does behind `between` alone."""
    return place.word(to) in _TO and (place.word(to) != "and" or place.word(at - 1) == "between")


def _ends(one: Stretch, other: Found) -> tuple[Period, int] | None:
    first = latest_before(one, other[0])
    if first is None or first.begin >= other[0].end:
        return None
    return Period(first.begin, None if other[0].running else other[0].end), other[1]


def _open_begin(place: Place, at: int) -> tuple[Period, int] | None:
    """Since Friday, after the 3rd of May, from Monday on. Without `on`, `from` opens a date only: not last week."""
    word = place.word(at)
    here = at + 1 + (place.word(at + 1) in ("from", "on", "in", "with") and word in ("starting", "beginning"))
    found = point(place, here) or _day_alone(place, here)
    if found is None:
        return None
    stretch, behind = found
    onwards = place.word(behind) in _ONWARDS and not _goes_on(place, behind + 1)
    if word == "from" and not (onwards or stretch.dated or stretch.begin == stretch.end):
        return None
    if word in ("starting", "beginning") and here == at + 1:
        return None
    begin = stretch.end if word == "after" and not stretch.running else stretch.begin
    return Period(begin), behind + onwards


def _goes_on(place: Place, at: int) -> bool:
    """Whether what stands here belongs to an `on` before it: "from Monday on the queue"."""
    return place.word(at) in ("the", "a", "an", "which") or point(place, at) is not None


def _open_end(place: Place, at: int) -> tuple[Period, int] | None:
    """Before Friday: without it. Until, by and up to Friday: with it."""
    word, here = place.word(at), at + 1
    if word == "up" and place.word(here) in ("to", "until", "till"):
        word, here = "until", here + 1
        here += 2 * (place.word(here) == "and" and place.word(here + 1) == "including")
    elif word == "no" and place.word(here) == "later" and place.word(here + 1) == "than":
        word, here = "until", here + 2
    elif word == "earlier" and place.word(here) == "than":
        word, here = "before", here + 1
    elif word not in _UNTIL:
        return None
    found = point(place, here) or _day_alone(place, here)
    if found is None:
        return None
    stretch, behind = found
    return Period(None, stretch.begin if word == "before" else stretch.end), behind


def _day_alone(place: Place, at: int) -> Found | None:
    """Since the 3rd: the latest one."""
    here = at + (place.word(at) == "the")
    number = day_number(place, here)
    if here == at or place.kind(here) != "nth" or number is None or place.kind(here + 1) == "word":
        return None
    for back in range(12):
        month = 12 * place.now.year + place.now.month - 1 - back
        first = months(month // 12, month % 12 + 1, 1)
        found = first and dated(first.begin.year, first.begin.month, number)
        if found is not None and found.begin <= place.now:
            return found, here + 1
    return None


def _whole(stretch: Stretch) -> Period:
    return Period(stretch.begin, None if stretch.running else stretch.end)


def _joined(text: str, one: _Part, other: _Part) -> _Part | None:
    """Two stretches as one period: those that adjoin, and an open one with what it narrows; None where they are two."""
    gap = text[one.end : other.start]
    first, second = one.period, other.period
    if first == second:
        return _Part(first, one.start, other.end)
    closed = first.since is not None and second.since is not None and not (first.until is None and second.until is None)
    if closed and _JOINING.fullmatch(gap) and gap.strip():
        early, late = sorted((first, second), key=lambda each: str(each.since))
        adjoin = early.until is not None and early.until == late.since
        return _Part(Period(early.since, late.until), one.start, other.end) if adjoin else None
    is_one_sided = [each for each in (first, second) if each.since is None or each.until is None]
    if not is_one_sided or (_ONE_OF_TWO.search(gap) and None not in (first.since, second.since)):
        return None
    since = max((each.since for each in (first, second) if each.since), default=None)
    until = min((each.until for each in (first, second) if each.until), default=None)
    if since is not None and until is not None and since >= until:
        return None
    return _Part(Period(since, until), one.start, other.end)


_SPOILING = frozenset({"early", "mid", "late", "not", "except", "every", "each", "next", "around", "about", "outside"})
_SPOILING_OF = frozenset({
    "week", "weekend", "start", "beginning", "middle", "end", "half", "part", "day", "days", "month",
})  # fmt: skip


def _spoilt(place: Place, at: int) -> int | None:
    """The word before a time that makes another one of it, and that is not read: early October, not in May."""
    for before in (at - 1, at - 2):
        word, next_to_it = place.word(before), before == at - 1
        if word in _SPOILING and (next_to_it or place.word(at - 1) in ("of", "in", "the", "-", "from", "for")):
            return None if word == "about" and place.word(before - 1) in ("what", "how") else before
        if word in _SPOILING_OF and "of" in (place.word(at), place.word(at - 1) if not next_to_it else ""):
            return before
    return None


def _bare_hours(place: Place, at: int) -> int | None:
    """Behind a time, `between 9 and 11`: hours of one half of the day or the other; the place behind them."""
    numbers = place.number(at + 1), place.number(at + 3)
    if place.word(at) not in ("between", "from") or place.word(at + 2) not in _TO or None in numbers:
        return None
    is_hours = all(number is not None and number <= 24 for number in numbers) and place.kind(at + 4) != "word"
    return at + 4 if is_hours else None


def _doubt(place: Place, at: int) -> Doubt | None:
    """A date in numbers that can be read in two ways."""
    if place.kind(at) != "date":
        return None
    token: Token = place.tokens[at]
    ways = ways_of(token.text, place.now)
    return Doubt(token.text, tuple(f"{each.begin:%Y-%m-%d}" for each in ways))
