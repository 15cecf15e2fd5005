"""Age and validity are counted in UTC days."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from remit.core.errors import InputError
from remit.retrieval.freshness import age_days, in_force

START, END = date(2025, 1, 1), date(2025, 1, 31)


@pytest.mark.parametrize(
    ("day", "valid"),
    [(date(2024, 12, 31), False), (START, True), (END, True), (date(2025, 2, 1), False)],
)
def test_a_document_is_in_force_on_its_first_and_last_day(day: date, valid: bool) -> None:
    assert in_force(START, END, datetime(day.year, day.month, day.day, 23, 59, tzinfo=UTC)) is valid


def test_without_an_end_a_document_stays_in_force() -> None:
    assert in_force(START, None, datetime(2099, 1, 1, tzinfo=UTC))


def test_the_day_is_that_of_utc() -> None:
    early_in_tokyo = datetime(2025, 1, 2, 3, tzinfo=timezone(timedelta(hours=9)))
    assert age_days(START, early_in_tokyo) == 0


def test_a_moment_without_a_time_zone_is_refused() -> None:
    with pytest.raises(InputError, match="no time zone"):
        age_days(START, datetime(2025, 1, 2))
