"""Times as people say them, the ends that they mean, and what of them is in doubt."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.chat.calendar import MONTHS
from remit.chat.moments import Period, period_in, times_in, without_periods

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
DAYS = st.datetimes(datetime(1990, 1, 1), datetime(2099, 12, 31)).map(
    lambda at: at.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=UTC)
)


def ends(text: str, earlier: Period | None = None) -> tuple[str, str]:
    found = times_in(text, NOW, earlier).period
    return _said(found.since), _said(found.until)


def _said(at: datetime | None) -> str:
    return "" if at is None else at.strftime("%Y-%m-%d %H:%M").removesuffix(" 00:00")


@pytest.mark.parametrize(
    ("text", "since", "until"),
    [
        ("between the 3rd and the 9th of October", "2026-10-03", "2026-10-10"),
        ("from October 3 to 9", "2026-10-03", "2026-10-10"),
        ("3-9 October 2025", "2025-10-03", "2025-10-10"),
        ("on the 3rd and 4th of October", "2026-10-03", "2026-10-05"),
        ("the 3rd of October", "2026-10-03", "2026-10-04"),
        ("Oct. 3rd, 2025", "2025-10-03", "2025-10-04"),
        ("since the 3rd", "2026-10-03", ""),
        ("13/10/2026", "2026-10-13", "2026-10-14"),
        ("05.05.2026", "2026-05-05", "2026-05-06"),
        ("in September and October", "2026-09-01", "2026-11-01"),
        ("December and January", "2025-12-01", "2026-02-01"),
        ("in Sept", "2026-09-01", "2026-10-01"),
        ("October last year", "2025-10-01", "2025-11-01"),
        ("from November to February", "2025-11-01", "2026-03-01"),
        ("in Q3", "2026-07-01", "2026-10-01"),
        ("the fourth quarter of 2025", "2025-10-01", "2026-01-01"),
        ("the last two quarters", "2026-04-01", "2026-10-01"),
        ("H1 2026", "2026-01-01", "2026-07-01"),
        ("the first half of October", "2026-10-01", "2026-10-16"),
        ("the second half of last year", "2025-07-01", "2026-01-01"),
        ("the first ten days of October", "2026-10-01", "2026-10-11"),
        ("in 2025", "2025-01-01", "2026-01-01"),
        ("last fortnight", "2026-10-19 12:00", ""),
        ("over the last dozen days", "2026-10-21 12:00", ""),
        ("three days ago", "2026-10-30", "2026-10-31"),
        ("two weeks ago", "2026-10-19", "2026-10-26"),
        ("since two weeks ago", "2026-10-19", ""),
        ("the week before last", "2026-10-19", "2026-10-26"),
        ("the day before yesterday", "2026-10-31", "2026-11-01"),
        ("last weekend", "2026-10-31", "2026-11-02"),
        ("yesterday and today", "2026-11-01", ""),
        ("Friday last week", "2026-10-30", "2026-10-31"),
        ("from Monday to Wednesday", "2026-10-26", "2026-10-29"),
        ("since Monday but before Thursday", "2026-10-26", "2026-10-29"),
        ("before Friday", "", "2026-10-30"),
        ("until Friday", "", "2026-10-31"),
        ("since the beginning of October", "2026-10-01", ""),
        ("until the end of last week", "", "2026-11-02"),
        ("since noon", "2026-11-02 12:00", ""),
        ("this morning's", "2026-11-02", "2026-11-02 12:00"),
        ("yesterday between 9 and 11 am", "2026-11-01 09:00", "2026-11-01 11:00"),
        ("Friday after 3 pm", "2026-10-30 15:00", "2026-10-31"),
        ("last night", "2026-11-01 18:00", "2026-11-02 06:00"),
        ("the last quarter of 2025", "2025-10-01", "2026-01-01"),
        ("since 5pm yesterday", "2026-11-01 17:00", ""),
        ("the month of October", "2026-10-01", "2026-11-01"),
        ("in 10/2025", "2025-10-01", "2025-11-01"),
        ("since 2026-10", "2026-10-01", ""),
        ("from Thursday until now", "2026-10-29", "2026-11-02 12:00"),
        ("year to date", "2026-01-01", ""),
        ("went through last week", "2026-10-26", "2026-11-02"),
        ("may it wait", "", ""),
        ("from 2,000 to 3,000", "", ""),
    ],
)
def test_a_time_has_the_ends_that_people_mean(text: str, since: str, until: str) -> None:
    assert (ends(text), times_in(text, NOW).doubts) == ((since, until), ())


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("decided on 03/10", "03/10"),
        ("on 3.10.2026", "3.10.2026"),
        ("in August and October", "in August and October"),
        ("last week versus this week", "last week versus this week"),
        ("early October", "early October"),
        ("the first week of October", "week of October"),
        ("at the end of October", "end of October"),
        ("not in October", "not in October"),
        ("every Friday", "every Friday"),
        ("yesterday between 9 and 11", "between 9 and 11"),
    ],
)
def test_a_time_that_can_be_read_in_two_ways_is_none(text: str, words: str) -> None:
    found = times_in(text, NOW)
    assert (found.period.said, [each.words for each in found.doubts]) == (False, [words])


def test_a_date_whose_order_is_not_told_names_both_ways() -> None:
    assert times_in("on 03/10", NOW).doubts[0].ways == ("2026-10-03", "2026-03-10")


@pytest.mark.parametrize(
    ("text", "earlier", "expect"),
    [
        ("the week before that", ("2026-10-26", "2026-11-02"), ("2026-10-19", "2026-10-26")),
        ("the month after", ("2026-08-01", "2026-09-01"), ("2026-09-01", "2026-10-01")),
        ("a month earlier", ("2026-11-01", ""), ("2026-10-01", "2026-11-01")),
        ("the previous week", ("2026-10-19", "2026-10-26"), ("2026-10-12", "2026-10-19")),
        ("the previous week", ("2026-08-01", "2026-09-01"), ("2026-10-26", "2026-11-02")),
        ("two days before", ("2026-10-20", "2026-10-21"), ("2026-10-18", "2026-10-19")),
        ("in that week", ("2026-10-19", "2026-10-26"), ("2026-10-19", "2026-10-26")),
    ],
)
def test_a_time_may_be_seen_from_the_one_before(text: str, earlier: tuple[str, str], expect: tuple[str, str]) -> None:
    since, until = (datetime.fromisoformat(each).replace(tzinfo=UTC) if each else None for each in earlier)
    assert ends(text, Period(since, until)) == expect
    assert without_periods("the week before that", NOW) == "the week before that"


@given(DAYS)
def test_any_date_is_read_back_from_every_way_to_write_it(at: datetime) -> None:
    month, short = MONTHS[at.month - 1].capitalize(), MONTHS[at.month - 1][:3].capitalize()
    nth = f"{at.day}{'th' if 11 <= at.day <= 13 else {1: 'st', 2: 'nd', 3: 'rd'}.get(at.day % 10, 'th')}"
    for text in (
        f"{at:%Y-%m-%d}",
        f"on {at.day} {month} {at.year}",
        f"on the {nth} of {month} {at.year}",
        f"{month} {nth}, {at.year}",
        f"{short}. {at.day}, {at.year}",
    ):
        assert period_in(f"declined {text}?", NOW) == Period(at, at + timedelta(days=1)), text


@given(DAYS, st.sampled_from(["%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%m.%d.%Y", "%d-%m-%Y"]))
def test_any_date_in_numbers_is_read_as_that_date_or_asked_about(at: datetime, written: str) -> None:
    found = times_in(f"since {at.strftime(written)}", NOW)
    is_plain = at.day > 12 or at.day == at.month
    assert found.period == (Period(at) if is_plain else Period())
    assert is_plain or f"{at:%Y-%m-%d}" in found.doubts[0].ways


@given(DAYS, DAYS, st.sampled_from(["between {} and {}", "from {} to {}", "{} - {}", "from {} until {}"]))
def test_the_ends_of_a_range_keep_their_order(one: datetime, other: datetime, written: str) -> None:
    found = period_in(written.format(f"{one:%-d %B %Y}", f"{other:%-d %B %Y}"), NOW)
    in_order = one <= other
    assert (found == Period(one, other + timedelta(days=1))) is in_order
    assert found.since is None or found.until is None or found.since < found.until


@given(st.text(max_size=60))
def test_any_text_has_a_period_whose_ends_are_in_order(text: str) -> None:
    found = times_in(text, NOW)
    since, until = found.period.since, found.period.until
    assert since is None or until is None or since < until
    assert all(0 <= start < end <= len(text) for start, end in found.spans)
