from __future__ import annotations

from typing import Any

import pytest

from remit.agents.think import think
from remit.core.words import Evidence

AT = "2026-03-01T12:00:00+00:00"


@pytest.mark.parametrize(("effect", "looks"), [("allow", 1), ("deny", 1), ("escalate", 3)])
def test_thinking_walks_the_routes_of_the_graph(world: Any, effect: str, looks: int) -> None:
    world.contract.effect = effect
    judgement = think(world.deps, AT)
    assert (judgement.verdict["effect"], judgement.plan.get("wording", 0)) == (effect, looks - 1)
    assert [need for need, _ in world.documents.asked].count("price") == looks


def test_met_needs_are_not_asked_again(world: Any) -> None:
    world.contract.effect = "escalate"
    world.documents.found = {
        "rule": [Evidence("desk/rule@1#1", "rule", "handbook", "title", 1, "f" * 64, 0.5, 0.9, "trusted", 1)]
    }
    think(world.deps, AT)
    assert [need for need, _ in world.documents.asked] == ["rule", "price", "price", "price"]


def test_the_same_thoughts_have_the_same_digest(world: Any) -> None:
    assert think(world.deps, AT).sha256 == think(world.deps, AT).sha256


def test_an_edited_judgement_is_another_one_and_says_so(world: Any) -> None:
    edit = {"by": "otto", "action": "pay", "args": {"cents": 2}, "was": {"cents": 1}}
    edited = think(world.deps, AT, edit)
    assert edited.to_json()["edit"] == edit
    assert "edit" not in think(world.deps, AT).to_json()
    assert edited.sha256 == think(world.deps, AT, edit).sha256 != think(world.deps, AT).sha256


def test_another_moment_is_another_judgement(world: Any) -> None:
    assert think(world.deps, AT).sha256 != think(world.deps, "2026-03-02T12:00:00+00:00").sha256
