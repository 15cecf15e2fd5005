"""One request that reaches several processes, or outlives one: decided once, answered the same."""

from __future__ import annotations

import signal
from typing import Any

import pytest


def post(processes: Any, desk: Any, *, die_after: str = "", times: int = 1) -> Any:
    return processes.start(
        "post", desk, die_after=die_after, pack=str(desk.pack), case=desk.case(), key="k-1", times=times
    )


def answers(job: Any) -> list[list[Any]]:
    assert job.wait() == 0
    told: list[list[Any]] = job.answer
    return told


@pytest.mark.parametrize(
    "event",
    [
        "decision.executed",
        pytest.param("decision.received", marks=pytest.mark.soak),
        pytest.param("effect.attempted", marks=pytest.mark.soak),
    ],
)
def test_a_server_that_dies_before_it_answers_has_decided_once(desk: Any, processes: Any, event: str) -> None:
    assert post(processes, desk, die_after=event).wait() == -signal.SIGKILL
    (first,), (again,) = answers(post(processes, desk)), answers(post(processes, desk))
    assert (first[0], again) == (200, first)
    assert (len(desk.booked()), desk.stages()) == (1, {"executed": 1})


def test_sixteen_at_once_in_four_processes_make_one_decision_and_hear_the_same(desk: Any, processes: Any) -> None:
    jobs = [post(processes, desk, times=4) for _ in range(4)]
    told = [tuple(answer) for job in jobs for answer in answers(job)]
    done = {answer for answer in told if answer[0] == 200}
    assert {status for status, _ in told} <= {200, 409}
    assert all("in_flight" in body for status, body in told if status == 409)
    assert (len(done), desk.stages()) == (1, {"executed": 1})
    assert answers(post(processes, desk)) == [list(answer) for answer in done]
