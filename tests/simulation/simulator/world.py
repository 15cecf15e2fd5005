"""The world of one history: its clock, its store, its system of record, and what it has promised to whom."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any, NamedTuple

from langgraph.checkpoint.memory import InMemorySaver

from remit.adapters.memory.fences import MemoryFences
from remit.adapters.memory.store import MemoryPackVersions
from remit.approvals.policy_change import InForce
from remit.core.errors import SystemFailed
from remit.core.ports import Clock, Ids
from remit.core.system import FixedClock, SeededRandom, UlidIds
from remit.core.words import Actor
from remit.packs.files import PackFiles
from remit.packs.pack import Decision, Pack
from remit.retrieval.search import Corpus, Hit
from remit.service.services import Services
from simulator.checkpoints import UnsteadyCheckpoints
from simulator.company import BEGINNING, company, policy_of
from simulator.faults import CALM, Odds, odds_of
from simulator.homes import Home
from simulator.process import PatientFences, Process, UnsteadyStore
from simulator.record import SystemOfRecord, UnsteadyConnectors
from simulator.schedule import Schedule

TICK = timedelta(milliseconds=1)


class TickingClock(FixedClock):
    """Every look at it is a little later than the one before, unless somebody sets it."""

    def now(self) -> Any:
        self.advance(TICK)
        return super().now()


class Word(NamedTuple):
    """A reviewer's word that was acknowledged."""

    review_id: str
    reviewer: str
    choice: str


class World:
    """Everything that one seed decides."""

    def __init__(self, seed: int, make_home: Callable[[Clock, Ids], Home]) -> None:
        self.seed = seed
        self.chance = random.Random(seed)
        self.clock = TickingClock(BEGINNING)
        self._tokens = SeededRandom(seed)
        self._ids = UlidIds(self.clock, self._tokens)
        self.home = make_home(self.clock, self._ids)
        self.odds: Odds = odds_of(self.chance)
        self.schedule = Schedule(random.Random(seed))
        self.record = SystemOfRecord()
        self.checkpoints = InMemorySaver()
        self.documents = 0
        self.answers: list[tuple[str, dict[str, Any]]] = []
        self.words: list[Word] = []
        self.history: list[str] = []
        self.policies: list[tuple[int, str]] = []
        self._fences = MemoryFences()
        self._pack_versions = MemoryPackVersions()
        self._pointer: InForce | None = None
        self.edit_policy(0)

    def edit_policy(self, number: int) -> None:
        """Somebody puts another policy into the pack's folder; it counts until one is activated."""
        self.policy = number
        if self._pointer is None:
            self._counts(policy_of(number).ref.sha256)

    def activate_policy(self, number: int) -> None:
        """Somebody puts another policy in force, whatever the folder holds."""
        policy = policy_of(number)
        version = self._pointer.version + 1 if self._pointer else 1
        self._pointer = InForce("desk", "desk.request", version, policy.ref, None, "petra", self.clock.now())
        with self.home.open().write() as unit:
            unit.policy_changes.keep_text(policy.ref.sha256, "policy.yaml", {"policy.yaml": policy.source.text})
            unit.policy_changes.point(self._pointer)
            unit.journal.append("policy.activated", actor=Actor("petra"), body={"policy": policy.ref.to_json()})
        self._counts(policy.ref.sha256)

    def _counts(self, policy_sha256: str) -> None:
        """Keep from which event on a policy counts."""
        with self.home.log.snapshot() as snapshot:
            self.policies.append((snapshot.head.size if snapshot.head else 0, policy_sha256))

    def boot(self, name: str, *, calm: bool = False) -> tuple[Process, Services]:
        """A new process with the real services in it."""
        odds = CALM if calm else self.odds
        process = Process(name, self.chance, self.schedule, odds, self.history.append)
        saver = UnsteadyCheckpoints(self.checkpoints, process)
        graph = company().graph.copy(update={"checkpointer": saver})
        services = Services(
            store=UnsteadyStore(self.home.open(), process),
            library=_Library(self),
            pack_versions=self._pack_versions,
            parts=_Parts(self, process),
            fences=PatientFences(self._fences, process),
            graph=lambda: graph,
            paused=lambda: saver,
            clock=self.clock,
            ids=self._ids,
            chance=self._tokens,
            _packs=dict(company().packs),
        )
        return process, services


class _Library:
    """The pack's folder, as somebody last left it."""

    def __init__(self, world: World) -> None:
        self._world = world

    def files(self, ref: str) -> PackFiles:
        return company().files[self._world.policy]

    def names(self) -> list[str]:
        return ["desk"]


class _Parts:
    """The pack's connectors and documents."""

    def __init__(self, world: World, process: Process) -> None:
        self._world = world
        self._process = process
        self._connectors = UnsteadyConnectors(world.record, process)

    def model(self, pack: Pack, decision: Decision) -> None:
        return None

    def connectors(self, pack: Pack) -> UnsteadyConnectors:
        return self._connectors

    def corpus(self, pack: str, snapshot: str | None = None) -> Any:
        corpora = company().corpora
        if snapshot is None:
            return _UnsteadyCorpus(corpora[self._world.documents], self._process)
        return next(corpus for corpus in corpora if corpus.snapshot.sha256 == snapshot)


class _UnsteadyCorpus:
    """A corpus that cannot always be searched."""

    def __init__(self, corpus: Corpus, process: Process) -> None:
        self.snapshot = corpus.snapshot
        self.holds = corpus.holds
        self._corpus = corpus
        self._process = process

    def search(self, query: str, **options: Any) -> list[Hit]:
        if self._process.happens("searches_nothing"):
            self._process.tell("a search failed")
            raise SystemFailed("the model is gone", code="model_gone")
        return self._corpus.search(query, **options)
