"""What every queue of work must do: the one on DBOS, in SQLite and in PostgreSQL, and its twin in memory."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from remit.adapters.dbos.queue import DbosQueue
from remit.adapters.memory.queue import MemoryQueue

D1, D2 = "01K00000000000000000000001", "01K00000000000000000000002"


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def queue(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Any]:
    if request.param == "memory":
        yield MemoryQueue()
        return
    url = f"sqlite:///{tmp_path}/queue.db"
    made = DbosQueue(request.getfixturevalue("postgres_url") if request.param == "postgres" else url)
    yield made
    made.close()


def until(true: Callable[[], bool]) -> None:
    for _ in range(1000):
        if true():
            return
        time.sleep(0.01)
    raise AssertionError("this never came true")


def test_what_is_queued_is_done_once(queue: Any) -> None:
    done: list[str] = []
    assert [queue.put(D1), queue.put(D1), queue.put(D2)] == [True, False, True]
    assert (queue.backlog(), queue.backlog(limit=1)) == (2, 1)
    with queue.shift("W1", lambda decision_id: done.append(decision_id) or "done", None):
        until(lambda: queue.backlog() == 0)
    assert sorted(done) == [D1, D2]


def test_a_task_says_where_it_stands_and_how_often_it_was_tried(queue: Any) -> None:
    queue.put(D1)
    assert (queue.tasks([D1])[D1].state, queue.tasks([D1])[D1].tries) == ("queued", 1)
    with queue.shift("W1", lambda decision_id: "done", None):
        until(lambda: queue.backlog() == 0)
        assert queue.put(D1)
        until(lambda: queue.backlog() == 0)
    task = queue.tasks([D1, D2])[D1]
    assert (task.state, task.tries) == ("ended", 2)
    assert 0 <= task.idle_seconds < 600


def test_what_never_had_a_task_has_none(queue: Any) -> None:
    queue.put(D1)
    assert queue.tasks([D2]) == {}
    assert queue.tasks([]) == {}


def test_the_end_of_a_shift_waits_for_what_is_held_and_takes_nothing_new(queue: Any) -> None:
    begun, done = threading.Event(), list[str]()

    def slowly(decision_id: str) -> str:
        begun.set()
        time.sleep(0.3)
        done.append(decision_id)
        return "done"

    queue.put(D1)
    with queue.shift("W1", slowly, 1) as shift:
        assert begun.wait(10)
        assert (shift.holders(), queue.put(D1)) == ({"W1"}, False)
        queue.put(D2)
    assert done == [D1]
    assert [queue.tasks([each])[each].state for each in (D1, D2)] == ["ended", "queued"]


def test_no_more_are_held_at_once_than_was_said(queue: Any) -> None:
    at_once, most, turn = [0], [0], threading.Lock()

    def counted(decision_id: str) -> str:
        with turn:
            at_once[0] += 1
            most[0] = max(most[0], at_once[0])
        time.sleep(0.02)
        with turn:
            at_once[0] -= 1
        return "done"

    for number in range(8):
        queue.put(f"01K0000000000000000000000{number}")
    with queue.shift("W1", counted, 2):
        until(lambda: queue.backlog() == 0)
    assert most[0] == 2


def test_what_ended_long_ago_is_forgotten_and_may_come_again(queue: Any) -> None:
    done: list[str] = []
    with queue.shift("W1", lambda decision_id: done.append(decision_id) or "done", None) as shift:
        queue.put(D1)
        until(lambda: queue.backlog() == 0)
        assert shift.forget(3600) == 0
        time.sleep(0.01)
        assert (shift.forget(0), queue.tasks([D1])) == (1, {})
        assert queue.put(D1)
        until(lambda: queue.backlog() == 0)
    assert done == [D1, D1]


def test_a_living_worker_keeps_what_it_holds_when_a_dead_one_is_released(queue: Any) -> None:
    done: list[str] = []
    with queue.shift("W1", lambda decision_id: done.append(decision_id) or "done", None) as shift:
        assert shift.release("W0") == 0
        queue.put(D1)
        until(lambda: queue.backlog() == 0)
    assert done == [D1]
