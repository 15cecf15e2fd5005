"""The approval queue: who may decide, what a word is bound to, and what voids it."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest

from remit.core.errors import Conflict, Corrupted, InputError, NotFound, Refused
from remit.core.words import Actor

LARGE, VERY_LARGE = 200_000, 600_000


def test_an_approval_acts(desk: Any) -> None:
    waiting = desk.decide(amount_cents=LARGE)
    settled = desk.vote(waiting["review_id"])
    assert (settled["state"], settled["decision"]["status"]) == ("approved", "executed")
    assert desk.booked() == [("pay", LARGE)]


def test_a_rejection_ends_the_case(desk: Any) -> None:
    waiting = desk.decide(amount_cents=LARGE)
    settled = desk.vote(waiting["review_id"], choice="reject")
    assert (settled["state"], settled["decision"]["status"]) == ("rejected", "rejected")
    assert desk.booked() == []


def test_every_word_is_in_the_ledger_with_who_gave_it_and_why(desk: Any) -> None:
    waiting = desk.decide(amount_cents=LARGE)
    desk.vote(waiting["review_id"])
    word = next(e.draft for e in desk.engine.events_of(waiting["decision_id"]) if e.draft.type == "review.approved")
    assert (word.actor.id, word.body["reason"], word.body["role"]) == ("otto", "as it should be", "officer")
    assert desk.is_sound()


@pytest.mark.parametrize(
    ("who", "role", "reason", "error"),
    [
        ("ana", "officer", "my own case", Refused),
        ("otto", "janitor", "not my role", Refused),
        ("otto", "officer", "  ", InputError),
        ("otto", "officer", "x" * 2_001, InputError),
        ("otto", "officer", "not \ud800 text", InputError),
        ("ott\ud800", "officer", "no name", InputError),
    ],
    ids=["own case", "wrong role", "no reason", "endless reason", "broken reason", "broken name"],
)
def test_a_word_that_does_not_count_changes_nothing(
    desk: Any, who: str, role: str, reason: str, error: type[Exception]
) -> None:
    waiting = desk.decide(amount_cents=LARGE)
    before = desk.everything()
    with pytest.raises(error):
        desk.engine.decide_review(waiting["review_id"], Actor(who, roles=(role,)), "approve", reason)
    assert desk.everything() == before


def test_two_officers_and_an_auditor_must_agree(desk: Any) -> None:
    review = desk.decide(amount_cents=VERY_LARGE)["review_id"]
    states = [desk.vote(review, *who)["state"] for who in (("otto", "officer"), ("aud", "auditor"))]
    assert (states, desk.booked()) == (["open", "open"], [])
    assert desk.vote(review, "olga", "officer")["state"] == "approved"
    assert desk.booked() == [("pay", VERY_LARGE)]


def test_one_rejection_vetoes_whoever_approved_before(desk: Any) -> None:
    review = desk.decide(amount_cents=VERY_LARGE)["review_id"]
    desk.vote(review, "otto", "officer")
    assert desk.vote(review, "aud", "auditor", "reject")["decision"]["status"] == "rejected"


def test_nobody_votes_twice(desk: Any) -> None:
    review = desk.decide(amount_cents=VERY_LARGE)["review_id"]
    desk.vote(review, "otto", "officer")
    with pytest.raises(Refused, match="already decided"):
        desk.vote(review, "otto", "auditor")


def test_people_who_hold_both_roles_can_fill_both_quorums(desk: Any) -> None:
    review = desk.decide(amount_cents=VERY_LARGE)["review_id"]
    both = ("officer", "auditor")
    states = [
        desk.engine.decide_review(review, Actor(who, roles=both), "approve", "seen")["state"] for who in ("p", "q", "r")
    ]
    assert states == ["open", "open", "approved"]


def test_a_reason_is_told_when_the_last_person_has_spoken(desk: Any) -> None:
    told = desk.decide(amount_cents=VERY_LARGE)
    both = ("officer", "auditor")

    def reasons() -> list[str | None]:
        return [vote["reason"] for vote in desk.engine.explain(told["decision_id"])["review"]["votes"]]

    desk.engine.decide_review(told["review_id"], Actor("p", roles=both), "approve", "seen by p")
    assert reasons() == [None]
    for who in ("q", "r"):
        desk.engine.decide_review(told["review_id"], Actor(who, roles=both), "approve", f"seen by {who}")
    assert reasons() == ["seen by p", "seen by q", "seen by r"]


@pytest.mark.parametrize("choice", ["approve", "reject"])
def test_a_decided_review_cannot_be_decided_again(desk: Any, choice: str) -> None:
    review = desk.decide(amount_cents=LARGE)["review_id"]
    desk.vote(review, choice=choice)
    before = desk.everything()
    with pytest.raises(Conflict, match="already"):
        desk.vote(review, "olga")
    assert desk.everything() == before


def test_a_word_on_a_version_that_has_moved_is_refused(desk: Any) -> None:
    review = desk.decide(amount_cents=LARGE)["review_id"]
    seen = desk.engine.review(review)["version"]
    desk.engine.claim(review, Actor("otto", roles=("officer",)))
    with pytest.raises(Conflict, match="moved from version 1 to 2"):
        desk.engine.decide_review(review, Actor("otto", roles=("officer",)), "approve", "seen", version=seen)


def test_a_claim_keeps_others_off_until_its_lease_runs_out(desk: Any) -> None:
    review = desk.decide(amount_cents=LARGE)["review_id"]
    desk.engine.claim(review, Actor("otto", roles=("officer",)))
    with pytest.raises(Conflict, match="claimed by otto"):
        desk.vote(review, "olga")
    desk.clock.advance(timedelta(minutes=30))
    assert desk.engine.claim(review, Actor("olga", roles=("officer",)))["claimed_by"] == "olga"


def test_an_unknown_review_is_not_found(desk: Any) -> None:
    with pytest.raises(NotFound):
        desk.vote("01NOSUCHREVIEW")


def test_of_two_threads_that_approve_one_wins_and_one_effect_happens(desk: Any) -> None:
    review = desk.decide(amount_cents=LARGE)["review_id"]
    said: list[Any] = []

    def approve(who: str) -> None:
        try:
            said.append(desk.vote(review, who)["decision"]["status"])
        except Conflict as error:
            said.append(type(error))

    threads = [threading.Thread(target=approve, args=(who,)) for who in ("otto", "olga")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(said, key=str) == [Conflict, "executed"]
    assert desk.booked() == [("pay", LARGE)]


def test_of_four_processes_that_approve_one_wins_and_one_effect_happens(desk: Any, processes: Any) -> None:
    review = desk.decide(amount_cents=LARGE)["review_id"]
    desk.close()
    jobs = [
        processes.start("review", desk, review_id=review, who=who, role="officer", choice="approve")
        for who in ("otto", "olga", "omar", "oda")
    ]
    assert [job.wait() for job in jobs] == [0, 0, 0, 0]
    assert sorted(job.answer.get("error", "won") for job in jobs) == ["Conflict", "Conflict", "Conflict", "won"]
    assert (desk.booked(), desk.is_sound()) == ([("pay", LARGE)], True)


def test_of_an_approval_and_a_rejection_at_once_only_one_counts(desk: Any, processes: Any) -> None:
    review = desk.decide(amount_cents=LARGE)["review_id"]
    desk.close()
    jobs = [
        processes.start("review", desk, review_id=review, who=who, role="officer", choice=choice)
        for who, choice in (("otto", "approve"), ("olga", "reject"))
    ]
    for job in jobs:
        job.wait()
    [settled] = [job.answer for job in jobs if "error" not in job.answer]
    assert desk.booked() == ([("pay", LARGE)] if settled["state"] == "approved" else [])


def test_a_word_given_while_the_decision_is_still_held_is_carried_on_once_it_is_free(desk: Any) -> None:
    waiting = desk.decide(amount_cents=LARGE)
    held, free = threading.Event(), threading.Event()

    def hold() -> None:
        with desk.engine.services.fences.around(waiting["decision_id"]):
            held.set()
            free.wait()

    holder = threading.Thread(target=hold)
    holder.start()
    held.wait()
    threading.Timer(0.1, free.set).start()
    assert desk.vote(waiting["review_id"])["decision"]["status"] == "executed"
    holder.join()


def test_a_word_stands_even_if_nobody_gets_hold_of_the_decision(desk: Any) -> None:
    waiting = desk.decide(amount_cents=LARGE)
    settled = desk.word_alone(waiting)
    assert (settled["state"], settled["decision"]["status"]) == ("approved", "awaiting_review")
    assert desk.engine.unfinished() == [waiting["decision_id"]]
    assert desk.engine.carry_on(waiting["decision_id"])["status"] == "executed"


def test_an_approval_that_was_written_into_the_table_acts_on_nothing(desk: Any) -> None:
    waiting = desk.decide(amount_cents=LARGE)
    desk.sql("UPDATE review SET state = 'approved', version = version + 1")
    with pytest.raises(Corrupted, match="its votes do not approve it"):
        desk.engine.carry_on(waiting["decision_id"])
    assert desk.booked() == []
