"""What the approval queue asks of a store. Every call is made inside one unit of work of the caller."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from remit.approvals.arrangement import Arrangement
from remit.approvals.policy_change import InForce, PolicyChange
from remit.approvals.review import Note, Place, Review, State, Vote


class Reviews(Protocol):
    """The reviews, the votes on them, and what else was said or seen of them."""

    def add(self, review: Review) -> None:
        """Put a new review into the queue."""
        ...

    def get(self, review_id: str) -> Review:
        """The review as it stands now. Raises NotFound."""
        ...

    def in_states(
        self,
        states: Sequence[State],
        limit: int,
        *,
        after: Place | None = None,
        decision: str | None = None,
        claimed_by: str | None = None,
    ) -> list[Review]:
        """Reviews in any of these states, the one due first at the top, those after a place in that order.

        `decision` and `claimed_by` leave out the reviews of other decisions and those that others hold.
        """
        ...

    def waiting(self, now: datetime, decisions: Collection[str] | None = None) -> tuple[int, int]:
        """How many reviews wait, of these decisions or of all, and how many of them for too long."""
        ...

    def waking(self, now: datetime, limit: int) -> list[Review]:
        """Undecided reviews whose `wakes_at` has come, the earliest first."""
        ...

    def save(self, review: Review) -> None:
        """Write the move that led to `review.version`. Raises Conflict, saying who was first, when somebody was."""
        ...

    def votes(self, review_id: str) -> list[Vote]:
        """The votes on a review, oldest first."""
        ...

    def votes_on(self, review_ids: Sequence[str]) -> dict[str, list[Vote]]:
        """The votes on each of these reviews, oldest first; nothing for one without any."""
        ...

    def add_vote(self, vote: Vote) -> None:
        """Store a vote. Raises Conflict when this person has voted on this action of the review already."""
        ...

    def notes(self, review_id: str) -> list[Note]:
        """The notes on a review, oldest first."""
        ...

    def notes_on(self, review_ids: Sequence[str]) -> dict[str, list[Note]]:
        """The notes on each of these reviews, oldest first; nothing for one without any."""
        ...

    def add_note(self, note: Note) -> None:
        """Store a note."""
        ...


class Arrangements(Protocol):
    """What people have arranged: roles lent, absences, saved filters."""

    def add(self, arrangement: Arrangement) -> None:
        """Store a new arrangement."""
        ...

    def get(self, arrangement_id: str) -> Arrangement:
        """The arrangement as it stands now. Raises NotFound."""
        ...

    def standing(self) -> list[Arrangement]:
        """Every arrangement that was not ended, oldest first, whether or not its time is over."""
        ...

    def save(self, arrangement: Arrangement) -> None:
        """Write the move that led to `arrangement.version`. Raises Conflict when somebody else moved first."""
        ...


class PolicyChanges(Protocol):
    """Contracts by content, proposed changes, and the pointer to the contract in force for each decision."""

    def keep_text(self, sha256: str, file: str, texts: Mapping[str, str]) -> None:
        """Store a contract: its file and what it imports, by name. Nothing happens when it is known."""
        ...

    def text(self, sha256: str) -> tuple[str, dict[str, str]]:
        """The contract's file name, and its texts by name. Raises NotFound."""
        ...

    def add(self, change: PolicyChange, attachments: Mapping[str, str]) -> None:
        """Store a proposed change with its reports, as canonical text by name."""
        ...

    def get(self, change_id: str) -> PolicyChange:
        """The change as it stands now. Raises NotFound."""
        ...

    def of_pack(self, pack: str) -> list[PolicyChange]:
        """Every change of a pack's contracts, oldest first."""
        ...

    def save(self, change: PolicyChange) -> None:
        """Write the move that led to `change.version`. Raises Conflict when somebody else moved first."""
        ...

    def attachments(self, change_id: str) -> dict[str, str]:
        """The reports that a change was proposed with, by name."""
        ...

    def in_force(self) -> list[InForce]:
        """Every pointer there is. A decision without one is governed by the contract in its pack's folder."""
        ...

    def point(self, pointer: InForce) -> None:
        """Write the move that led to `pointer.version`. Raises Conflict when somebody else moved first."""
        ...

    def shadowing(self) -> list[PolicyChange]:
        """Every change in its shadow period, oldest first."""
        ...

    def compared(
        self, change_id: str, decision_id: str, then: Mapping[str, Any], now: Mapping[str, Any], differs: bool
    ) -> None:
        """Store what a candidate said (`now`) of one decision beside the contract in force (`then`)."""
        ...

    def comparisons(self, change_ids: Sequence[str]) -> dict[str, tuple[int, int]]:
        """On how many decisions each candidate was compared, and on how many of them it differed."""
        ...
