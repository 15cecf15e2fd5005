"""What voids an approval: whatever it is bound to and is no longer so, when it is decided and when it is acted on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from remit.core.errors import Conflict
from remit.core.words import Actor

LARGE = 200_000
CONTRACT = ("metadata:\n  name: desk\n  version: 1", "metadata:\n  name: desk\n  version: 2")
Overtaken = Callable[..., dict[str, Any]]


@pytest.fixture(params=["before the word", "after the word"])
def overtaken(desk: Any, request: pytest.FixtureRequest) -> Overtaken:
    """The decision after something changed: before a person approves, or between their word and the action."""

    def run(waiting: dict[str, Any], change: Callable[[], Any]) -> dict[str, Any]:
        if request.param == "after the word":
            desk.word_alone(waiting)
            change()
        else:
            change()
            with pytest.raises(Conflict, match=r"is stale: .* changed since it was opened; nothing was decided"):
                desk.vote(waiting["review_id"])
        decision: dict[str, Any] = desk.go_on(waiting)
        return decision

    return run


@pytest.mark.parametrize(
    ("old", "new", "status"),
    [
        ("case.amount_cents > 1000000", "case.amount_cents > 150000", "denied"),
        ("case.amount_cents > 100000\n", "case.amount_cents > 300000\n", "executed"),
        ("An officer decides", "An officer decides", "awaiting_review"),
    ],
    ids=["it now denies", "it now allows", "it still escalates"],
)
def test_under_a_changed_contract_the_case_is_judged_anew(
    desk: Any, overtaken: Overtaken, old: str, new: str, status: str
) -> None:
    waiting = desk.decide(amount_cents=LARGE)

    def change() -> None:
        desk.edit("policy.yaml", *CONTRACT)
        if old != new:
            desk.edit("policy.yaml", old, new)

    assert overtaken(waiting, change)["status"] == status
    assert desk.booked() == ([("pay", LARGE)] if status == "executed" else [])
    assert desk.engine.review(waiting["review_id"])["state"] == "stale"


def test_the_ledger_says_what_went_stale_and_keeps_the_word_that_was_given(desk: Any) -> None:
    waiting = desk.decide(amount_cents=LARGE)
    desk.word_alone(waiting)
    desk.edit("policy.yaml", *CONTRACT)
    again = desk.go_on(waiting)
    events = desk.engine.events_of(waiting["decision_id"])
    assert [event.draft.type for event in events][2:] == [
        "review.opened",
        "review.approved",
        "review.stale",
        "decision.judged",
        "review.opened",
    ]
    assert events[4].draft.body == {"review_id": waiting["review_id"], "changed": ["policy"]}
    assert again["review_id"] != waiting["review_id"]


def test_who_decides_on_what_is_stale_is_told_what_changed_and_where_to_look(desk: Any) -> None:
    waiting = desk.decide(amount_cents=LARGE)
    desk.edit("policy.yaml", *CONTRACT)
    with pytest.raises(Conflict) as told:
        desk.vote(waiting["review_id"])
    [again] = desk.engine.reviews()
    assert (told.value.code, "policy changed" in told.value.message) == ("stale", True)
    assert again["review_id"] in str(told.value.mend)
    assert "review.approved" not in desk.history(waiting["decision_id"])


def test_what_is_stale_may_still_be_rejected(desk: Any) -> None:
    waiting = desk.decide(amount_cents=LARGE)
    desk.edit("policy.yaml", *CONTRACT)
    assert desk.vote(waiting["review_id"], choice="reject")["decision"]["status"] == "rejected"


def test_who_may_not_decide_voids_nothing(desk: Any) -> None:
    waiting = desk.decide(amount_cents=LARGE)
    desk.edit("policy.yaml", *CONTRACT)
    with pytest.raises(Exception, match="none of the roles"):
        desk.vote(waiting["review_id"], "jim", "janitor")
    assert desk.engine.review(waiting["review_id"])["state"] == "open"


def test_a_word_on_a_stale_review_does_not_count_for_the_next_one(desk: Any, overtaken: Overtaken) -> None:
    again = overtaken(desk.decide(amount_cents=LARGE), lambda: desk.edit("policy.yaml", *CONTRACT))
    assert desk.engine.review(again["review_id"])["votes"] == []
    assert desk.vote(again["review_id"])["decision"]["status"] == "executed"
    assert desk.booked() == [("pay", LARGE)]


def test_a_review_that_went_stale_is_not_offered_any_more(desk: Any, overtaken: Overtaken) -> None:
    again = overtaken(desk.decide(amount_cents=LARGE), lambda: desk.edit("policy.yaml", *CONTRACT))
    assert [review["review_id"] for review in desk.engine.reviews()] == [again["review_id"]]
    assert desk.engine.unfinished() == []


def test_a_changed_passage_voids_the_approval(desk: Any, overtaken: Overtaken) -> None:
    waiting = desk.decide(amount_cents=LARGE)

    def change() -> None:
        desk.edit("knowledge/limits.md", "is 1,000.", "is 900.")
        desk.engine.index(str(desk.pack), Actor("kim"))

    again = overtaken(waiting, change)
    assert (again["status"], _changed(desk, waiting)) == ("awaiting_review", ["evidence"])
    assert "desk/limits@2#1" in [item["id"] for item in again["evidence"]]


def test_a_passage_that_is_gone_voids_the_approval(desk: Any, overtaken: Overtaken) -> None:
    waiting = desk.decide(amount_cents=LARGE)

    def change() -> None:
        (desk.pack / "knowledge" / "limits.md").unlink()
        desk.engine.index(str(desk.pack), Actor("kim"))

    overtaken(waiting, change)
    assert _changed(desk, waiting) == ["evidence"]


def test_a_change_elsewhere_in_the_documents_does_not_void_an_approval(desk: Any) -> None:
    waiting = desk.decide(amount_cents=LARGE)
    desk.edit("knowledge/travel.md", "at the desk.", "elsewhere.")
    desk.engine.index(str(desk.pack), Actor("kim"))
    assert desk.vote(waiting["review_id"])["decision"]["status"] == "executed"


def test_evidence_that_grew_too_old_for_its_need_voids_the_approval(desk: Any, overtaken: Overtaken) -> None:
    waiting = desk.decide(amount_cents=LARGE)
    # The page is of 1 January, and 365 days are allowed.
    again = overtaken(waiting, lambda: desk.clock.advance(timedelta(days=70)))
    assert _changed(desk, waiting) == ["evidence"]
    assert "rule-not-found" in [finding["rule"] for finding in again["verdict"]["findings"]]


def test_evidence_that_is_no_longer_in_force_voids_the_approval(desk: Any, overtaken: Overtaken) -> None:
    desk.edit("pack.yaml", "        max_age_days: 365\n", "")
    waiting = desk.decide(amount_cents=LARGE)
    overtaken(waiting, lambda: desk.clock.advance(timedelta(days=300)))  # In force until 30 June.
    assert _changed(desk, waiting) == ["evidence"]


def test_evidence_that_is_older_but_young_enough_keeps_the_approval(desk: Any) -> None:
    waiting = desk.decide(amount_cents=LARGE)
    desk.clock.advance(timedelta(days=50))
    assert desk.vote(waiting["review_id"])["decision"]["status"] == "executed"


def test_a_rule_that_only_time_brings_up_voids_the_approval(desk: Any, overtaken: Overtaken) -> None:
    desk.edit("policy.yaml", "rules:\n", f"rules:\n{ENDS_SOON}")
    waiting = desk.decide(amount_cents=LARGE)
    assert overtaken(waiting, lambda: desk.clock.advance(timedelta(days=20)))["status"] == "denied"
    assert _changed(desk, waiting) == ["verdict"]


ENDS_SOON = """\
  - id: closed
    when: now > timestamp('2026-11-10T00:00:00Z')
    effect: deny
    reason: The desk is closed.
"""


def test_an_action_that_the_pack_no_longer_knows_is_not_carried_out(desk: Any, overtaken: Overtaken) -> None:
    waiting = desk.decide(kind="wire", amount_cents=LARGE)

    def change() -> None:
        desk.edit("pack.yaml", "      - name: wire\n        effect: connectors:wire\n", "      - name: wire_slowly\n")
        desk.edit("pack.yaml", "        wire: {amount", "        wire_slowly: {amount")
        desk.edit("pack.yaml", "{action: wire,", "{action: wire_slowly,")

    overtaken(waiting, change)
    assert desk.booked() == []
    assert desk.engine.review(waiting["review_id"])["state"] == "stale"


def test_a_stale_case_that_cannot_be_thought_through_any_more_fails(desk: Any, overtaken: Overtaken) -> None:
    waiting = desk.decide(kind="order", amount_cents=LARGE, parts=2)

    def change() -> None:
        desk.edit("policy.yaml", *CONTRACT)
        desk.edit("pack.yaml", "case.amount_cents / case.parts", "case.amount_cents / (case.parts - 2)")

    assert overtaken(waiting, change)["status"] == "failed"
    assert (desk.ordered(), desk.checkpoints()) == ([], [])


def _changed(desk: Any, waiting: dict[str, Any]) -> list[str]:
    """What the ledger says had changed."""
    [stale] = [e.draft.body for e in desk.engine.events_of(waiting["decision_id"]) if e.draft.type == "review.stale"]
    found: list[str] = stale["changed"]
    return found
