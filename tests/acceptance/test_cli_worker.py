"""Cases that are accepted now and decided later: `remit decide --async` and `remit worker`, as people run them."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from remit.settings import Settings
from remit.wiring import Engine

if TYPE_CHECKING:
    from conftest import Remit


Case = Callable[..., dict[str, Any]]


def test_a_case_is_accepted_now_and_decided_by_a_worker(own: Remit, case: Case) -> None:
    accepted = own("decide", "credit", "--case", "-", "--async", "--json", stdin=orjson.dumps(case()))
    assert (accepted.code, accepted.err, accepted.json["status"]) == (0, "", "received")
    waits = own("doctor").out
    assert "1 wait for a worker or were cut off" in waits
    drained = own("worker", "--drain")
    assert (drained.code, drained.out, drained.err.count("\n")) == (0, "", 2)
    assert own("explain", accepted.json["decision_id"], "--json").json["status"] == "executed"
    assert own.ledger_is_sound()


def test_a_person_is_told_who_decides_it_and_how_to_ask(own: Remit, case: Case) -> None:
    done = own("decide", "credit", "--case", "-", "--async", stdin=orjson.dumps(case()))
    assert done.code == 0
    assert ": received\n  later     a worker decides it; `remit explain " in done.out


def test_a_worker_is_at_work_until_it_is_told_to_stop(own: Remit, case: Case) -> None:
    with Engine(Settings(home=own.home)) as engine:
        worker = own.start("worker", "--concurrency", "2")
        until(lambda: engine.workers() != [])
        assert f"process {worker.pid} on " in own("doctor").out
        accepted = own("decide", "credit", "--case", "-", "--async", "--json", stdin=orjson.dumps(case())).json
        until(lambda: engine.explain(accepted["decision_id"])["status"] == "executed")
        worker.send_signal(signal.SIGTERM)
        assert own.end_of(worker).code == 0
        assert engine.workers() == []


def until(true: Callable[[], bool]) -> None:
    for _ in range(600):
        if true():
            return
        time.sleep(0.1)
    raise AssertionError("this never came true")


@pytest.mark.parametrize("options", [["--concurrency", "0"], ["--concurrency", "many"]])
def test_a_concurrency_that_is_none_is_refused(fresh: Remit, options: list[str]) -> None:
    assert fresh("worker", *options).code == 2


@pytest.mark.parametrize("argv", [["reviews", "list"], ["worker", "--help"]])
def test_verbs_that_need_no_queue_never_import_dbos(remit: Remit, argv: list[str]) -> None:
    code = (
        "import sys; from remit.cli.main import run\n"
        f"sys.argv = ['remit', *{argv!r}]\n"
        "try: run()\n"
        "finally: assert 'dbos' not in sys.modules"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=remit.folder, env=remit.environment, capture_output=True, text=True
    )
    assert "AssertionError" not in done.stderr
    assert done.returncode == 0
