"""Two replicas and a worker behind a proxy, killed at random under many clients: nothing is lost or done twice.

The default run forks its processes from one that is warm, with the twins of model and index; the long one (`make soak`)
runs the installed command exactly as compose.yaml does.
"""

from __future__ import annotations

import collections
import contextlib
import functools
import os
import random
import sqlite3
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from tests.integration.conftest import LARGE, PACK, SMALL, TOO_LARGE, Desk, Processes
from tests.integration.topology.topology import Process, Topology, launch_command, running

from remit.adapters.postgres.temporary import TemporaryServer
from remit.client import Client, Decision, Patience
from remit.core.words import Actor
from remit.service.identity.create_key import create_key

SOAK = "REMIT_SOAK" in os.environ
SEED = int(os.environ.get("REMIT_SEED", "20261125"))
CLIENTS = 32
DECISIONS = 2_000 if SOAK else 64
PAUSE_SECONDS = (1.0, 8.0) if SOAK else (0.2, 0.8)
"""How long all are left alone between two kills, from and to."""

ADA = Actor("ada", roles=("admin",))
KINDS: list[dict[str, Any]] = [
    {"kind": "payment", "amount_cents": SMALL},
    {"kind": "order", "amount_cents": SMALL},
    {"kind": "payment", "amount_cents": LARGE},
    {"kind": "payment", "amount_cents": TOO_LARGE},
    {"kind": "advice", "amount_cents": SMALL},
]
EXPECTED = ("executed", "executed", "awaiting_review", "denied", "advised")
"""What each kind comes to. A payment can be looked up and an order is idempotent, so that no crash leaves doubt."""


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


@dataclass
class Killer:
    """Kills one of the services after the other, at random, and starts it again at once."""

    topology: Topology
    chance: random.Random
    over: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        while not self.over.wait(self.chance.uniform(*PAUSE_SECONDS)):
            name = self.chance.choice(list(self.topology.running))
            self.topology.kill(name)
            self.topology.start(name)
            if name in self.topology.ports:
                # On a slow machine both would never be ready at once, and nothing but starts would be tried.
                self.topology.wait_ready(name)


def test_clients_lose_nothing_and_nothing_is_done_twice_while_replicas_are_killed(topology: Topology) -> None:
    desk = Desk(PACK, topology.home, topology.database_url)
    key = create_key(
        desk.engine.services, ADA, "shop", ["decisions:write", "decisions:read"], app=True, roles=["clerk"]
    )["key"]
    killer = Killer(topology, random.Random(SEED))
    thread = threading.Thread(target=killer.run)
    thread.start()
    began = time.monotonic()
    try:
        with ThreadPoolExecutor(CLIENTS) as pool:
            asked = list(pool.map(functools.partial(ask, topology.url, key), range(CLIENTS)))
    finally:
        killer.over.set()
        thread.join()
    first = {number: decision for answers in asked for number, decision in answers.items()}
    spent = time.monotonic() - began
    for replica in topology.replicas:
        topology.wait_ready(replica.name)
    again = {number: decision for answers in asked_again(topology.url, key) for number, decision in answers.items()}
    print(f"{len(first)} decisions of {CLIENTS} clients in {spent:.1f} s, {topology.killed} kills")

    assert differing(first, again) == []
    ended = settled(topology.url, key, first)
    assert sorted(ended) == list(range(DECISIONS))
    assert [each.raw for number, each in ended.items() if each.status != expected_of(number)] == []
    expected = collections.Counter(map(expected_of, range(DECISIONS)))
    assert desk.stages() == expected
    payments = len([number for number in range(DECISIONS) if number % len(KINDS) == 0])
    assert (len(desk.booked()), len(desk.ordered())) == (payments, expected["executed"] - payments)
    assert desk.is_sound()
    _, wrong = desk.engine.verify_records()
    assert wrong == []
    assert set(topology.stop_all().values()) == {0}
    desk.close()


def client(url: str, key: str) -> Client:
    """One that does not give up."""
    return Client(url, key, patience=Patience(seconds=300, tries=10_000, longest_pause=1.0))


def ask(url: str, key: str, worker: int) -> dict[int, Decision]:
    """A client's share of the cases; now and then it asks the same twice."""
    answers: dict[int, Decision] = {}
    chance = random.Random(worker)
    with client(url, key) as remit:
        for number in range(worker, DECISIONS, CLIENTS):
            answers[number] = decide(remit, number)
            if chance.random() < 0.2:
                assert decide(remit, number).raw == answers[number].raw
    return answers


def expected_of(number: int) -> str:
    return EXPECTED[number % len(KINDS)]


def decide(remit: Client, number: int) -> Decision:
    case = {"request_id": f"R-{number}", "topic": "none", "divisor": 1, "parts": 1, **KINDS[number % len(KINDS)]}
    return remit.decide("desk", case, idempotency_key=f"order-{number}")


def asked_again(url: str, key: str) -> list[dict[int, Decision]]:
    """Every request once more, when all is over."""

    def again(worker: int) -> dict[int, Decision]:
        with client(url, key) as remit:
            return {number: decide(remit, number) for number in range(worker, DECISIONS, CLIENTS)}

    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(again, range(CLIENTS)))


def differing(first: dict[int, Decision], again: dict[int, Decision]) -> list[tuple[Any, Any]]:
    """Where a repetition was answered with another body than the first time."""
    return [(first[number].raw, again[number].raw) for number in first if first[number].raw != again[number].raw]


def settled(url: str, key: str, first: dict[int, Decision]) -> dict[int, Decision]:
    """How each decision stands when nothing is under way any more."""
    with client(url, key) as remit:
        return {
            number: decision if decision.is_final or decision.waits_for_people else remit.wait(decision.decision_id)
            for number, decision in sorted(first.items())
        }
