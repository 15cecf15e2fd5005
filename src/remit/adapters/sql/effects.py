"""Effects in SQL: one row for each, found by its unique key."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, Table, bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError

from remit.adapters.sql.json_text import from_text, to_text
from remit.adapters.sql.tables.decisions import EffectRow
from remit.agents.records import EffectState, PlannedEffect
from remit.core.errors import Conflict

EFFECT: Table = EffectRow.__table__  # type: ignore[attr-defined]
# Built once: building a statement anew costs more than running it.
_INSERT = insert(EFFECT)
_OF_DECISION = select(EFFECT).where(EFFECT.c.decision_id == bindparam("wanted"))
_ADVANCE = (
    update(EFFECT)
    .where(EFFECT.c.key == bindparam("of"), EFFECT.c.state.in_(bindparam("before", expanding=True)))
    .returning(EFFECT)
)
_ATTEMPT = _ADVANCE.values(attempts=EFFECT.c.attempts + 1)


class SqlEffects:
    """`remit.agents.ports.Effects` over one connection, inside the caller's transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def plan(self, effect: PlannedEffect) -> None:
        try:
            self._connection.execute(
                _INSERT,
                {
                    "key": effect.key,
                    "decision_id": effect.decision_id,
                    "connector": effect.connector,
                    "action": effect.action,
                    "args": to_text(effect.args),
                    "state": effect.state,
                    "attempts": effect.attempts,
                },
            )
        except IntegrityError as error:
            raise Conflict(f"the effect of decision {effect.decision_id} is planned already") from error

    def of(self, decision_id: str) -> PlannedEffect | None:
        row = self._connection.execute(_OF_DECISION, {"wanted": decision_id}).one_or_none()
        return None if row is None else _effect(row)

    def advance(
        self,
        key: str,
        before: Sequence[EffectState],
        after: EffectState,
        *,
        result: dict[str, Any] | None = None,
        error: str | None = None,
    ) -> PlannedEffect:
        values: dict[str, Any] = {"state": after, "error": error}
        if result is not None:
            values["result"] = to_text(result)
        statement = _ATTEMPT if after == "attempted" else _ADVANCE
        row = self._connection.execute(statement, {"of": key, "before": list(before), **values}).one_or_none()
        if row is None:
            raise Conflict(f"the effect {key} has moved on", mend="look at the decision again: `remit explain`")
        return _effect(row)


def _effect(row: Row[Any]) -> PlannedEffect:
    return PlannedEffect(
        key=row.key,
        decision_id=row.decision_id,
        connector=row.connector,
        action=row.action,
        args=from_text(row.args),
        state=row.state,
        attempts=row.attempts,
        result=from_text(row.result),
        error=row.error,
    )
