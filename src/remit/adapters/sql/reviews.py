"""The approval queue in SQL. What is said of a review beyond its state may tell of the case, so it is sealed."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, Table, bindparam, func, insert, select, tuple_, update
from sqlalchemy.exc import IntegrityError

from remit.adapters.sql.json_text import from_text, to_text
from remit.adapters.sql.listing import parts_of
from remit.adapters.sql.tables.decisions import DecisionRow, ReviewNoteRow, ReviewRow, VoteRow
from remit.adapters.sql.vault import Sealer
from remit.approvals.review import UNDECIDED, Note, Place, Probe, Review, State, Timer, Vote, overtaken
from remit.core.errors import Conflict, NotFound
from remit.core.words import ApprovalTerms
from remit.ledger.sealing import Seal
from remit.packs.review_rules import WorkingHours

REVIEW: Table = ReviewRow.__table__  # type: ignore[attr-defined]
DECISION: Table = DecisionRow.__table__  # type: ignore[attr-defined]
VOTE: Table = VoteRow.__table__  # type: ignore[attr-defined]
NOTE: Table = ReviewNoteRow.__table__  # type: ignore[attr-defined]
# Built once: building a statement anew costs more than running it.
_DECISION = select(DECISION.c.decision).where(DECISION.c.id == bindparam("of")).scalar_subquery()
_INSERT = insert(REVIEW).values(decision=_DECISION)
_ONE = select(REVIEW).where(REVIEW.c.id == bindparam("wanted"))
_WAKING = (
    select(REVIEW)
    .where(REVIEW.c.state.in_(UNDECIDED), REVIEW.c.wakes_at <= bindparam("now"))
    .order_by(REVIEW.c.wakes_at, REVIEW.c.id)
)
_VOTES = select(VOTE).where(VOTE.c.review_id.in_(bindparam("on", expanding=True))).order_by(VOTE.c.id)
_NOTES = (
    select(NOTE, REVIEW.c.decision_id)
    .join(REVIEW, REVIEW.c.id == NOTE.c.review_id)
    .where(NOTE.c.review_id.in_(bindparam("on", expanding=True)))
    .order_by(NOTE.c.id)
)
# What no query looks for stands in `details`, by the kind of its value.
_PLAIN = (
    *("decision", "action", "risk", "money", "decided_by", "assigned_to", "asked_by", "moved_by", "moved_as"),
    "verdict_hidden",
)
_MOMENTS = ("snoozed_until", "asked_at", "acted_on_at")
_TUPLES = ("rules", "authors", "editors")
_VOTE_DETAILS = ("seat", "code", "on_behalf_of", "dwell_seconds")


class SqlReviews:
    """`remit.approvals.ports.Reviews` over one connection, inside the caller's transaction."""

    def __init__(self, connection: Connection, sealer: Sealer, *, writing: bool) -> None:
        self._connection = connection
        self._sealer = sealer
        self._one = _ONE.with_for_update() if writing else _ONE

    def add(self, review: Review) -> None:
        self._connection.execute(_INSERT, {**self._columns(review), "of": review.decision_id})

    def get(self, review_id: str) -> Review:
        row = self._connection.execute(self._one, {"wanted": review_id}).one_or_none()
        if row is None:
            raise NotFound(f"there is no review {review_id}", mend="`remit reviews list` shows the open ones")
        return self._review(row)

    def in_states(
        self,
        states: Sequence[State],
        limit: int,
        *,
        after: Place | None = None,
        decision: str | None = None,
        claimed_by: str | None = None,
    ) -> list[Review]:
        # Each state by itself, in the order of the index: of a long queue only what is asked for is read.
        queries = [queue_query(state, limit, after, decision, claimed_by) for state in dict.fromkeys(states)]
        found = [self._connection.execute(query).all() for query in queries]
        rows = list(itertools.islice(heapq.merge(*found, key=lambda row: (row.queue_at, row.id)), limit))
        seals = self._sealer.seals_of([row.decision_id for row in rows if row.details])
        return [self._review(row, seals) for row in rows]

    def waiting(self, now: datetime, decisions: Collection[str] | None = None) -> tuple[int, int]:
        # Two counts in the index of the queue, and no row.
        waiting = select(func.count()).where(REVIEW.c.state.in_(UNDECIDED))
        if decisions is not None:
            waiting = waiting.where(REVIEW.c.decision.in_(list(decisions)))
        overdue = waiting.where(REVIEW.c.queue_at < sortable(now))
        return self._connection.execute(waiting).scalar_one(), self._connection.execute(overdue).scalar_one()

    def waking(self, now: datetime, limit: int) -> list[Review]:
        rows = self._connection.execute(_WAKING.limit(limit), {"now": sortable(now)})
        return [self._review(row) for row in rows]

    def save(self, review: Review) -> None:
        moved = self._connection.execute(
            update(REVIEW)
            .where(REVIEW.c.id == review.id, REVIEW.c.version == review.version - 1)
            .values(self._columns(review))
        )
        if moved.rowcount != 1:
            raise Conflict(overtaken(self.get(review.id)), mend="look at it again: `remit reviews show`")

    def votes(self, review_id: str) -> list[Vote]:
        return self.votes_on([review_id]).get(review_id, [])

    def votes_on(self, review_ids: Sequence[str]) -> dict[str, list[Vote]]:
        found: dict[str, list[Vote]] = {}
        for part in parts_of(review_ids):
            for row in self._connection.execute(_VOTES, {"on": part}):
                found.setdefault(row.review_id, []).append(_vote(row))
        return found

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
                    "details": to_text({name: getattr(vote, name) for name in _VOTE_DETAILS}),
                },
            )
        except IntegrityError as error:
            raise Conflict(f"{vote.reviewer} has already decided review {vote.review_id}") from error

    def notes(self, review_id: str) -> list[Note]:
        return self.notes_on([review_id]).get(review_id, [])

    def notes_on(self, review_ids: Sequence[str]) -> dict[str, list[Note]]:
        found: dict[str, list[Note]] = {}
        for part in parts_of(review_ids):
            rows = self._connection.execute(_NOTES, {"on": part}).all()
            seals = self._sealer.seals_of([row.decision_id for row in rows if row.text])
            for row in rows:
                found.setdefault(row.review_id, []).append(_note(row, seals))
        return found

    def add_note(self, note: Note) -> None:
        decision_id = self.get(note.review_id).decision_id
        self._connection.execute(
            insert(NOTE),
            {
                "review_id": note.review_id,
                "kind": note.kind,
                "by": note.by,
                "at": note.at.isoformat(),
                "action_digest": note.action_digest,
                "text": self._sealer.close(decision_id, f"review_note.text:{note.review_id}", note.text),
            },
        )

    def _columns(self, review: Review) -> dict[str, Any]:
        place = f"review.details:{review.id}"
        return {
            **_columns(review),
            "details": self._sealer.close(review.decision_id, place, to_text(_details(review))),
        }

    def _review(self, row: Row[Any], seals: Mapping[str, Seal] | None = None) -> Review:
        # A review of before there were details has none, and neither has one of an erased case.
        if not row.details:
            return _review(row, {})
        seal = self._sealer.seal_of(row.decision_id) if seals is None else seals[row.decision_id]
        return _review(row, from_text(seal.open(row.details, f"review.details:{row.id}")))


def queue_query(
    state: State, limit: int, after: Place | None = None, decision: str | None = None, claimed_by: str | None = None
) -> Select[Any]:
    """A part of the queue in one state, read along an index ``ix_review_queue…``."""
    query = select(REVIEW).where(REVIEW.c.state == state)
    if after is not None:
        query = query.where(tuple_(REVIEW.c.queue_at, REVIEW.c.id) > tuple_(sortable(after.due_at), after.id))
    if decision is not None:
        query = query.where(REVIEW.c.decision == decision)
    if claimed_by is not None:
        query = query.where(REVIEW.c.claimed_by == claimed_by)
    return query.order_by(REVIEW.c.queue_at, REVIEW.c.id).limit(limit)


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
        "queue_at": sortable(review.place.due_at),
        "wakes_at": None if review.wakes_at is None else sortable(review.wakes_at),
    }


def _details(review: Review) -> dict[str, Any]:
    probe = review.probe
    return {
        **{name: getattr(review, name) for name in _PLAIN},
        **{name: _text(getattr(review, name)) for name in _MOMENTS},
        **{name: list(getattr(review, name)) for name in _TUPLES},
        "hours": review.hours and review.hours.to_json(),
        "timers": [
            {
                "seat": timer.seat,
                "due_at": timer.due_at.isoformat(),
                "warn_at": _text(timer.warn_at),
                "step": timer.step,
                "held": timer.held,
            }
            for timer in review.timers
        ],
        "probe": probe and {"args": dict(probe.args), "expected": probe.expected, "why": probe.why},
    }


def _review(row: Row[Any], details: dict[str, Any]) -> Review:
    facts = {name: details[name] for name in _PLAIN if name in details}
    facts |= {name: _moment(details[name]) for name in _MOMENTS if name in details}
    facts |= {name: tuple(details[name]) for name in _TUPLES if name in details}
    hours, probe = details.get("hours"), details.get("probe")
    return Review(
        id=row.id,
        decision_id=row.decision_id,
        version=row.version,
        state=row.state,
        action_digest=row.action_digest,
        policy_sha256=row.policy_sha256,
        evidence_root=row.evidence_root,
        terms=tuple(ApprovalTerms.from_json(terms) for terms in from_text(row.terms)),
        requested_by=row.requested_by,
        opened_at=datetime.fromisoformat(row.opened_at),
        due_at=_moment(row.due_at),
        claimed_by=row.claimed_by,
        claimed_until=_moment(row.claimed_until),
        decided_at=_moment(row.decided_at),
        hours=hours and WorkingHours.from_json(hours),
        timers=tuple(
            Timer(
                each["seat"],
                datetime.fromisoformat(each["due_at"]),
                _moment(each["warn_at"]),
                each["step"],
                each["held"],
            )
            for each in details.get("timers", [])
        ),
        probe=probe and Probe(**probe),
        **facts,
    )


def _vote(row: Row[Any]) -> Vote:
    return Vote(
        row.review_id,
        row.reviewer,
        row.role,
        row.choice,
        row.reason,
        row.action_digest,
        datetime.fromisoformat(row.at),
        **(from_text(row.details) or {}),
    )


def _note(row: Row[Any], seals: Mapping[str, Seal]) -> Note:
    text = row.text and seals[row.decision_id].open(row.text, f"review_note.text:{row.review_id}")
    return Note(row.review_id, row.kind, row.by, datetime.fromisoformat(row.at), row.action_digest, text)


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def sortable(moment: datetime) -> str:
    """A moment as text of one length, so that SQL compares moments when it compares texts."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
