"""The trainings in SQL."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Table, insert, select, update

from remit.adapters.sql.json_text import from_text, to_text
from remit.adapters.sql.tables.trainings import TrainingRow
from remit.core.errors import Conflict, NotFound
from remit.core.words import Actor, plain
from remit.learning.training import Training, Wish

TRAINING: Table = TrainingRow.__table__  # type: ignore[attr-defined]
_WISH = ("pack", "decision", "snapshot", "strategy", "seed")


class SqlTrainings:
    """`remit.learning.ports.Trainings` over one connection, inside the caller's transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, training: Training) -> None:
        self._connection.execute(insert(TRAINING), _row(training))

    def get(self, training_id: str) -> Training:
        row = self._connection.execute(select(TRAINING).where(TRAINING.c.id == training_id)).one_or_none()
        if row is None:
            raise NotFound("there is no training of that id")
        return _training(row)

    def open(self) -> list[Training]:
        query = select(TRAINING).where(TRAINING.c.ended_at.is_(None)).order_by(TRAINING.c.id)
        return [_training(row) for row in self._connection.execute(query)]

    def find_open(self, wish: Wish) -> Training | None:
        return next((each for each in self.open() if each.wish == wish), None)

    def save(self, training: Training) -> None:
        before = update(TRAINING).where(TRAINING.c.id == training.id, TRAINING.c.version == training.version - 1)
        if self._connection.execute(before.values(_row(training))).rowcount != 1:
            raise Conflict("somebody else has moved this training first", mend="look again")


def _row(training: Training) -> dict[str, Any]:
    return {
        "id": training.id,
        **plain(training.wish),
        "actor": to_text(training.actor.to_json()),
        "asked_at": training.asked_at.isoformat(),
        "state": training.state,
        "version": training.version,
        "tries": training.tries,
        "holder": training.holder,
        "held_until": training.held_until and training.held_until.isoformat(),
        "ended_at": training.ended_at and training.ended_at.isoformat(),
        "model": training.model,
        "problem": None if training.problem is None else to_text(training.problem),
    }


def _training(row: Row[Any]) -> Training:
    said = dict(row._mapping)
    wish = Wish(**{name: said.pop(name) for name in _WISH})
    actor = Actor.from_json(from_text(said.pop("actor")))
    asked_at = datetime.fromisoformat(said.pop("asked_at"))
    moments = {name: said[name] and datetime.fromisoformat(said[name]) for name in ("held_until", "ended_at")}
    problem = said["problem"] and from_text(said["problem"])
    return Training(**{**said, "wish": wish, "actor": actor, "asked_at": asked_at, **moments, "problem": problem})
