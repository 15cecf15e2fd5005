"""The world of one history: its clock, its store, its system of record, and what it has promised to whom."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any, NamedTuple

from langgraph.checkpoint.memory import InMemorySaver

from remit.adapters.memory.fences import MemoryFences
from remit.adapters.memory.store import MemoryPackVersions
from remit.core.ports import Clock, Ids
from remit.core.system import FixedClock, SeededRandom, UlidIds
from remit.packs.files import PackFiles
from remit.packs.pack import Decision, Pack
from remit.retrieval.search import Corpus
from remit.service.services import Services
from simulator.checkpoints import UnsteadyCheckpoints
from simulator.company import BEGINNING, company
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
        self.edit_policy(0)

    def edit_policy(self, number: int) -> None:
        """Somebody puts another policy into the pack's folder. It is kept since which event it lies there."""
        self.policy = number
        with self.home.log.snapshot() as snapshot:
            events = snapshot.head.size if snapshot.head else 0
        policy = company().packs[company().files[number].sha256].decisions["desk.request"].policy
        self.policies.append((events, policy.ref.sha256))

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
        self._connectors = UnsteadyConnectors(world.record, process)

    def model(self, pack: Pack, decision: Decision) -> None:
        return None

    def connectors(self, pack: Pack) -> UnsteadyConnectors:
        return self._connectors

    def corpus(self, pack: str, snapshot: str | None = None) -> Corpus:
        corpora = company().corpora
        if snapshot is None:
            return corpora[self._world.documents]
        return next(corpus for corpus in corpora if corpus.snapshot.sha256 == snapshot)
