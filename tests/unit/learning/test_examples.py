"""What is shown to a brain is never tested on, and a rule is proposed where people say no again and again."""

from __future__ import annotations

from typing import Any

import pytest

from remit.learning.examples import Lesson, ProposedRule, parted, proposed_rules


def lesson(number: int, word: Any = "good", action: str = "pay", **case: Any) -> Lesson:
    return Lesson(f"D{number:03}", case, action, {}, ("It was asked for.",), word)


def test_the_newest_of_each_action_are_shown_and_as_many_stay_for_testing() -> None:
    found = parted([lesson(n) for n in range(8)] + [lesson(n, action="wire") for n in range(8, 30)])
    assert [each.decision_id for each in found["examples"]] == [
        *(f"D{n:03}" for n in range(4, 8)),
        *(f"D{n:03}" for n in range(25, 30)),
    ]
    shown = {each.decision_id for each in found["examples"]}
    assert shown.isdisjoint(each.decision_id for each in found["regressions"])
    assert len(found["examples"]) + len(found["regressions"]) == 30


def test_a_single_one_is_kept_for_testing() -> None:
    found = parted([lesson(1), lesson(2, "rejected"), lesson(3, "edited")])
    assert (found["examples"], [each.decision_id for each in found["regressions"]]) == ([], ["D001"])
    assert [each.decision_id for each in found["improvements"]] == ["D002", "D003"]


def test_what_is_often_rejected_becomes_a_rule_by_the_field_that_tells_it_best() -> None:
    rejected = [lesson(n, "rejected", amount=900 + n, region="north" if n % 2 else "south") for n in range(8)]
    approved = [lesson(10 + n, amount=100 + n, region="north" if n % 2 else "south") for n in range(20)]
    assert proposed_rules(rejected + approved) == [
        ProposedRule("often-rejected-pay", 'action.name == "pay" && case.amount >= 900', 8, 0)
    ]


def test_a_text_is_compared_as_a_whole() -> None:
    rejected = [lesson(n, "rejected", action="wire_out", purpose='a "toy"') for n in range(6)]
    (rule,) = proposed_rules([*rejected, *(lesson(10 + n, action="wire_out", purpose="rent") for n in range(6))])
    assert rule.to_json() == {
        "id": "often-rejected-wire-out",
        "when": 'action.name == "wire_out" && case.purpose == "a \\"toy\\""',
        "effect": "deny",
        "reason": "Reviewers rejected 6 of 6 such proposals.",
    }


@pytest.mark.parametrize(
    "lessons",
    [
        [lesson(n, "rejected", amount=5) for n in range(4)],
        [lesson(n, "rejected" if n % 2 else "good", amount=5) for n in range(40)],
        [lesson(n, "rejected", amount=None if n else 5) for n in range(6)],
        [lesson(n, "edited", amount=5) for n in range(9)],
    ],
    ids=["too few", "too often approved", "of two types", "never rejected"],
)
def test_nothing_is_proposed_without_enough_to_go_by(lessons: list[Lesson]) -> None:
    assert proposed_rules(lessons) == []
