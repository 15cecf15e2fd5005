"""One stretch of time as people name it: last week, Q3, the 3rd of October, three days ago, the first half of May.

A grammar over tokens. Each function reads from a place on, and gives what it read with the place behind it; None where
nothing of its kind begins there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from remit.chat.calendar import DAYS, UNITS, Stretch, Unit, before_now, day, months, moved, rolling, unit_of
from remit.chat.clocks import PARTS, clock, clock_today, part_of
from remit.chat.dates import date, in_year, month
from remit.chat.place import NTH, Found, Place, count, found_at, unit_at, year_number

DEPTH_MAX = 3
_DAY = {name: n for n, name in enumerate(DAYS)}
_SHORT_DAY = {**{name[:3]: n for name, n in _DAY.items()}, "tues": 1, "thur": 3, "thurs": 3}


def point(place: Place, at: int) -> Found | None:
    """The longest time that begins here, with the clock or the part of the day behind it."""
    if place.word(at) == "the":
        at += 1
    found = [each for kind in _KINDS if (each := kind(place, at)) is not None]
    if not found:
        return _clock_of(place, at) or clock_today(place, at)
    stretch, behind = max(found, key=lambda each: each[1])
    return _within(place, stretch, behind)


def _clock_of(place: Place, at: int) -> Found | None:
    """9 am yesterday, noon on Friday."""
    found = clock(place, at)
    if found is None:
        return None
    named = [kind(place, found[1] + (place.word(found[1]) == "on")) for kind in (date, _weekday, _named)]
    whole = next((each for each in named if each and each[0].end - each[0].begin == timedelta(days=1)), None)
    if whole is None:
        return None
    moment = whole[0].begin + found[0]
    return Stretch(moment, moment), whole[1]


def _within(place: Place, stretch: Stretch, behind: int) -> Found:
    """Yesterday morning, Friday at noon, Tuesday of last week: what narrows a time that was read."""
    if stretch.end - stretch.begin != timedelta(days=1):
        return stretch, behind
    if place.word(behind) in PARTS:
        return part_of(stretch, place.word(behind)), behind + 1
    if (hours := _hours(place, stretch, behind)) is not None:
        return hours
    here = behind + (place.word(behind) == "at")
    if (found := clock(place, here)) is not None:
        moment = stretch.begin + found[0]
        return Stretch(moment, moment), found[1]
    return stretch, behind


def _hours(place: Place, whole: Stretch, at: int) -> Found | None:
    """Of a day: between 9 and 11 am, after 3 pm, before noon."""
    word = place.word(at)
    if word in ("between", "from"):
        last = clock(place, at + 3) if place.kind(at + 1) == "digits" else None
        first = clock(place, at + 1) or (clock(place, at + 1, like=last) if last else None)
        last = None if first is None else clock(place, first[1] + 1)
        if first and last and place.word(first[1]) in ("and", "to", "until", "-", "–") and first[0] < last[0]:
            return Stretch(whole.begin + first[0], whole.begin + last[0]), last[1]
        return None
    found = clock(place, at + 1)
    if found is None or word not in ("after", "since", "before", "until", "till"):
        return None
    moment = whole.begin + found[0]
    is_begin = word in ("after", "since")
    return Stretch(moment if is_begin else whole.begin, whole.end if is_begin else moment), found[1]


def _half(place: Place, at: int) -> Found | None:
    """The first half of October: its days 1 to 15; of a year: its first six months."""
    if place.word(at) not in ("first", "second", "last", "latter", "1st", "2nd") or place.word(at + 1) != "half":
        return None
    whole = _of(place, at + 2)
    if whole is None:
        return None
    stretch, behind = whole
    middle = {
        moved(stretch.begin, "month", 1): stretch.begin + timedelta(days=15),
        moved(stretch.begin, "year", 1): moved(stretch.begin, "month", 6),
    }.get(stretch.end)
    if middle is None or stretch.begin.day != 1:
        return None
    first = place.word(at) in ("first", "1st")
    begin, end = (stretch.begin, middle) if first else (middle, stretch.end)
    return replace(stretch, begin=begin, end=end, running=False), behind


def _some_days(place: Place, at: int) -> Found | None:
    """The first ten days of October, the last three days of the month."""
    counted = count(place, at + 1)
    if place.word(at) not in ("first", "last") or counted is None or place.word(counted[1]) not in ("days", "day"):
        return None
    whole = _of(place, counted[1] + 1)
    if whole is None:
        return None
    stretch, behind = whole
    long = timedelta(days=min(counted[0], (stretch.end - stretch.begin).days))
    begin = stretch.begin if place.word(at) == "first" else stretch.end - long
    return replace(stretch, begin=begin, end=begin + long, running=False), behind


def _edge(place: Place, at: int) -> Found | None:
    """The beginning of October, the end of last week: a moment."""
    if place.word(at) not in ("beginning", "start", "end"):
        return None
    whole = _of(place, at + 1)
    if whole is None:
        return None
    moment = whole[0].end if place.word(at) == "end" else whole[0].begin
    return Stretch(moment, moment), whole[1]


def _of(place: Place, at: int) -> Found | None:
    """Behind `of`: a time, or the week (month, …) that it is now."""
    if place.word(at) != "of" or place.depth == DEPTH_MAX:
        return None
    here = at + 1 + (place.word(at + 1) == "the")
    if (unit := UNITS.get(place.word(here))) in ("week", "month", "quarter", "year") and unit is not None:
        return unit_of(place.now, unit), here + 1
    return point(replace(place, depth=place.depth + 1), at + 1)


def _quarter(place: Place, at: int) -> Found | None:
    """Q3, the third quarter of 2025; H1, the first half of a year."""
    number = place.number(at + 1) or 0
    if place.word(at) in ("q", "h") and 1 <= number <= (4 if place.word(at) == "q" else 2):
        if place.tokens[at].end != place.tokens[at + 1].start:
            return None
        long = 3 if place.word(at) == "q" else 6
        behind = at + 2 + (place.word(at + 2) == "-" and year_number(place, at + 3) is not None)
        return in_year(place, long * (number - 1) + 1, long, behind)
    is_last_of_year = place.word(at) == "last" and year_number(place, at + 2 + (place.word(at + 2) == "of")) is not None
    if is_last_of_year and place.word(at + 1) == "quarter":
        return in_year(place, 10, 3, at + 2)
    if NTH.get(place.word(at), 5) > 4 or place.word(at + 1) != "quarter":
        return None
    return in_year(place, 3 * NTH[place.word(at)] - 2, 3, at + 2)


def _weekday(place: Place, at: int) -> Found | None:
    """Friday, last Friday: the latest one before today. Friday last week: that one."""
    here = at + (place.word(at) == "last")
    word = place.word(here)
    number = _DAY.get(word, _SHORT_DAY.get(word) if place.is_led(here) else None)
    if number is None:
        return None
    weekly = here + 1 + (place.word(here + 1) in ("of", "in"))
    if place.word(weekly) in ("last", "this", "previous") and place.word(weekly + 1) == "week":
        monday = before_now(place.now, "week", int(place.word(weekly) != "this")).begin
        return day(monday + timedelta(days=number)), weekly + 2
    today = day(place.now).begin
    back = (today.weekday() - number) % 7 or 7
    return replace(day(today - timedelta(days=back)), again="week"), here + 1


def _rolling(place: Place, at: int) -> Found | None:
    """The last 3 days, the past fortnight: until now. The last two quarters: whole ones."""
    if place.word(at) not in ("last", "past", "previous", "preceding"):
        return None
    if place.word(at + 1) == "fortnight":
        return rolling(place.now, "fortnight", 1), at + 2
    counted = count(place, at + 1)
    unit = unit_at(place, counted[1]) if counted else None
    if counted is None or unit is None or unit == "weekend":
        return None
    if unit == "quarter":
        begin = before_now(place.now, unit, counted[0]).begin
        return Stretch(begin, unit_of(place.now, unit).begin), counted[1] + 1
    return rolling(place.now, unit, counted[0]), counted[1] + 1


def _ago(place: Place, at: int) -> Found | None:
    """Three days ago: that day. Two weeks ago: that week. Behind `since` and `before` they are days back from today."""
    counted = count(place, at)
    unit = unit_at(place, counted[1]) if counted else None
    if counted is None or unit is None or place.word(counted[1] + 1) not in ("ago", "back"):
        return None
    behind = counted[1] + 2
    if unit in ("hour", "minute"):
        moment = moved(place.now, unit, -counted[0])
        return Stretch(moment, moment), behind
    if place.word(at - 1) in ("since", "before", "until", "till", "after", "from"):
        return day(moved(day(place.now).begin, unit, -counted[0])), behind
    if unit == "fortnight":
        return before_now(place.now, "week", 2 * counted[0]), behind
    return before_now(place.now, unit, counted[0]), behind


def _before_last(place: Place, at: int) -> Found | None:
    """The week before last; the week before this one."""
    unit = unit_at(place, at)
    if unit is None or unit in ("hour", "minute", "fortnight") or place.word(at + 1) != "before":
        return None
    if place.word(at + 2) == "yesterday" and unit == "day":
        return before_now(place.now, "day", 2), at + 3
    if place.word(at + 2) in ("last", "this"):
        behind = at + 3 + (place.word(at + 3) in ("one", unit))
        return before_now(place.now, unit, 2 if place.word(at + 2) == "last" else 1), behind
    return None


def _relative(place: Place, at: int) -> Found | None:
    """The week before that, two months later, the previous week: as seen from the time that was spoken of before."""
    earlier = place.earlier
    if earlier is None:
        return None
    if place.word(at) in ("previous", "preceding", "prior", "following", "next"):
        unit, back, behind = unit_at(place, at + 1), place.word(at) not in ("following", "next"), at + 2
        if unit is None or moved(earlier.begin, unit, 1) != earlier.end:
            return None
        return _moved(earlier, unit, -1 if back else 1), behind
    counted = count(place, at) or (1, at)
    unit, behind = unit_at(place, counted[1]), counted[1] + 1
    word = place.word(behind)
    if unit is None or word not in ("before", "prior", "earlier", "after", "later", "following"):
        return None
    behind += 1
    if word in ("before", "prior", "after", "following"):
        behind += word == "prior" and place.word(behind) == "to"
        if place.word(behind) in ("that", "this", "it", "then"):
            behind += 1 + (place.word(behind + 1) in ("one", UNITS.get(unit)))
        elif place.kind(behind) == "word":
            return None
    return _moved(earlier, unit, -counted[0] if word in ("before", "prior", "earlier") else counted[0]), behind


def _moved(earlier: Stretch, unit: Unit, count: int) -> Stretch:
    """So many units away from a stretch: whole ones where it begins with one."""
    if count > 0 and not earlier.running and earlier.end > earlier.begin:
        begin = moved(earlier.end, unit, count - 1)
    else:
        begin = moved(earlier.begin, unit, count)
    return Stretch(begin, moved(begin, unit, 1))


def _named(place: Place, at: int) -> Found | None:
    """Today, yesterday, this week, last month, the weekend, this morning, last night."""
    first, second = place.word(at), place.word(at + 1)
    if first in ("today", "yesterday"):
        found = before_now(place.now, "day", int(first == "yesterday"))
        return replace(found, running=first == "today"), at + 1
    if first == "now" and place.word(at - 1) in ("until", "till", "to", "and", "till"):
        return Stretch(place.now, place.now), at + 1
    if first == "tonight":
        return part_of(day(place.now), "evening"), at + 1
    if first in ("last", "this") and second in PARTS:
        if (first == "last") != (second == "night"):
            return None
        return part_of(before_now(place.now, "day", int(first == "last")), second), at + 2
    if first in ("that", "same") and (UNITS.get(second) or second in ("time", "period")):
        return (place.earlier, at + 2) if place.earlier is not None else None
    unit = UNITS.get(second)
    if UNITS.get(first) in ("week", "month", "quarter", "year") and (second, place.word(at + 2)) == ("to", "date"):
        return replace(unit_of(place.now, UNITS[first]), running=True), at + 3
    if first == "weekend" or unit == "weekend":
        return _weekend(place, at)
    if first in ("last", "past") and unit in ("hour", "day"):
        return rolling(place.now, unit, 1), at + 2
    if unit is None or unit in ("hour", "minute", "day", "fortnight"):
        return None
    if first in ("last", "previous", "preceding"):
        return before_now(place.now, unit, 1), at + 2
    if first == "this" or (first == "current"):
        return replace(unit_of(place.now, unit), running=True), at + 2
    return (rolling(place.now, unit, 1), at + 2) if first == "past" else None


def _weekend(place: Place, at: int) -> Found | None:
    """The latest weekend. Which one `this weekend` is, only the weekend itself tells."""
    own = unit_of(place.now, "weekend")
    today = own.begin <= place.now
    if place.word(at) == "weekend":
        return (own if today else before_now(place.now, "weekend", 1)), at + 1
    if place.word(at) == "this":
        return (own, at + 2) if today else None
    return (before_now(place.now, "weekend", 1), at + 2) if place.word(at) in ("last", "past", "previous") else None


def _year(place: Place, at: int) -> Found | None:
    """In 2025; a number alone is none."""
    year = year_number(place, at)
    if year is None or place.word(at - 1) not in ("in", "during", "of", "since", "for", "year"):
        return None
    return found_at(months(year, 1, 12), at + 1)


_KINDS: tuple[Callable[[Place, int], Found | None], ...] = (
    date, _half, _some_days, _quarter, _edge, _weekday, month, _rolling, _ago, _relative, _before_last, _named, _year,
)  # fmt: skip
