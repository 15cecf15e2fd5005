"""A training that was asked for: it waits, a worker holds it, and it ends with a model or a problem."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from remit.core.words import Actor, plain

TrainingState = Literal["waiting", "training", "trained", "failed"]
OPEN: tuple[TrainingState, ...] = ("waiting", "training")
TRIES_MAX = 3
"""So often is one begun that a crash has cut off; who runs the workers has to look then."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be trained. The same wish gives the same model, so a wish that is open already is not opened again."""

    pack: str
    decision: str
    snapshot: str
    strategy: str
    seed: int


@dataclass(frozen=True, slots=True)
class Training:
    """A training and how it gets on. `version` guards every change; `holder` names who has it, until `held_until`."""

    id: str
    wish: Wish
    actor: Actor
    asked_at: datetime
    state: TrainingState = "waiting"
    version: int = 1
    tries: int = 0
    holder: str | None = None
    held_until: datetime | None = None
    ended_at: datetime | None = None
    model: str | None = None
    problem: dict[str, Any] | None = None

    def to_json(self) -> dict[str, Any]:
        """As people may see it."""
        return {
            "training_id": self.id,
            **plain(self.wish),
            "asked": {"by": self.actor.id, "at": self.asked_at.isoformat()},
            "status": self.state,
            "ended_at": self.ended_at.isoformat() if self.ended_at else None,
            "model": self.model,
            "problem": self.problem,
        }


def taken(training: Training, holder: str, until: datetime) -> Training:
    """The training, begun by a holder; once more, when another one did not come to its end."""
    return _next(training, state="training", tries=training.tries + 1, holder=holder, held_until=until)


def held(training: Training, until: datetime) -> Training:
    """The training, held for longer by whoever holds it."""
    return _next(training, held_until=until)


def put_back(training: Training) -> Training:
    """The training, to be begun anew after it failed."""
    return _next(training, state="waiting", holder=None, held_until=None)


def let_go(training: Training) -> Training:
    """The training, to be begun anew by another one: whoever held it has to stop, and it does not count as a try."""
    return _next(training, state="waiting", tries=training.tries - 1, holder=None, held_until=None)


def trained(training: Training, model: str, now: datetime) -> Training:
    """The training, over: this model was registered, or had been before."""
    return _next(training, state="trained", holder=None, held_until=None, ended_at=now, model=model)


def failed(training: Training, problem: dict[str, Any], now: datetime) -> Training:
    """The training, over without a model."""
    return _next(training, state="failed", holder=None, held_until=None, ended_at=now, problem=problem)


def _next(training: Training, **facts: Any) -> Training:
    return replace(training, version=training.version + 1, **facts)
