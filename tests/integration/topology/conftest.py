"""All of compose.yaml at work, for the tests of this folder.

The default run forks its processes from one that is warm, with the twins of model and index; the long one (`make soak`)
runs the installed command exactly as compose.yaml does.
"""

from __future__ import annotations

import contextlib
import functools
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.integration.conftest import PACK, Desk, Processes
from tests.integration.topology.topology import Process, Topology, launch_command, running

from remit.adapters.postgres.temporary import TemporaryServer

SOAK = "REMIT_SOAK" in os.environ


@pytest.fixture
def topology(
    tmp_path: Path, postgres: TemporaryServer, processes: Processes, pytestconfig: pytest.Config
) -> Iterator[Topology]:
    """All of compose.yaml at work, with the desk's pack."""
    name = f"topology_{os.getpid()}"
    packs = _packs(tmp_path / "packs")
    models = Path(pytestconfig.cache.mkdir("models"))  # type: ignore[union-attr]
    settings = {
        "REMIT_PACKS": str(packs),
        "REMIT_WARM_PACKS": "desk",
        "REMIT_WORKER_PATIENCE_SECONDS": "1",
        "REMIT_DRAIN_NOTICE_SECONDS": "0",
        "ANSWER_PAUSE_SECONDS": "0.2",
    }
    made = Topology(
        tmp_path / "all",
        postgres.create(name),
        settings,
        models if SOAK else None,
        launch_command if SOAK else functools.partial(_fork, processes),
    )
    _open_the_book(made.home / "systems")
    with running(made):
        yield made
    postgres.drop(name)


def _packs(folder: Path) -> Path:
    """The desk's pack, whose rules do not get too old for whoever runs this in later years."""
    for file in PACK.rglob("*.*"):
        if file.suffix in (".yaml", ".py", ".md"):
            copy = folder / "desk" / file.relative_to(PACK)
            copy.parent.mkdir(parents=True, exist_ok=True)
            text = file.read_text("utf-8").replace("max_age_days: 365", "max_age_days: 36500")
            copy.write_text(text.replace("valid_to: 2027-06-30\n", ""), "utf-8")
    return folder


def _open_the_book(folder: Path) -> None:
    """A system of record is there before its first entry: no kill shall hit the desk's while it makes its table."""
    folder.mkdir()
    with contextlib.closing(sqlite3.connect(folder / "book.db")) as book:
        book.execute("CREATE TABLE entry (number INTEGER PRIMARY KEY, key TEXT, action TEXT, cents INT)")


def _fork(processes: Processes, words: list[str], settings: dict[str, str], log: Path) -> Process:
    desk = Desk(PACK, Path(settings["REMIT_HOME"]), settings["REMIT_DATABASE_URL"])
    return processes.start("service", desk, environment=settings, log=str(log), words=words)
