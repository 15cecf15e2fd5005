"""Exploration stays inside of what is permitted, can be undone, and can be afforded."""

from __future__ import annotations

from collections import Counter
from datetime import date

import pytest

from remit.core.canonical import digest
from remit.core.errors import InputError
from remit.learning.exploration import Budget, Choice, explore

DAY = date(2026, 11, 2)
EXPECTED = {"wait": 0.5, "remind": 0.4, "call": 0.9, "hold": 0.1}
RICH = Budget(DAY, 100.0)


def choice(seed: object = "s", budget: Budget = RICH, **changes: object) -> Choice:
    usual = {"permitted": list(EXPECTED), "reversible": ["wait", "remind"], "floor": 0.05}
    return explore(EXPECTED, budget=budget, seed=digest(seed)[:16], **{**usual, **changes})  # type: ignore[arg-type]


def test_the_best_action_has_all_but_the_floors() -> None:
    assert choice().probabilities == {"wait": 0.05, "remind": 0.05, "call": 0.9, "hold": 0.0}


def test_what_cannot_be_undone_is_never_explored() -> None:
    assert {choice(str(seed)).action for seed in range(500)} == {"wait", "remind", "call"}


def test_what_the_contract_masks_is_not_there_at_all() -> None:
    found = choice(permitted=["remind", "hold"])
    assert found.probabilities == {"remind": 1.0, "hold": 0.0}


def test_the_same_seed_draws_the_same_action_and_all_of_them_their_share() -> None:
    drawn = Counter(choice(str(seed)).action for seed in range(4_000))
    assert drawn["wait"] / 4_000 == pytest.approx(0.05, abs=0.015)
    assert [choice(str(seed)) for seed in range(50)] == [choice(str(seed)) for seed in range(50)]


def test_a_spent_budget_ends_exploration_for_the_day() -> None:
    loss = choice().expected_loss
    assert loss == pytest.approx(0.05 * 0.4 + 0.05 * 0.5)
    spent = Budget(DAY, 1.0).less(1.0 - loss / 2)
    assert choice(budget=spent).probabilities["call"] == 1.0
    assert choice(budget=spent.on(date(2026, 11, 3))).probabilities["call"] == 0.9


def test_the_probabilities_sum_to_one_and_the_propensity_is_that_of_the_drawn() -> None:
    found = choice(floor=0.25, reversible=list(EXPECTED))
    assert sum(found.probabilities.values()) == pytest.approx(1.0)
    assert found.propensity == found.probabilities[found.action]


@pytest.mark.parametrize("changes", [{"permitted": []}, {"floor": 0.0}, {"floor": 0.26}])
def test_what_leaves_nothing_to_choose_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(InputError):
        choice(**changes)
