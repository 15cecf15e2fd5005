"""The approval queue in memory. Reviews and votes are values through and through: they are kept as they are."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from remit.adapters.memory.tables import Tables
from remit.approvals.review import Note, Place, Review, State, Vote, overtaken
from remit.core.errors import Conflict, NotFound


class MemoryReviews:
    """`remit.approvals.ports.Reviews` over the tables of one unit of work."""

    def __init__(self, tables: Tables) -> None:
        self._reviews = tables.reviews
        self._decisions = tables.decisions
        self._votes = tables.votes
        self._notes = tables.review_notes

    def add(self, review: Review) -> None:
        self._reviews[review.id] = review

    def get(self, review_id: str) -> Review:
        review = self._reviews.get(review_id)
        if review is None:
            raise NotFound(f"there is no review {review_id}", mend="`remit reviews list` shows the open ones")
        return review

    def in_states(
        self,
        states: Sequence[State],
        limit: int,
        *,
        after: Place | None = None,
        decision: str | None = None,
        claimed_by: str | None = None,
    ) -> list[Review]:
        found = [
            review
            for review in self._reviews.values()
            if review.state in states
            and (after is None or review.place > after)
            and decision in (None, self._decisions[review.decision_id].run.decision)
            and claimed_by in (None, review.claimed_by)
        ]
        return sorted(found, key=lambda review: review.place)[:limit]

    def waiting(self, now: datetime, decisions: Collection[str] | None = None) -> tuple[int, int]:
        found = [
            review
            for review in self._reviews.values()
            if not review.settled
            and (decisions is None or self._decisions[review.decision_id].run.decision in decisions)
        ]
        return len(found), sum(review.place.due_at < now for review in found)

    def waking(self, now: datetime, limit: int) -> list[Review]:
        moments = [(review.wakes_at, review.id) for review in self._reviews.values() if review.wakes_at]
        return [self._reviews[name] for moment, name in sorted(moments) if moment <= now][:limit]

    def save(self, review: Review) -> None:
        before = self._reviews.get(review.id)
        if before is None or before.version != review.version - 1:
            raise Conflict(overtaken(self.get(review.id)), mend="look at it again: `remit reviews show`")
        self._reviews[review.id] = review

    def votes(self, review_id: str) -> list[Vote]:
        return [vote for vote in self._votes.values() if vote.review_id == review_id]

    def votes_on(self, review_ids: Sequence[str]) -> dict[str, list[Vote]]:
        return {each: found for each in review_ids if (found := self.votes(each))}

    def add_vote(self, vote: Vote) -> None:
        key = (vote.review_id, vote.reviewer, vote.action_digest)
        if key in self._votes:
            raise Conflict(f"{vote.reviewer} has already decided review {vote.review_id}")
        self._votes[key] = vote

    def notes(self, review_id: str) -> list[Note]:
        return [note for note in self._notes.values() if note.review_id == review_id]

    def notes_on(self, review_ids: Sequence[str]) -> dict[str, list[Note]]:
        return {each: found for each in review_ids if (found := self.notes(each))}

    def add_note(self, note: Note) -> None:
        self._notes[len(self._notes)] = note
