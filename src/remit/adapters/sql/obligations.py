"""The outbox of obligations in SQL. What came of one may tell of the case, so result and error are sealed."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, Table, bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError

from remit.adapters.sql.json_text import from_text, to_text
from remit.adapters.sql.tables.decisions import DecisionRow, ObligationRow
from remit.adapters.sql.vault import Sealer
from remit.agents.records import DONE, Obligation, ObligationState
from remit.core.errors import Conflict

OBLIGATION: Table = ObligationRow.__table__  # type: ignore[attr-defined]
DECISION: Table = DecisionRow.__table__  # type: ignore[attr-defined]
# Built once: building a statement anew costs more than running it.
_INSERT = insert(OBLIGATION)
_OF_DECISION = select(OBLIGATION).where(OBLIGATION.c.decision_id == bindparam("wanted")).order_by(OBLIGATION.c.key)
_DUE = (
    select(OBLIGATION.c.decision_id)
    .distinct()
    .join(DECISION, DECISION.c.id == OBLIGATION.c.decision_id)
    .where(OBLIGATION.c.state == "pending", DECISION.c.stage.in_(sorted(DONE)))
    .order_by(OBLIGATION.c.decision_id)
)
_SETTLE = (
    update(OBLIGATION).where(OBLIGATION.c.key == bindparam("of"), OBLIGATION.c.state == "pending").returning(OBLIGATION)
)
_DECISION_OF = select(OBLIGATION.c.decision_id).where(OBLIGATION.c.key == bindparam("of"))
_TRIED = _SETTLE.values(attempts=OBLIGATION.c.attempts + 1)


class SqlObligations:
    """`remit.agents.ports.Obligations` over one connection, inside the caller's transaction."""

    def __init__(self, connection: Connection, sealer: Sealer) -> None:
        self._connection = connection
        self._sealer = sealer

    def add(self, obligation: Obligation) -> None:
        try:
            self._connection.execute(
                _INSERT,
                {
                    "key": obligation.key,
                    "decision_id": obligation.decision_id,
                    "duty": obligation.do,
                    "recipient": obligation.to,
                    "state": obligation.state,
                    "attempts": obligation.attempts,
                },
            )
        except IntegrityError as error:
            raise Conflict(f"decision {obligation.decision_id} owes this already") from error

    def of(self, decision_id: str) -> list[Obligation]:
        rows = self._connection.execute(_OF_DECISION, {"wanted": decision_id})
        return [_obligation(row, self._sealer) for row in rows]

    def due(self) -> list[str]:
        return list(self._connection.execute(_DUE).scalars())

    def settle(
        self, key: str, after: ObligationState, *, result: dict[str, Any] | None = None, error: str | None = None
    ) -> Obligation:
        texts = {"error": error, "result": None if result is None else to_text(result)}
        values: dict[str, Any] = {"state": after, **texts}
        told = {name: text for name, text in texts.items() if text is not None}
        if told:
            decision_id = self._connection.execute(_DECISION_OF, {"of": key}).scalar_one_or_none() or ""
            values |= {name: self._sealer.close(decision_id, place_of(name, key), told[name]) for name in told}
        statement = _SETTLE if after == "void" else _TRIED
        row = self._connection.execute(statement, {"of": key, **values}).one_or_none()
        if row is None:
            raise Conflict(f"the obligation {key} is not pending", mend="look at the decision again: `remit explain`")
        return _obligation(row, self._sealer)


def place_of(column: str, key: str) -> str:
    """The place that a sealed text of an obligation is bound to."""
    return f"obligation.{column}:{key}"


def _obligation(row: Row[Any], sealer: Sealer) -> Obligation:
    result, error = (
        None if (text := getattr(row, name)) is None else sealer.open(row.decision_id, place_of(name, row.key), text)
        for name in ("result", "error")
    )
    return Obligation(
        key=row.key,
        decision_id=row.decision_id,
        do=row.duty,
        to=row.recipient,
        state=row.state,
        attempts=row.attempts,
        result=from_text(result),
        error=error,
    )
