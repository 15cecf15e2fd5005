"""Edit, then approve: the policy runs again, somebody else approves, and what is done is what was edited."""

from __future__ import annotations

from typing import Any

import pytest

from remit.cli.explain import story
from remit.core.errors import Conflict, InputError, Refused
from remit.core.words import Actor
from remit.service.reviews.edit import edit_review

SMALL, LARGE, LARGER, VERY_LARGE, TOO_LARGE = 5_000, 200_000, 300_000, 600_000, 2_000_000
OTTO = Actor("otto", roles=("officer",))


@pytest.fixture
def waiting(desk: Any) -> dict[str, Any]:
    """A payment that an officer has to see, under a policy that looks at what would be paid."""
    desk.rewrite("policy.yaml", "case.amount_cents", "action.args.amount_cents")
    desk.edit("pack.yaml", "    autonomy: act\n", "    autonomy: act\n    reviews: {money: args.amount_cents}\n")
    found: dict[str, Any] = desk.decide(amount_cents=LARGE)
    return found


def edit(desk: Any, waiting: dict[str, Any], amount: Any, who: Actor = OTTO, version: int | None = None) -> Any:
    words = {"amount_cents": str(amount)}
    return edit_review(desk.engine.services, waiting["review_id"], who, words, "as agreed", version=version)


def look(desk: Any, waiting: dict[str, Any], who: str, role: str = "officer") -> Any:
    return desk.engine.review(waiting["review_id"], Actor(who, roles=(role,)))


def test_what_was_edited_and_then_approved_by_another_is_done(desk: Any, waiting: dict[str, Any]) -> None:
    edited = edit(desk, waiting, LARGER)
    assert edited["difference"] == [{"name": "amount_cents", "was": LARGE, "is": LARGER}]
    look(desk, waiting, "olga")
    settled = desk.vote(waiting["review_id"], "olga")
    assert (settled["decision"]["status"], desk.booked()) == ("executed", [("pay", LARGER)])
    told = "\n".join(story(desk.engine.explain(waiting["decision_id"])))
    assert f"edited by otto; what was proposed before: {{'amount_cents': {LARGE}}}" in told


def test_the_editor_does_not_approve_what_the_policy_wants_a_person_for(desk: Any, waiting: dict[str, Any]) -> None:
    assert edit(desk, waiting, LARGER)["may_approve"] is False
    look(desk, waiting, "otto")
    with pytest.raises(Refused, match="otto edited what review"):
        desk.vote(waiting["review_id"], "otto")


def test_the_editor_may_approve_less_than_what_needs_a_person(desk: Any, waiting: dict[str, Any]) -> None:
    assert edit(desk, waiting, SMALL)["may_approve"] is True
    look(desk, waiting, "otto")
    assert desk.vote(waiting["review_id"], "otto")["decision"]["status"] == "executed"
    assert desk.booked() == [("pay", SMALL)]


def test_a_riskier_edit_raises_the_terms_and_earlier_words_count_no_more(desk: Any, waiting: dict[str, Any]) -> None:
    edit(desk, waiting, VERY_LARGE)
    states = []
    for who, role in (("olga", "officer"), ("aud", "auditor"), ("omar", "officer")):
        look(desk, waiting, who, role)
        states.append(desk.vote(waiting["review_id"], who, role)["state"])
    assert (states, desk.booked()) == (["open", "open", "approved"], [("pay", VERY_LARGE)])


def test_a_milder_edit_keeps_the_terms_of_before(desk: Any) -> None:
    desk.rewrite("policy.yaml", "case.amount_cents", "action.args.amount_cents")
    waiting = desk.decide(amount_cents=VERY_LARGE)
    desk.vote(waiting["review_id"], "olga")
    edited = edit(desk, waiting, LARGE)
    assert [(terms["role"], terms["quorum"]) for terms in edited["terms"]] == [("auditor", 1), ("officer", 2)]
    shown = look(desk, waiting, "olga")
    assert [(vote["reviewer"], vote["counts"]) for vote in shown["votes"]] == [("olga", False)]
    assert desk.vote(waiting["review_id"], "olga")["state"] == "open"


def test_what_the_policy_denies_is_not_edited_in(desk: Any, waiting: dict[str, Any]) -> None:
    before = desk.everything()
    with pytest.raises(Refused, match="never-above-the-ceiling"):
        edit(desk, waiting, TOO_LARGE)
    assert desk.everything() == before


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"amount_cents": "much"}, "is integer"),
        ({"amount_cents": "1.5"}, "amount_cents"),
        ({"amount_cents": "true"}, "amount_cents"),
        ({"amount_cents": "0"}, "at least 1"),
        ({"amuont_cents": "5"}, "no argument `amuont_cents`"),
    ],
)
def test_arguments_are_typed_by_the_action(desk: Any, waiting: dict[str, Any], words: Any, said: str) -> None:
    with pytest.raises(InputError, match=said):
        edit_review(desk.engine.services, waiting["review_id"], OTTO, words, "as agreed")


def test_nobody_approves_what_was_edited_since_they_looked(desk: Any, waiting: dict[str, Any]) -> None:
    look(desk, waiting, "olga")
    edit(desk, waiting, LARGER)
    with pytest.raises(Conflict, match="otto edited what review"):
        desk.vote(waiting["review_id"], "olga")
    assert desk.booked() == []


def test_an_edit_is_of_the_version_that_was_seen(desk: Any, waiting: dict[str, Any]) -> None:
    edit(desk, waiting, LARGER, version=1)
    with pytest.raises(Conflict, match="otto edited it first"):
        edit(desk, waiting, LARGE + 1, Actor("olga", roles=("officer",)), version=1)


@pytest.mark.parametrize("who", [Actor("ana", roles=("officer",)), Actor("jim", roles=("janitor",))])
def test_who_may_not_decide_may_not_edit(desk: Any, waiting: dict[str, Any], who: Actor) -> None:
    with pytest.raises(Refused):
        edit(desk, waiting, LARGER, who)


def test_an_edited_decision_is_recorded_replayed_and_sound(desk: Any, waiting: dict[str, Any]) -> None:
    edit(desk, waiting, LARGER)
    look(desk, waiting, "olga")
    desk.vote(waiting["review_id"], "olga")
    decision = waiting["decision_id"]
    assert [kind for kind in desk.history(decision) if kind in ("decision.judged", "review.edited")] == [
        "decision.judged",
        "review.edited",
        "decision.judged",
    ]
    assert desk.engine.replay(decision).same
    assert (desk.engine.verify_records()[1], desk.is_sound()) == ([], True)


def test_the_ledger_names_the_editor_and_no_argument(desk: Any, waiting: dict[str, Any]) -> None:
    edit(desk, waiting, LARGER)
    [event] = [e.draft for e in desk.engine.events_of(waiting["decision_id"]) if e.draft.type == "review.edited"]
    assert (event.actor.id, event.body["changed"], event.body["verdict"]) == ("otto", ["amount_cents"], "escalate")
    assert str(LARGER) not in str(event.body)


def test_a_trial_says_what_the_policy_would_say_and_records_nothing(desk: Any, waiting: dict[str, Any]) -> None:
    from remit.service.reviews.show import show_review

    before = desk.everything()
    shown = show_review(desk.engine.services, desk.engine, waiting["review_id"], trial={"amount_cents": str(TOO_LARGE)})
    assert shown["what_if"]["verdict"]["effect"] == "deny"
    assert desk.everything() == before


def test_an_edit_that_went_stale_is_proposed_anew_as_it_was_at_first(desk: Any, waiting: dict[str, Any]) -> None:
    edit(desk, waiting, LARGER)
    desk.edit("policy.yaml", "metadata:\n  name: desk\n  version: 1", "metadata:\n  name: desk\n  version: 2")
    look(desk, waiting, "olga")
    with pytest.raises(Conflict, match="is stale: policy changed"):
        desk.vote(waiting["review_id"], "olga")
    assert desk.go_on(waiting)["action"]["args"] == {"amount_cents": LARGE}
