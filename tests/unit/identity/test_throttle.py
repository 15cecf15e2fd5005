"""How long the next attempt to sign in has to wait."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from remit.identity.throttle import QUIET, WAIT_MAX, Failures, TooSoon, attempted, door_of, forgiven, source_of

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def wait_after(count: int) -> timedelta:
    """How long it takes after so many failures until another attempt is let through, to the second."""
    failures, waited = Failures(count, NOW), timedelta(0)
    while True:
        try:
            attempted(failures, 5, NOW + waited)
        except TooSoon:
            waited += timedelta(seconds=1)
        else:
            return waited


def test_the_first_few_are_free_and_then_the_wait_doubles() -> None:
    assert [wait_after(count).total_seconds() for count in range(1, 10)] == [0, 0, 0, 0, 1, 2, 4, 8, 16]


@pytest.mark.parametrize("count", [15, 16, 1_000, 2**62])
def test_it_is_never_longer_than_a_quarter_of_an_hour(count: int) -> None:
    assert wait_after(count) == WAIT_MAX


def test_a_quiet_hour_forgets_all() -> None:
    assert attempted(Failures(1_000, NOW), 5, NOW + QUIET) == Failures(1, NOW + QUIET)
    assert attempted(None, 5, NOW) == Failures(1, NOW)


def test_who_is_told_to_wait_so_long_gets_through_then() -> None:
    with pytest.raises(TooSoon) as told:
        attempted(Failures(9, NOW), 5, NOW + timedelta(seconds=3, milliseconds=500))
    seconds = told.value.retry_after_seconds
    assert attempted(Failures(9, NOW), 5, NOW + timedelta(seconds=3.5 + seconds)).count == 10


def test_a_good_attempt_does_not_count() -> None:
    assert forgiven(Failures(3, NOW)) == Failures(2, NOW)
    assert forgiven(Failures(1, NOW)) is None
    assert forgiven(None) is None


@pytest.mark.parametrize(
    ("address", "source"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::", "2001:db8:1:2::/64"),
        ("", "unknown"),
        ("testclient", "unknown"),
    ],
)
def test_where_it_comes_from_is_what_one_person_has(address: str, source: str) -> None:
    assert source_of(address) == source


def test_what_was_typed_as_a_name_is_not_kept() -> None:
    assert "secret" not in door_of("account", "my secret \ud800")
    assert door_of("account", "a") != door_of("source", "a")
