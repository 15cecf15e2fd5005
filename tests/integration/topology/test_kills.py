"""Two replicas and a worker behind a proxy, killed at random under many clients: nothing is lost or done twice."""

from __future__ import annotations

import collections
import functools
import os
import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from tests.integration.conftest import LARGE, PACK, SMALL, TOO_LARGE, Desk
from tests.integration.topology.topology import Topology

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
