"""A made-up history from which something can be learnt."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from remit.learning.train import TrainingRow

FEATURES = ("amount", "late", "purpose")


@pytest.fixture
def history() -> Callable[..., list[TrainingRow]]:
    """So many rows with two or three outcomes, the same every time."""

    def make(rows: int = 300, outcomes: tuple[str, ...] = ("true", "false"), seed: int = 1) -> list[TrainingRow]:
        chance = random.Random(seed)
        made = []
        for _ in range(rows):
            amount, late, purpose = chance.uniform(1, 900), chance.random() < 0.4, chance.choice(["car", "house", "ä"])
            worth = amount / 300 + late + chance.random() * 0.5
            outcome = outcomes[min(int(worth * len(outcomes) / 4.6), len(outcomes) - 1)]
            made.append(TrainingRow({"amount": amount, "late": late, "purpose": purpose}, outcome))
        return made

    return make
