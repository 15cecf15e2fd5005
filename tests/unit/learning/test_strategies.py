"""Strategies learn while they decide, never take what is not permitted, and repeat themselves from one seed."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from remit.learning.strategies.arms import Arms
from remit.learning.strategies.exploring import inverse_gap
from remit.learning.strategies.hybrid import Hybrid
from remit.learning.strategies.progressive import progressive_reward
from remit.learning.strategies.strategy import UNKNOWN, Cases, Experience, Strategy
from remit.learning.strategies.vowpal import Vowpal, edges_of

CHANCE = np.random.default_rng(5)
TABLE = CHANCE.uniform(size=(240, 3)).astype(np.float32)
OUTCOME = (TABLE[:, 0] * 3).astype(np.int64)
CASES = Cases(TABLE, np.ones((240, 3), np.bool_), np.broadcast_to(np.eye(3), (240, 3, 3)))
MAKERS = {"hybrid": Hybrid, "arms": Arms, "vowpal": lambda seed: Vowpal(seed, edges_of(TABLE, 6))}
every_strategy = pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS.keys())


@every_strategy
def test_a_strategy_earns_more_than_chance_from_rewards_alone(make: Callable[[int], Strategy]) -> None:
    assert progressive_reward(make(1), CASES, OUTCOME, 1, full=False) > 0.45


@every_strategy
def test_a_seed_repeats_itself(make: Callable[[int], Strategy]) -> None:
    first, second = (progressive_reward(make(3), CASES, OUTCOME, 3, full=False) for _ in range(2))
    assert first == second


@every_strategy
def test_what_is_not_permitted_is_never_taken(make: Callable[[int], Strategy]) -> None:
    strategy = make(1)
    progressive_reward(strategy, CASES, OUTCOME, 1, full=False)
    permitted = np.tile([True, False, True], (240, 1))
    chances = strategy.probabilities(Cases(TABLE, permitted, CASES.worth))
    assert not chances[:, 1].any()
    assert np.allclose(chances.sum(axis=1), 1)


@pytest.mark.parametrize(
    ("reward", "outcome", "possible"),
    [
        (1.0, UNKNOWN, [1, 0, 0]),
        (0.0, UNKNOWN, [0, 1, 1]),
        (0.0, 2, [0, 0, 1]),
        (0.5, UNKNOWN, [1, 1, 1]),
    ],
)
def test_a_reward_tells_which_outcomes_can_have_been(reward: float, outcome: int, possible: list[int]) -> None:
    seen = Experience(CASES.of([0]), np.array([0]), np.array([1.0]), np.array([reward]), np.array([outcome]))
    assert seen.possible.tolist() == [possible]


def test_the_worse_an_action_looks_the_less_it_is_tried() -> None:
    [chances] = inverse_gap(np.array([[1.0, 0.5, 0.0]]), np.ones((1, 3), np.bool_), np.array([10.0]))
    assert chances == pytest.approx([1 - 1 / 8 - 1 / 13, 1 / 8, 1 / 13])
