"""Exploration: now and then another action than the best one, so that what it would have brought is learnt.

It happens only among the actions that the contract permits, never towards one that cannot be undone, and only for as
long as the day's budget of expected loss lasts. Every action that may be explored has at least the floor as its
probability, so no later weight exceeds 1 / floor. What was drawn can be drawn again: the seed is part of the record.

Reference: Agarwal et al., Making Contextual Decisions with Low Technical Debt (2016): log the full probability vector
at the point of decision.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from remit.core.errors import InputError

_SEED_BITS = 64
_PLACES = 12
"""Decimals of a probability, so that the vector reads the same from its record."""


@dataclass(frozen=True, slots=True)
class Budget:
    """What exploration may cost on one day (UTC), in units of the pack's reward, and what it has cost by now."""

    day: date
    limit: float
    spent: float = 0.0

    def on(self, day: date) -> Budget:
        """The budget as it stands on a day: a new day begins with nothing spent."""
        return self if day == self.day else Budget(day, self.limit)

    def less(self, loss: float) -> Budget:
        """The budget after an expected loss."""
        return Budget(self.day, self.limit, self.spent + loss)

    def affords(self, loss: float) -> bool:
        """Whether an expected loss fits into what is left of the day."""
        return self.spent + loss <= self.limit


@dataclass(frozen=True, slots=True)
class Choice:
    """What was drawn: the action, the probability of each permitted action, and the seed that draws it again.

    `expected_loss` is what exploring costs on average against always taking the best permitted action.
    """

    action: str
    probabilities: Mapping[str, float]
    seed: str
    expected_loss: float

    @property
    def propensity(self) -> float:
        """The probability with which this action was chosen."""
        return self.probabilities[self.action]


def explore(
    expected: Mapping[str, float],
    permitted: Collection[str],
    reversible: Collection[str],
    floor: float,
    budget: Budget,
    seed: str,
) -> Choice:
    """Choose among the permitted actions; the best of them, but for the floor of every other one that can be undone.

    Args:
        expected: the expected reward of each action, in the order in which the pack lists them: it breaks ties.
        permitted: the actions that the contract leaves over.
        reversible: the actions that can be undone.
        floor: the least probability of an action that is explored, above 0 and at most 1 / number of actions.
        budget: of the present day.
        seed: fresh chance, as 16 hexadecimal digits: a decision's record has it (`remit.agents.choice`).

    Raises:
        InputError: nothing is permitted, or the floor is none.
    """
    names = [name for name in expected if name in permitted]
    if not names:
        raise InputError("no action is permitted, so there is none to choose")
    if not 0.0 < floor <= 1.0 / len(expected):
        raise InputError(f"a floor of {floor} leaves no room for {len(expected)} actions")
    best = max(names, key=lambda name: expected[name])
    others = [name for name in names if name != best and name in reversible]
    loss = sum(floor * (expected[best] - expected[name]) for name in others)
    if not budget.affords(loss):
        others, loss = [], 0.0
    probabilities = {name: _probability(name, best, others, floor) for name in names}
    return Choice(drawn(names, probabilities, seed), probabilities, seed, loss)


def drawn(order: Sequence[str], probabilities: Mapping[str, float], seed: str) -> str:
    """The action that a seed draws: the same on every machine, by the inverse of the cumulated probabilities."""
    point = int(seed, 16) / 2**_SEED_BITS
    reached = 0.0
    for name in order:
        reached += probabilities[name]
        if point < reached:
            return name
    # What rounding left over at the top belongs to the last action that can be drawn at all.
    return next(name for name in reversed(order) if probabilities[name] > 0.0)


def _probability(name: str, best: str, others: Sequence[str], floor: float) -> float:
    if name == best:
        return round(1.0 - floor * len(others), _PLACES)
    return floor if name in others else 0.0
