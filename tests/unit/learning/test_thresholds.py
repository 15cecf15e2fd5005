"""When a machine may decide alone: the promise holds, levels are passed on, and people are asked as far as they can."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest

from remit.core.errors import InputError
from remit.learning.thresholds import GRID, Floats, choose, grid_of, levels_of, p_value, passed


def cases(count: int, seed: int) -> tuple[Floats, Floats]:
    """Confidences that are right, and losses of 0 and 1."""
    chance = np.random.default_rng(seed)
    sure = 1 / (1 + np.exp(-np.abs(chance.normal(0, 2, count))))
    return sure, (chance.random(count) > sure).astype(np.float64)


def test_the_promise_is_kept_where_the_naive_threshold_breaks_it() -> None:
    sure, losses = cases(20_000, 1)
    chance, broken, found = np.random.default_rng(2), 0, []
    for _ in range(20):
        drawn, others = chance.integers(0, 20_000, 1_000), chance.integers(0, 20_000, 1_000)
        threshold = choose(sure[drawn], losses[drawn], grid_of(sure[others]), bound=0.1, delta=0.1).threshold
        assert threshold is not None
        found.append(float((sure >= threshold).mean()))
        broken += float(losses[sure >= threshold].mean()) > 0.1
    assert broken <= 4
    assert np.mean(found) > 0.3


@pytest.mark.parametrize("bound", [0.1, 0.3])
def test_a_p_value_is_small_no_more_often_than_it_says_however_losses_fall(bound: float) -> None:
    """By enumeration of every series of seven losses whose mean is the bound: coins, and losses of 0, a half and 1."""
    shares = {0.0: 1 - 1.5 * bound, 0.5: bound, 1.0: 0.5 * bound * 2 - 0.5 * bound}
    for values in ({0.0: 1 - bound, 1.0: bound}, {**shares, 0.0: 1 - bound - shares[1.0]}):
        assert sum(value * share for value, share in values.items()) == pytest.approx(bound)
        chances: dict[float, float] = {}
        for series in product(values, repeat=7):
            p = p_value(np.array(series), bound)
            chances[p] = chances.get(p, 0.0) + math.prod(values[each] for each in series)
        for level in (0.05, 0.1, 0.3, 0.6):
            assert sum(chance for p, chance in chances.items() if p <= level) <= level + 1e-12


def test_no_cases_prove_nothing() -> None:
    assert p_value(np.array([]), 0.1) == 1.0
    choice = choose(np.full(50, 0.4), np.ones(50), (0.9, 0.5), bound=0.1, delta=0.1)
    assert (choice.threshold, choice.escalated) == (None, 1.0)


@pytest.mark.parametrize(
    ("p_values", "levels", "which"),
    [
        ((0.04, 0.04, 0.2), (0.5, 0.5, 0.0), (True, True, False)),
        ((0.04, 0.08, 0.09), (0.5, 0.5, 0.0), (True, True, True)),
        ((0.2, 0.04, 0.04), (0.5, 0.5, 0.0), (False, True, True)),
        ((0.09, 0.04, 0.04), (0.5, 0.5, 0.0), (True, True, True)),
        ((0.06, 0.2, 0.0), (0.5, 0.5, 0.0), (False, False, False)),
    ],
)
def test_a_level_that_was_used_is_passed_on_round_the_ring(
    p_values: tuple[float, ...], levels: tuple[float, ...], which: tuple[bool, ...]
) -> None:
    assert passed(p_values, levels, 0.1) == which


def test_a_grid_goes_from_strict_to_loose_and_its_levels_make_one() -> None:
    grid = grid_of(cases(2_000, 3)[0])
    assert len(grid) == GRID
    assert list(grid) == sorted(grid, reverse=True)
    assert sum(levels_of(GRID)) == pytest.approx(1.0)
    assert levels_of(1) == (1.0,)
    assert grid_of(np.full(10, 0.7)) == (0.7,)


def test_people_are_asked_as_much_as_they_can_take_and_the_rest_waits() -> None:
    sure, losses = cases(4_000, 4)
    grid = grid_of(cases(4_000, 5)[0])

    def chosen(capacity: float | None) -> tuple[float, float]:
        choice = choose(sure, losses, grid, bound=0.1, delta=0.1, capacity=capacity)
        assert choice.threshold is not None
        return choice.threshold, choice.shortfall

    free, many, few = chosen(None), chosen(0.8), chosen(0.2)
    assert many[0] > free[0]
    assert many[1] == free[1] == 0.0
    assert few[0] == free[0]
    assert 0.2 < few[1] < 0.6


def test_costs_between_nothing_and_the_largest_are_held_as_well() -> None:
    sure, losses = cases(4_000, 6)
    choice = choose(sure, losses * 0.5, grid_of(cases(4_000, 7)[0]), bound=0.05, delta=0.1)
    assert choice.threshold is not None
    assert choice.threshold >= 0.6


@pytest.mark.parametrize(
    ("confidences", "losses", "grid", "bound"),
    [
        ([0.5], [2.0], [0.5], 0.1),
        ([float("nan")], [0.0], [0.5], 0.1),
        ([0.5, 0.6], [0.0], [0.5], 0.1),
        ([], [], [0.5], 0.1),
        ([0.5], [0.0], [0.5, 0.6], 0.1),
        ([0.5], [0.0], [], 0.1),
        ([0.5], [0.0], [0.5], 1.0),
    ],
)
def test_what_makes_no_sense_is_refused(
    confidences: list[float], losses: list[float], grid: list[float], bound: float
) -> None:
    with pytest.raises(InputError):
        choose(np.array(confidences), np.array(losses), grid, bound=bound, delta=0.1)
