from __future__ import annotations

from typing import Any

from remit.agents.planner import plan, replan, search_failures


def test_a_plan_is_made_before_any_document_is_read(world: Any) -> None:
    assert [step["kind"] for step in plan({}, world.deps)["plan"]["steps"]] == ["retrieve", "retrieve", "propose"]
    assert world.documents.asked == []


def test_the_first_replan_adds_the_words_of_the_need(world: Any, state: Any) -> None:
    again = replan(state(), world.deps)
    assert [step["query"] for step in again["plan"]["steps"]] == ["what holds?", "price: what holds?"]
    assert (again["replans"], again["plan"]["wording"]) == (1, 1)


def test_the_second_replan_asks_with_the_question_of_the_decision(world: Any, state: Any) -> None:
    again = replan(state(replans=1), world.deps)
    assert again["plan"]["steps"][1]["query"] == "price. What shall we do?"


def test_a_need_that_found_too_little_keeps_its_words(world: Any, state: Any) -> None:
    needs = [{"need": "rule", "met": False, "found": 1}, {"need": "price", "met": False, "found": 0}]
    again = replan(state(needs=needs), world.deps)
    assert [step["query"] for step in again["plan"]["steps"]] == ["what holds?", "price: what holds?"]


def test_a_replan_leaves_the_plan_before_it_as_it_was(world: Any, state: Any) -> None:
    before = state()
    replan(before, world.deps)
    assert before == state()


def test_the_possible_actions_are_not_planned_again(world: Any, state: Any) -> None:
    first = plan({}, world.deps)["plan"]
    again = replan(state(plan=first), world.deps)["plan"]
    assert again["steps"][-1] is first["steps"][-1]


def test_a_search_that_failed_is_kept_by_the_wording_that_it_failed_on(world: Any, state: Any) -> None:
    down = [{"need": "price", "met": False, "found": 0, "reason": "search failed: model_gone"}]
    up = [{"need": "price", "met": False, "found": 0, "reason": "nothing similar was found"}]
    first = replan(state(needs=down), world.deps)
    second = replan(state(needs=up, **first), world.deps)
    assert first["plan"]["failed"] == second["plan"]["failed"] == {"0": "search failed: model_gone"}
    assert "failed" not in replan(state(needs=up), world.deps)["plan"]


def test_a_search_that_failed_last_is_told_with_those_before() -> None:
    plan_so_far = {"wording": 2, "failed": {"0": "search failed: a"}}
    needs = [{"reason": ""}, {"reason": "search failed: b"}]
    assert search_failures(plan_so_far, needs) == {"0": "search failed: a", "2": "search failed: b"}
