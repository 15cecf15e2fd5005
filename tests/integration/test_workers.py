"""Workers in real processes: they share what was accepted and survive each other; nothing is lost or done twice."""

from __future__ import annotations

import os
import signal
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import psycopg
import pytest

SMALL, LARGE, TOO_LARGE = 5_000, 200_000, 2_000_000


@pytest.fixture
def work(desk: Any, processes: Any) -> Iterator[Callable[..., Any]]:
    """Starts a worker. Whatever a failing test leaves at work is killed."""
    begun: list[Any] = []

    def start(*options: str, die_after: str = "") -> Any:
        begun.append(processes.start("cli", desk, argv=["worker", *options], die_after=die_after))
        return begun[-1]

    yield start
    for job in begun:
        if not job.ended:
            os.kill(job.pid, signal.SIGKILL)
            job.wait()


def until(true: Callable[[], bool], seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "this never came true"
        time.sleep(0.01)


def queue_rows(desk: Any, query: str) -> list[tuple[Any, ...]]:
    """Ask the queue's own tables."""
    if desk.url is not None:
        with psycopg.connect(desk.url.replace("+psycopg", "")) as link:
            link.execute("SET search_path TO dbos")
            found: list[tuple[Any, ...]] = link.execute(query).fetchall()  # type: ignore[call-overload]
            return found
    with closing(sqlite3.connect(desk.home / "queue.db", timeout=30)) as link:
        return link.execute(query).fetchall()


def end(*jobs: Any) -> list[int]:
    for job in jobs:
        os.kill(job.pid, signal.SIGTERM)
    return [job.wait() for job in jobs]


def test_what_was_accepted_is_decided_by_a_worker(desk: Any, work: Callable[..., Any]) -> None:
    cases: list[dict[str, Any]] = [{}, {"amount_cents": LARGE}, {"amount_cents": TOO_LARGE}, {"kind": "advice"}]
    assert [desk.submit(**case)["status"] for case in cases] == ["received"] * 4
    assert work("--drain").wait() == 0
    assert desk.stages() == {"executed": 1, "awaiting_review": 1, "denied": 1, "advised": 1}
    assert (desk.booked(), desk.engine.unfinished(), desk.is_sound()) == ([("pay", SMALL)], [], True)
    assert desk.engine.workers() == []


def test_two_workers_share_forty_decisions_and_decide_each_once(desk: Any, work: Callable[..., Any]) -> None:
    workers = [work("--concurrency", "2"), work("--concurrency", "2")]
    until(lambda: len(desk.engine.workers()) == 2)
    for number in range(40):
        desk.submit(request_id=f"R-{number}")
    until(lambda: desk.stages() == {"executed": 40})
    assert end(*workers) == [0, 0]
    assert len(desk.booked()) == 40
    assert len(queue_rows(desk, "SELECT DISTINCT executor_id FROM workflow_status WHERE status = 'SUCCESS'")) == 2
    assert desk.is_sound()


@pytest.mark.parametrize("crash", ["effect.planned", "effect.attempted", "decision.executed"])
def test_what_a_killed_worker_held_is_finished_by_another_with_one_effect_each(
    desk: Any, work: Callable[..., Any], crash: str
) -> None:
    for number in range(10):
        desk.submit(request_id=f"R-{number}")
    assert work(die_after=crash).wait() == -signal.SIGKILL
    assert desk.stages() != {"executed": 10}
    survivor = work()
    until(lambda: desk.stages() == {"executed": 10})
    assert end(survivor) == [0]
    assert (len(desk.booked()), desk.engine.workers(), desk.is_sound()) == (10, [], True)


def test_a_worker_that_is_told_to_stop_finishes_what_it_holds(desk: Any, work: Callable[..., Any]) -> None:
    desk.mode("slow")
    for number in range(3):
        desk.submit(request_id=f"R-{number}")
    worker = work("--concurrency", "1")
    until(lambda: desk.stages()["committed"] == 1)
    assert end(worker) == [0]
    assert desk.stages() == {"executed": 1, "received": 2}
    assert (desk.booked(), desk.engine.unfinished() != []) == ([("pay", SMALL)], True)


def test_a_case_that_was_accepted_right_before_a_crash_is_decided(
    desk: Any, work: Callable[..., Any], processes: Any
) -> None:
    job = processes.start("submit", desk, pack=str(desk.pack), case=desk.case(), key="k", die_after="decision.received")
    assert job.wait() == -signal.SIGKILL
    assert work("--drain").wait() == 0
    assert (desk.stages(), desk.booked()) == ({"executed": 1}, [("pay", SMALL)])


def test_a_queue_that_was_lost_loses_no_decision(desk: Any, work: Callable[..., Any]) -> None:
    for number in range(5):
        desk.submit(request_id=f"R-{number}")
    desk.close()
    if desk.url is None:
        for file in desk.home.glob("queue.db*"):
            file.unlink()
    else:
        desk.sql("DROP SCHEMA dbos CASCADE")
    assert work("--drain").wait() == 0
    assert (desk.stages(), len(desk.booked())) == ({"executed": 5}, 5)


def test_an_approval_that_was_cut_off_is_carried_on_by_a_worker(
    desk: Any, work: Callable[..., Any], processes: Any
) -> None:
    waiting = desk.decide(amount_cents=LARGE)
    vote = {"review_id": waiting["review_id"], "who": "otto", "role": "officer", "choice": "approve"}
    assert processes.start("review", desk, die_after="review.approved", **vote).wait() == -signal.SIGKILL
    assert work("--drain").wait() == 0
    assert (desk.stages(), desk.booked()) == ({"executed": 1}, [("pay", LARGE)])
