"""A process that is frozen (SIGSTOP) holds nobody up for long, and once it wakes it has done nothing by halves."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from remit.adapters.checkpoint_file import CheckpointFile
from remit.adapters.keys import open_signer, read_verifier_key
from remit.adapters.postgres.database import PostgresDatabase
from remit.adapters.postgres.ledger import PostgresLedger
from remit.core.errors import RemitError
from remit.core.system import SystemClock, SystemRandom, UlidIds
from remit.ledger.event import Draft
from remit.ledger.verify import verify

STILLNESS_SECONDS = 1.0
SLEEPER = (
    f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r}); import test_frozen_processes as t; t.sleep()"
)
LOCK_THE_HEAD = text("SELECT size FROM ledger_head FOR UPDATE")


def opened(url: str, folder: Path) -> tuple[PostgresDatabase, PostgresLedger]:
    """The database and the ledger in it, as a process of its own meets them."""
    database = PostgresDatabase(url, stillness_seconds=STILLNESS_SECONDS)
    clock, chance = SystemClock(), SystemRandom()
    ids = UlidIds(clock, chance)
    signer = open_signer(folder / "keys", ids, chance)
    return database, PostgresLedger(database, signer, CheckpointFile(folder / "ledger.checkpoint"), clock, ids)


def record(database: PostgresDatabase, log: PostgresLedger, by: str, then: Callable[[Any], None] | None = None) -> None:
    with database.write() as unit:
        log.append(unit, [Draft("ledger.exported", {"by": by})])
        if then is not None:
            then(unit)


# The other process


def sleep() -> None:
    """Freeze once at a certain place; wake up, tell how it went, and go on as if nothing had been."""
    url, folder, place = sys.argv[1:]
    database, log = opened(url, Path(folder))
    record(database, log, "sleeper, before")
    fall_asleep = {"unit": _in_a_unit, "placing": _while_placing}.get(place, _outside)
    told = "kept"
    try:
        fall_asleep(database, log, place)
    except RemitError as error:
        told = error.code
    record(database, log, "sleeper, afterwards")
    database.close()
    print(json.dumps(told), flush=True)


def freeze() -> None:
    print("frozen", flush=True)
    os.kill(os.getpid(), signal.SIGSTOP)


def _in_a_unit(database: PostgresDatabase, log: PostgresLedger, place: str) -> None:
    record(database, log, "sleeper", lambda unit: (unit.execute(LOCK_THE_HEAD), freeze()))


def _while_placing(database: PostgresDatabase, log: PostgresLedger, place: str) -> None:
    _freezing_once(log, "_follow")
    record(database, log, "sleeper")


def _outside(database: PostgresDatabase, log: PostgresLedger, place: str) -> None:
    sink = log._checkpointer._sink
    _freezing_once(sink, "write" if place == "before writing outside" else "read")
    with database.write() as unit:
        log.append(unit, [Draft("ledger.exported", {"by": "sleeper"})])
        log.checkpoint(unit)


def _freezing_once(whose: Any, name: str) -> None:
    real = getattr(whose, name)

    def frozen(*given: Any) -> Any:
        setattr(whose, name, real)
        freeze()
        return real(*given)

    setattr(whose, name, frozen)


# The tests


@pytest.fixture
def frozen(request: pytest.FixtureRequest, postgres_url: str, tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that is frozen at the place that the test names."""
    command = [sys.executable, "-c", SLEEPER, postgres_url, str(tmp_path), request.param]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as sleeper:
        assert sleeper.stdout is not None
        assert sleeper.stdout.readline() == "frozen\n"
        yield sleeper
        sleeper.kill()


@pytest.mark.parametrize(
    ("frozen", "told"),
    [
        ("unit", "stood_still"),
        ("placing", "kept"),
        ("before reading outside", "kept"),
        ("before writing outside", "kept"),
    ],
    indirect=["frozen"],
)
def test_others_go_on_while_a_process_is_frozen_and_it_knows_when_it_wakes(
    frozen: subprocess.Popen[str], told: str, postgres_url: str, tmp_path: Path
) -> None:
    database, log = opened(postgres_url, tmp_path)
    for _ in range(3):
        record(database, log, "others")
    with database.write() as unit:
        newest = log.checkpoint(unit)
    assert CheckpointFile(tmp_path / "ledger.checkpoint").read() == newest, "others carry it outside, too"
    os.kill(frozen.pid, signal.SIGCONT)
    assert frozen.stdout is not None
    assert json.loads(frozen.stdout.readline()) == told
    assert frozen.wait() == 0
    record(database, log, "others")
    database.close()
    counted = Counter(_bodies(log))
    assert counted == {
        "others": 4,
        "sleeper, before": 1,
        "sleeper, afterwards": 1,
        **({"sleeper": 1} if told == "kept" else {}),
    }
    note = CheckpointFile(tmp_path / "ledger.checkpoint").read()
    assert verify(log, note, read_verifier_key(tmp_path / "keys")).sound
    database.close()


def _bodies(log: PostgresLedger) -> list[str]:
    with log.snapshot() as snapshot:
        told = [json.loads(entry.body).get("body", {}).get("by") for entry in snapshot.entries]
    return [by for by in told if by]


def test_whoever_appends_does_not_wait_for_the_sequencer_of_their_process(
    postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database, log = opened(postgres_url, tmp_path)
    record(database, log, "first")
    real, placing, go_on, appended = log._place_some, threading.Event(), threading.Event(), threading.Event()

    def slowly() -> bool:
        placing.set()
        assert go_on.wait(60)
        return real()

    monkeypatch.setattr(log, "_place_some", slowly)
    sequencer = threading.Thread(target=log.sequence)
    other = threading.Thread(target=lambda: record(database, log, "second", lambda unit: appended.set()))
    sequencer.start()
    assert placing.wait(60)
    other.start()
    came_through = appended.wait(5)
    go_on.set()
    sequencer.join()
    other.join()
    assert (came_through, _bodies(log)) == (True, ["first", "second"])
    database.close()
