"""Voting: who may speak on a review, for which seat, and what the words come to. Nobody else counts votes.

Stages are gone through in order. A person has one word on one action; so has whoever lent them a role. One rejection
vetoes, at any time and from any seat; an approval needs the quorum of every seat by different people, each for exactly
the present action digest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from remit.approvals.arrangement import Reviewer
from remit.approvals.clock import started, timed_out
from remit.approvals.reasons import checked_reason
from remit.approvals.review import Choice, Review, Vote, moved, must_be_undecided, settle
from remit.core.errors import Conflict, Refused
from remit.core.words import ApprovalTerms

Tally = Literal["open", "approved", "rejected"]


@dataclass(frozen=True, slots=True)
class Seat:
    """Where a reviewer's word counts: the terms, the role in which they speak, and who lent it to them."""

    terms: ApprovalTerms
    role: str
    lender: str | None = None


def decide(
    review: Review,
    votes: Sequence[Vote],
    reviewer: Reviewer,
    choice: Choice,
    reason: str,
    now: datetime,
    *,
    code: str | None = None,
    dwell_seconds: int | None = None,
) -> tuple[Review, Vote]:
    """Add one reviewer's word and count. One rejection vetoes; approval needs the quorum of every seat.

    Returns the next review (still open when the quorum is not reached) and the vote to store with it.

    Raises:
        Conflict: the review is settled, claimed or assigned to somebody else, waits for information, or is out of time.
        Refused: requester, editor, author of the policy, a missing role, a stage to come, or a second vote.
        InputError: the reason is missing or too long.
    """
    must_be_undecided(review)
    seat = seat_of(review, votes, reviewer, choice)
    must_be_free(review, reviewer, now)
    if choice == "approve":
        _must_be_approvable(review, now)
    vote = Vote(
        review.id,
        reviewer.id,
        seat.role,
        choice,
        checked_reason(reason),
        review.action_digest,
        now,
        seat.terms.seat,
        code,
        seat.lender,
        dwell_seconds,
    )
    after = [*votes, vote]
    state = tally(review, after)
    if state != "open":
        return settle(review, state, reviewer.id, now), vote
    free = replace(review, state="open", claimed_by=None, claimed_until=None)
    return started(moved(free, reviewer.id, "voted"), missing(review, after), now), vote


def tally(review: Review, votes: Sequence[Vote]) -> Tally:
    """Count the votes that were given for this very action. One deny vetoes; every seat needs its quorum.

    A person counts once per seat, and a vote for a seat that the terms do not name counts for nothing.
    """
    valid = _valid(review, votes)
    if any(vote.choice == "reject" for vote in valid):
        return "rejected"
    reached = bool(review.terms) and all(_reached(terms, valid) for terms in review.terms)
    return "approved" if reached and valid else "open"


def missing(review: Review, votes: Sequence[Vote]) -> list[ApprovalTerms]:
    """The terms of the present stage whose quorum is not reached yet; none when every stage is through."""
    open_terms = [terms for terms in review.terms if not _reached(terms, _valid(review, votes))]
    stage = min((terms.stage for terms in open_terms), default=0)
    return [terms for terms in open_terms if terms.stage == stage]


def seat_of(review: Review, votes: Sequence[Vote], reviewer: Reviewer, choice: Choice = "approve") -> Seat:
    """The seat for which this person may speak: of several, one whose quorum is not reached yet.

    Raises:
        Refused: a conflict of interest, no role that the terms name, a stage to come, or a second word.
    """
    _must_be_impartial(review, reviewer, choice)
    spoken = {person for vote in _valid(review, votes) for person in vote.people}
    seats = [seat for seat in _seats(review, reviewer) if seat.lender is None or seat.lender not in spoken]
    if not seats:
        wanted = [terms.role for terms in review.terms]
        raise Refused(
            f"{reviewer.id} has none of the roles that review {review.id} needs: {', '.join(wanted)}",
            mend=f"give --role {wanted[0]}, if that is your role" if wanted else "this review has no approval terms",
        )
    if reviewer.id in spoken:
        raise Refused(
            f"{reviewer.id} has already decided review {review.id}",
            mend="a quorum is reached by different people; `remit reviews revoke` takes an approval back",
        )
    if choice == "reject":
        return seats[0]
    lacking = missing(review, votes)
    stage = lacking[0].stage if lacking else max(terms.stage for terms in review.terms)
    present = [seat for seat in seats if seat.terms.stage == stage]
    if not present:
        raise Refused(
            f"review {review.id} is in stage {stage}, which needs {', '.join(terms.role for terms in lacking)}",
            mend="the stages follow one another: wait for it, or reject",
        )
    return next((seat for seat in present if seat.terms in lacking), present[0])


def impartial(review: Review, person: str) -> str | None:
    """Why this person has to stay out of a review; None when nothing speaks against them."""
    if person == review.requested_by:
        return "requested this decision"
    if person in review.authors:
        return "made the policy that sent it here"
    return None


def must_be_free(review: Review, reviewer: Reviewer, now: datetime) -> None:
    """What somebody else holds, or has assigned to them, is theirs, and whoever acts for them. Raises Conflict."""
    until = review.claimed_until
    if review.state == "claimed" and review.claimed_by != reviewer.id and until is not None and until > now:
        raise Conflict(
            f"review {review.id} is claimed by {review.claimed_by} until {until:%Y-%m-%d %H:%M} UTC",
            mend="take another review, or ask them to release it",
        )
    if review.assigned_to is not None and review.assigned_to not in {reviewer.id, *(who for who, _ in reviewer.lent)}:
        raise Conflict(f"review {review.id} is assigned to {review.assigned_to}", mend="have it assigned to you")


def _must_be_impartial(review: Review, reviewer: Reviewer, choice: Choice) -> None:
    why = impartial(review, reviewer.id)
    if why is not None:
        raise Refused(
            f"{reviewer.id} {why} and may not review it",
            mend="another person has to decide: requester and approver are never the same",
        )
    if reviewer.actor.kind != "user":
        raise Refused(f"{reviewer.id} is no person: an app decides no review", mend="a person has to")
    if choice == "approve" and reviewer.id in review.editors:
        raise Refused(
            f"{reviewer.id} edited what review {review.id} proposes and may not approve it",
            mend="another person has to approve: editor and approver are never the same",
        )


def _seats(review: Review, reviewer: Reviewer) -> list[Seat]:
    """Every seat that the person could fill, in the order of the terms; what is lent by the partial does not count."""
    steps = {timer.seat: timer.step for timer in review.timers}
    out = _partial(review)
    return [
        Seat(terms, role, lender)
        for terms in review.terms
        for role, lender in reviewer.speaks_as
        if role in (terms.role, *terms.chain[: steps.get(terms.seat, 0)])
        and reviewer.holds(terms.group, lender)
        and lender not in out
    ]


def _must_be_approvable(review: Review, now: datetime) -> None:
    if review.asked_at is not None:
        raise Conflict(
            f"review {review.id} waits for an answer to what {review.asked_by} asked",
            mend="answer first (`remit reviews answer`), or reject",
        )
    if timed_out(review, now):
        raise Conflict(
            f"the time to approve review {review.id} ran out at {review.due_at:%Y-%m-%d %H:%M} UTC",
            mend="it is denied; ask for the decision anew",
        )


def _valid(review: Review, votes: Sequence[Vote]) -> list[Vote]:
    """The votes on the present action; an approval by somebody who is not impartial counts for nothing."""
    out = _partial(review)
    return [
        vote
        for vote in votes
        if vote.action_digest == review.action_digest and (vote.choice == "reject" or not vote.people & out)
    ]


def _partial(review: Review) -> set[str]:
    return {review.requested_by, *review.authors, *review.editors}


def _reached(terms: ApprovalTerms, votes: Sequence[Vote]) -> bool:
    approving = [vote for vote in votes if vote.choice == "approve" and vote.fills(terms)]
    return len({vote.on_behalf_of or vote.reviewer for vote in approving}) >= terms.quorum
