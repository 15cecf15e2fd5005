"""Thresholds in time: proved by outcomes, taken back when they go bad, and kept as JSON."""

from __future__ import annotations

import json
import math
from itertools import product

import numpy as np
import pytest

from remit.core.errors import Corrupted, InputError
from remit.learning.thresholds_in_time import BETS, InTime, start


def begun(**changed: float) -> InTime:
    return start((0.9, 0.6), (0.5, 0.5), bound=0.2, delta=0.1, **changed)


def after(state: InTime, rate: float, decisions: int, seed: int = 1) -> InTime:
    for now in np.random.default_rng(seed).random(decisions) < rate:
        state = state.observe(0.95, float(now))
    return state


def test_nothing_is_automated_before_it_is_proved_and_the_loosest_that_is_proved_then() -> None:
    assert begun().threshold is None
    assert after(begun(), 0.05, 300).threshold == 0.6


def test_a_case_below_a_threshold_says_nothing_of_it() -> None:
    state = begun()
    for _ in range(300):
        state = state.observe(0.7, 0.0)
    assert state.proof[0] == 0.0
    assert state.holds == (False, True)


def test_a_threshold_that_goes_bad_is_taken_back_and_earns_its_proof_anew() -> None:
    bad = after(after(begun(false_revocation_every=10_000), 0.05, 300), 0.5, 150, seed=2)
    assert bad.threshold is None
    assert min(bad.revoked) >= 1
    assert after(bad, 0.05, 400, seed=3).threshold == 0.6


@pytest.mark.parametrize("values", [{0.0: 0.8, 1.0: 0.2}, {0.0: 0.7, 0.5: 0.2, 1.0: 0.1}])
def test_with_a_loss_at_the_bound_neither_bettor_gains_on_average(values: dict[float, float]) -> None:
    """By enumeration of all series of five losses: wealth stays at one, the other grows by one a decision."""
    wealth = worse = 0.0
    for series in product(values, repeat=5):
        state, chance = begun(), math.prod(values[each] for each in series)
        for loss in series:
            state = state.observe(0.95, loss)
        wealth += chance * sum(math.exp(each) for each in state.safe[0]) / len(BETS)
        worse += chance * sum(state.worse[0])
    assert wealth == pytest.approx(1.0)
    assert worse == pytest.approx(5.0)


def test_the_state_goes_through_json_unchanged() -> None:
    state = after(begun(), 0.2, 50)
    assert InTime.from_json(json.loads(json.dumps(state.to_json()))) == state


@pytest.mark.parametrize("damage", [{"grid": [0.9]}, {"bound": "x"}, {"safe": None}])
def test_a_damaged_state_is_told(damage: dict[str, object]) -> None:
    with pytest.raises(Corrupted):
        InTime.from_json({**begun().to_json(), **damage})


def test_numbers_outside_and_parts_that_do_not_fit_are_refused() -> None:
    with pytest.raises(InputError):
        begun().observe(0.95, 1.5)
    with pytest.raises(InputError):
        start((0.9,), (0.5, 0.5), bound=0.2, delta=0.1)
