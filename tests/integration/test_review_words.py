"""Words beside approve and reject: reason codes, taking back, bulk, opinions, test items, and what reviewers' words are
worth."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from remit.approvals.inquiry import revoke
from remit.core.errors import Conflict, InputError, Refused
from remit.core.words import Actor
from remit.service.reviews.bulk import decide_in_bulk
from remit.service.reviews.decide import decide_review
from remit.service.reviews.moves import make_move
from remit.service.reviews.seed import seed_review
from remit.service.reviews.show import say_opinion
from remit.service.reviews.statistics import review_statistics
from remit.service.reviews.withdraw import cancel_review, revoke_approval

LARGE = 200_000
ANA = Actor("ana", roles=("clerk",))
OTTO, OLGA = Actor("otto", roles=("officer",)), Actor("olga", roles=("officer",))
AUDITOR = Actor("aud", roles=("auditor",))


def declare(desk: Any, reviews: str) -> None:
    desk.edit("pack.yaml", "    autonomy: act\n", f"    autonomy: act\n    reviews: {{{reviews}}}\n")


# Reason codes


@pytest.mark.parametrize(
    ("code", "said"), [(None, "a reason code is required"), ("no_proff", "did you mean `no_proof`")]
)
def test_a_rejection_names_a_reason_that_the_pack_lists(desk: Any, code: str | None, said: str) -> None:
    declare(desk, "reasons: {no_proof: Nothing shows it., too_much: It is too much.}")
    review = desk.decide(amount_cents=LARGE)["review_id"]
    with pytest.raises(InputError) as refused:
        decide_review(desk.engine.services, review, OTTO, "reject", "not like this", code=code)
    assert said in f"{refused.value.message} {refused.value.mend}"


def test_the_reason_code_is_in_the_ledger(desk: Any) -> None:
    declare(desk, "reasons: {no_proof: Nothing shows it.}")
    waiting = desk.decide(amount_cents=LARGE)
    decide_review(desk.engine.services, waiting["review_id"], OTTO, "reject", "not like this", code="no_proof")
    [word] = [e.draft.body for e in desk.engine.events_of(waiting["decision_id"]) if e.draft.type == "review.rejected"]
    assert (word["code"], word["reason"]) == ("no_proof", "not like this")


# Taking back


@pytest.mark.parametrize("who", [OTTO, OLGA])
def test_an_approval_that_is_revoked_in_time_acts_on_nothing(desk: Any, who: Actor) -> None:
    waiting = desk.decide(amount_cents=LARGE)
    desk.word_alone(waiting)
    done = revoke_approval(desk.engine.services, waiting["review_id"], who, "it was a mistake")
    assert (done["state"], done["decision"]["status"], desk.booked()) == ("rejected", "rejected", [])
    assert desk.history(waiting["decision_id"])[-3:] == ["review.approved", "review.revoked", "decision.rejected"]


def test_an_approval_that_is_revoked_between_the_recheck_and_the_commit_acts_on_nothing(
    desk: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from remit.agents import escalation

    waiting = desk.decide(amount_cents=LARGE)
    rechecked = escalation.state_of

    def meanwhile(judgement: Any) -> Any:
        if "review.approved" in desk.history(waiting["decision_id"])[-1:]:
            make_move(
                desk.engine.services,
                waiting["review_id"],
                OTTO,
                lambda moment: revoke(moment.review, moment.votes, moment.reviewer, moment.now),
            )
        return rechecked(judgement)

    desk.word_alone(waiting)
    monkeypatch.setattr(escalation, "state_of", meanwhile)
    assert desk.go_on(waiting)["status"] == "rejected"
    assert "review.revoked" in desk.history(waiting["decision_id"])
    assert desk.booked() == []


@pytest.mark.parametrize("take_back", [revoke_approval, cancel_review])
def test_what_is_done_is_not_taken_back(desk: Any, take_back: Any) -> None:
    waiting = desk.decide(amount_cents=LARGE)
    desk.vote(waiting["review_id"])
    who = OTTO if take_back is revoke_approval else ANA
    with pytest.raises(Conflict, match="was acted on"):
        take_back(desk.engine.services, waiting["review_id"], who, "it was a mistake")
    assert (desk.go_on(waiting)["status"], desk.booked()) == ("executed", [("pay", LARGE)])


@pytest.mark.parametrize("approved", [False, True])
def test_a_requester_may_take_the_request_back(desk: Any, approved: bool) -> None:
    waiting = desk.decide(amount_cents=LARGE)
    if approved:
        desk.word_alone(waiting)
    done = cancel_review(desk.engine.services, waiting["review_id"], ANA, "no longer needed")
    assert (done["state"], done["decision"]["status"], desk.booked()) == ("cancelled", "rejected", [])


def test_nobody_else_takes_a_request_back(desk: Any) -> None:
    review = desk.decide(amount_cents=LARGE)["review_id"]
    with pytest.raises(Refused, match="did not request"):
        cancel_review(desk.engine.services, review, OTTO, "no longer needed")


# Bulk


def test_one_word_decides_many_that_are_alike_each_with_its_event(desk: Any) -> None:
    declare(desk, "money: args.amount_cents, bulk: {reviews_max: 3, amount_max: 700000}")
    waiting = [desk.decide(amount_cents=LARGE) for _ in range(3)]
    done = decide_in_bulk(desk.engine.services, [each["review_id"] for each in waiting], OTTO, "approve", "all seen")
    assert (done["decided"], done["failed"], len(desk.booked())) == (3, 0, 3)
    for each in waiting:
        [word] = [e.draft for e in desk.engine.events_of(each["decision_id"]) if e.draft.type == "review.approved"]
        assert word.body["bulk"] == done["bulk_id"]


def test_of_many_one_that_was_moved_is_told_and_the_others_decided(desk: Any) -> None:
    declare(desk, "bulk: {reviews_max: 3}")
    reviews = [desk.decide(amount_cents=LARGE)["review_id"] for _ in range(3)]
    desk.engine.claim(reviews[1], OLGA)
    done = decide_in_bulk(desk.engine.services, reviews, OTTO, "approve", "all seen")
    assert (done["decided"], done["failed"]) == (2, 1)
    assert "claimed by olga" in done["items"][1]["message"]


@pytest.mark.parametrize(
    ("bulk", "amounts", "said"),
    [
        ("", (LARGE, LARGE), "the pack allows no bulk decisions"),
        ("bulk: {reviews_max: 2}", (LARGE, LARGE, LARGE), "3 reviews are more than the 2 allowed"),
        ("money: args.amount_cents, bulk: {reviews_max: 9, amount_max: 399999}", (LARGE, LARGE), "400000 together"),
        ("bulk: {reviews_max: 9}", (LARGE, 600_000), "its rules differ"),
    ],
)
def test_what_is_too_much_or_not_alike_is_not_decided_at_all(
    desk: Any, bulk: str, amounts: tuple[int, ...], said: str
) -> None:
    declare(desk, bulk)
    reviews = [desk.decide(amount_cents=amount)["review_id"] for amount in amounts]
    with pytest.raises(Refused, match=said):
        decide_in_bulk(desk.engine.services, reviews, OTTO, "approve", "all seen")
    assert desk.booked() == []


# Against rubber stamps


def test_the_verdict_is_hidden_until_the_reviewer_has_thought(desk: Any) -> None:
    declare(desk, "verdict_hidden_first: true")
    review = desk.decide(amount_cents=LARGE)["review_id"]
    shown = desk.engine.review(review, OTTO)
    assert not {"judgement", "because", "sent_here_by", "confidence"} & shown.keys()
    assert [(row["because"], row["rules"]) for row in desk.engine.reviews()] == [([], [])]
    with pytest.raises(Refused, match="your own opinion"):
        desk.vote(review)
    say_opinion(desk.engine.services, review, OTTO, "approve", "it looks right")
    assert desk.engine.review(review, OTTO)["judgement"]["verdict"]["effect"] == "escalate"
    assert desk.vote(review)["decision"]["status"] == "executed"


def test_the_time_from_being_shown_to_the_word_is_kept(desk: Any) -> None:
    waiting = desk.decide(amount_cents=LARGE)
    for _ in range(2):
        desk.engine.review(waiting["review_id"], OTTO)
        desk.clock.advance(timedelta(seconds=45))
    desk.vote(waiting["review_id"])
    events = {e.draft.type: e.draft.body for e in desk.engine.events_of(waiting["decision_id"])}
    assert events["review.approved"]["dwell_seconds"] == 90
    assert desk.history(waiting["decision_id"]).count("review.shown") == 1


def test_looking_at_what_one_may_not_decide_leaves_no_trace(desk: Any) -> None:
    review = desk.decide(amount_cents=LARGE)["review_id"]
    before = desk.everything()
    for who in (None, ANA, Actor("jim", roles=("janitor",))):
        desk.engine.review(review, who)
    assert desk.everything() == before


@pytest.fixture
def seeded(desk: Any) -> str:
    """A test item: a payment of 9,000, which nobody asked for."""
    waiting = desk.decide(amount_cents=LARGE)
    desk.vote(waiting["review_id"], "olga", choice="reject")
    made = seed_review(
        desk.engine.services, waiting["decision_id"], AUDITOR, {"amount_cents": "900000"}, "reject", "nobody asked"
    )
    return str(made["review_id"])


def test_a_test_item_looks_like_any_other_review(desk: Any, seeded: str) -> None:
    [row] = desk.engine.reviews()
    shown = desk.engine.review(seeded, OTTO)
    assert (row["review_id"], row["action"]["args"]) == (seeded, {"amount_cents": 900_000})
    assert shown["judgement"]["proposal"]["action"] == row["action"]
    assert "probe" not in str(shown)


@pytest.mark.parametrize(("choice", "caught"), [("reject", True), ("approve", False)])
def test_nothing_follows_from_a_test_item_and_its_reviewer_is_told(
    desk: Any, seeded: str, choice: Any, caught: bool
) -> None:
    told = desk.engine.decide_review(seeded, OTTO, choice, "as it should be")
    assert (told["decision"], told["test_item"]["caught"]) == (None, caught)
    assert (desk.booked(), desk.engine.unfinished(), desk.is_sound()) == ([], [], True)
    assert review_statistics(desk.engine.services)["otto"]["test_items_caught"] == int(caught)


def test_only_an_auditor_seeds_and_only_from_what_is_over(desk: Any) -> None:
    waiting = desk.decide(amount_cents=LARGE)
    for who, said in ((OTTO, "has not the role auditor"), (AUDITOR, "no model for a test item")):
        with pytest.raises(Refused, match=said):
            seed_review(desk.engine.services, waiting["decision_id"], who, {}, "reject", "it is wrong")


def test_statistics_tell_who_is_overturned(desk: Any) -> None:
    review = desk.decide(amount_cents=600_000)["review_id"]
    desk.vote(review, "otto")
    desk.vote(review, "olga", choice="reject")
    found = review_statistics(desk.engine.services)
    assert (found["otto"]["overturned"], found["otto"]["overturn_rate"]) == (1, 1.0)
    assert (found["olga"]["rejected"], found["olga"]["overturned"]) == (1, 0)
    assert review_statistics(desk.engine.services, since=desk.clock.now() + timedelta(seconds=1)) == {}


def test_similar_cases_are_shown_with_what_became_of_them(desk: Any) -> None:
    first = desk.decide(amount_cents=LARGE)
    desk.vote(first["review_id"], "olga")
    review = desk.decide(amount_cents=LARGE + 1)["review_id"]
    [similar] = desk.engine.review(review)["similar"]
    assert (similar["decision_id"], similar["status"]) == (first["decision_id"], "executed")


def test_untrusted_passages_are_fenced(desk: Any) -> None:
    desk.edit("knowledge/limits.md", "trust: trusted", "trust: untrusted")
    desk.edit("pack.yaml", "        max_age_days: 365\n", "        trusted: false\n")
    desk.engine.index(str(desk.pack), Actor("kim"))
    shown = desk.engine.review(desk.decide(amount_cents=LARGE)["review_id"])
    assert {item["trust"]: item["fenced"] for item in shown["passages"]}["untrusted"]
    assert all(item["text"] for item in shown["passages"])
