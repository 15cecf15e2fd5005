"""Exploration gives each other action its floor and the best one the rest, and says what that costs."""

from __future__ import annotations

import pytest

from remit.core.errors import InputError
from remit.learning.exploration import micros_of, spread_over

EXPECTED = {"wait": 0.5, "remind": 0.4, "call": 0.9, "hold": 0.1}


def test_the_best_action_has_all_but_the_floors() -> None:
    shares, _ = spread_over(EXPECTED, "call", ["wait", "remind"], 0.05)
    assert shares == {"wait": 0.05, "remind": 0.05, "call": 0.9, "hold": 0.0}
    assert sum(shares.values()) == pytest.approx(1.0)


def test_what_it_costs_is_counted_in_millionths_and_rounded_up() -> None:
    assert spread_over(EXPECTED, "call", ["wait", "remind"], 0.05)[1] == 45_000
    assert spread_over({"a": 1e-9, "b": 0.0}, "a", ["b"], 0.1)[1] == 1
    assert spread_over(EXPECTED, "call", [], 0.05)[1] == 0


def test_the_budget_of_a_day_is_never_rounded_up() -> None:
    assert micros_of(0.0000019) == 1


@pytest.mark.parametrize("floor", [0.0, -0.1, 0.26])
def test_a_floor_without_room_for_the_best_is_refused(floor: float) -> None:
    with pytest.raises(InputError, match="leaves no room"):
        spread_over(EXPECTED, "call", ["wait", "remind", "hold"], floor)
