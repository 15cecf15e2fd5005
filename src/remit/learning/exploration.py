"""Exploration: now and then another action than the best one, so that what it would have brought is learnt.

A pack declares it for a decision; without that, nothing is explored. It happens only where the contract lets the best
action pass by itself, towards actions of which it says the same and which can be undone, and for as long as the day's
budget of expected loss lasts. Every action that may be explored has at least the floor as its probability, so no later
weight exceeds 1 / floor.

Reference: Agarwal et al., Making Contextual Decisions with Low Technical Debt (2016): log the full probability vector
at the point of decision.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from typing import Literal

from remit.core.errors import InputError

Said = Literal["explored", "no_other", "best_not_allowed", "spent"]
"""What became of it: it was; no other action may be tried; a person or nobody takes the best one; nothing is left."""

MICROS = 1_000_000
"""Expected loss is counted in millionths of the pack's unit of reward, rounded up: sums of them are exact."""

PLACES = 12
"""Decimals of a probability, so that the vector reads the same from its record."""


def micros_of(loss: float) -> int:
    """A budget in millionths, rounded down."""
    return math.floor(loss * MICROS)


def spread_over(
    expected: Mapping[str, float], best: str, others: Collection[str], floor: float
) -> tuple[dict[str, float], int]:
    """The probability of every action, and what exploring costs on average against the best one, in millionths.

    Args:
        expected: the expected reward of each action, in the pack's order.
        others: those that are explored; each gets the floor, and the best one the rest.

    Raises:
        InputError: the floor leaves no room for the best action.
    """
    left = round(1.0 - floor * len(others), PLACES)
    if floor <= 0.0 or left < floor:
        raise InputError(f"a floor of {floor} leaves no room for {len(others) + 1} actions")
    shares = {name: left if name == best else floor if name in others else 0.0 for name in expected}
    loss = sum(floor * max(0.0, expected[best] - expected[name]) for name in others)
    return shares, math.ceil(round(loss * MICROS, 6))
