"""Claims: one at a time, for a while; assignment and putting aside."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from remit.approvals.arrangement import Reviewer
from remit.approvals.claims import CLAIM_LEASE, SNOOZE_MAX, assign, claim, release, snooze
from remit.approvals.inquiry import ask
from remit.approvals.review import Review
from remit.approvals.voting import decide
from remit.core.errors import Conflict, InputError, Refused
from remit.core.words import Actor

Make = Callable[..., Review]
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
OTTO, OLGA = (Reviewer(Actor(name, roles=("officer",))) for name in ("otto", "olga"))
JIM, ANA = Reviewer(Actor("jim")), Reviewer(Actor("ana", roles=("officer",)))


def test_a_claim_keeps_others_off_while_its_lease_runs(make: Make) -> None:
    claimed = claim(make(), OTTO, NOW)
    for move in (claim, _approve):
        with pytest.raises(Conflict, match="claimed by otto"):
            move(claimed, OLGA, NOW + CLAIM_LEASE - timedelta(seconds=1))


def test_a_lapsed_claim_can_be_taken_over(make: Make) -> None:
    claimed = claim(make(), OTTO, NOW)
    assert claim(claimed, OLGA, NOW + CLAIM_LEASE).claimed_by == "olga"
    assert _approve(claimed, OLGA, NOW + CLAIM_LEASE).version == 3


def test_who_claimed_a_review_may_claim_it_again_and_decide_it(make: Make) -> None:
    claimed = claim(make(), OTTO, NOW)
    assert claim(claimed, OTTO, NOW + timedelta(minutes=1)).claimed_until == NOW + timedelta(minutes=1) + CLAIM_LEASE
    assert _approve(claimed, OTTO, NOW).state == "open"


def test_only_the_holder_gives_a_review_back(make: Make) -> None:
    claimed = claim(make(), OTTO, NOW)
    with pytest.raises(Conflict, match="claimed by otto"):
        release(claimed, OLGA)
    assert (release(claimed, OTTO).state, release(claimed, OTTO).claimed_by) == ("open", None)
    with pytest.raises(Conflict, match="not claimed"):
        release(make(), OTTO)


@pytest.mark.parametrize("who", [JIM, ANA])
def test_who_may_not_decide_hands_nothing_on(make: Make, who: Reviewer) -> None:
    with pytest.raises(Refused):
        assign(make(), who, "olga", NOW)


@pytest.mark.parametrize(
    "move",
    [
        lambda review: assign(review, OLGA, "olga", NOW),
        lambda review: snooze(review, OLGA, NOW + CLAIM_LEASE, NOW),
        lambda review: ask(review, OLGA, NOW),
    ],
    ids=["assign", "snooze", "ask"],
)
def test_what_somebody_works_on_is_not_taken_from_their_hands(make: Make, move: Callable[[Review], Review]) -> None:
    with pytest.raises(Conflict, match="claimed by otto"):
        move(claim(make(), OTTO, NOW))


def test_an_assignment_takes_the_place_of_a_claim_and_is_lifted_again(make: Make) -> None:
    assigned = assign(claim(make(), OTTO, NOW), OTTO, "olga", NOW)
    assert (assigned.state, assigned.claimed_by, assigned.assigned_to) == ("open", None, "olga")
    assert claim(assign(assigned, OLGA, None, NOW), OTTO, NOW).claimed_by == "otto"


@pytest.mark.parametrize("until", [NOW, NOW - timedelta(days=1), NOW + SNOOZE_MAX + timedelta(minutes=1)])
def test_a_review_is_put_aside_for_a_time_to_come_that_is_not_far_off(make: Make, until: datetime) -> None:
    with pytest.raises(InputError):
        snooze(make(), OTTO, until, NOW)


def _approve(review: Review, who: Reviewer, now: datetime) -> Review:
    return decide(review, [], who, "approve", "seen", now)[0]
