"""How many requests are within a rate."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.api.edge.rates import Charge, Rate, Rates, charged

RATE = Rate("caller", per_minute=60, burst=3)


class Watch:
    """A watch that a test turns."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def rates(tmp_path: Path, watch: Watch) -> Iterator[Rates]:
    rates = Rates(tmp_path / "run" / "rates", watch)
    yield rates
    rates.close()


def ask(rates: Rates, asker: str = "shop", rate: Rate = RATE) -> Charge:
    charge = rates.charge(rate, asker)
    assert charge is not None
    return charge


def test_a_burst_is_allowed_and_what_goes_beyond_it_is_not(rates: Rates) -> None:
    said = [ask(rates) for _ in range(4)]
    assert [(each.allowed, each.remaining) for each in said] == [(True, 2), (True, 1), (True, 0), (False, 0)]


def test_whoever_is_refused_is_told_when_to_come_back_and_is_right_then(rates: Rates, watch: Watch) -> None:
    for _ in range(3):
        ask(rates)
    watch.now += float(ask(rates).retry_after)
    assert ask(rates).allowed


def test_being_refused_costs_nothing(rates: Rates, watch: Watch) -> None:
    for _ in range(50):
        ask(rates)
    watch.now += 1.0
    assert ask(rates).allowed


def test_one_asker_takes_nothing_from_another(rates: Rates) -> None:
    for _ in range(4):
        ask(rates, "shop")
    assert ask(rates, "till").allowed


def test_two_processes_count_together(rates: Rates, tmp_path: Path, watch: Watch) -> None:
    another = Rates(tmp_path / "run" / "rates", watch)
    said = [ask(each).allowed for each in (rates, another, rates, another)]
    another.close()
    assert said == [True, True, True, False]


def test_what_a_machine_left_that_was_up_for_longer_is_forgotten(rates: Rates, watch: Watch) -> None:
    for _ in range(3):
        ask(rates)
    watch.now = 5.0
    assert ask(rates).remaining == 2


def test_a_rate_of_none_counts_nothing(rates: Rates, tmp_path: Path) -> None:
    assert rates.charge(Rate("caller", 0, 1), "shop") is None
    assert not (tmp_path / "run").exists()


def test_more_askers_than_there_are_places_are_all_served(rates: Rates) -> None:
    assert all(ask(rates, f"address-{number}").allowed for number in range(40_000))


def test_the_headers_say_the_burst_and_what_is_left_of_it(rates: Rates) -> None:
    ask(rates)
    charge = ask(rates)
    assert (charge.rate.policy, charge.standing) == ('"caller";q=3;w=3', '"caller";r=1;t=2')


@given(st.lists(st.floats(0.0, 5.0), min_size=1, max_size=60), st.integers(1, 600), st.integers(1, 20))
def test_no_window_holds_more_than_the_burst_and_what_has_come_back(
    pauses: list[float], per_minute: int, burst: int
) -> None:
    rate = Rate("caller", per_minute, burst)
    now, tat = 0.0, 0.0
    allowed: list[float] = []
    for pause in pauses:
        now += pause
        tat, charge = charged(rate, tat, now)
        if charge.allowed:
            allowed.append(now)
    for first, since in enumerate(allowed):
        for last in range(first, len(allowed)):
            assert last - first + 1 <= burst + (allowed[last] - since) / rate.interval_seconds + 1e-6
