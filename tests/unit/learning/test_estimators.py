"""What a policy would have earned, and how far its log can be trusted."""

import numpy as np
import pytest
from numpy.typing import NDArray

from remit.core.errors import InputError
from remit.learning.estimators import (
    Estimate,
    doubly_robust,
    effective_sample,
    ips,
    snips,
    support_deficit,
    weight_summary,
)

Floats = NDArray[np.float64]
WEIGHT = np.array([2.0, 0.0, 1.0, 1.0])
REWARD = np.array([1.0, 1.0, 0.5, 0.0])
VALUE = 0.6
"""0.8 times 0.7 of the better action, and 0.2 times 0.2 of the other."""


def test_the_estimators_are_the_formulas_of_their_papers() -> None:
    assert ips(WEIGHT, REWARD).value == pytest.approx((2 + 0.5) / 4)
    assert snips(WEIGHT, REWARD).value == pytest.approx((2 + 0.5) / (2 + 0 + 1 + 1))
    modelled, expected = np.array([0.5, 0.5, 0.5, 0.5]), np.array([0.6, 0.6, 0.4, 0.4])
    assert doubly_robust(WEIGHT, REWARD, modelled, expected).value == pytest.approx(0.5 + (2 * 0.5 - 0.5) / 4)


def _log(chance: np.random.Generator, rows: int) -> tuple[Floats, Floats, Floats, Floats]:
    better = chance.random(rows) < 0.3
    reward = (chance.random(rows) < np.where(better, 0.7, 0.2)).astype(float)
    weight = np.where(better, 0.8 / 0.3, 0.2 / 0.7)
    return weight, reward, np.where(better, 0.6, 0.4), np.full(rows, 0.8 * 0.6 + 0.2 * 0.4)


def _estimate(name: str, log: tuple[Floats, Floats, Floats, Floats]) -> Estimate:
    weight, reward, *model = log
    if name == "dr":
        return doubly_robust(weight, reward, *model)
    if name == "snips":
        return snips(weight, reward)
    return ips(weight, reward, weight_max=0.8 / 0.3 if name == "bernstein" else None)


@pytest.mark.parametrize(
    ("name", "least", "most"), [("ips", 0.93, 0.97), ("snips", 0.93, 0.97), ("dr", 0.93, 0.97), ("bernstein", 0.95, 1)]
)
def test_intervals_cover_the_truth_as_often_as_they_say(name: str, least: float, most: float) -> None:
    chance = np.random.default_rng(5)
    found = [_estimate(name, _log(chance, 400)) for _ in range(1_000)]
    assert least <= np.mean([each.low <= VALUE <= each.high for each in found]) <= most
    assert np.mean([each.value for each in found]) == pytest.approx(VALUE, abs=0.01)


def test_every_interval_says_what_it_assumes() -> None:
    log = _log(np.random.default_rng(1), 50)
    assert all("one look" in _estimate(name, log).assumes for name in ("ips", "snips", "dr", "bernstein"))


@pytest.mark.parametrize(
    ("weights", "rows"), [([1, 1, 1], 3), ([1, 0, 0], 1), ([0, 0], 0), ([1e300, 1e300], 2), ([21_739, 21_739, 0.02], 2)]
)
def test_an_effective_sample_counts_rows_of_equal_weight(weights: list[float], rows: float) -> None:
    assert effective_sample(np.array(weights, dtype=float)) == pytest.approx(rows, rel=1e-5)


def test_the_weights_of_a_log_are_summed_up() -> None:
    found = weight_summary(WEIGHT)
    assert (found.rows, found.mean, found.largest, found.zero_share) == (4, 1.0, 2.0, 0.25)
    assert found.effective_sample == pytest.approx(16 / 6)


def test_a_deficit_is_what_the_logger_never_tries() -> None:
    logged = np.array([[0.5, 0.5, 0.0], [1.0, 0.0, 0.0]])
    challenger = np.array([[0.2, 0.2, 0.6], [0.9, 0.1, 0.0]])
    assert support_deficit(logged, challenger) == pytest.approx((0.6 + 0.1) / 2)


@pytest.mark.parametrize(
    ("weight", "reward"),
    [([1.0], [1.0]), ([1.0, 2.0], [1.0]), ([-1.0, 1.0], [0, 0]), ([np.inf, 1.0], [0, 0]), ([1.0, 1.0], [0, 2])],
)
def test_what_is_no_log_is_refused(weight: list[float], reward: list[float]) -> None:
    with pytest.raises(InputError):
        ips(np.array(weight), np.array(reward, dtype=float))


def test_a_weight_above_the_largest_possible_is_refused() -> None:
    with pytest.raises(InputError, match="above the largest"):
        ips(WEIGHT, REWARD, weight_max=1.5)


def test_a_challenger_who_does_nothing_that_was_logged_has_no_weighted_mean() -> None:
    with pytest.raises(InputError, match="no logged action"):
        snips(np.zeros(3), np.ones(3))
