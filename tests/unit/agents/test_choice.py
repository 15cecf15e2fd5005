"""How an action was chosen: recorded before acting, and computed again afterwards."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from remit.agents.choice import draw, inconsistent, permitted
from remit.agents.proposer import propose

HALVES = {"pay": 0.25, "hold": 0.0, "wire": 0.75}


@pytest.fixture
def choice(world: Any, state: Any) -> dict[str, Any]:
    made: dict[str, Any] = propose(state(), world.deps)["choice"]
    return made


def test_what_was_served_and_when_it_was_known_is_recorded(choice: dict[str, Any]) -> None:
    assert choice["features"] == {"amount": 0.01}
    assert choice["event_at"] == choice["known_at"] == "2026-03-01T12:00:00+00:00"


def test_every_declared_action_has_a_probability_and_the_best_has_all_of_it(choice: dict[str, Any]) -> None:
    assert choice["probabilities"] == {"pay": 1.0, "wire": 0.0, "hold": 0.0}
    assert choice["proposed"] == "pay"


def test_an_action_without_arguments_in_this_case_is_not_permitted(choice: dict[str, Any]) -> None:
    assert choice["mask"] == {"pay": "allow", "wire": "allow", "hold": "unfit"}
    assert permitted(choice) == ["pay", "wire"]


@pytest.mark.parametrize(("effect", "said"), [("escalate", ["pay", "wire"]), ("deny", [])])
def test_what_the_contract_denies_is_not_permitted(world: Any, state: Any, effect: str, said: list[str]) -> None:
    world.contract.effect = effect
    assert permitted(propose(state(), world.deps)["choice"]) == said


def test_what_was_proposed_stays_on_record_when_a_reviewer_wants_something_else(world: Any, state: Any) -> None:
    made = propose(state(edit={"action": "wire", "args": {"cents": 2}}), world.deps)
    assert (made["choice"]["proposed"], made["proposal"]["action"]["name"]) == ("pay", "wire")


def test_seeds_draw_in_proportion_and_never_what_has_no_share() -> None:
    drawn = Counter(draw(HALVES, f"{number << 54:016x}") for number in range(1024))
    assert drawn == {"pay": 256, "wire": 768}


@pytest.mark.parametrize(
    ("change", "propensity"),
    [
        ({}, 0.5),
        ({"probabilities": {"pay": 0.0, "wire": 1.0, "hold": 0.0}}, 1.0),
        ({"probabilities": {"pay": 1.0, "wire": 0.5, "hold": 0.0}}, 1.0),
        ({"seed": "0" * 16}, 1.0),
        ({"proposed": "wire"}, 1.0),
    ],
)
def test_a_choice_that_cannot_be_computed_again_is_found(
    world: Any, choice: dict[str, Any], change: dict[str, Any], propensity: float
) -> None:
    assert inconsistent(world.deps.run, choice, 1.0) is None
    assert inconsistent(world.deps.run, {**choice, **change}, propensity) is not None
