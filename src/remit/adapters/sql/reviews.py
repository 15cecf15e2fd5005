"""The approval queue in SQL."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Table, bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError

from remit.adapters.sql.json_text import from_text, to_text
from remit.adapters.sql.tables.decisions import ReviewRow, VoteRow
from remit.approvals.review import Review, State, Vote
from remit.core.errors import Conflict, NotFound
from remit.core.words import ApprovalTerms

REVIEW: Table = ReviewRow.__table__  # type: ignore[attr-defined]
VOTE: Table = VoteRow.__table__  # type: ignore[attr-defined]
# Built once: building a statement anew costs more than running it.
_INSERT = insert(REVIEW)
_ONE = select(REVIEW).where(REVIEW.c.id == bindparam("wanted"))


class SqlReviews:
    """`remit.approvals.ports.Reviews` over one connection, inside the caller's transaction."""

    def __init__(self, connection: Connection, *, writing: bool) -> None:
        self._connection = connection
        self._one = _ONE.with_for_update() if writing else _ONE

    def add(self, review: Review) -> None:
        self._connection.execute(_INSERT, _columns(review))

    def get(self, review_id: str) -> Review:
        row = self._connection.execute(self._one, {"wanted": review_id}).one_or_none()
        if row is None:
            raise NotFound(f"there is no review {review_id}", mend="`remit reviews list` shows the open ones")
        return _review(row)

    def in_states(self, states: Sequence[State], limit: int) -> list[Review]:
        query = (
            select(REVIEW)
            .where(REVIEW.c.state.in_(list(states)))
            .order_by(REVIEW.c.due_at.is_(None), REVIEW.c.due_at, REVIEW.c.id)
            .limit(limit)
        )
        return [_review(row) for row in self._connection.execute(query)]

    def save(self, review: Review) -> None:
        moved = self._connection.execute(
            update(REVIEW)
            .where(REVIEW.c.id == review.id, REVIEW.c.version == review.version - 1)
            .values(_columns(review))
        )
        if moved.rowcount != 1:
            raise Conflict(
                f"somebody else moved review {review.id} first", mend="look at it again: `remit reviews show`"
            )

    def votes(self, review_id: str) -> list[Vote]:
        rows = self._connection.execute(select(VOTE).where(VOTE.c.review_id == review_id).order_by(VOTE.c.id))
        return [
            Vote(
                row.review_id,
                row.reviewer,
                row.role,
                row.choice,
                row.reason,
                row.action_digest,
                datetime.fromisoformat(row.at),
            )
            for row in rows
        ]

    def add_vote(self, vote: Vote) -> None:
        try:
            self._connection.execute(
                insert(VOTE),
                {
                    "review_id": vote.review_id,
                    "reviewer": vote.reviewer,
                    "role": vote.role,
                    "choice": vote.choice,
                    "reason": vote.reason,
                    "action_digest": vote.action_digest,
                    "at": vote.at.isoformat(),
                },
            )
        except IntegrityError as error:
            raise Conflict(f"{vote.reviewer} has already decided review {vote.review_id}") from error


def _columns(review: Review) -> dict[str, Any]:
    return {
        "id": review.id,
        "decision_id": review.decision_id,
        "version": review.version,
        "state": review.state,
        "action_digest": review.action_digest,
        "policy_sha256": review.policy_sha256,
        "evidence_root": review.evidence_root,
        "terms": to_text([terms.to_json() for terms in review.terms]),
        "requested_by": review.requested_by,
        "opened_at": review.opened_at.isoformat(),
        "due_at": _text(review.due_at),
        "claimed_by": review.claimed_by,
        "claimed_until": _text(review.claimed_until),
        "decided_at": _text(review.decided_at),
    }


def _review(row: Row[Any]) -> Review:
    return Review(
        id=row.id,
        decision_id=row.decision_id,
        version=row.version,
        state=row.state,
        action_digest=row.action_digest,
        policy_sha256=row.policy_sha256,
        evidence_root=row.evidence_root,
        terms=tuple(ApprovalTerms(**terms) for terms in from_text(row.terms)),
        requested_by=row.requested_by,
        opened_at=datetime.fromisoformat(row.opened_at),
        due_at=_moment(row.due_at),
        claimed_by=row.claimed_by,
        claimed_until=_moment(row.claimed_until),
        decided_at=_moment(row.decided_at),
    )


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
