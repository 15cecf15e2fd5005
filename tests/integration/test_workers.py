"""Workers in real processes: they share what was accepted and survive each other; nothing is lost or done twice."""

from __future__ import annotations

import fcntl
import os
import random
import signal
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest

from remit.adapters.dbos.queue import DEATHS_MAX
from remit.service.work.sweep import pause_seconds

SMALL, LARGE, TOO_LARGE = 5_000, 200_000, 2_000_000
SOAK = "REMIT_SOAK" in os.environ
ROUNDS = 150 if SOAK else 3

# What does not depend on the database is tried on both only where time does not count.
on_one_database = pytest.mark.parametrize("desk", ["sqlite", "postgres"] if SOAK else ["sqlite"], indirect=True)


def accept(desk: Any, count: int) -> None:
    for number in range(count):
        desk.submit(request_id=f"R-{number}")


def executors(desk: Any) -> int:
    """How many workers finished something, by the queue's own tables."""
    query = "SELECT count(DISTINCT executor_id) FROM {}workflow_status WHERE status = 'SUCCESS'"
    if desk.url is not None:
        with psycopg.connect(desk.url.replace("+psycopg", "")) as link:
            return int(link.execute(query.format("dbos.")).fetchone()[0])  # type: ignore[call-overload,index]
    with closing(sqlite3.connect(desk.home / "queue.db", timeout=30)) as link:
        return int(link.execute(query.format("")).fetchone()[0])


@on_one_database
def test_what_was_accepted_is_decided_by_a_worker(desk: Any, workers: Any) -> None:
    cases: list[dict[str, Any]] = [{}, {"amount_cents": LARGE}, {"amount_cents": TOO_LARGE}, {"kind": "advice"}]
    assert [desk.submit(**case)["status"] for case in cases] == ["received"] * 4
    assert workers.drain() == 0
    assert desk.stages() == {"executed": 1, "awaiting_review": 1, "denied": 1, "advised": 1}
    assert (desk.booked(), desk.engine.unfinished(), desk.is_sound()) == ([("pay", SMALL)], [], True)
    assert desk.engine.workers() == []


def test_two_workers_share_forty_decisions_and_decide_each_once(desk: Any, workers: Any) -> None:
    for _ in range(2):
        workers.start("--concurrency", "2")
    workers.until(lambda: len(desk.engine.workers()) == 2)
    accept(desk, 40)
    workers.until(lambda: desk.stages() == {"executed": 40})
    assert workers.end() == [0, 0]
    assert (len(desk.booked()), executors(desk), desk.is_sound()) == (40, 2, True)


@on_one_database
@pytest.mark.parametrize("crash", ["effect.planned", "effect.attempted"] if SOAK else ["effect.attempted"])
def test_what_a_killed_worker_held_is_finished_by_another_with_one_effect_each(
    desk: Any, workers: Any, crash: str
) -> None:
    accept(desk, 10)
    assert workers.start(die_after=crash).wait() == -signal.SIGKILL
    assert desk.stages() != {"executed": 10}
    workers.start()
    workers.until(lambda: desk.stages() == {"executed": 10})
    assert workers.end() == [0]
    assert (len(desk.booked()), desk.engine.workers(), desk.is_sound()) == (10, [], True)


def test_workers_that_are_killed_again_and_again_lose_nothing_and_do_nothing_twice(desk: Any, workers: Any) -> None:
    chance = random.Random(20_261_125)
    at_work = [workers.start("--concurrency", "4") for _ in range(2)]
    kinds: list[dict[str, Any]] = [{}, {"kind": "order"}, {"kind": "advice"}, {}, {"amount_cents": TOO_LARGE}]
    for _ in range(ROUNDS):
        for changes in kinds:
            desk.submit(**changes)
        time.sleep(chance.random() * 0.8)
        victim = chance.randrange(2)
        workers.kill(at_work[victim])
        at_work[victim] = workers.start("--concurrency", "4")
    expected = {"executed": 3 * ROUNDS, "advised": ROUNDS, "denied": ROUNDS}
    # Over whose decision too many workers have died, that one is put aside for some minutes first.
    workers.until(lambda: desk.stages() == expected, seconds=120 + pause_seconds(DEATHS_MAX + 1))
    assert workers.end() == [0, 0]
    assert (len(desk.booked()), len(desk.ordered())) == (2 * ROUNDS, ROUNDS)
    assert (desk.engine.unfinished(), desk.checkpoints(), desk.is_sound()) == ([], [], True)


@on_one_database
def test_a_worker_that_is_told_to_stop_finishes_what_it_holds(desk: Any, workers: Any) -> None:
    desk.mode("slow")
    accept(desk, 3)
    workers.start("--concurrency", "1")
    workers.until(lambda: desk.stages()["committed"] == 1)
    assert workers.end() == [0]
    assert desk.stages() == {"executed": 1, "received": 2}
    assert desk.booked() == [("pay", SMALL)]


@on_one_database
def test_a_case_that_was_accepted_right_before_a_crash_is_decided(desk: Any, workers: Any, processes: Any) -> None:
    job = processes.start("submit", desk, pack=str(desk.pack), case=desk.case(), key="k", die_after="decision.received")
    assert job.wait() == -signal.SIGKILL
    assert workers.drain() == 0
    assert (desk.stages(), desk.booked()) == ({"executed": 1}, [("pay", SMALL)])


def test_a_queue_that_was_lost_loses_no_decision(desk: Any, workers: Any) -> None:
    accept(desk, 5)
    desk.close()
    if desk.url is None:
        for file in desk.home.glob("queue.db*"):
            file.unlink()
    else:
        desk.sql("DROP SCHEMA dbos CASCADE")
    assert workers.drain() == 0
    assert (desk.stages(), len(desk.booked())) == ({"executed": 5}, 5)


@on_one_database
def test_an_approval_that_was_cut_off_is_carried_on_by_a_worker(desk: Any, workers: Any, processes: Any) -> None:
    waiting = desk.decide(amount_cents=LARGE)
    vote = {"review_id": waiting["review_id"], "who": "otto", "role": "officer", "choice": "approve"}
    assert processes.start("review", desk, die_after="review.approved", **vote).wait() == -signal.SIGKILL
    assert workers.drain() == 0
    assert (desk.stages(), desk.booked()) == ({"executed": 1}, [("pay", LARGE)])


@pytest.mark.soak
@pytest.mark.skipif(not SOAK, reason="waits for pauses to pass")
@pytest.mark.parametrize("desk", ["sqlite"], indirect=True)
def test_a_worker_that_wakes_after_it_was_taken_for_dead_does_nothing_twice(desk: Any, workers: Any) -> None:
    desk.mode("slow")
    accept(desk, 6)
    sleeper = workers.start("--concurrency", "3")
    workers.until(lambda: desk.stages()["committed"] > 0)
    _put_to_sleep(sleeper, desk)
    other = workers.start("--concurrency", "3")
    workers.until(lambda: [member.pid for member in desk.engine.workers()] == [other.pid])
    workers.until(lambda: desk.stages()["executed"] >= 3)
    os.kill(sleeper.pid, signal.SIGCONT)
    workers.until(lambda: desk.stages() == {"executed": 6})
    workers.until(lambda: len(desk.engine.workers()) == 2)
    assert workers.end() == [0, 0]
    assert (len(desk.booked()), desk.is_sound()) == (6, True)


def _put_to_sleep(job: Any, desk: Any) -> None:
    """Stop a process at a moment at which it holds none of the locks that all others need to write."""
    while True:
        os.kill(job.pid, signal.SIGSTOP)
        if all(_is_free(lock) for lock in desk.home.glob("*.db.lock")):
            return
        os.kill(job.pid, signal.SIGCONT)
        time.sleep(0.01)


def _is_free(lock: Path) -> bool:
    with lock.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


@pytest.mark.parametrize("desk", ["postgres"], indirect=True)
def test_events_that_a_killed_process_left_without_a_place_are_placed_by_a_worker(desk: Any, monkeypatch: Any) -> None:
    with monkeypatch.context() as killed:
        killed.setattr("remit.adapters.postgres.ledger.PostgresLedger._sequence", lambda ledger: None)
        decision_id = desk.submit()["decision_id"]
    assert desk.history(decision_id) == []
    [chore] = [each for each in desk.engine.worker().chores if each.name == "sequence the ledger"]
    chore.run(desk.clock.now())
    assert desk.history(decision_id) == ["decision.received"]


@pytest.mark.soak
@pytest.mark.skipif(not SOAK, reason="waits for a server to come back")
@pytest.mark.parametrize("desk", ["postgres"], indirect=True)
def test_a_database_that_is_restarted_under_load_loses_nothing(desk: Any, workers: Any, postgres: Any) -> None:
    workers.start("--concurrency", "2")
    workers.until(lambda: desk.engine.workers() != [])
    accept(desk, 30)
    workers.until(lambda: desk.stages()["executed"] >= 5)
    postgres.restart("immediate")
    workers.until(lambda: desk.stages() == {"executed": 30}, seconds=120)
    assert workers.end() == [0]
    assert (len(desk.booked()), desk.is_sound()) == (30, True)
