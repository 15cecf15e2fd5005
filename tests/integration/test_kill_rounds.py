"""Processes are killed, clocks jump, disks fill up: nothing that was acknowledged is lost, and nothing is done twice.

A round lets one or two processes decide, review and recover, and kills them: at any moment, right after an event, or
within the connector. After it the ledger has to be sound, what was cut off is carried on, and everything has to hold.
Between two rounds the clock may jump, forwards or back. `REMIT_ROUNDS` says how many rounds the long run has.
"""

from __future__ import annotations

import contextlib
import gc
import itertools
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from remit.agents.records import FINAL
from remit.core.errors import SystemFailed

FEW = 4
MANY = int(os.environ.get("REMIT_ROUNDS", "1000"))
JUMPS = (
    *(timedelta(0),) * 5,
    *(timedelta(minutes=31), timedelta(minutes=-10)),
    *(timedelta(hours=25), timedelta(hours=-25), timedelta(days=70), timedelta(days=-70)),
)
LINES_MAX, SECONDS_MAX, MOMENT_SECONDS = 12, 10.0, 0.03
EVENTS = (
    *("decision.received", "decision.judged", "decision.executed", "decision.rejected"),
    *("review.opened", "review.voted", "review.approved", "review.stale"),
    *("effect.planned", "effect.attempted", "effect.confirmed", "effect.in_doubt"),
)
MODES = (
    "ok",
    "late,ok",
    "down,late,ok",
    "refuse,ok",
    "late blind,ok",
    "die_before,ok",
    "die_after,ok",
    "ok,die_after,ok",
)


@dataclass
class Promises:
    """What was acknowledged so far: answers by request key, and reviewers' words."""

    answers: dict[str, dict[str, Any]] = field(default_factory=dict)
    words: set[tuple[str, str, str]] = field(default_factory=set)

    def read(self, diary: Path) -> None:
        for line in diary.read_text("utf-8").splitlines() if diary.exists() else ():
            with contextlib.suppress(json.JSONDecodeError):  # the line in which the process was killed
                self._note(json.loads(line))

    def _note(self, told: dict[str, Any]) -> None:
        if "key" not in told:
            self.words.add((told["review_id"], told["reviewer"], told["choice"]))
            return
        before = self.answers.setdefault(told["key"], told["answer"])
        assert told["answer"]["decision_id"] == before["decision_id"], "one request was answered by two decisions"
        ends = {answer["status"] for answer in (before, told["answer"])} & FINAL
        assert len(ends) < 2, f"{told['key']} has two ends: {ends}"
        # Two diaries do not say whose line was first: an end is what counts of them.
        if told["answer"]["status"] in FINAL:
            self.answers[told["key"]] = told["answer"]


def test_processes_that_are_killed_lose_and_repeat_nothing(desk: Any, processes: Any, tmp_path: Path) -> None:
    live_through(desk, processes, tmp_path, rounds=FEW)


@pytest.mark.soak
def test_processes_that_are_killed_lose_and_repeat_nothing_at_length(desk: Any, processes: Any, tmp_path: Path) -> None:
    live_through(desk, processes, tmp_path, rounds=MANY)


def live_through(desk: Any, processes: Any, folder: Path, rounds: int) -> None:
    chance = random.Random(20_261_102)
    promises = Promises()
    for number in range(1, rounds + 1):
        desk.mode(chance.choice(MODES))
        desk.clock.advance(chance.choice(JUMPS))
        jobs = [
            processes.start(
                "traffic",
                desk,
                die_after=chance.choice(EVENTS) if chance.random() < 0.5 else "",
                pack=str(desk.pack),
                seed=number,
                diary=str(folder / f"diary-{number}-{which}"),
            )
            for which in range(chance.choice((1, 2)))
        ]
        diaries = [folder / f"diary-{number}-{which}" for which in range(len(jobs))]
        _wait_for(chance.randint(0, LINES_MAX), diaries, jobs)
        time.sleep(chance.random() * MOMENT_SECONDS)
        for job in jobs:
            os.kill(job.pid, signal.SIGKILL)
        assert [job.wait() for job in jobs] == [-signal.SIGKILL] * len(jobs), [job.answer for job in jobs]
        for diary in diaries:
            promises.read(diary)
        check(desk, promises, f"round {number}")
    assert promises.answers
    assert promises.words or rounds == FEW


def _wait_for(lines: int, diaries: list[Path], jobs: list[Any]) -> None:
    """Until so much was acknowledged, or all have died of what they were told to die of; never for long."""
    deadline = time.monotonic() + SECONDS_MAX
    while time.monotonic() < deadline and _lines(diaries) < lines and not all(_is_dead(job.pid) for job in jobs):
        time.sleep(0.002)


def _is_dead(pid: int) -> bool:
    """Whether a process has ended, as far as this machine tells."""
    status = Path(f"/proc/{pid}/stat")
    return status.exists() and status.read_text().rpartition(") ")[2].startswith("Z")


def _lines(diaries: list[Path]) -> int:
    return sum(diary.read_bytes().count(b"\n") for diary in diaries if diary.exists())


# Disks


@pytest.fixture
def small_disk(desk: Any, tmp_path: Path) -> Iterator[Path]:
    """A small disk that holds the data folder; the systems of record have disks of their own."""
    if getattr(desk, "url", None):
        pytest.skip("this database is not on a disk that a test may fill")
    desk.close()
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(folder)]
    mount = subprocess.run(command, capture_output=True, text=True, check=False)
    if mount.returncode != 0:
        pytest.skip(f"NO FULL DISK IS TESTED: mounting a small one is not allowed here: {mount.stderr.strip()}")
    try:
        shutil.copytree(desk.home, folder / "home")
        (tmp_path / "systems").mkdir()
        (folder / "home" / "systems").symlink_to(tmp_path / "systems")
        desk.home = folder / "home"
        yield folder
        desk.close()
    finally:
        # LangGraph's errors live in circles, and hold cursors on the closed file until those are collected.
        gc.collect()
        subprocess.run(["umount", folder], check=True)


def test_a_disk_that_fills_up_at_any_moment_loses_and_repeats_nothing(desk: Any, small_disk: Path) -> None:
    promises = Promises()
    failures = [fill_up(desk, small_disk, promises, pages) for pages in (0, 1, 2, 4, 7, 11, 16, 22, 29, 60, 120)]
    assert set(failures) <= {"disk_full", "checkpoints", "file_unwritable", "disk_failed"}
    assert "disk_full" in failures


def fill_up(desk: Any, disk: Path, promises: Promises, pages: int) -> str:
    """Decide and approve with so many free pages until it fails; gives how. With space again everything has to hold."""
    desk.decide(kind="advice")
    with (disk / "filler").open("wb", buffering=0) as filler:
        with contextlib.suppress(OSError):
            while True:
                filler.write(b"\0" * 4096)
        filler.truncate(max(0, filler.tell() - pages * 4096))
    for number in itertools.count():
        try:
            answer = desk.decide(key=f"{pages}-{number}", amount_cents=(5_000, 200_000)[number % 2])
            promises.answers[f"{pages}-{number}"] = answer
            if "review_id" in answer:
                desk.vote(answer["review_id"])
                promises.words.add((answer["review_id"], "otto", "approve"))
        except SystemFailed as error:
            failure = error.code
            break
    (disk / "filler").unlink()
    check(desk, promises, f"{pages} pages")
    return failure


def check(desk: Any, promises: Promises, where: str) -> None:
    """Everything has to hold as the kill left it, and once more when what was cut off is carried on."""
    _hold(desk, promises, where)
    desk.mode("ok")
    for decision_id in desk.engine.unfinished():
        desk.engine.carry_on(decision_id)
    desk.engine.forget_final()
    _hold(desk, promises, f"{where}, recovered")
    assert desk.engine.unfinished() == [], where
    _effects_are_as_decided(desk, where)


def _hold(desk: Any, promises: Promises, where: str) -> None:
    assert desk.is_sound(), where
    assert desk.engine.verify_records()[1] == [], where
    assert [key for key, times in done(desk).items() if times > 1] == [], where
    with desk.engine.store.read() as unit:
        for answer in promises.answers.values():
            stage = unit.decisions.get(answer["decision_id"]).stage
            assert answer["status"] not in FINAL or stage == answer["status"], where
        for review_id, reviewer, choice in promises.words:
            assert (reviewer, choice) in {(vote.reviewer, vote.choice) for vote in unit.reviews.votes(review_id)}, where


def _effects_are_as_decided(desk: Any, where: str) -> None:
    """Once where it was executed, never where it surely was not, at most once where nobody knows."""
    times = done(desk)
    with desk.engine.store.read() as unit:
        for decision_id in unit.decisions.ids():
            stage, effect = unit.decisions.get(decision_id).stage, unit.effects.of(decision_id)
            found = times.pop(effect.key, 0) if effect else 0
            state = effect.state if effect else None
            expected = {"confirmed": {1}, "in_doubt": {0, 1}}.get(state, {0})
            assert found in expected, (where, decision_id, stage, state, found)
            assert (stage == "executed") == (state == "confirmed"), (where, decision_id)
    assert times == {}, f"{where}: what was done belongs to no effect"


def done(desk: Any) -> Counter[str]:
    """How often each effect was carried out, by its key."""
    return Counter([*_keys(desk.home / "systems" / "book.db"), *_keys(desk.home / "systems" / "orders.db")])


def _keys(file: Path) -> list[str]:
    if not file.exists():
        return []
    with contextlib.closing(sqlite3.connect(file, timeout=30)) as record:
        if not record.execute("SELECT 1 FROM sqlite_master WHERE name = 'entry'").fetchone():
            return []
        return [key for (key,) in record.execute("SELECT key FROM entry")]
