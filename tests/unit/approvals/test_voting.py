"""Votes: who may speak, and what the words come to."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from remit.approvals.arrangement import Reviewer
from remit.approvals.claims import claim
from remit.approvals.reasons import REASON_CHARACTERS_MAX
from remit.approvals.review import SETTLED, Review, Vote, void
from remit.approvals.voting import decide, tally
from remit.core.errors import Conflict, InputError, Refused
from remit.core.words import Actor, ApprovalTerms

Make = Callable[..., Review]
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def by(name: str, *roles: str, lent: tuple[tuple[str, str], ...] = ()) -> Reviewer:
    return Reviewer(Actor(name, roles=roles), lent)


OTTO, OLGA = by("otto", "officer"), by("olga", "officer")


def vote(who: str, role: str = "officer", choice: Any = "approve", digest: str = "digest") -> Vote:
    return Vote("R", who, role, choice, "seen", digest, NOW)


@pytest.mark.parametrize(
    ("votes", "state"),
    [
        ([], "open"),
        ([vote("a")], "open"),
        ([vote("a"), vote("b")], "open"),
        ([vote("a"), vote("b"), vote("c", "auditor")], "approved"),
        ([vote("a"), vote("a"), vote("c", "auditor")], "open"),
        ([vote("a"), vote("b"), vote("c", "janitor")], "open"),
        ([vote("a"), vote("b"), vote("c", "auditor", "reject")], "rejected"),
        ([vote("a", choice="reject")], "rejected"),
        ([vote("a"), vote("b"), vote("c", "auditor", digest="another")], "open"),
        ([vote("a", choice="reject", digest="another")], "open"),
    ],
    ids=[
        "nobody",
        "one of two",
        "one role short",
        "everybody",
        "one person twice",
        "a foreign role",
        "a veto at the end",
        "a veto at once",
        "a word on another action",
        "a veto of another action",
    ],
)
def test_votes_are_counted_by_role_and_person_and_one_rejection_vetoes(make: Make, votes: Any, state: str) -> None:
    assert tally(make(), votes) == state


def test_a_review_without_terms_is_never_approved(make: Make) -> None:
    assert tally(make(terms=()), [vote("a")]) == "open"
    with pytest.raises(Refused):
        decide(make(terms=()), [], OTTO, "approve", "seen", NOW)


def test_the_requester_decides_nothing_of_their_own(make: Make) -> None:
    for move in (claim, _approve):
        with pytest.raises(Refused, match="requested this decision"):
            move(make(), by("ana", "officer", "auditor"), NOW)


def test_who_has_none_of_the_roles_may_not_decide(make: Make) -> None:
    for move in (claim, _approve):
        with pytest.raises(Refused, match="none of the roles"):
            move(make(), by("jim", "janitor"), NOW)


def test_nobody_votes_twice_not_even_in_another_role(make: Make) -> None:
    with pytest.raises(Refused, match="already decided"):
        decide(make(), [vote("otto")], by("otto", "auditor"), "approve", "seen", NOW)


@pytest.mark.parametrize(
    ("votes", "role"),
    [
        ([], "officer"),
        ([vote("a")], "officer"),
        ([vote("a"), vote("b")], "auditor"),
        ([vote("a"), vote("b"), vote("c", "auditor")], "officer"),
    ],
)
def test_who_holds_several_roles_speaks_in_one_that_is_still_wanted(make: Make, votes: Any, role: str) -> None:
    _, given = decide(make(), votes, by("both", "auditor", "officer"), "approve", "seen", NOW)
    assert given.role == role


@pytest.mark.parametrize("reason", ["", "  ", "no", " ab ", "x" * (REASON_CHARACTERS_MAX + 1), "bad \udc80 text"])
def test_a_word_needs_a_reason_that_can_be_kept(make: Make, reason: str) -> None:
    with pytest.raises(InputError):
        decide(make(), [], OTTO, "reject", reason, NOW)


@pytest.mark.parametrize("reason", ["yes", "  yes  ", "x" * REASON_CHARACTERS_MAX])
def test_a_reason_is_kept_without_the_space_around_it(make: Make, reason: str) -> None:
    assert decide(make(), [], OTTO, "reject", reason, NOW)[1].reason == reason.strip()


def test_a_vote_names_the_action_that_it_was_given_for(make: Make) -> None:
    _, given = decide(make(action_digest="this one"), [], OTTO, "approve", "seen", NOW)
    assert (given.action_digest, given.reviewer, given.choice, given.at) == ("this one", "otto", "approve", NOW)


@pytest.mark.parametrize("state", SETTLED)
def test_a_settled_review_is_not_moved_again(make: Make, state: str) -> None:
    for move in (claim, _approve):
        with pytest.raises(Conflict, match=f"already {state}"):
            move(make(state=state), OTTO, NOW)


def test_every_move_raises_the_version_by_one(make: Make) -> None:
    assert claim(make(version=4), OTTO, NOW).version == 5
    assert _approve(make(version=4), OTTO, NOW).version == 5
    assert void(make(version=4), NOW).version == 5


def test_a_word_that_does_not_settle_sets_the_review_free_for_the_next(make: Make) -> None:
    voted = _approve(claim(make(), OTTO, NOW), OTTO, NOW)
    assert (voted.state, voted.claimed_by, voted.decided_at) == ("open", None, None)


def test_a_settled_review_says_by_whom_and_when(make: Make) -> None:
    settled = _approve(make(terms=(ApprovalTerms("officer"),)), OTTO, NOW)
    assert (settled.state, settled.decided_by, settled.decided_at) == ("approved", "otto", NOW)


def test_a_void_review_is_settled_and_counts_for_nothing(make: Make) -> None:
    assert void(make(state="approved"), NOW).settled
    assert void(make(state="approved"), NOW).state == "stale"


def _approve(review: Review, who: Reviewer, now: datetime) -> Review:
    return decide(review, [], who, "approve", "seen", now)[0]
