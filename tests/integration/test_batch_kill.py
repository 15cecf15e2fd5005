"""A batch that is killed again and again decides every row exactly once."""

from __future__ import annotations

import json
import os
import random
import signal
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

ROWS, KILLS = 150, 10
# One of every way that a case can take; a row that is no case is among them.
KINDS: list[dict[str, Any]] = [
    {},
    {"amount_cents": 2_000_000},
    {"kind": "advice"},
    {"amount_cents": 200_000},
    {"topic": "gossip"},
    {"kind": "order"},
    {"kind": "order", "parts": 0},
    {"kind": "nonsense"},
    {},
    {},
]
STATUSES = {
    "executed": 60,
    "denied": 15,
    "advised": 15,
    "awaiting_review": 15,
    "quarantined": 15,
    "failed": 15,
    "invalid": 15,
}


@pytest.fixture
def rows(desk: Any, tmp_path: Path) -> Path:
    file = tmp_path / "rows.jsonl"
    cases = [desk.case(request_id=f"R-{number}", **KINDS[number % len(KINDS)]) for number in range(ROWS)]
    file.write_text("\n".join(json.dumps(case) for case in cases), "utf-8")
    return file


def test_a_batch_that_is_killed_ten_times_decides_every_row_exactly_once(
    desk: Any, processes: Any, rows: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out.jsonl"
    argv = ["batch", str(desk.pack), "--input", str(rows), "--out", str(out), "--as", "ana", "--role", "clerk"]
    moments = random.Random(20_260_101)
    kills = 0
    for _ in range(KILLS):
        job = processes.start("cli", desk, argv=argv)
        decided = _decided(desk)
        # Each run gets a little further than the last, and is killed at some moment in one of its decisions.
        _wait_until(desk, job, decided + moments.randint(1, 2 * ROWS // KILLS - 10))
        time.sleep(moments.random() * 0.01)
        os.kill(job.pid, signal.SIGKILL)
        kills += job.wait() == -signal.SIGKILL
    assert kills == KILLS
    assert not out.exists(), "an output that is not whole is not there"
    assert processes.start("cli", desk, argv=argv).wait() == 0
    _check(desk, [json.loads(line) for line in out.read_text("utf-8").splitlines()])


def _check(desk: Any, lines: list[dict[str, Any]]) -> None:
    assert [line["row"] for line in lines] == list(range(1, ROWS + 1))
    assert Counter(line["status"] for line in lines) == STATUSES
    ids = [line["decision_id"] for line in lines if line["status"] != "invalid"]
    assert len(set(ids)) == len(ids) == desk.sql("SELECT count(*) FROM decision")[0][0]
    told = Counter(event.draft.type for decision_id in ids for event in desk.engine.events_of(decision_id))
    final = {status: told[f"decision.{status}"] for status in STATUSES if status not in ("awaiting_review", "invalid")}
    assert final == {status: STATUSES[status] for status in final}
    assert (len(desk.booked()), len(desk.ordered())) == (45, 15)
    assert {thread for (thread,) in desk.checkpoints()} <= {
        line["decision_id"] for line in lines if line["status"] == "awaiting_review"
    }
    assert (desk.engine.unfinished(), desk.is_sound()) == ([], True)


def _decided(desk: Any) -> int:
    return int(desk.sql("SELECT count(*) FROM decision")[0][0])


def _wait_until(desk: Any, job: Any, wanted: int) -> None:
    """Wait until so many rows are begun; the test would hang if the batch ended before."""
    while _decided(desk) < min(wanted, ROWS - len(KINDS) * 2):
        time.sleep(0.002)


def test_the_same_file_is_the_same_batch(desk: Any, rows: Path, tmp_path: Path) -> None:
    from remit.core.words import Actor

    def run(name: str) -> list[str]:
        desk.engine.batch(str(desk.pack), rows, tmp_path / name, Actor("ana", roles=("clerk",)), limit=20)
        lines = (tmp_path / name).read_text("utf-8").splitlines()
        return [json.loads(line).get("decision_id") for line in lines]

    assert run("first.jsonl") == run("second.jsonl")
    assert _decided(desk) == 18
