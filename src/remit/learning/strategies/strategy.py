"""What every strategy is given, and what it must answer.

Cases are rows of a table of numbers (texts one-hot). What a decision earns is declared: the pack's reward of each
outcome under each action, which may depend on the case. A strategy that learns from the reward alone ignores that
declaration.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
UNKNOWN = -1


@dataclass(frozen=True)
class Cases:
    """Cases to decide, n of them.

    table: n x features, float32. permitted: n x actions, what the policy allows; each row allows something.
    worth: n x outcomes x actions, what the pack declares that each outcome earns under each action.
    """

    table: NDArray[np.float32]
    permitted: NDArray[np.bool_]
    worth: Floats

    def __len__(self) -> int:
        return len(self.table)

    def of(self, rows: Any) -> Cases:
        """Some of them."""
        return Cases(self.table[rows], self.permitted[rows], self.worth[rows])


@dataclass(frozen=True)
class Experience:
    """What became of decided cases: the action (an index), its propensity, its reward, and the outcome.

    An outcome is an index, or `UNKNOWN` where only the reward was seen (bandit feedback).
    """

    cases: Cases
    action: NDArray[np.int64]
    propensity: Floats
    reward: Floats
    outcome: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.action)

    @property
    def possible(self) -> Floats:
        """n x outcomes: 1 where an outcome agrees with what was seen, else 0.

        A reward that no outcome is declared to earn teaches nothing: there everything is possible.
        """
        rows = np.arange(len(self))
        earned = self.cases.worth[rows, :, self.action]
        agrees = np.isclose(earned, self.reward[:, None])
        known = self.outcome != UNKNOWN
        agrees[known] = False
        agrees[rows[known], self.outcome[known]] = True
        agrees[~agrees.any(axis=1)] = True
        return agrees.astype(np.float64)


def joined(before: Experience | None, more: Experience) -> Experience:
    """The one after the other."""
    if before is None:
        return more
    cases = Cases(
        np.concatenate([before.cases.table, more.cases.table]),
        np.concatenate([before.cases.permitted, more.cases.permitted]),
        np.concatenate([before.cases.worth, more.cases.worth]),
    )
    return Experience(
        cases,
        np.concatenate([before.action, more.action]),
        np.concatenate([before.propensity, more.propensity]),
        np.concatenate([before.reward, more.reward]),
        np.concatenate([before.outcome, more.outcome]),
    )


class Strategy(Protocol):
    """A learner that decides. It begins without knowledge, and its chance comes from the seed that it was made with."""

    name: str

    def batch(self, seen: int) -> int:
        """How many cases it decides, once it has seen so many, before it learns again."""
        ...

    def learn(self, rows: Experience) -> None:
        """Take in what became of decisions, in their order, after all that it was given before."""
        ...

    def rewards(self, cases: Cases) -> Floats:
        """n x actions: the reward that each action is expected to earn."""
        ...

    def probabilities(self, cases: Cases) -> Floats:
        """n x actions: how likely it takes each action, exploration included; 0 where one is not permitted."""
        ...


def best(values: Floats, permitted: NDArray[np.bool_]) -> NDArray[np.int64]:
    """The permitted action of the highest value in each row."""
    return np.asarray(np.where(permitted, values, -np.inf).argmax(axis=1))


def uniform(permitted: NDArray[np.bool_]) -> Floats:
    """Every permitted action alike."""
    return np.asarray(permitted / permitted.sum(axis=1, keepdims=True))
