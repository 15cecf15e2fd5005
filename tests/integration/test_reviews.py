"""The approval queue: who may decide, what a word is bound to, and what voids it."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest

from remit.core.errors import Conflict, Corrupted, InputError, NotFound, Refused
from remit.core.words import Actor

SMALL, LARGE, VERY_LARGE = 5_000, 200_000, 600_000


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


def test_a_word_stands_even_if_nobody_gets_hold_of_the_decision(desk: Any, monkeypatch: Any) -> None:
    waiting = desk.decide(amount_cents=LARGE)
    monkeypatch.setattr("remit.service.reviews.PATIENCE_SECONDS", 0.0)
    with desk.engine.services.fences.around(waiting["decision_id"]):
        settled = desk.vote(waiting["review_id"])
    assert (settled["state"], settled["decision"]["status"]) == ("approved", "awaiting_review")
    assert desk.engine.unfinished() == [waiting["decision_id"]]
    assert desk.engine.carry_on(waiting["decision_id"])["status"] == "executed"


# What voids an approval

CONTRACT = ("metadata:\n  name: desk\n  version: 1", "metadata:\n  name: desk\n  version: 2")


@pytest.mark.parametrize(
    ("old", "new", "status"),
    [
        ("case.amount_cents > 1000000", "case.amount_cents > 150000", "denied"),
        ("case.amount_cents > 100000\n", "case.amount_cents > 300000\n", "executed"),
        ("An officer decides", "An officer decides", "awaiting_review"),
    ],
    ids=["it now denies", "it now allows", "it still escalates"],
)
def test_under_a_changed_contract_the_case_is_judged_anew(desk: Any, old: str, new: str, status: str) -> None:
    waiting = desk.decide(amount_cents=LARGE)
    desk.edit("policy.yaml", *CONTRACT)
    if old != new:
        desk.edit("policy.yaml", old, new)
    assert desk.vote(waiting["review_id"])["decision"]["status"] == status
    assert desk.booked() == ([("pay", LARGE)] if status == "executed" else [])
    assert desk.engine.review(waiting["review_id"])["state"] == "stale"


def test_the_ledger_says_what_went_stale_and_keeps_the_word_that_was_given(desk: Any) -> None:
    waiting = desk.decide(amount_cents=LARGE)
    desk.edit("policy.yaml", *CONTRACT)
    again = desk.vote(waiting["review_id"])["decision"]
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


def test_a_word_on_a_stale_review_does_not_count_for_the_next_one(desk: Any) -> None:
    waiting = desk.decide(amount_cents=LARGE)
    desk.edit("policy.yaml", *CONTRACT)
    again = desk.vote(waiting["review_id"])["decision"]
    assert desk.engine.review(again["review_id"])["votes"] == []
    assert desk.vote(again["review_id"])["decision"]["status"] == "executed"
    assert desk.booked() == [("pay", LARGE)]


def test_a_review_that_went_stale_is_not_offered_any_more(desk: Any) -> None:
    waiting = desk.decide(amount_cents=LARGE)
    desk.edit("policy.yaml", *CONTRACT)
    again = desk.vote(waiting["review_id"])["decision"]
    assert [review["review_id"] for review in desk.engine.reviews()] == [again["review_id"]]
    assert desk.engine.unfinished() == []


def test_a_changed_passage_voids_the_approval(desk: Any) -> None:
    waiting = desk.decide(amount_cents=LARGE)
    desk.edit("knowledge/limits.md", "is 1,000.", "is 900.")
    desk.engine.index(str(desk.pack), Actor("kim"))
    again = desk.vote(waiting["review_id"])["decision"]
    assert (again["status"], _changed(desk, waiting)) == ("awaiting_review", ["evidence"])
    assert "desk/limits@2#1" in [item["id"] for item in again["evidence"]]


def test_a_passage_that_is_gone_voids_the_approval(desk: Any) -> None:
    waiting = desk.decide(amount_cents=LARGE)
    (desk.pack / "knowledge" / "limits.md").unlink()
    desk.engine.index(str(desk.pack), Actor("kim"))
    desk.vote(waiting["review_id"])
    assert _changed(desk, waiting) == ["evidence"]


def test_a_change_elsewhere_in_the_documents_does_not_void_an_approval(desk: Any) -> None:
    waiting = desk.decide(amount_cents=LARGE)
    desk.edit("knowledge/travel.md", "at the desk.", "elsewhere.")
    desk.engine.index(str(desk.pack), Actor("kim"))
    assert desk.vote(waiting["review_id"])["decision"]["status"] == "executed"


def test_evidence_that_grew_too_old_for_its_need_voids_the_approval(desk: Any) -> None:
    waiting = desk.decide(amount_cents=LARGE)
    desk.clock.advance(timedelta(days=70))  # The page is of 1 January, and 365 days are allowed.
    again = desk.vote(waiting["review_id"])["decision"]
    assert _changed(desk, waiting) == ["evidence"]
    assert "rule-not-found" in [finding["rule"] for finding in again["verdict"]["findings"]]


def test_evidence_that_is_no_longer_in_force_voids_the_approval(desk: Any) -> None:
    desk.edit("pack.yaml", "        max_age_days: 365\n", "")
    waiting = desk.decide(amount_cents=LARGE)
    desk.clock.advance(timedelta(days=300))  # In force until 30 June.
    desk.vote(waiting["review_id"])
    assert _changed(desk, waiting) == ["evidence"]


def test_evidence_that_is_older_but_young_enough_keeps_the_approval(desk: Any) -> None:
    waiting = desk.decide(amount_cents=LARGE)
    desk.clock.advance(timedelta(days=50))
    assert desk.vote(waiting["review_id"])["decision"]["status"] == "executed"


def test_a_rule_that_only_time_brings_up_voids_the_approval(desk: Any) -> None:
    desk.edit("policy.yaml", "  - id: routine\n", "  - id: routine\n")
    desk.edit("policy.yaml", "rules:\n", f"rules:\n{ENDS_SOON}")
    waiting = desk.decide(amount_cents=LARGE)
    desk.clock.advance(timedelta(days=20))
    assert desk.vote(waiting["review_id"])["decision"]["status"] == "denied"
    assert _changed(desk, waiting) == ["verdict"]


ENDS_SOON = """\
  - id: closed
    when: now > timestamp('2026-11-10T00:00:00Z')
    effect: deny
    reason: The desk is closed.
"""


def test_an_action_that_the_pack_no_longer_knows_is_not_carried_out(desk: Any) -> None:
    waiting = desk.decide(kind="wire", amount_cents=LARGE)
    desk.edit("pack.yaml", "      - name: wire\n        effect: connectors:wire\n", "      - name: wire_slowly\n")
    desk.edit("pack.yaml", "        wire: {amount", "        wire_slowly: {amount")
    desk.edit("pack.yaml", "{action: wire,", "{action: wire_slowly,")
    desk.vote(waiting["review_id"])
    assert desk.booked() == []
    assert desk.engine.review(waiting["review_id"])["state"] == "stale"


def test_a_stale_case_that_cannot_be_thought_through_any_more_fails(desk: Any) -> None:
    waiting = desk.decide(kind="order", amount_cents=LARGE, parts=2)
    desk.edit("policy.yaml", *CONTRACT)
    desk.edit("pack.yaml", "case.amount_cents / case.parts", "case.amount_cents / (case.parts - 2)")
    assert desk.vote(waiting["review_id"])["decision"]["status"] == "failed"
    assert (desk.ordered(), desk.checkpoints()) == ([], [])


def test_an_approval_that_was_written_into_the_table_acts_on_nothing(desk: Any) -> None:
    waiting = desk.decide(amount_cents=LARGE)
    desk.sql("UPDATE review SET state = 'approved', version = version + 1")
    with pytest.raises(Corrupted, match="its votes do not approve it"):
        desk.engine.carry_on(waiting["decision_id"])
    assert desk.booked() == []


def _changed(desk: Any, waiting: dict[str, Any]) -> list[str]:
    """What the ledger says had changed."""
    [stale] = [e.draft.body for e in desk.engine.events_of(waiting["decision_id"]) if e.draft.type == "review.stale"]
    found: list[str] = stale["changed"]
    return found
