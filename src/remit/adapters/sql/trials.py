"""Trials in SQL. What a language model said tells of the case: it is sealed, and goes with its subject."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Table, bindparam, insert, select
from sqlalchemy.exc import IntegrityError

from remit.adapters.sql.json_text import from_text, to_text
from remit.adapters.sql.tables.trials import TrialRow
from remit.adapters.sql.vault import DECISION, SUBJECT, Sealer
from remit.core.errors import Conflict

TRIAL: Table = TrialRow.__table__  # type: ignore[attr-defined]
_OF_MANY = (
    select(TRIAL, SUBJECT.c.ref, SUBJECT.c.wrapped, SUBJECT.c.wrapped_by)
    .join(DECISION, DECISION.c.id == TRIAL.c.decision_id)
    .join(SUBJECT, SUBJECT.c.ref == DECISION.c.subject)
    .where(TRIAL.c.version == bindparam("of"), TRIAL.c.decision_id.in_(bindparam("these", expanding=True)))
)


class SqlTrials:
    """`remit.learning.ports.Trials` over one connection, inside the caller's transaction."""

    def __init__(self, connection: Connection, sealer: Sealer) -> None:
        self._connection = connection
        self._sealer = sealer

    def keep(self, version: str, decision_id: str, calls: Sequence[Mapping[str, Any]]) -> None:
        seal = self._sealer.lasting_seal_of(decision_id, adding=True)
        if seal is None:
            return
        sealed = self._sealer.close_with(seal, _place(version, decision_id), to_text([dict(each) for each in calls]))
        row = {"version": version, "decision_id": decision_id, "calls": sealed}
        try:
            self._connection.execute(insert(TRIAL), row)
        except IntegrityError as error:
            raise Conflict("somebody else has just tried it on this decision", mend="look again") from error

    def of(self, version: str, decision_ids: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
        found = {}
        for row in self._connection.execute(_OF_MANY, {"of": version, "these": list(decision_ids)}):
            seal = self._sealer.unwrapped(row.wrapped_by, row.wrapped, row.ref)
            found[row.decision_id] = from_text(seal.open(row.calls, _place(version, row.decision_id)))
        return found


def _place(version: str, decision_id: str) -> str:
    """The place that the sealed calls are bound to."""
    return f"prompt_trial.calls:{version}:{decision_id}"
