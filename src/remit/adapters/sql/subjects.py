"""Subjects in SQL: finding them, holding them, and taking away what is known of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, Table, delete, select, update
from sqlalchemy.dialects.postgresql import insert

from remit.adapters.sql.batches import CASE
from remit.adapters.sql.chats import erase_of_decision, erase_of_subject
from remit.adapters.sql.decisions import DECISION, PAYLOAD
from remit.adapters.sql.documents_about import ABOUT, erase_revisions, named_in, revisions_about
from remit.adapters.sql.effects import EFFECT
from remit.adapters.sql.locks import take_turns
from remit.adapters.sql.obligations import OBLIGATION
from remit.adapters.sql.outcomes import OUTCOME
from remit.adapters.sql.reviews import NOTE, REVIEW
from remit.adapters.sql.tables.calls import AnswerRow
from remit.adapters.sql.trials import TRIAL
from remit.adapters.sql.vault import ERASED, SUBJECT, Vault, erasure_mark
from remit.agents.records import FINAL
from remit.core.errors import Conflict
from remit.service.ports import CaseDue, CaseOf, DocumentOf, Shrunk, SubjectRecord

ANSWER: Table = AnswerRow.__table__  # type: ignore[attr-defined]

_ERASED = {"subject": "", "judgement": None, "effect_result": None, "note": None, "violations": "[]"}
# What is to be undone yet is not erased meanwhile.
_BEING_UNDONE = (
    select(EFFECT.c.key)
    .where(
        EFFECT.c.decision_id == DECISION.c.id,
        EFFECT.c.kind == "compensation",
        EFFECT.c.state.in_(("planned", "attempted")),
    )
    .exists()
)
_CASE = select(DECISION.c.id, DECISION.c.stage, DECISION.c.review_id)


class SqlSubjects:
    """`remit.service.ports.Subjects` over one connection, inside the caller's transaction."""

    def __init__(self, connection: Connection, vault: Vault) -> None:
        self._connection = connection
        self._vault = vault

    def find(self, subject: str) -> SubjectRecord | None:
        ref = self._vault.ring().reference("subject", subject)
        row = self._connection.execute(select(SUBJECT).where(SUBJECT.c.ref == ref)).one_or_none()
        return None if row is None else self._record(row)

    def know(self, subject: str) -> str | None:
        return None if self.is_erased(subject) else self._vault.sealer(self._connection).know(subject)

    def is_erased(self, subject: str) -> bool:
        mark = erasure_mark(self._vault.ring().reference("subject", subject))
        return self._connection.execute(select(ERASED.c.mark).where(ERASED.c.mark == mark)).first() is not None

    def hold(self, record: SubjectRecord, since: datetime, by: str, reason: str) -> None:
        self._set(record, held_since=since.isoformat(), held_by=by, hold_reason=reason)

    def release(self, record: SubjectRecord) -> None:
        self._set(record, held_since=None, held_by=None, hold_reason=None)

    def erase_cases(self, decision_ids: Sequence[str], at: datetime) -> None:
        for decision_id in decision_ids:
            self._connection.execute(delete(PAYLOAD).where(PAYLOAD.c.decision_id == decision_id))
            gone = {"args": "", "result": None, "error": None}
            self._connection.execute(update(EFFECT).where(EFFECT.c.decision_id == decision_id).values(gone))
            told = {"result": None, "error": None}
            self._connection.execute(update(OBLIGATION).where(OBLIGATION.c.decision_id == decision_id).values(told))
            reviews = REVIEW.c.decision_id == decision_id
            self._connection.execute(
                update(NOTE).where(NOTE.c.review_id.in_(select(REVIEW.c.id).where(reviews))).values(text="")
            )
            self._connection.execute(update(REVIEW).where(reviews).values(details=None))
            marked = {**_ERASED, "erased_at": at.astimezone(UTC).isoformat()}
            self._connection.execute(update(DECISION).where(DECISION.c.id == decision_id).values(marked))
            # Last: whoever was about to add something to the decision has done so by now, or sees that it is erased.
            self._connection.execute(delete(ANSWER).where(ANSWER.c.decision_id == decision_id))
            self._connection.execute(update(OUTCOME).where(OUTCOME.c.decision_id == decision_id).values(value=None))
            self._connection.execute(delete(TRIAL).where(TRIAL.c.decision_id == decision_id))
            erase_of_decision(self._connection, decision_id)

    def erase_documents(self, record: SubjectRecord, at: datetime) -> list[Shrunk]:
        take_turns(self._connection, ["knowledge"])
        revisions = revisions_about(self._connection, record.ref)
        if revisions != [(document.doc_id, document.revision) for document in record.documents]:
            raise Conflict("a document about them came in in the meantime", mend="run it again")
        return erase_revisions(self._connection, revisions, at)

    def mark_erased(self, record: SubjectRecord, at: datetime) -> None:
        waits = (CASE.c.ref == record.ref, CASE.c.state == "waiting")
        self._connection.execute(update(CASE).where(*waits).values(state="erased", raw=None, ref=None))
        erase_of_subject(self._connection, record.ref)
        row = {"mark": erasure_mark(record.ref), "erased_at": at.astimezone(UTC).isoformat()}
        self._connection.execute(insert(ERASED).on_conflict_do_nothing(), row)

    def forget(self, subject_ids: Collection[str]) -> None:
        meant = SUBJECT.c.id.in_(list(subject_ids))
        # Where rows can be locked: whoever is about to write of one of them is waited for, and then seen.
        self._connection.execute(select(SUBJECT.c.ref).where(meant).with_for_update()).all()
        decided = select(DECISION.c.id).where(DECISION.c.subject == SUBJECT.c.ref).exists()
        written = select(ABOUT.c.ref).where(ABOUT.c.ref == SUBJECT.c.ref).exists()
        waiting = select(CASE.c.row).where(CASE.c.ref == SUBJECT.c.ref).exists()
        unheld = SUBJECT.c.held_since.is_(None)
        self._connection.execute(delete(SUBJECT).where(meant, ~decided, ~written, ~waiting, unheld))

    def due(self, now: datetime, limit: int | None = None, *, held: bool = True) -> list[CaseDue]:
        query = (
            select(DECISION, SUBJECT.c.id.label("of"), SUBJECT.c.held_since)
            .join(SUBJECT, SUBJECT.c.ref == DECISION.c.subject)
            .where(DECISION.c.keep_until <= now.astimezone(UTC).isoformat(), DECISION.c.stage.in_(sorted(FINAL)))
            .where(~_BEING_UNDONE)
            .order_by(DECISION.c.keep_until, DECISION.c.id)
            .limit(limit)
        )
        if not held:
            query = query.where(SUBJECT.c.held_since.is_(None))
        return [
            CaseDue(
                row.id,
                row.decision,
                row.of,
                row.retention_class,
                datetime.fromisoformat(row.keep_until),
                held=row.held_since is not None,
            )
            for row in self._connection.execute(query)
        ]

    def rewrap(self) -> int:
        ring, rows = self._vault.ring(), self._connection.execute(select(SUBJECT)).all()
        older = [row for row in rows if row.wrapped_by != ring.newest]
        for row in older:
            seal = ring.unwrap(row.wrapped_by, row.wrapped, row.ref)
            by, wrapped = ring.wrap(seal, row.ref, self._vault.chance)
            change = update(SUBJECT).where(SUBJECT.c.ref == row.ref)
            self._connection.execute(change.values(wrapped=wrapped, wrapped_by=by))
        return len(older)

    def wrapped_by(self) -> set[str]:
        return set(self._connection.execute(select(SUBJECT.c.wrapped_by).distinct()).scalars())

    def _record(self, row: Row[Any]) -> SubjectRecord:
        cases = self._connection.execute(_CASE.where(DECISION.c.subject == row.ref).order_by(DECISION.c.id))
        return SubjectRecord(
            id=row.id,
            ref=row.ref,
            cases=tuple(CaseOf(case.id, case.stage, case.review_id) for case in cases),
            held_since=None if row.held_since is None else datetime.fromisoformat(row.held_since),
            held_by=row.held_by,
            hold_reason=row.hold_reason,
            documents=self._documents(row.ref),
        )

    def _documents(self, ref: str) -> tuple[DocumentOf, ...]:
        revisions = revisions_about(self._connection, ref)
        named = named_in(self._connection, revisions)
        return tuple(
            DocumentOf(
                doc_id,
                revision,
                files=tuple(sorted({row.file for row in named if (row.doc_id, row.revision) == (doc_id, revision)})),
                subjects=tuple(row.id for row in named if (row.doc_id, row.revision) == (doc_id, revision)),
                held=any(row.held_since for row in named if (row.doc_id, row.revision) == (doc_id, revision)),
            )
            for doc_id, revision in revisions
        )

    def _set(self, record: SubjectRecord, **columns: Any) -> None:
        self._connection.execute(update(SUBJECT).where(SUBJECT.c.ref == record.ref).values(columns))
