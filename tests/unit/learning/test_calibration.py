"""Probabilities are made to mean what they say, without turning the order of cases round."""

from __future__ import annotations

import numpy as np
import pytest

from remit.learning.bootstrap import mean_interval
from remit.learning.calibration import calibration_error, fitted


def too_sure(count: int, outcomes: int) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities that claim more than they know, and outcomes drawn from what they know."""
    chance = np.random.default_rng(1)
    known = chance.dirichlet(np.ones(outcomes), count)
    outcome = (chance.random((count, 1)) > known.cumsum(axis=1)).sum(axis=1)
    said = known**2.5
    return said / said.sum(axis=1, keepdims=True), np.minimum(outcome, outcomes - 1)


@pytest.mark.parametrize("outcomes", [2, 4])
def test_who_is_too_sure_is_made_less_sure(outcomes: int) -> None:
    said, outcome = too_sure(4_000, outcomes)
    found = fitted(said[:2_000], outcome[:2_000])
    assert found.slope == pytest.approx(0.4, abs=0.06)
    before, after = (calibration_error(each, outcome[2_000:]) for each in (said[2_000:], found.of(said[2_000:])))
    assert after < before / 2


def test_of_two_outcomes_the_order_of_cases_stays() -> None:
    said, outcome = too_sure(500, 2)
    after = fitted(said, outcome).of(said)
    assert np.array_equal(np.argsort(said[:, 0], kind="stable"), np.argsort(after[:, 0], kind="stable"))


def test_what_was_said_with_certainty_stays_finite() -> None:
    said = np.array([[1.0, 0.0], [0.0, 1.0]] * 60)
    found = fitted(said, np.array([0, 1] * 59 + [1, 0])).of(said)
    assert ((found > 0) & (found < 1)).all()


def test_an_interval_covers_the_mean_about_as_often_as_it_says() -> None:
    chance = np.random.default_rng(3)
    hits = 0
    for seed in range(100):
        _, low, high = mean_interval(chance.exponential(1.0, 200), seed, 300)
        hits += low <= 1.0 <= high
    assert hits >= 88


def test_many_rows_have_the_normal_interval() -> None:
    values = np.random.default_rng(4).normal(0.0, 1.0, 20_000)
    _, low, high = mean_interval(values, 1)
    assert high - low == pytest.approx(2 * 1.96 / 20_000**0.5, rel=0.02)
