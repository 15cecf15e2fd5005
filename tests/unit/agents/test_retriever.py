from __future__ import annotations

from typing import Any

from remit.agents.retriever import retrieve


def test_every_need_of_the_plan_is_looked_up(world: Any, state: Any) -> None:
    retrieve(state(evidence=[], needs=[]), world.deps)
    assert [need for need, _ in world.documents.asked] == ["rule", "price"]


def test_only_what_found_nothing_is_looked_up_again(world: Any, state: Any) -> None:
    retrieve(state(), world.deps)
    assert [need for need, _ in world.documents.asked] == ["price"]


def test_what_was_found_before_stays(world: Any, state: Any) -> None:
    before = state()
    after = retrieve(before, world.deps)
    assert after["evidence"] == before["evidence"]
    assert after["needs"] == before["needs"]


def test_what_counted_too_little_is_neither_asked_again_nor_lost(world: Any, state: Any) -> None:
    needs = [{"need": "rule", "met": False, "found": 1, "query": "q", "reason": ""}]
    after = retrieve(state(needs=needs, plan={"steps": state()["plan"]["steps"][:1]}), world.deps)
    assert (world.documents.asked, after["needs"]) == ([], needs)
    assert len(after["evidence"]) == 1


def test_passages_that_did_not_count_are_replaced_by_the_next_look(world: Any, state: Any) -> None:
    stale = {**state()["evidence"][0], "need": "price", "trust": "untrusted"}
    assert retrieve(state(evidence=[stale]), world.deps)["evidence"] == []
