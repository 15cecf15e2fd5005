"""What is decided, by whom: two worlds of real cases, and strategies with their options."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from remit.eval.history import history_of
from remit.learning.strategies.arms import Arms
from remit.learning.strategies.hybrid import Hybrid
from remit.learning.strategies.progressive import progressive_reward
from remit.learning.strategies.strategy import Cases, Strategy
from remit.learning.strategies.vowpal import Vowpal, edges_of


@dataclass(frozen=True)
class Player:
    """A strategy with its options; picklable, so that another process can play it. `full` is told every outcome."""

    kind: str
    arguments: str = ""
    bins: int | None = None
    epsilon: float = 0.05
    growth: float = 0.1
    full: bool = False

    def made(self, seed: int, cases: Cases) -> Strategy:
        """It before its first case. VW alone is shown the features of all cases, for its bins or its scale."""
        if self.kind == "hybrid":
            return Hybrid(seed)
        if self.kind == "arms":
            return Arms(seed, epsilon=self.epsilon, growth=self.growth)
        return Vowpal(seed, None if self.bins is None else edges_of(cases.table, self.bins), self.arguments)


@cache
def world(name: str) -> tuple[Cases, NDArray[np.int64]]:
    """The cases to decide and their outcomes.

    quality: which of seven faults a plate has; naming the right one earns 1, another 0. credit: the pack's own actions
    and rewards, in which a failed credit costs five times what a good one earns.
    """
    history = history_of(name)
    cases = history.to_decide()
    if name == "quality":
        faults = history.worth.shape[1]
        everything = np.ones((len(cases), faults), np.bool_)
        cases = Cases(cases.table, everything, np.broadcast_to(np.eye(faults), (len(cases), faults, faults)))
    return cases, history.outcome


def play(task: tuple[str, Player, int, int | None]) -> float:
    """The progressive reward of (world, player, seed, rows): the first rows only, or all with None."""
    name, player, seed, rows = task
    cases, outcomes = world(name)
    if rows is not None:
        chosen = np.random.default_rng(rows).permutation(len(cases))[:rows]
        cases, outcomes = cases.of(chosen), outcomes[chosen]
    if player.kind == "vowpal" and player.bins is None:
        table = (cases.table - cases.table.mean(axis=0)) / (cases.table.std(axis=0) + 1e-6)
        cases = Cases(table.astype(np.float32), cases.permitted, cases.worth)
    return progressive_reward(player.made(seed, cases), cases, outcomes, seed, full=player.full)
