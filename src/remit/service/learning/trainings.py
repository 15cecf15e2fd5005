"""Trainings that are asked for now and carried out by a worker, one at a time, whatever is cut off on the way.

A row is there before anybody is told of it. A worker holds it for a while at a time and says so again as long as it
lives; whoever dies leaves a hold that ends, and another one begins anew. The same wish gives the same model, which is
registered once, so beginning anew does no harm.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from remit.agents.ports import Unit
from remit.core.errors import Conflict, RemitError, SystemFailed
from remit.core.words import Actor, plain
from remit.learning.training import (
    TRIES_MAX,
    Training,
    Wish,
    failed,
    held,
    let_go,
    put_back,
    taken,
    trained,
)
from remit.service.learning.common import AUTOMATION
from remit.service.learning.train import ALL, SEED, train_from_snapshot, what_is_wanted
from remit.service.services import Services

_log = logging.getLogger(__name__)

HOLD = timedelta(minutes=2)
FINISH_SECONDS = 60.0
"""How long a worker that has to stop waits for a training, and how often one that may wait says that it lives."""

CUT_OFF: dict[str, Any] = {
    "code": "cut_off",
    "detail": f"it was begun {TRIES_MAX} times, and each time whoever did it died or failed",
    "mend": "look into the worker's log, then ask again",
}
UNEXPECTED: dict[str, Any] = {"code": "unexpected", "detail": "a fault of ours; the operator was told"}


def ask_for_training(
    services: Services,
    pack_ref: str,
    snapshot: str,
    actor: Actor,
    *,
    decision: str | None = None,
    strategy: str = ALL,
    seed: int = SEED,
) -> Training:
    """Have strategies compete on a snapshot later. One that is open and wants the same is given back instead.

    Raises: as `train_from_snapshot` does where nothing need be trained to see it.
    """
    pack, chosen, made, _ = what_is_wanted(services, pack_ref, snapshot, actor, decision, strategy)
    wish = Wish(pack.name, chosen.name, made.sha256, strategy, seed)
    with services.store.write() as unit:
        there = unit.trainings.find_open(wish)
        if there is not None:
            return there
        asked = Training(services.ids.new(), wish, actor, services.clock.now())
        unit.trainings.add(asked)
        body = {"training_id": asked.id, **plain(wish)}
        unit.journal.append("training.asked", actor=actor, step="learn", body=body)
    return asked


def training_of(services: Services, training_id: str) -> Training:
    """How a training gets on. Raises NotFound."""
    with services.store.read() as unit:
        return unit.trainings.get(training_id)


class Train:
    """A chore. A run begins what waits in a thread of its own, or holds what is under way; `finish` waits for that."""

    name = "train models"
    every_seconds = 2.0

    def __init__(self, services: Services) -> None:
        self._services = services
        self._me = services.ids.new()
        self._thread: threading.Thread | None = None
        self._at: str | None = None

    def run(self, now: datetime) -> int:
        """Go on with the one that is under way, or begin the one that has waited longest. Gives how many that is."""
        if self._thread is not None and self._thread.is_alive():
            self._move(lambda training: held(training, now + HOLD))
            return 1
        training = take_next(self._services, self._me, now)
        if training is None:
            return 0
        self._at = training.id
        self._thread = threading.Thread(target=self._carry, args=(training,), name="remit-training", daemon=True)
        self._thread.start()
        return 1

    def finish(self, *, in_haste: bool = False) -> None:
        """Wait for the one that is under way; in haste one that takes long is left to the next worker."""
        while self._thread is not None and self._thread.is_alive():
            self._thread.join(FINISH_SECONDS)
            try:
                if self._thread.is_alive() and in_haste:
                    self._move(let_go)
                    return
                self._move(lambda training: held(training, self._services.clock.now() + HOLD))
            except RemitError as error:
                _log.warning("the training %s is left as it is: %s", self._at, error.message)
                return

    def _move(self, move: Callable[[Training], Training]) -> None:
        assert self._at is not None
        with self._services.store.write() as unit:
            training = unit.trainings.get(self._at)
            if training.holder == self._me:
                unit.trainings.save(move(training))

    def _carry(self, training: Training) -> None:
        try:
            carry_out(self._services, training)
        except RemitError as error:
            _log.warning("the training %s is not settled and is begun anew: %s", training.id, error.message)
        except Exception as error:  # noqa: BLE001  such as a database that was closed by the end of the process
            _log.error("the training %s is not settled: unexpected %s", training.id, type(error).__name__)


def take_next(services: Services, holder: str, now: datetime) -> Training | None:
    """Hold the training that has waited longest, unless one is held by somebody who may be alive."""
    with services.store.read() as unit:
        waiting = unit.trainings.open()
    if not waiting or any(each.held_until is not None and each.held_until > now for each in waiting):
        return None
    try:
        with services.store.write() as unit:
            training = unit.trainings.get(waiting[0].id)
            if training.tries >= TRIES_MAX:
                _fail(unit, training, CUT_OFF, now)
                return None
            training = taken(training, holder, now + HOLD)
            unit.trainings.save(training)
    except Conflict:
        return None
    return training


def carry_out(services: Services, training: Training) -> None:
    """Train, and write what came of it; what somebody else has taken over meanwhile is left to them.

    A failure of ours or of the machine puts it back, to be begun anew. Raises SystemFailed when nothing can be written.
    """
    wish = training.wish
    made: dict[str, Any] | None = None
    problem: dict[str, Any] | None = None
    try:
        made = train_from_snapshot(
            services,
            wish.pack,
            wish.snapshot,
            training.actor,
            decision=wish.decision,
            strategy=wish.strategy,
            seed=wish.seed,
        )
    except SystemFailed as error:
        _log.warning("the training %s failed and is begun anew: %s", training.id, error.message)
    except RemitError as error:
        problem = {"code": error.code, "detail": error.message, "mend": error.mend}
    except Exception as error:  # noqa: BLE001  what nobody foresaw ends this training, and not the worker
        traceback = bool(os.environ.get("REMIT_DEBUG"))
        _log.error("the training %s: unexpected %s", training.id, type(error).__name__, exc_info=traceback)
        problem = UNEXPECTED
    now = services.clock.now()
    with services.store.write() as unit:
        present = unit.trainings.get(training.id)
        if present.holder != training.holder:
            return
        if problem is not None:
            _fail(unit, present, problem, now)
        else:
            unit.trainings.save(put_back(present) if made is None else trained(present, made["sha256"], now))


def _fail(unit: Unit, training: Training, problem: dict[str, Any], now: datetime) -> None:
    unit.trainings.save(failed(training, problem, now))
    body = {"training_id": training.id, "code": problem["code"]}
    unit.journal.append("training.failed", actor=AUTOMATION, step="learn", body=body)
