"""Working time, on both sides of weekends, holidays and the change of summer time."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.approvals.calendar import after, minutes_between
from remit.packs.review_rules import WorkingHours

BERLIN = WorkingHours("Europe/Berlin", (0, 1, 2, 3, 4), 9 * 60, 17 * 60, (date(2026, 12, 25),))
NIGHTS = WorkingHours("Europe/Berlin", (5, 6), 0, 24 * 60)


def at(text: str) -> datetime:
    """A moment, said in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("start", "hours", "end"),
    [
        ("2026-11-02 09:00", 2, "2026-11-02 11:00"),
        ("2026-11-02 12:00", 8, "2026-11-03 12:00"),
        ("2026-11-02 03:00", 1, "2026-11-02 09:00"),
        ("2026-11-02 08:00", 8, "2026-11-02 16:00"),
        ("2026-11-06 15:00", 2, "2026-11-09 09:00"),
        ("2026-11-07 12:00", 1, "2026-11-09 09:00"),
        ("2026-12-24 15:30", 1, "2026-12-28 08:30"),
        ("2026-03-27 15:00", 2, "2026-03-30 08:00"),
    ],
    ids=[
        "within a day",
        "over night",
        "before opening",
        "exactly one day",
        "over a weekend",
        "on a weekend",
        "over a holiday",
        "into summer time",
    ],
)
def test_so_many_working_hours_later(start: str, hours: int, end: str) -> None:
    assert after(BERLIN, at(start), hours * 60) == at(end)


def test_a_day_is_as_long_as_it_really_is() -> None:
    # On 25 October 2026 Berlin turns the clock back: that Sunday has 25 hours.
    assert minutes_between(NIGHTS, at("2026-10-24 22:00"), at("2026-10-25 23:00")) == 25 * 60


def test_without_working_hours_the_clock_never_stands_still() -> None:
    start = at("2026-11-07 03:00")
    assert after(None, start, 90) == start + timedelta(minutes=90)
    assert minutes_between(None, start, start + timedelta(days=2)) == 2 * 1440


def test_between_a_moment_and_an_earlier_one_nothing_passes() -> None:
    assert minutes_between(BERLIN, at("2026-11-03 12:00"), at("2026-11-02 12:00")) == 0


@given(
    start=st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)),
    minutes=st.integers(1, 20_000),
)
def test_what_was_added_lies_in_between(start: datetime, minutes: int) -> None:
    end = after(BERLIN, start, minutes)
    assert minutes_between(BERLIN, start, end) == pytest.approx(minutes)
    assert end - start >= timedelta(minutes=minutes)
