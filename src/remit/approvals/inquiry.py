"""Asking for information, taking a request back, taking an approval back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from remit.approvals.arrangement import Reviewer
from remit.approvals.clock import shifted
from remit.approvals.review import Review, Vote, moved, must_be_undecided, overtaken, settle
from remit.approvals.voting import must_be_free, seat_of
from remit.core.errors import Conflict, Refused
from remit.core.words import Actor


def ask(review: Review, reviewer: Reviewer, now: datetime) -> Review:
    """Ask for information. The clock stands still, and nobody approves until there is an answer.

    Raises:
        Conflict: it is settled, somebody else holds it, or a question is open already.
        Refused: the reviewer may not decide it.
    """
    must_be_undecided(review)
    seat_of(review, (), reviewer, "reject")
    must_be_free(review, reviewer, now)
    if review.asked_at is not None:
        raise Conflict(f"review {review.id} waits for an answer already", mend="see it: `remit reviews show`")
    free = {"state": "open", "claimed_by": None, "claimed_until": None}
    return moved(review, reviewer.id, "asked", asked_at=now, asked_by=reviewer.id, **free)


def answer(review: Review, by: Reviewer, now: datetime) -> Review:
    """Give the information. The clock goes on with as much time as was left.

    Raises:
        Conflict: it is settled, or nothing was asked.
        Refused: neither the requester nor somebody who could decide it.
    """
    must_be_undecided(review)
    if review.asked_at is None:
        raise Conflict(f"nothing is asked about review {review.id}", mend="see it: `remit reviews show`")
    if by.id != review.requested_by:
        seat_of(review, (), by, "reject")
    going = shifted(review, review.asked_at, now)
    return moved(replace(going, asked_at=None, asked_by=None), by.id, "answered")


def cancel(review: Review, actor: Actor, now: datetime) -> Review:
    """The requester takes the request back; an approval that was not acted on yet goes with it.

    Raises:
        Conflict: it is settled otherwise, or the action is under way.
        Refused: somebody else.
    """
    if actor.id != review.requested_by:
        raise Refused(
            f"{actor.id} did not request this decision and cannot cancel it",
            mend="reject it, if you may decide it",
        )
    _must_not_be_acted_on(review)
    return settle(review, "cancelled", actor.id, now)


def take_back(review: Review, actor: Actor, now: datetime) -> Review:
    """Cancel a review whose subject is erased, whoever requested it, with an approval that was not acted on yet.

    It needs no second pair of eyes: nothing is ever carried out on the strength of it.

    Raises:
        Conflict: it is settled otherwise, or the action is under way.
    """
    _must_not_be_acted_on(review)
    return settle(review, "cancelled", actor.id, now)


def revoke(review: Review, votes: Sequence[Vote], reviewer: Reviewer, now: datetime) -> Review:
    """Take an approval back before it is acted on: a late veto, which ends the case as a rejection does.

    Whoever approved may do it, and whoever could have.

    Raises:
        Conflict: nobody approved, it is settled otherwise, or the action is under way.
        Refused: the reviewer has no part in it.
    """
    _must_not_be_acted_on(review)
    theirs = [vote for vote in votes if vote.action_digest == review.action_digest and vote.choice == "approve"]
    if not theirs:
        raise Conflict(f"nobody has approved review {review.id}", mend="reject it, if you may decide it")
    if not any(reviewer.id in vote.people for vote in theirs):
        seat_of(review, (), reviewer, "reject")
    return settle(review, "rejected", reviewer.id, now, verb="revoked")


def _must_not_be_acted_on(review: Review) -> None:
    if review.acted_on_at is not None:
        raise Conflict(
            f"the approval of review {review.id} was acted on at {review.acted_on_at:%Y-%m-%d %H:%M} UTC",
            mend="`remit reviews compensate`, if its connector declares what undoes it; else ask for it as a new case",
        )
    if review.settled and review.state != "approved":
        raise Conflict(overtaken(review), mend="look again: it needs nothing more")
