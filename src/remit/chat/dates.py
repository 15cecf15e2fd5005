"""Days and months by their names and numbers: 3 October, Oct. 3rd, 13/10/2026, Sept, October of last year."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime

from remit.chat.calendar import MONTHS, UNITS, Stretch, dated, months
from remit.chat.place import Found, Place, day_number, found_at, year_number

_MONTH = {name: n for n, name in enumerate(MONTHS, start=1)}
_SHORT = {**{name[:3]: n for name, n in _MONTH.items()}, "sept": 9}
_ALSO_WORDS = frozenset({"may", "march", "mar", "jan", "dec", "sep", "jun"})
"""Names that are other words, too: only a word of time before them, or a number beside them, makes them a month."""


def date(place: Place, at: int) -> Found | None:
    """2026-10-03, 3 October 2026, October 3rd, the 3rd of Oct., and 13/10/2026, where only one order can be meant."""
    if place.kind(at) == "iso":
        return found_at(dated(*map(int, place.word(at).split("-"))), at + 1)
    if place.kind(at) == "date":
        ways = ways_of(place.word(at), place.now)
        return (ways[0], at + 1) if len(ways) == 1 else None
    if (number := day_number(place, at)) is not None:
        here = at + 1
        here += place.word(here) == "of"
        if (behind := _month_name(place, here, sure=True)) is not None:
            return _day_of_month(place, behind[0], number, behind[1])
    named = _month_name(place, at, sure=_has_day(place, at))
    if named is not None:
        here = named[1] + (place.word(named[1]) == "the")
        follows = day_number(place, here)
        if follows is not None and (place.kind(here) == "nth" or not _is_counted(place, here + 1)):
            return _day_of_month(place, named[0], follows, here + 1)
    return None


def _day_of_month(place: Place, month: int, number: int, behind: int) -> Found | None:
    comma = behind + (place.word(behind) == ",")
    year = year_number(place, comma)
    if year is not None:
        return found_at(dated(year, month, number), comma + 1)
    latest = dated(place.now.year, month, number)
    if latest is None or latest.begin > place.now:
        latest = dated(place.now.year - 1, month, number)
    return found_at(latest and replace(latest, again="year"), behind)


def ways_of(text: str, now: datetime) -> list[Stretch]:
    """The days that a date in numbers can mean, whichever of day and month comes first; none where it is no date."""
    parts = re.split(r"[/.-]", text)
    numbers = [int(each) for each in parts]
    if len(parts) == 2:
        found = [_latest(now, month, number) for number, month in (numbers, numbers[::-1])]
    elif len(parts[0]) == 4:
        found = [dated(*numbers), dated(numbers[0], numbers[2], numbers[1])] if "-" not in text else [dated(*numbers)]
    elif len(parts[2]) == 3:
        found = []
    else:
        year = numbers[2] + (2_000 if len(parts[2]) == 2 else 0)
        found = [dated(year, numbers[1], numbers[0]), dated(year, numbers[0], numbers[1])]
        if len(parts[2]) == 2 and len(parts[0]) == 2:
            found.append(dated(2_000 + numbers[0], numbers[1], numbers[2]))
    return list({each.begin: each for each in found if each is not None}.values())


def _latest(now: datetime, month: int, number: int) -> Stretch | None:
    found = dated(now.year, month, number)
    return dated(now.year - 1, month, number) if found is None or found.begin > now else found


def month(place: Place, at: int) -> Found | None:
    """October, Sept., May 2025, October of last year, last October."""
    if place.kind(at) == "month":
        numbers = sorted(map(int, re.split(r"[-/]", place.word(at))))
        is_month = 1 <= numbers[0] <= 12 and 1_990 <= numbers[1] <= 2_099
        return found_at(months(numbers[1], numbers[0], 1), at + 1) if is_month else None
    at += 2 * ((place.word(at), place.word(at + 1)) == ("month", "of"))
    here = at + (place.word(at) in ("last", "past", "this") and _month_name(place, at + 1, sure=True) is not None)
    named = _month_name(place, here, sure=here > at)
    return None if named is None else in_year(place, named[0], 1, named[1])


def in_year(place: Place, first: int, count: int, behind: int) -> Found | None:
    """Months of the year that is named behind them, else of the latest year in which they have begun."""
    here = behind + (place.word(behind) in ("of", "in", ","))
    if (year := year_number(place, here)) is not None:
        return found_at(months(year, first, count), here + 1)
    if place.word(here) in ("last", "this", "previous") and place.word(here + 1) == "year":
        return found_at(months(place.now.year - (place.word(here) != "this"), first, count), here + 2)
    found = months(place.now.year - (first > place.now.month), first, count)
    return found_at(found and replace(found, again="year"), behind)


def _month_name(place: Place, at: int, *, sure: bool) -> tuple[int, int] | None:
    """A month by its name or short name; one that is another word, too, only where something says that it is one."""
    word = place.word(at)
    number = _MONTH.get(word, _SHORT.get(word))
    if number is None or place.kind(at) != "word":
        return None
    if word in _ALSO_WORDS and not (sure or place.is_led(at) or year_number(place, at + 1) is not None):
        return None
    return number, at + 1 + (word in _SHORT and _has_dot(place, at))


def _has_dot(place: Place, at: int) -> bool:
    """Whether a dot shortens the name: one that ends a sentence does not."""
    return place.word(at + 1) == "." and (year_number(place, at + 2) or day_number(place, at + 2)) is not None


def _has_day(place: Place, at: int) -> bool:
    """Whether `May 5` or `Jan. 5`, with its capital, is a date."""
    if at >= len(place.tokens) or not place.tokens[at].capital:
        return False
    return day_number(place, at + 1 + (place.word(at + 1) == ".")) is not None


def _is_counted(place: Place, at: int) -> bool:
    """Whether a thing that is counted stands here: "October 3 cases"."""
    return place.kind(at) == "word" and place.word(at).rstrip("s") in {*UNITS, "case", "decision", "plate", "credit"}
