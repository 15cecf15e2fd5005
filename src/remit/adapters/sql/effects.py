"""Effects in SQL: one row for each, found by its unique key. Arguments, result and error are sealed.

A compensation is a row of another kind: a decision has one of each kind at most.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, Table, bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError

from remit.adapters.sql.json_text import from_text, to_text
from remit.adapters.sql.tables.decisions import EffectRow
from remit.adapters.sql.vault import Sealer
from remit.agents.records import UNSETTLED, EffectKind, EffectState, PlannedEffect
from remit.core.errors import Conflict
from remit.core.words import Actor
from remit.ledger.sealing import Seal

EFFECT: Table = EffectRow.__table__  # type: ignore[attr-defined]
# Built once: building a statement anew costs more than running it.
_INSERT = insert(EFFECT)
_DECISION_OF = select(EFFECT.c.decision_id).where(EFFECT.c.key == bindparam("of"))
_OF_DECISION = select(EFFECT).where(EFFECT.c.decision_id == bindparam("wanted"), EFFECT.c.kind == bindparam("kind"))
# An erased one has no arguments any more: nobody can carry it on.
_COMPENSATING = (
    select(EFFECT.c.decision_id)
    .where(EFFECT.c.kind == "compensation", EFFECT.c.state.in_(sorted(UNSETTLED)), EFFECT.c.args != "")
    .order_by(EFFECT.c.decision_id)
)
_ADVANCE = (
    update(EFFECT)
    .where(EFFECT.c.key == bindparam("of"), EFFECT.c.state.in_(bindparam("before", expanding=True)))
    .returning(EFFECT)
)
_ATTEMPT = _ADVANCE.values(attempts=EFFECT.c.attempts + 1)


class SqlEffects:
    """`remit.agents.ports.Effects` over one connection, inside the caller's transaction."""

    def __init__(self, connection: Connection, sealer: Sealer) -> None:
        self._connection = connection
        self._sealer = sealer

    def plan(self, effect: PlannedEffect) -> None:
        try:
            self._connection.execute(
                _INSERT,
                {
                    "key": effect.key,
                    "decision_id": effect.decision_id,
                    "connector": effect.connector,
                    "action": effect.action,
                    "args": self._sealer.close(effect.decision_id, place_of("args", effect.key), to_text(effect.args)),
                    "state": effect.state,
                    "attempts": effect.attempts,
                    "kind": effect.kind,
                    "by": None if effect.by is None else to_text(effect.by.to_json()),
                },
            )
        except IntegrityError as error:
            raise Conflict(f"the {effect.kind} of decision {effect.decision_id} is planned already") from error
        self._sealer.alias(effect.key, effect.decision_id)

    def of(self, decision_id: str, kind: EffectKind = "action") -> PlannedEffect | None:
        row = self._connection.execute(_OF_DECISION, {"wanted": decision_id, "kind": kind}).one_or_none()
        if row is None or not row.args:
            return None if row is None else _erased(row)
        self._sealer.alias(row.key, decision_id)
        return _effect(row, self._sealer.seal_of(decision_id))

    def compensating(self) -> list[str]:
        return list(self._connection.execute(_COMPENSATING).scalars())

    def advance(
        self,
        key: str,
        before: Sequence[EffectState],
        after: EffectState,
        *,
        result: dict[str, Any] | None = None,
        error: str | None = None,
    ) -> PlannedEffect:
        seal = self._seal(key)
        values: dict[str, Any] = {"state": after, "error": error and self._closed(seal, "error", key, error)}
        if result is not None:
            values["result"] = self._closed(seal, "result", key, to_text(result))
        statement = _ATTEMPT if after == "attempted" else _ADVANCE
        row = self._connection.execute(statement, {"of": key, "before": list(before), **values}).one_or_none()
        if row is None:
            raise Conflict(f"the effect {key} has moved on", mend="look at the decision again: `remit explain`")
        return _effect(row, seal)

    def _seal(self, key: str) -> Seal:
        seal = self._sealer.aliased(key)
        if seal is None:
            decision_id = self._connection.execute(_DECISION_OF, {"of": key}).scalar_one_or_none()
            if decision_id is None:
                raise Conflict(f"there is no effect {key}", mend="look at the decision again: `remit explain`")
            seal = self._sealer.seal_of(decision_id)
        return seal

    def _closed(self, seal: Seal, column: str, key: str, text: str) -> str:
        return self._sealer.close_with(seal, place_of(column, key), text)


def place_of(column: str, key: str) -> str:
    """The place that a sealed text of an effect is bound to."""
    return f"effect.{column}:{key}"


def _effect(row: Row[Any], seal: Seal) -> PlannedEffect:
    args, result, error = (
        None if (text := getattr(row, name)) is None else seal.open(text, place_of(name, row.key))
        for name in ("args", "result", "error")
    )
    return PlannedEffect(
        key=row.key,
        decision_id=row.decision_id,
        connector=row.connector,
        action=row.action,
        args=from_text(args),
        state=row.state,
        attempts=row.attempts,
        result=from_text(result),
        error=error,
        kind=row.kind,
        by=_actor(row),
    )


def _erased(row: Row[Any]) -> PlannedEffect:
    return PlannedEffect(
        row.key,
        row.decision_id,
        row.connector,
        row.action,
        {},
        row.state,
        row.attempts,
        kind=row.kind,
        by=_actor(row),
    )


def _actor(row: Row[Any]) -> Actor | None:
    return None if row.by is None else Actor.from_json(from_text(row.by))
