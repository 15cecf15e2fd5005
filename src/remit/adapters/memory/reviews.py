"""The approval queue in memory. Reviews and votes are values through and through: they are kept as they are."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from remit.adapters.memory.tables import Tables
from remit.approvals.review import Review, State, Vote
from remit.core.errors import Conflict, NotFound

_NEVER = datetime.max.replace(tzinfo=UTC)


class MemoryReviews:
    """`remit.approvals.ports.Reviews` over the tables of one unit of work."""

    def __init__(self, tables: Tables) -> None:
        self._reviews = tables.reviews
        self._votes = tables.votes

    def add(self, review: Review) -> None:
        self._reviews[review.id] = review

    def get(self, review_id: str) -> Review:
        review = self._reviews.get(review_id)
        if review is None:
            raise NotFound(f"there is no review {review_id}", mend="`remit reviews list` shows the open ones")
        return review

    def in_states(self, states: Sequence[State], limit: int) -> list[Review]:
        found = [review for review in self._reviews.values() if review.state in states]
        return sorted(found, key=lambda review: (review.due_at or _NEVER, review.id))[:limit]

    def save(self, review: Review) -> None:
        before = self._reviews.get(review.id)
        if before is None or before.version != review.version - 1:
            raise Conflict(
                f"somebody else moved review {review.id} first", mend="look at it again: `remit reviews show`"
            )
        self._reviews[review.id] = review

    def votes(self, review_id: str) -> list[Vote]:
        return [vote for vote in self._votes.values() if vote.review_id == review_id]

    def add_vote(self, vote: Vote) -> None:
        if (vote.review_id, vote.reviewer) in self._votes:
            raise Conflict(f"{vote.reviewer} has already decided review {vote.review_id}")
        self._votes[vote.review_id, vote.reviewer] = vote
