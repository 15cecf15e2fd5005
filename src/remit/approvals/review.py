"""The review: its states, and the moves between them. Pure: each move takes a review and gives the next one.

    open -> claimed -> approved | rejected | stale
      └────────────────^

Every move raises `version` by one. The store writes a move with ``UPDATE … WHERE version = <the one that was read>``,
so of two people who move at once one wins and the other is told.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from remit.core.errors import Conflict, InputError, Refused
from remit.core.words import Actor, ApprovalTerms

State = Literal["open", "claimed", "approved", "rejected", "stale"]
Choice = Literal["approve", "reject"]

CLAIM_LEASE = timedelta(minutes=30)
REASON_CHARACTERS_MIN = 3
REASON_CHARACTERS_MAX = 2_000


@dataclass(frozen=True, slots=True)
class Review:
    """One escalated decision in the approval queue.

    `terms` says who must approve: every entry must reach its quorum. `requested_by` may not decide.
    """

    id: str
    decision_id: str
    version: int
    state: State
    action_digest: str
    policy_sha256: str
    evidence_root: str
    terms: tuple[ApprovalTerms, ...]
    requested_by: str
    opened_at: datetime
    due_at: datetime | None = None
    claimed_by: str | None = None
    claimed_until: datetime | None = None
    decided_at: datetime | None = None

    @property
    def settled(self) -> bool:
        return self.state in ("approved", "rejected", "stale")


@dataclass(frozen=True, slots=True)
class Vote:
    """One reviewer's word on one review, given for exactly one action digest."""

    review_id: str
    reviewer: str
    role: str
    choice: Choice
    reason: str
    action_digest: str
    at: datetime


def claim(review: Review, reviewer: Actor, now: datetime) -> Review:
    """Take the review to work on it, for `CLAIM_LEASE`. A lapsed claim can be taken over.

    Raises:
        Conflict: somebody else holds it, or it is settled.
        Refused: the reviewer may not decide it.
    """
    _must_be_undecided(review)
    eligible_role(review, reviewer)
    if _held_by_another(review, reviewer, now):
        raise Conflict(
            f"review {review.id} is claimed by {review.claimed_by} until {review.claimed_until:%Y-%m-%d %H:%M} UTC",
            mend="take another review, or ask them to release it",
        )
    return replace(
        review,
        version=review.version + 1,
        state="claimed",
        claimed_by=reviewer.id,
        claimed_until=now + CLAIM_LEASE,
    )


def decide(
    review: Review, votes: Sequence[Vote], reviewer: Actor, choice: Choice, reason: str, now: datetime
) -> tuple[Review, Vote]:
    """Add one reviewer's word and count. One rejection vetoes; approval needs the quorum of every term.

    Returns the next review (still open when the quorum is not reached) and the vote to store with it.

    Raises:
        Conflict: the review is settled or claimed by somebody else.
        Refused: requester = approver, a missing role, or a second vote by the same person.
        InputError: the reason is missing or beyond `REASON_CHARACTERS_MAX`.
    """
    _must_be_undecided(review)
    role = eligible_role(review, reviewer, votes)
    if _held_by_another(review, reviewer, now):
        raise Conflict(f"review {review.id} is claimed by {review.claimed_by}", mend="wait for it, or take another")
    if any(vote.reviewer == reviewer.id for vote in votes):
        raise Refused(
            f"{reviewer.id} has already decided review {review.id}",
            mend="a quorum is reached by different people",
        )
    vote = Vote(review.id, reviewer.id, role, choice, checked_reason(reason), review.action_digest, now)
    state = tally(review, [*votes, vote])
    settled = state in ("approved", "rejected")
    following = replace(
        review,
        version=review.version + 1,
        state=state,
        claimed_by=reviewer.id if settled else None,
        claimed_until=None,
        decided_at=now if settled else None,
    )
    return following, vote


def tally(review: Review, votes: Sequence[Vote]) -> State:
    """Count the votes that were given for this very action. One deny vetoes; every term needs its quorum.

    A person counts once per term, and only in a role that the term names.
    """
    valid = [vote for vote in votes if vote.action_digest == review.action_digest]
    if any(vote.choice == "reject" for vote in valid):
        return "rejected"
    reached = bool(review.terms) and all(_reached(terms, valid) for terms in review.terms)
    return "approved" if reached and valid else "open"


def void(review: Review, now: datetime) -> Review:
    """What the review was bound to has changed: nobody's word on it counts any more."""
    return replace(review, version=review.version + 1, state="stale", decided_at=now)


def eligible_role(review: Review, reviewer: Actor, votes: Sequence[Vote] = ()) -> str:
    """The role in which this person may decide this review: of several, one whose quorum is not reached yet.

    Raises:
        Refused: the requester decides nothing of their own; everybody else needs a role that the terms name.
    """
    if reviewer.id == review.requested_by:
        raise Refused(
            f"{reviewer.id} requested this decision and may not review it",
            mend="another person has to decide: requester and approver are never the same",
        )
    theirs = [terms for terms in review.terms if terms.role in reviewer.roles]
    for terms in theirs:
        if not _reached(terms, votes):
            return terms.role
    if theirs:
        return theirs[0].role
    wanted = [terms.role for terms in review.terms]
    raise Refused(
        f"{reviewer.id} has none of the roles that review {review.id} needs: {', '.join(wanted)}",
        mend=f"give --role {wanted[0]}, if that is your role" if wanted else "this review has no approval terms",
    )


def _reached(terms: ApprovalTerms, votes: Sequence[Vote]) -> bool:
    return len({vote.reviewer for vote in votes if (vote.choice, vote.role) == ("approve", terms.role)}) >= terms.quorum


def _must_be_undecided(review: Review) -> None:
    if review.settled:
        raise Conflict(f"review {review.id} is already {review.state}", mend="look again: it needs nothing more")


def _held_by_another(review: Review, reviewer: Actor, now: datetime) -> bool:
    return (
        review.state == "claimed"
        and review.claimed_by != reviewer.id
        and review.claimed_until is not None
        and review.claimed_until > now
    )


def checked_reason(reason: str) -> str:
    """A reason that says something, without the space around it. Raises InputError."""
    text = reason.strip()
    if not REASON_CHARACTERS_MIN <= len(text) <= REASON_CHARACTERS_MAX:
        raise InputError(
            f"a reason of {REASON_CHARACTERS_MIN} to {REASON_CHARACTERS_MAX} characters is required",
            code="reason",
            mend="say in a sentence why, with --reason",
        )
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise InputError("the reason is not valid text", code="reason", mend="write it in UTF-8")
    return text
