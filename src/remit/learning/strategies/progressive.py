"""One pass over cases: decide, then see what became of it, then learn. The mean reward on the way is the progressive
one.

(Blum, Kalai and Langford, COLT 1999: as good an estimate as a held-out set, and nothing is held out.)
"""

from __future__ import annotations

import numpy as np

from remit.learning.strategies.strategy import UNKNOWN, Cases, Experience, Strategy


def progressive_reward(
    strategy: Strategy, cases: Cases, outcomes: np.ndarray[tuple[int], np.dtype[np.int64]], seed: int, *, full: bool
) -> float:
    """The mean reward of `strategy`, which decides each case before it learns of it.

    The cases come in an order that `seed` alone decides, so that strategies of one seed meet the same. With `full` the
    strategy is told each outcome, otherwise only the reward of the action that it took.
    """
    order = np.random.default_rng(seed).permutation(len(cases))
    chance = np.random.default_rng([seed, 1])
    earned, at = 0.0, 0
    while at < len(order):
        block = order[at : at + strategy.batch(at)]
        rows = np.arange(len(block))
        now = cases.of(block)
        chances = strategy.probabilities(now)
        reached = chance.random((len(block), 1)) < np.cumsum(chances, axis=1)
        # Rounding may leave the last sum a hair below one: then the likeliest action is taken.
        action = np.where(reached.any(axis=1), reached.argmax(axis=1), chances.argmax(axis=1))
        reward = now.worth[rows, outcomes[block], action]
        seen = outcomes[block] if full else np.full(len(block), UNKNOWN)
        strategy.learn(Experience(now, action, chances[rows, action], reward, seen))
        earned += float(reward.sum())
        at += len(block)
    return earned / len(order)
