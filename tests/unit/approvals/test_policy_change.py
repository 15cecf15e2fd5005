"""The moves of a policy change, and who may make them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from remit.approvals.policy_change import (
    InForce,
    PolicyChange,
    State,
    activate,
    beside,
    reject,
    restore,
    roll_back,
    shadow,
    supersede,
)
from remit.core.errors import Conflict, Refused
from remit.core.words import Actor, PolicyRef

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
OLD, NEW, OTHER = (PolicyRef("desk", number, f"sha{number}") for number in (1, 2, 3))
PAUL = Actor("paul", roles=("policy_author",))
CHANGE = PolicyChange("C2", "desk", "p", "desk.request", NEW, OLD, 1, "proposed", "why", "petra", NOW, {})
POINTER = InForce("desk", "desk.request", 4, OLD, "C1", "pia", NOW)

Move = Callable[[PolicyChange, Actor], PolicyChange]
MOVES: dict[str, Move] = {
    "shadow": lambda change, who: shadow(change, who, OLD, NOW),
    "activate": lambda change, who: activate(change, who, OLD, POINTER, NOW)[0],
    "reject": lambda change, who: reject(change, who, NOW),
    "roll back": lambda change, who: roll_back(change, who, replace(POINTER, change="C2"), NOW)[0],
}
ALLOWED: dict[str, set[State]] = {
    "shadow": {"proposed"},
    "activate": {"proposed", "shadowing"},
    "reject": {"proposed", "shadowing"},
    "roll back": {"active"},
}
STATES: tuple[State, ...] = ("proposed", "shadowing", "active", "superseded", "rolled_back", "rejected")


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("move", MOVES)
def test_a_move_is_made_from_its_own_states_only(move: str, state: State) -> None:
    change = replace(CHANGE, state=state)
    if state in ALLOWED[move]:
        assert MOVES[move](change, PAUL).version == change.version + 1
        return
    with pytest.raises(Conflict):
        MOVES[move](change, PAUL)


@pytest.mark.parametrize("move", MOVES)
@pytest.mark.parametrize("roles", [(), ("admin",), ("reviewer", "auditor", "analyst")])
def test_every_move_takes_a_policy_author(move: str, roles: tuple[str, ...]) -> None:
    change = replace(CHANGE, state="active" if move == "roll back" else "proposed")
    with pytest.raises(Refused, match="policy_author"):
        MOVES[move](change, Actor("adam", roles=roles))


@pytest.mark.parametrize("move", ["shadow", "activate"])
@pytest.mark.parametrize(
    "who", [Actor("petra", roles=("policy_author", "admin")), Actor("bot", "app", ("policy_author",))]
)
def test_neither_the_proposer_nor_an_app_puts_a_contract_in_force(move: str, who: Actor) -> None:
    with pytest.raises(Refused):
        MOVES[move](CHANGE, who)


@pytest.mark.parametrize("present", [NEW, OTHER])
def test_a_change_stands_on_the_contract_that_it_was_compared_with(present: PolicyRef) -> None:
    for act in (lambda: activate(CHANGE, PAUL, present, None, NOW), lambda: shadow(CHANGE, PAUL, present, NOW)):
        with pytest.raises(Conflict, match="in force by now"):
            act()


@pytest.mark.parametrize(("pointer", "version", "replaced"), [(None, 1, None), (POINTER, 5, "C1")])
def test_an_activation_moves_the_pointer_on(pointer: InForce | None, version: int, replaced: Any) -> None:
    moved, after = activate(CHANGE, PAUL, OLD, pointer, NOW)
    assert (after.version, after.policy, after.change, after.by) == (version, NEW, "C2", "paul")
    assert (moved.replaced, moved.reviewed_by, moved.activated_by) == (replaced, "paul", "paul")


def test_whoever_let_it_run_in_shadow_stays_its_reviewer() -> None:
    moved, _ = activate(shadow(CHANGE, PAUL, OLD, NOW), Actor("pia", roles=PAUL.roles), OLD, None, NOW)
    assert (moved.reviewed_by, moved.activated_by) == ("paul", "pia")


def test_a_roll_back_undoes_an_activation() -> None:
    active, pointer = activate(CHANGE, PAUL, OLD, POINTER, NOW)
    moved, back = roll_back(active, PAUL, pointer, NOW)
    assert (back.policy, back.change, back.version) == (POINTER.policy, POINTER.change, POINTER.version + 2)
    assert (moved.state, moved.ended_by) == ("rolled_back", "paul")


def test_only_what_the_pointer_points_to_is_rolled_back() -> None:
    with pytest.raises(Conflict):
        roll_back(replace(CHANGE, state="active"), PAUL, POINTER, NOW)


def test_what_was_superseded_can_be_restored() -> None:
    active, _ = activate(CHANGE, PAUL, OLD, None, NOW)
    again = restore(supersede(active, PAUL, NOW))
    assert again == replace(active, version=active.version + 2)


@pytest.mark.parametrize(
    ("decision", "present", "found"),
    [("desk.request", OLD, True), ("desk.request", NEW, False), ("desk.other", OLD, False)],
)
def test_a_shadow_stands_beside_the_contract_that_it_was_proposed_for(
    decision: str, present: PolicyRef, found: bool
) -> None:
    shadowing = shadow(CHANGE, PAUL, OLD, NOW)
    assert (beside([shadowing], "desk", decision, present) == shadowing) == found
