"""What time does to a review: it warns, asks the next one, denies or holds. It never approves."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from remit.core.errors import Conflict
from remit.core.words import Actor
from remit.service.reviews.due import move_what_is_due
from remit.service.reviews.inquire import answer_about_review, ask_about_review
from remit.service.reviews.work import release_review, snooze_review

LARGE = 200_000
OTTO, OLGA, CHIEF = (
    Actor(who, roles=(role,)) for who, role in (("otto", "officer"), ("olga", "officer"), ("c", "chief"))
)
TERMS = "approval: {role: officer}\n  - id: very-large\n"
HOURS = "hours: {zone: Europe/Berlin, opens: '09:00', closes: '17:00', holidays: ['2026-11-03']}"


def decided(desk: Any, terms: str, reviews: str = "") -> dict[str, Any]:
    """A payment that waits, under these terms. It is Monday, 2 November 2026, 13:00 in Berlin."""
    desk.edit("policy.yaml", TERMS, TERMS.replace("{role: officer}", f"{{role: officer, {terms}}}"))
    if reviews:
        desk.edit("pack.yaml", "    autonomy: act\n", f"    autonomy: act\n    reviews: {{{reviews}}}\n")
    found: dict[str, Any] = desk.decide(amount_cents=LARGE)
    return found


def passes(desk: Any, **time: float) -> list[str]:
    """Time passes, and what is due is done."""
    desk.clock.advance(timedelta(**time))
    return [each["did"] for each in move_what_is_due(desk.engine.services)]


def test_what_nobody_approved_in_time_is_denied(desk: Any) -> None:
    waiting = decided(desk, "within: 8h, on_timeout: deny")
    assert passes(desk, hours=7, minutes=59) == []
    assert passes(desk, minutes=1) == ["expired", "ended"]
    assert (desk.go_on(waiting)["status"], desk.booked()) == ("denied", [])
    assert desk.go_on(waiting)["note"] == "nobody approved it in time"
    assert desk.history(waiting["decision_id"])[-2:] == ["review.expired", "decision.denied"]


def test_what_is_held_stays_and_can_still_be_approved(desk: Any) -> None:
    waiting = decided(desk, "within: 8h, on_timeout: hold")
    assert passes(desk, hours=9) == ["held"]
    assert passes(desk, days=9) == []
    assert desk.vote(waiting["review_id"])["decision"]["status"] == "executed"


@pytest.mark.parametrize("missed", [False, True], ids=["in time", "nobody looked"])
def test_what_ran_out_of_time_is_approved_by_nobody(desk: Any, missed: bool) -> None:
    waiting = decided(desk, "within: 8h, on_timeout: deny")
    desk.clock.advance(timedelta(hours=8))
    if not missed:
        move_what_is_due(desk.engine.services)
    with pytest.raises(Conflict):
        desk.vote(waiting["review_id"])
    assert desk.booked() == []


def test_a_warning_comes_once_and_then_the_chain_is_asked_one_by_one(desk: Any) -> None:
    waiting = decided(desk, "within: 8h, warn: 6h, chain: [chief], on_timeout: deny")
    assert [passes(desk, hours=6), passes(desk, hours=1), passes(desk, hours=1)] == [["warned"], [], ["escalated"]]
    assert desk.engine.decide_review(waiting["review_id"], CHIEF, "approve", "seen it")["state"] == "approved"


def test_who_is_further_up_the_chain_decides_nothing_before_it_is_their_turn(desk: Any) -> None:
    waiting = decided(desk, "within: 8h, chain: [chief]")
    with pytest.raises(Exception, match="none of the roles"):
        desk.engine.decide_review(waiting["review_id"], CHIEF, "approve", "seen it")


def test_after_the_last_of_the_chain_it_is_denied(desk: Any) -> None:
    decided(desk, "within: 8h, chain: [chief], on_timeout: deny")
    assert [passes(desk, hours=8), passes(desk, hours=8)] == [["escalated"], ["expired", "ended"]]


def test_a_second_look_does_nothing_twice(desk: Any) -> None:
    waiting = decided(desk, "within: 8h, warn: 1h, on_timeout: hold")
    passes(desk, hours=20)
    before = desk.everything()
    assert passes(desk) == []
    assert desk.everything() == before
    assert desk.history(waiting["decision_id"]).count("review.held") == 1


def test_the_clock_runs_in_working_hours(desk: Any) -> None:
    waiting = decided(desk, "within: 8h, on_timeout: deny", HOURS)
    # Four hours are left on Monday, Tuesday is a holiday, four more on Wednesday: 13:00 in Berlin is 12:00 UTC.
    assert desk.engine.review(waiting["review_id"])["due_at"] == "2026-11-04T12:00:00+00:00"


def test_terms_may_ask_for_a_clock_that_never_stands_still(desk: Any) -> None:
    waiting = decided(desk, "within: 8h, hours: always", HOURS)
    assert desk.engine.review(waiting["review_id"])["due_at"] == "2026-11-02T20:00:00+00:00"


def test_the_clock_stands_still_while_a_question_is_open(desk: Any) -> None:
    services, waiting = desk.engine.services, decided(desk, "within: 8h, on_timeout: deny")
    desk.clock.advance(timedelta(hours=3))
    ask_about_review(services, waiting["review_id"], OTTO, "which account is it?")
    assert passes(desk, days=5) == []
    with pytest.raises(Conflict, match="waits for an answer"):
        desk.vote(waiting["review_id"])
    answer_about_review(services, waiting["review_id"], Actor("ana"), "the usual one")
    assert passes(desk, hours=4, minutes=59) == []
    assert passes(desk, minutes=1) == ["expired", "ended"]


def test_a_question_and_its_answer_are_shown_and_recorded(desk: Any) -> None:
    services, waiting = desk.engine.services, desk.decide(amount_cents=LARGE)
    ask_about_review(services, waiting["review_id"], OTTO, "which account is it?")
    answer_about_review(services, waiting["review_id"], Actor("ana"), "the usual one")
    notes = desk.engine.review(waiting["review_id"])["notes"]
    assert [(note["kind"], note["by"]) for note in notes] == [("asked", "otto"), ("answered", "ana")]
    assert desk.history(waiting["decision_id"])[-2:] == ["review.asked", "review.answered"]
    assert desk.vote(waiting["review_id"])["decision"]["status"] == "executed"


def test_a_lapsed_claim_is_given_back(desk: Any) -> None:
    waiting = desk.decide(amount_cents=LARGE)
    desk.engine.claim(waiting["review_id"], OTTO)
    assert passes(desk, minutes=30) == ["released"]
    assert desk.engine.review(waiting["review_id"])["state"] == "open"
    with pytest.raises(Conflict, match="not claimed"):
        release_review(desk.engine.services, waiting["review_id"], OTTO)


def test_what_is_put_aside_comes_back_by_itself(desk: Any) -> None:
    waiting = desk.decide(amount_cents=LARGE)
    until = desk.clock.now() + timedelta(days=1)
    snooze_review(desk.engine.services, waiting["review_id"], OTTO, until)
    assert desk.engine.reviews() == []
    assert passes(desk, days=1) == ["woken"]
    assert [review["review_id"] for review in desk.engine.reviews()] == [waiting["review_id"]]


def test_each_stage_has_its_own_clock(desk: Any) -> None:
    desk.edit("policy.yaml", "approval: {role: auditor}", "approval: {role: auditor, stage: 2, within: 2h}")
    waiting = desk.decide(amount_cents=600_000)
    for who in ("otto", "olga"):
        assert desk.engine.review(waiting["review_id"])["due_at"] is None
        desk.clock.advance(timedelta(hours=5))
        desk.vote(waiting["review_id"], who)
    assert desk.engine.review(waiting["review_id"])["due_at"] == (desk.clock.now() + timedelta(hours=2)).isoformat()


def test_an_expiry_whose_case_cannot_be_ended_now_is_left_to_recovery(desk: Any) -> None:
    waiting = decided(desk, "within: 8h, on_timeout: deny")
    with desk.engine.services.fences.around(waiting["decision_id"]):
        assert passes(desk, hours=8) == ["expired", "left to recovery"]
    assert desk.engine.unfinished() == [waiting["decision_id"]]
    assert desk.go_on(waiting)["status"] == "denied"
