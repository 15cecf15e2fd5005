"""Claims: take a review to work on it, give it back, hand it to somebody, put it aside for a while."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from remit.approvals.arrangement import Reviewer
from remit.approvals.review import Review, Vote, moved, must_be_undecided
from remit.approvals.voting import impartial, must_be_free, seat_of
from remit.core.errors import Conflict, InputError, Refused

CLAIM_LEASE = timedelta(minutes=30)
SNOOZE_MAX = timedelta(days=30)


def claim(review: Review, reviewer: Reviewer, now: datetime, votes: Sequence[Vote] = ()) -> Review:
    """Take the review to work on it, for `CLAIM_LEASE`. A lapsed claim can be taken over.

    Raises:
        Conflict: somebody else holds it, it is assigned to somebody else, or it is settled.
        Refused: the reviewer may not approve it.
    """
    must_be_undecided(review)
    seat_of(review, votes, reviewer)
    must_be_free(review, reviewer, now)
    until = now + CLAIM_LEASE
    return moved(review, reviewer.id, "claimed", state="claimed", claimed_by=reviewer.id, claimed_until=until)


def release(review: Review, reviewer: Reviewer) -> Review:
    """Give a claimed review back. Raises Conflict when it is not theirs."""
    must_be_undecided(review)
    if review.state != "claimed" or review.claimed_by != reviewer.id:
        holder = f"claimed by {review.claimed_by}" if review.claimed_by else "not claimed"
        raise Conflict(f"review {review.id} is {holder}", mend="only its holder releases it, or time does")
    return moved(review, reviewer.id, "released", state="open", claimed_by=None, claimed_until=None)


def assign(review: Review, by: Reviewer, to: str | None, now: datetime) -> Review:
    """Hand a review to one person, who alone may take it then; to None sets it free again. One's own claim is given up.

    Whoever assigns has to be able to decide it; what is assigned already is handed on by the one who has it.

    Raises:
        Conflict: it is settled, or somebody else holds it.
        Refused: the assigner may not decide it, or the assignee has a conflict of interest.
    """
    must_be_undecided(review)
    if by.id != review.assigned_to:
        seat_of(review, (), by, "reject")
    must_be_free(review, by, now)
    why = None if to is None else impartial(review, to)
    if why is not None:
        raise Refused(f"{to} {why} and may not review it", mend="assign it to somebody else")
    if to is not None and not to.strip():
        raise InputError("nobody is named", mend="give --to, or --nobody")
    return moved(review, by.id, "assigned", state="open", claimed_by=None, claimed_until=None, assigned_to=to)


def snooze(review: Review, reviewer: Reviewer, until: datetime, now: datetime) -> Review:
    """Put a review aside until a time. It leaves the list, but its clock goes on and anybody may still decide it.

    Raises:
        Conflict: it is settled, or somebody else holds it.
        Refused: the reviewer may not decide it.
        InputError: the time is past, or further off than `SNOOZE_MAX`.
    """
    must_be_undecided(review)
    seat_of(review, (), reviewer, "reject")
    must_be_free(review, reviewer, now)
    if not now < until <= now + SNOOZE_MAX:
        raise InputError(
            f"a review is put aside until a time within the next {SNOOZE_MAX.days} days",
            mend="give --until, such as 2026-12-01T08:00Z",
        )
    free = {"state": "open", "claimed_by": None, "claimed_until": None}
    return moved(review, reviewer.id, "snoozed", snoozed_until=until, **free)
