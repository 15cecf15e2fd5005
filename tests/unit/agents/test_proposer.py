from __future__ import annotations

from typing import Any

import pytest

from remit.agents.proposer import propose

_NEED = {"need": "rule", "query": "what holds?", "found": 1}


@pytest.mark.parametrize(
    ("trust", "met", "asked", "cited"),
    [
        ("trusted", True, {}, True),
        ("internal", True, {}, True),
        ("untrusted", True, {}, False),
        ("trusted", False, {}, False),
        ("untrusted", False, {}, False),
        ("trusted", True, {"trusted": True}, True),
        ("internal", True, {"trusted": True}, False),
        ("trusted", True, {"max_age_days": 10}, True),
        ("trusted", True, {"max_age_days": 9}, False),
    ],
)
def test_only_text_that_counts_for_a_met_need_is_cited(
    world: Any, state: Any, trust: str, met: bool, asked: dict[str, Any], cited: bool
) -> None:
    before = state()
    item = {**before["evidence"][0], "trust": trust}
    plan = {"steps": [{**before["plan"]["steps"][0], **asked}]}
    made = propose({**before, "plan": plan, "evidence": [item], "needs": [_NEED | {"met": met}]}, world.deps)
    assert made["proposal"]["cites"] == ([item["id"]] if cited else [])


@pytest.mark.parametrize(("action", "confidence"), [("pay", 0.9), ("wire", 0.0)])
def test_an_edit_stands_in_place_of_what_was_proposed(world: Any, state: Any, action: str, confidence: float) -> None:
    edit = {"by": "otto", "action": action, "args": {"cents": 2}, "was": {"cents": 1}}
    made = propose(state(edit=edit), world.deps)["proposal"]
    assert (made["action"], made["confidence"]) == ({"name": action, "args": {"cents": 2}}, confidence)


def test_the_brain_is_given_ids_and_no_text(world: Any, state: Any) -> None:
    propose(state(), world.deps)
    assert world.brain.cited == ("desk/rule@1#1",)


def test_what_the_proposer_spends_is_the_time_of_its_thread(world: Any, state: Any) -> None:
    assert propose(state(), world.deps)["proposer_us"] == 250_000
