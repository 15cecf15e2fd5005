"""One worker in this process, with queue and roster in memory: what it does in its rounds, and what it leaves alone."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from remit.adapters.memory.queue import MemoryQueue, MemoryRoster
from remit.core.errors import InputError, SystemFailed
from remit.core.words import Actor
from remit.service.submit import submit
from remit.service.work.chores import Every
from remit.service.work.ports import Member
from remit.service.work.sweep import Sweep
from remit.service.work.worker import Worker

pytestmark = pytest.mark.parametrize("desk", ["sqlite"], indirect=True)

LARGE = 200_000
ANA = Actor("ana", roles=("clerk",))


@pytest.fixture
def queue() -> MemoryQueue:
    return MemoryQueue()


@pytest.fixture
def worker(desk: Any, queue: MemoryQueue, monkeypatch: Any) -> Worker:
    """With quick rounds and no chores but its own."""
    monkeypatch.setattr("remit.service.work.worker.ROUND_SECONDS", 0.01)
    twins: Any = {"queue": queue, "workshop": queue, "roster": MemoryRoster()}
    return replace(desk.engine.worker(), **twins, patience_seconds=0.5, chores=())


class AtWork:
    """A worker at work in a thread, for a block."""

    def __init__(self, worker: Worker) -> None:
        self._stop = threading.Event()
        self._thread = threading.Thread(target=worker.run, args=(self._stop,), daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(30)
        assert not self._thread.is_alive()


def accept(desk: Any, queue: Any, key: str | None = None, **changes: Any) -> dict[str, Any]:
    services = desk.engine.services
    return submit(services, queue, services.pack(str(desk.pack)), desk.case(**changes), ANA, request_key=key)


def until(true: Callable[[], bool]) -> None:
    for _ in range(1000):
        if true():
            return
        time.sleep(0.01)
    raise AssertionError("this never came true")


# What is accepted


def test_what_is_accepted_is_on_the_disk_and_queued_and_not_yet_thought_about(desk: Any, queue: MemoryQueue) -> None:
    accepted = accept(desk, queue)
    assert (accepted["status"], accepted["verdict"], desk.booked()) == ("received", None, [])
    assert desk.history(accepted["decision_id"]) == ["decision.received"]
    assert queue.tasks([accepted["decision_id"]])[accepted["decision_id"]].state == "queued"


def test_a_quarantined_case_is_answered_at_once_and_not_queued(desk: Any, queue: MemoryQueue) -> None:
    assert (accept(desk, queue, topic="gossip")["status"], queue.backlog()) == ("quarantined", 0)


def test_the_same_request_is_accepted_once_and_answered_as_it_stands(
    desk: Any, queue: MemoryQueue, worker: Worker
) -> None:
    first, second = accept(desk, queue, "k"), accept(desk, queue, "k")
    assert (first["decision_id"], queue.backlog()) == (second["decision_id"], 1)
    worker.run(threading.Event(), drain=True)
    assert (accept(desk, queue, "k")["status"], queue.backlog()) == ("executed", 0)


def test_a_request_key_is_not_taken_for_another_case(desk: Any, queue: MemoryQueue) -> None:
    accept(desk, queue, "k")
    with pytest.raises(InputError, match="was used for another case"):
        accept(desk, queue, "k", amount_cents=LARGE)


def test_a_case_that_was_accepted_may_be_decided_at_once_by_whoever_asks(desk: Any, queue: MemoryQueue) -> None:
    accepted = accept(desk, queue, "k")
    assert desk.decide(key="k")["decision_id"] == accepted["decision_id"]
    assert len(desk.booked()) == 1


class Unreachable:
    """A queue that is gone."""

    def put(self, decision_id: str) -> bool:
        raise SystemFailed("the queue cannot be used")


def test_a_case_is_accepted_even_when_it_cannot_be_queued(desk: Any, queue: MemoryQueue, worker: Worker) -> None:
    assert accept(desk, Unreachable())["status"] == "received"
    worker.run(threading.Event(), drain=True)
    assert desk.stages() == {"executed": 1}


# What a worker does


def test_a_worker_decides_what_is_accepted_while_it_works(desk: Any, queue: MemoryQueue, worker: Worker) -> None:
    with AtWork(worker):
        until(lambda: worker.roster.all() != [])
        for number in range(5):
            accept(desk, queue, request_id=f"R-{number}")
        until(lambda: queue.backlog() == 0)
    assert (desk.stages(), len(desk.booked()), worker.roster.all()) == ({"executed": 5}, 5, [])


def test_a_decision_that_somebody_is_at_work_on_is_left_to_them(desk: Any, queue: MemoryQueue, worker: Worker) -> None:
    accepted = accept(desk, queue)
    with desk.engine.services.fences.around(accepted["decision_id"]):
        worker.run(threading.Event(), drain=True)
    assert (desk.stages(), desk.booked()) == ({"received": 1}, [])
    assert not Sweep(desk.engine.services, queue).run(desk.clock.now()), "its pause is not over"


def test_a_decision_that_cannot_be_carried_on_stops_no_other(
    desk: Any, queue: MemoryQueue, worker: Worker, monkeypatch: Any, caplog: Any
) -> None:
    broken, well = accept(desk, queue, request_id="R-1"), accept(desk, queue, request_id="R-2")
    monkeypatch.setattr("remit.service.work.attempt.carry_on", _unless(broken["decision_id"]))
    worker.run(threading.Event(), drain=True)
    assert desk.engine.explain(well["decision_id"])["status"] == "executed"
    assert f"decision {broken['decision_id']}: unexpected ZeroDivisionError" in caplog.text
    assert queue.tasks([broken["decision_id"]])[broken["decision_id"]].state == "ended"


def _unless(decision_id: str) -> Any:
    from remit.service.runs import carry_on

    def carried(services: Any, which: str) -> Any:
        return 1 // 0 if which == decision_id else carry_on(services, which)

    return carried


def test_what_is_seen_for_the_first_time_is_left_to_whoever_began_it(desk: Any, queue: MemoryQueue) -> None:
    accept(desk, Unreachable())
    sweep = Sweep(desk.engine.services, queue)
    assert [sweep.run(desk.clock.now()) for _ in range(3)] == [0, 1, 0]


def test_a_sweep_goes_on_where_the_last_one_stopped_and_begins_again_at_the_end(desk: Any, queue: MemoryQueue) -> None:
    for number in range(5):
        accept(desk, Unreachable(), request_id=f"R-{number}")
    sweep = Sweep(desk.engine.services, queue, at_once=2)
    assert [sweep.run(desk.clock.now()) for _ in range(5)] == [0, 2, 2, 1, 0]


def test_a_dead_workers_tasks_are_taken_over(desk: Any, queue: MemoryQueue, worker: Worker) -> None:
    dead = Member("00000000000000000000000000", "elsewhere", 1, desk.clock.now(), 3, desk.clock.now())
    worker.roster.join(dead)
    accept(desk, queue)
    assert queue.hold(dead.id) is not None
    with AtWork(worker):
        until(lambda: desk.stages() == {"executed": 1})
    assert (worker.roster.all(), len(desk.booked())) == ([], 1)


def test_a_living_workers_tasks_are_left_to_it(desk: Any, queue: MemoryQueue, worker: Worker) -> None:
    other = Member("00000000000000000000000000", "elsewhere", 1, desk.clock.now(), 0, desk.clock.now())
    worker.roster.join(other)
    accept(desk, queue)
    queue.hold(other.id)
    passed = [0.0]
    with AtWork(replace(worker, steady_seconds=lambda: passed[0])):
        for _ in range(10):
            worker.roster.beat(other.id, desk.clock.now())
            passed[0] += 0.9 * worker.patience_seconds
            time.sleep(0.03)
    assert (desk.stages(), [member.id for member in worker.roster.all()]) == ({"received": 1}, [other.id])


def test_a_worker_that_was_taken_for_dead_joins_again(worker: Worker) -> None:
    with AtWork(worker):
        until(lambda: worker.roster.all() != [])
        worker.roster.leave(worker.me.id)
        until(lambda: [member.id for member in worker.roster.all()] == [worker.me.id])


# Chores


def test_what_becomes_due_when_the_clock_moves_is_done(desk: Any, worker: Worker) -> None:
    deadline, expired = desk.clock.now() + timedelta(days=2), list[datetime]()

    def expire(now: datetime) -> int:
        if now >= deadline:
            expired.append(now)
        return 0

    with AtWork(replace(worker, chores=[Every("expire", 0.01, expire)])):
        time.sleep(0.1)
        assert expired == []
        desk.clock.advance(timedelta(days=3))
        until(lambda: expired != [])


def test_of_several_workers_the_oldest_does_the_chores(desk: Any, worker: Worker) -> None:
    done: list[str] = []
    younger = replace(worker.me, id="Z" * 26)
    workers = [
        replace(worker, me=me, chores=[Every("tell", 0.01, lambda now, me=me: done.append(me.id) or 0)])
        for me in (worker.me, younger)
    ]
    with AtWork(workers[0]):
        until(lambda: done != [])
        with AtWork(workers[1]):
            time.sleep(0.2)
    assert set(done) == {worker.me.id}


def test_a_fault_of_the_roster_is_told_once_and_waited_out(worker: Worker, monkeypatch: Any, caplog: Any) -> None:
    faults = iter([SystemFailed("the database is away")] * 3)
    real = worker.roster.all

    def sometimes() -> Any:
        if (fault := next(faults, None)) is not None:
            raise fault
        return real()

    monkeypatch.setattr(worker.roster, "all", sometimes)
    with AtWork(worker):
        until(lambda: "the work goes on" in caplog.text)
    assert caplog.text.count("the database is away") == 1
