"""Outcomes in SQL. What happened may tell of the subject: the values are sealed, and go with them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, Table, bindparam, insert, select
from sqlalchemy.exc import IntegrityError

from remit.adapters.sql.listing import parts_of
from remit.adapters.sql.tables.outcomes import OutcomeRow
from remit.adapters.sql.vault import DECISION, SUBJECT, Sealer
from remit.core.canonical import digest
from remit.core.errors import Conflict, Corrupted, InputError
from remit.learning.outcomes import ReportedOutcome, in_order
from remit.ledger.sealing import Seal

OUTCOME: Table = OutcomeRow.__table__  # type: ignore[attr-defined]
_INSERT = insert(OUTCOME)
_BY_REF = select(OUTCOME).where(OUTCOME.c.ref == bindparam("of"))
_OF_MANY = (
    select(OUTCOME, SUBJECT.c.ref.label("subject"), SUBJECT.c.wrapped, SUBJECT.c.wrapped_by)
    .join(DECISION, DECISION.c.id == OUTCOME.c.decision_id)
    .outerjoin(SUBJECT, SUBJECT.c.ref == DECISION.c.subject)
    .where(OUTCOME.c.decision_id.in_(bindparam("these", expanding=True)))
)
_OF_DECISION = select(OUTCOME).where(OUTCOME.c.decision_id == bindparam("of"))


class SqlOutcomes:
    """`remit.learning.ports.Outcomes` over one connection, inside the caller's transaction."""

    def __init__(self, connection: Connection, sealer: Sealer) -> None:
        self._connection = connection
        self._sealer = sealer

    def add(self, outcome: ReportedOutcome, key: str) -> None:
        seal = self._sealer.lasting_seal_of(outcome.decision_id, adding=True)
        if seal is None or outcome.value is None:
            raise InputError("the case of this decision was erased", code="gone", mend="nothing is learnt of it")
        row = {
            "id": outcome.id,
            "decision_id": outcome.decision_id,
            "ref": self._ref(outcome.decision_id, key),
            "name": outcome.name,
            "value": self._sealer.close_with(seal, place_of(outcome.id), outcome.value),
            "event_at": _text(outcome.event_at),
            "known_at": _text(outcome.known_at),
            "reporter": outcome.reporter,
            "corrects": outcome.corrects,
        }
        try:
            self._connection.execute(_INSERT, row)
        except IntegrityError as error:
            raise Conflict("somebody else has just reported this outcome", mend="look at what is reported") from error

    def find(self, decision_id: str, key: str) -> ReportedOutcome | None:
        row = self._connection.execute(_BY_REF, {"of": self._ref(decision_id, key)}).one_or_none()
        return None if row is None else self._outcome(row)

    def of(self, decision_id: str) -> list[ReportedOutcome]:
        rows = self._connection.execute(_OF_DECISION, {"of": decision_id})
        return in_order([self._outcome(row) for row in rows])

    def of_all(self, decision_ids: Sequence[str]) -> dict[str, list[ReportedOutcome]]:
        found: dict[str, list[ReportedOutcome]] = {}
        for part in parts_of(decision_ids):
            for row in self._connection.execute(_OF_MANY, {"these": part}):
                seal = row.wrapped and self._sealer.unwrapped(row.wrapped_by, row.wrapped, row.subject)
                found.setdefault(row.decision_id, []).append(_outcome(row, seal))
        return {decision_id: in_order(reports) for decision_id, reports in found.items()}

    def _ref(self, decision_id: str, key: str) -> str:
        return self._sealer.request_ref(f"outcome:{digest([decision_id, key])}")

    def _outcome(self, row: Row[Any]) -> ReportedOutcome:
        sealed = row.value is not None
        return _outcome(row, self._sealer.lasting_seal_of(row.decision_id, adding=False) if sealed else None)


def _outcome(row: Row[Any], seal: Seal | None) -> ReportedOutcome:
    if row.value is not None and seal is None:
        raise Corrupted(f"the outcome {row.id} outlived its subject", mend="restore a backup")
    return ReportedOutcome(
        id=row.id,
        decision_id=row.decision_id,
        name=row.name,
        value=None if row.value is None or seal is None else seal.open(row.value, place_of(row.id)),
        event_at=datetime.fromisoformat(row.event_at),
        known_at=datetime.fromisoformat(row.known_at),
        reporter=row.reporter,
        corrects=row.corrects,
    )


def place_of(outcome_id: str) -> str:
    """The place that a sealed value is bound to."""
    return f"outcome.value:{outcome_id}"


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
