"""Registered models in SQL: their bytes by content, the pointers to champions, rollouts and comparisons."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, Table, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import IntegrityError

from remit.adapters.sql.json_text import from_text, to_text
from remit.adapters.sql.tables.models import (
    ModelArtefactRow,
    ModelChampionRow,
    ModelComparisonRow,
    ModelGateRow,
    ModelRolloutRow,
    ModelRow,
)
from remit.core.errors import Conflict, NotFound
from remit.core.words import plain
from remit.learning.registry import Champion, Comparison, GateResult, ModelState, RegisteredModel
from remit.learning.rollout import Plan, Rollout

ARTEFACT: Table = ModelArtefactRow.__table__  # type: ignore[attr-defined]
MODEL: Table = ModelRow.__table__  # type: ignore[attr-defined]
CHAMPION: Table = ModelChampionRow.__table__  # type: ignore[attr-defined]
GATE: Table = ModelGateRow.__table__  # type: ignore[attr-defined]
ROLLOUT: Table = ModelRolloutRow.__table__  # type: ignore[attr-defined]
COMPARISON: Table = ModelComparisonRow.__table__  # type: ignore[attr-defined]

# Asked for every decision; built once, for building a statement costs more than running it.
_NEWEST = (
    select(CHAMPION.c.pack, CHAMPION.c.decision, func.max(CHAMPION.c.version).label("version"))
    .group_by(CHAMPION.c.pack, CHAMPION.c.decision)
    .subquery()
)
_CHAMPIONS = (
    select(CHAMPION)
    .join(
        _NEWEST,
        (CHAMPION.c.pack == _NEWEST.c.pack)
        & (CHAMPION.c.decision == _NEWEST.c.decision)
        & (CHAMPION.c.version == _NEWEST.c.version),
    )
    .order_by(CHAMPION.c.pack, CHAMPION.c.decision)
)
_RUNNING = select(ROLLOUT).where(ROLLOUT.c.state == "running").order_by(ROLLOUT.c.id)


class SqlModels:
    """`remit.learning.ports.Models` over one connection, inside the caller's transaction."""

    def __init__(self, connection: Connection, *, writing: bool) -> None:
        self._connection = connection
        self._writing = writing

    def register(self, model: RegisteredModel, onnx: bytes, card: bytes) -> None:
        bytes_ = {"sha256": model.sha256, "onnx": onnx, "card": card}
        self._connection.execute(upsert(ARTEFACT).on_conflict_do_nothing(), bytes_)
        row = {**plain(model), "registered_at": _text(model.registered_at)}
        self._insert(MODEL, row, f"the model {model.sha256[:12]} is registered already")

    def get(self, pack: str, decision: str, sha256: str) -> RegisteredModel:
        query = select(MODEL).where(_is(MODEL, pack, decision), MODEL.c.sha256 == sha256)
        row = self._connection.execute(query).one_or_none()
        if row is None:
            raise NotFound(f"`{decision}` has no model {sha256[:12]}", mend="`remit learn status` lists them")
        return _model(row)

    def of(self, pack: str, decision: str) -> list[RegisteredModel]:
        query = select(MODEL).where(_is(MODEL, pack, decision)).order_by(MODEL.c.registered_at, MODEL.c.sha256)
        return [_model(row) for row in self._connection.execute(query)]

    def artefact(self, sha256: str) -> tuple[bytes, bytes]:
        row = self._connection.execute(select(ARTEFACT).where(ARTEFACT.c.sha256 == sha256)).one_or_none()
        if row is None:
            raise NotFound(f"the model {sha256[:12]} is not stored here", mend="restore a backup")
        return bytes(row.onnx), bytes(row.card)

    def mark(self, pack: str, decision: str, sha256: str, state: ModelState) -> None:
        where = update(MODEL).where(_is(MODEL, pack, decision), MODEL.c.sha256 == sha256)
        self._connection.execute(where.values(state=state))

    def champions(self) -> list[Champion]:
        return [_champion(row) for row in self._connection.execute(_CHAMPIONS)]

    def succession(self, pack: str, decision: str) -> list[Champion]:
        query = select(CHAMPION).where(_is(CHAMPION, pack, decision)).order_by(CHAMPION.c.version)
        return [_champion(row) for row in self._connection.execute(query)]

    def point(self, champion: Champion) -> None:
        newest = func.coalesce(func.max(CHAMPION.c.version), 0)
        before = select(newest).where(_is(CHAMPION, champion.pack, champion.decision))
        lost = f"somebody else made another model the champion of `{champion.decision}` first"
        if self._connection.execute(before).scalar_one() != champion.version - 1:
            raise Conflict(lost, mend="look again")
        self._insert(CHAMPION, {**plain(champion), "since": _text(champion.since)}, lost)

    def add_gate(self, result: GateResult) -> None:
        row = {**plain(result), "report": to_text(dict(result.report)), "at": _text(result.at)}
        self._connection.execute(insert(GATE), row)

    def gates(self, pack: str, decision: str) -> list[GateResult]:
        query = select(GATE).where(_is(GATE, pack, decision)).order_by(GATE.c.id)
        return [
            GateResult(**{**row._mapping, "report": from_text(row.report), "at": datetime.fromisoformat(row.at)})
            for row in self._connection.execute(query)
        ]

    def add_rollout(self, rollout: Rollout) -> None:
        self._insert(ROLLOUT, _columns(rollout), f"another rollout of `{rollout.decision}` is running")

    def rollout(self, rollout_id: str) -> Rollout:
        query = select(ROLLOUT).where(ROLLOUT.c.id == rollout_id)
        row = self._connection.execute(query.with_for_update() if self._writing else query).one_or_none()
        if row is None:
            raise NotFound(f"there is no rollout {rollout_id}", mend="`remit learn status` lists them")
        return _rollout(row)

    def rollouts(self, pack: str, decision: str) -> list[Rollout]:
        query = select(ROLLOUT).where(_is(ROLLOUT, pack, decision)).order_by(ROLLOUT.c.id)
        return [_rollout(row) for row in self._connection.execute(query)]

    def running(self) -> list[Rollout]:
        return [_rollout(row) for row in self._connection.execute(_RUNNING)]

    def save_rollout(self, rollout: Rollout) -> None:
        before = update(ROLLOUT).where(ROLLOUT.c.id == rollout.id, ROLLOUT.c.version == rollout.version - 1)
        if self._connection.execute(before.values(_columns(rollout))).rowcount != 1:
            raise Conflict(f"somebody else moved the rollout {rollout.id} first", mend="look again")

    def compared(self, comparison: Comparison) -> None:
        row = {**plain(comparison), "at": _text(comparison.at)}
        statement = upsert(COMPARISON)
        self._connection.execute(
            statement.on_conflict_do_update(index_elements=["rollout", "decision_id"], set_=row), row
        )

    def comparisons(self, rollout_id: str, step: int, since: datetime) -> list[Comparison]:
        query = select(COMPARISON).where(
            COMPARISON.c.rollout == rollout_id, COMPARISON.c.step == step, COMPARISON.c.at >= _text(since)
        )
        rows = self._connection.execute(query.order_by(COMPARISON.c.at, COMPARISON.c.decision_id))
        return [Comparison(**{**row._mapping, "at": datetime.fromisoformat(row.at)}) for row in rows]

    def _insert(self, table: Table, row: dict[str, Any], lost: str) -> None:
        try:
            self._connection.execute(insert(table), row)
        except IntegrityError as error:
            raise Conflict(lost, mend="look again: `remit learn status`") from error


def _is(table: Table, pack: str, decision: str) -> Any:
    return (table.c.pack == pack) & (table.c.decision == decision)


def _model(row: Row[Any]) -> RegisteredModel:
    return RegisteredModel(**{**row._mapping, "registered_at": datetime.fromisoformat(row.registered_at)})


def _champion(row: Row[Any]) -> Champion:
    return Champion(**{**row._mapping, "since": datetime.fromisoformat(row.since)})


def _columns(rollout: Rollout) -> dict[str, Any]:
    return {
        **plain(rollout),
        "plan": to_text(asdict(rollout.plan)),
        "step_since": _text(rollout.step_since),
        "started_at": _text(rollout.started_at),
        "ended_at": rollout.ended_at and _text(rollout.ended_at),
        "said": None if rollout.said is None else to_text(dict(rollout.said)),
    }


def _rollout(row: Row[Any]) -> Rollout:
    moments = {
        name: text and datetime.fromisoformat(text)
        for name in ("step_since", "started_at", "ended_at")
        for text in (row._mapping[name],)
    }
    return Rollout(**{**row._mapping, **moments, "plan": Plan(**from_text(row.plan)), "said": from_text(row.said)})


def _text(moment: datetime) -> str:
    """Of one length, so that the text sorts as the moments do."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
