"""What the approval queue asks of a store. Every call is made inside one unit of work of the caller."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from remit.approvals.review import Review, State, Vote


class Reviews(Protocol):
    """The reviews and the votes on them."""

    def add(self, review: Review) -> None:
        """Put a new review into the queue."""
        ...

    def get(self, review_id: str) -> Review:
        """The review as it stands now. Raises NotFound."""
        ...

    def in_states(self, states: Sequence[State], limit: int) -> list[Review]:
        """Reviews in any of these states, the one due first at the top."""
        ...

    def save(self, review: Review) -> None:
        """Write the move that led to `review.version`. Raises Conflict when somebody else moved first."""
        ...

    def votes(self, review_id: str) -> list[Vote]:
        """The votes on a review, oldest first."""
        ...

    def add_vote(self, vote: Vote) -> None:
        """Store a vote. Raises Conflict when this person has voted on this review already."""
        ...
