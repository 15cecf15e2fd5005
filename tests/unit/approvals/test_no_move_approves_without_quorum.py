"""Whatever people do in whatever order: nothing is approved without its quorum, and never after a rejection."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from remit.approvals.review import Review, Vote, claim, decide, void
from remit.core.errors import RemitError
from remit.core.words import Actor, ApprovalTerms

ROLES = ("officer", "auditor", "janitor")
PEOPLE = ("ana", "otto", "olga", "omar", "aud")
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)

one_role = st.builds(ApprovalTerms, st.sampled_from(ROLES[:2]), st.integers(1, 3))
terms = st.lists(one_role, max_size=2, unique_by=lambda item: item.role)
some_terms = st.lists(one_role, min_size=1, max_size=2, unique_by=lambda item: item.role)
people = st.builds(
    lambda name, roles: Actor(name, roles=tuple(roles)), st.sampled_from(PEOPLE), st.sets(st.sampled_from(ROLES))
)
moves = st.lists(
    st.tuples(
        st.sampled_from(["claim", "approve", "approve", "approve", "reject", "void"]), people, st.integers(0, 40)
    ),
    max_size=20,
)


@given(terms=terms, moves=moves)
def test_no_sequence_of_moves_approves_without_quorum_or_after_a_rejection(terms: Any, moves: Any) -> None:
    review = Review("R", "D", 1, "open", "digest", "policy", "root", tuple(terms), "ana", NOW)
    votes: list[Vote] = []
    now = NOW
    for kind, person, minutes in moves:
        now += timedelta(minutes=minutes)
        before = review
        try:
            review, votes = _moved(review, votes, kind, person, now)
        except RemitError:
            continue
        assert review.version == before.version + 1
        assert not before.settled or kind == "void"
    rejected = any(vote.choice == "reject" for vote in votes)
    assert (review.state == "approved") <= (_quorum_is_reached(terms, votes) and not rejected)
    assert (review.state == "rejected") <= rejected
    assert "ana" not in {vote.reviewer for vote in votes}
    assert len({vote.reviewer for vote in votes}) == len(votes)


def _moved(review: Review, votes: list[Vote], kind: Any, person: Actor, now: datetime) -> tuple[Review, list[Vote]]:
    if kind == "claim":
        return claim(review, person, now), votes
    if kind == "void":
        return void(review, now), votes
    review, vote = decide(review, votes, person, kind, "seen", now)
    return review, [*votes, vote]


def _quorum_is_reached(terms: list[ApprovalTerms], votes: list[Vote]) -> bool:
    """Counted anew, by another way than the room's own."""
    missing = {item.role: item.quorum for item in terms}
    for vote in votes:
        if vote.choice == "approve":
            missing[vote.role] = missing.get(vote.role, 0) - 1
    return bool(terms) and all(missing[item.role] <= 0 for item in terms)


@given(terms=some_terms, extra=st.permutations(ROLES[:2]))
def test_enough_people_with_the_right_roles_always_reach_it(terms: Any, extra: Any) -> None:
    review = Review("R", "D", 1, "open", "digest", "policy", "root", tuple(terms), "ana", NOW)
    votes: list[Vote] = []
    for number in range(sum(item.quorum for item in terms)):
        review, vote = decide(review, votes, Actor(f"p{number}", roles=tuple(extra)), "approve", "seen", NOW)
        votes.append(vote)
    assert review.state == "approved"
