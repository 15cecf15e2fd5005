"""The clock of a review: what is due, in which order, and what keeps a timer as it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from remit.approvals.clock import due, shifted, started, timed_out
from remit.approvals.review import Review
from remit.approvals.voting import missing
from remit.core.words import ApprovalTerms

Make = Callable[..., Review]
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOLD = ApprovalTerms("officer", within_minutes=60, warn_minutes=30)
DENY = replace(HOLD, on_timeout="deny", chain=("chief", "board"))


def running(make: Make, *terms: ApprovalTerms) -> Review:
    review = make(terms=terms)
    return started(review, missing(review, ()), NOW)


def done(review: Review, minutes: int) -> list[str]:
    return [step.verb for step in due(review, NOW + timedelta(minutes=minutes))]


@pytest.mark.parametrize(
    ("terms", "minutes", "verbs"),
    [
        (HOLD, 29, []),
        (HOLD, 30, ["warned"]),
        (HOLD, 60, ["held"]),
        (DENY, 60, ["escalated"]),
        (ApprovalTerms("officer", within_minutes=60, on_timeout="deny"), 60, ["expired"]),
        (ApprovalTerms("officer"), 10_000, []),
    ],
)
def test_what_is_due(make: Make, terms: ApprovalTerms, minutes: int, verbs: list[str]) -> None:
    assert done(running(make, terms), minutes) == verbs


def test_each_of_the_chain_gets_the_whole_time(make: Make) -> None:
    review, moment, asked = running(make, DENY), NOW, []
    for _ in range(3):
        moment += timedelta(minutes=60)
        [step] = list(due(review, moment))
        review = step.review
        asked.append(step.facts.get("to", step.verb))
    assert asked == ["chief", "board", "expired"]


def test_only_the_last_of_a_chain_runs_out_of_time(make: Make) -> None:
    assert not timed_out(running(make, DENY), NOW + timedelta(days=9))
    assert timed_out(running(make, replace(DENY, chain=())), NOW + timedelta(minutes=60))


def test_seats_have_clocks_of_their_own(make: Make) -> None:
    slow = ApprovalTerms("auditor", within_minutes=120)
    review = running(make, HOLD, slow)
    assert (done(review, 60), done(review, 120)) == (["held"], ["held", "held"])
    assert review.due_at == NOW + timedelta(minutes=60)


def test_a_timer_that_runs_is_not_begun_anew(make: Make) -> None:
    review = running(make, HOLD)
    later = started(review, missing(review, ()), NOW + timedelta(minutes=20))
    assert later.timers == review.timers


def test_a_clock_that_stood_still_has_as_much_time_left(make: Make) -> None:
    review = shifted(running(make, HOLD), NOW + timedelta(minutes=40), NOW + timedelta(days=3))
    [timer] = review.timers
    assert timer.due_at == NOW + timedelta(days=3, minutes=20)
    assert timer.warn_at == NOW + timedelta(minutes=30)


def test_a_settled_review_has_nothing_due(make: Make) -> None:
    review = running(make, DENY)
    assert done(replace(review, state="approved"), 10_000) == []
    assert replace(review, state="approved").wakes_at is None


def test_a_review_wakes_for_whatever_comes_first(make: Make) -> None:
    review = replace(running(make, HOLD), snoozed_until=NOW + timedelta(minutes=5))
    assert review.wakes_at == NOW + timedelta(minutes=5)
    assert replace(review, snoozed_until=None).wakes_at == NOW + timedelta(minutes=30)
    assert replace(review, snoozed_until=None, asked_at=NOW).wakes_at is None
