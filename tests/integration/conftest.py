"""A desk that decides: a small pack, a data folder, and a system of record that fails as a test wishes.

Everything is real but the embedding model and the vector index, which are the twins in memory.
"""

from __future__ import annotations

import collections
import functools
import itertools
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest

from remit.adapters.memory.embedder import HashingEmbedder
from remit.adapters.memory.vectors import MemoryVectorIndex
from remit.adapters.postgres.temporary import TemporaryServer
from remit.core.system import FixedClock, SeededRandom
from remit.core.words import Actor
from remit.settings import Settings
from remit.wiring import Engine

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
PACK = Path(__file__).parent / "packs" / "desk"
ANA = Actor("ana", roles=("clerk",))

SMALL, LARGE, VERY_LARGE, TOO_LARGE = 5_000, 200_000, 600_000, 2_000_000
"""Amounts that the desk's policy allows, shows to an officer, to two officers and an auditor, and denies."""

_STAGES = "SELECT stage, count(*) FROM decision GROUP BY stage"
_seeds = itertools.count(1)


@dataclass
class Desk:
    """A pack folder and a data folder, with the engine that works on them."""

    pack: Path
    home: Path
    url: str | None = None
    clock: FixedClock = field(default_factory=lambda: FixedClock(NOW))
    _engine: Engine | None = None

    @property
    def engine(self) -> Engine:
        if self._engine is None:
            self._engine = Engine(
                Settings(home=self.home, database_url=self.url),
                clock=self.clock,
                chance=SeededRandom(next(_seeds)),
                embedder=HashingEmbedder(),
            )
            self._engine.services.parts.__dict__["_index"] = MemoryVectorIndex()
        return self._engine

    def another(self) -> Desk:
        """The same desk, in a process of its own as far as the engine is concerned."""
        return replace(self, _engine=None)

    def close(self) -> None:
        if self._engine is not None:
            self._engine.close()
            self._engine = None

    def case(self, **changes: Any) -> dict[str, Any]:
        usual = {"request_id": "R-1", "kind": "payment", "topic": "none", "divisor": 1, "parts": 1}
        return {**usual, "amount_cents": SMALL, **changes}

    def decide(self, *, key: str | None = None, **changes: Any) -> dict[str, Any]:
        return self.engine.decide(str(self.pack), self.case(**changes), ANA, request_key=key)

    def submit(self, *, key: str | None = None, **changes: Any) -> dict[str, Any]:
        return self.engine.submit(str(self.pack), self.case(**changes), ANA, request_key=key)

    def stages(self) -> collections.Counter[str]:
        """How many decisions are in which stage."""
        return collections.Counter(dict(self.sql(_STAGES)))

    def vote(self, review_id: str, who: str = "otto", role: str = "officer", choice: Any = "approve") -> dict[str, Any]:
        return self.engine.decide_review(review_id, Actor(who, roles=(role,)), choice, "as it should be")

    def word_alone(self, waiting: dict[str, Any], who: str = "otto") -> dict[str, Any]:
        """A word that is given while somebody else is at work on the decision: it stands, and nothing follows yet."""
        with pytest.MonkeyPatch.context() as patch, self.engine.services.fences.around(waiting["decision_id"]):
            patch.setattr("remit.service.reviews.moves.PATIENCE_SECONDS", 0.0)
            return self.vote(waiting["review_id"], who)

    def go_on(self, waiting: dict[str, Any]) -> dict[str, Any]:
        return self.engine.carry_on(waiting["decision_id"])

    def mode(self, words: str) -> None:
        """How the system of record behaves from now on; see the pack's connectors.py."""
        (self.home / "systems").mkdir(exist_ok=True)
        (self.home / "systems" / "mode").write_text(words, "utf-8")

    def booked(self) -> list[tuple[Any, ...]]:
        """Every entry in the system of record: (action, amount)."""
        return self._rows("systems/book.db", "SELECT action, cents FROM entry ORDER BY number")

    def ordered(self) -> list[tuple[Any, ...]]:
        return self._rows("systems/orders.db", "SELECT kind FROM entry ORDER BY number")

    def checkpoints(self, *tables: str) -> list[tuple[Any, ...]]:
        """Every row of LangGraph's, or of some of its tables, by its thread."""
        there = ("checkpoints", "writes" if self.url is None else "checkpoint_writes")
        query = " UNION ALL ".join(f"SELECT thread_id FROM {table}" for table in tables or there)
        return self._rows("checkpoints.db", query) if self.url is None else self.sql(query)

    def sql(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """Run SQL behind the engine's back, as a burglar would."""
        if self.url is None:
            return self._rows("remit.db", query, *values)
        with psycopg.connect(self.url.replace("+psycopg", "")) as link:
            done = link.execute(query.replace("?", "%s"), values or None)  # type: ignore[call-overload]
            return done.fetchall() if done.description else []

    def forge(self, place: str, old: str, new: str, decision_id: str | None = None) -> None:
        """Change a sealed text (``table.column``) as a burglar would who has the key file, too."""
        table, column = place.split(".")
        key, of = {"decision": ("id", "id"), "payload": ("decision_id",) * 2, "effect": ("key", "decision_id")}[table]
        for row, owner, text in self.sql(f"SELECT {key}, {of}, {column} FROM {table}"):
            if decision_id not in (None, owner) or text is None:
                continue
            with self.engine.database.read() as connection:
                seal = self.engine.vault.sealer(connection).seal_of(owner)
            forged = seal.open(text, f"{place}:{row}").replace(old, new)
            closed = seal.close(forged, f"{place}:{row}", self.engine.chance)
            self.sql(f"UPDATE {table} SET {column} = ? WHERE {key} = ?", closed, row)

    def everything(self) -> dict[str, list[tuple[Any, ...]]]:
        """Every row that decisions, reviews, effects and the ledger consist of."""
        tables = ("decision", "payload", "review", "vote", "review_note", "effect", "event", "ledger_head")
        return {table: self.sql(f"SELECT * FROM {table}") for table in tables}

    def history(self, decision_id: str) -> list[str]:
        """The types of the ledger's events of a decision."""
        return [event.draft.type for event in self.engine.events_of(decision_id)]

    def effect(self, decision_id: str) -> dict[str, Any]:
        found: dict[str, Any] = self.engine.explain(decision_id)["effect"]
        return found

    def edit(self, name: str, old: str, new: str) -> None:
        """Change a file of the pack."""
        path = self.pack / name
        text = path.read_text("utf-8")
        assert text.count(old) == 1, f"{name} has {text.count(old)} times {old!r}"
        path.write_text(text.replace(old, new), "utf-8")

    def rewrite(self, name: str, old: str, new: str) -> None:
        """Change a file of the pack wherever a text stands in it."""
        path = self.pack / name
        path.write_text(path.read_text("utf-8").replace(old, new), "utf-8")

    def is_sound(self) -> bool:
        return self.engine.verify().sound

    def _rows(self, name: str, query: str, *values: Any) -> list[tuple[Any, ...]]:
        if not (self.home / name).exists():
            return []
        connection = sqlite3.connect(self.home / name, timeout=30)
        try:
            found = connection.execute(query, values).fetchall()
            connection.commit()
        finally:
            connection.close()
        return found


@dataclass
class Job:
    """A process at work."""

    pid: int
    answer_file: Path
    _ask: Callable[[dict[str, Any]], int]
    ended: bool = False

    def wait(self) -> int:
        """How it ended; negative is the signal that killed it."""
        self.ended = True
        return self._ask({"wait": self.pid})

    @property
    def answer(self) -> Any:
        """What it came to, once it has ended."""
        return json.loads(self.answer_file.read_text("utf-8"))


@dataclass
class Processes:
    """Starts jobs in processes of their own; see worker.py."""

    server: subprocess.Popen[str]
    folder: Path

    def start(
        self,
        job: str,
        desk: Desk,
        *,
        die_after: str = "",
        environment: Mapping[str, str] | None = None,
        log: str = "",
        **arguments: Any,
    ) -> Job:
        answer = self.folder / f"{uuid.uuid4()}.json"
        order = {"start": job, "home": str(desk.home), "at": desk.clock.now().isoformat(), "answer": str(answer)}
        order["url"] = desk.url or ""
        around = {"die_after": die_after, "environment": dict(environment or {}), "log": log}
        pid = self._ask({**order, **around, "arguments": arguments})
        return Job(pid, answer, self._ask)

    def decide(self, desk: Desk, *, key: str | None = None, die_after: str = "", **changes: Any) -> Job:
        case = desk.case(**changes)
        return self.start("decide", desk, die_after=die_after, pack=str(desk.pack), case=case, key=key)

    def _ask(self, order: dict[str, Any]) -> int:
        assert self.server.stdin is not None
        assert self.server.stdout is not None
        self.server.stdin.write(json.dumps(order) + "\n")
        self.server.stdin.flush()
        return int(self.server.stdout.readline())


@pytest.fixture(scope="session")
def processes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Processes]:
    command = [sys.executable, str(Path(__file__).with_name("worker.py"))]
    # A worker that was killed is taken for dead soon.
    patient = {**os.environ, "REMIT_WORKER_PATIENCE_SECONDS": "1"}
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=patient) as server:
        yield Processes(server, tmp_path_factory.mktemp("answers"))
        assert server.stdin is not None
        server.stdin.close()


@pytest.fixture(scope="session")
def indexed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder in which the desk's documents are indexed and nothing has been decided."""
    desk = Desk(PACK, tmp_path_factory.mktemp("indexed") / "home")
    desk.engine.index(str(PACK), ANA)
    desk.close()
    return desk.home


ON_BOTH = frozenset(
    {
        *("test_calls_of_processes", "test_erasure", "test_exploration_budget", "test_kill_rounds", "test_limits"),
        *("test_review_races", "test_reviews", "test_workers"),
    }
)
"""Where a test is about what a database does: writing at once, counting, locking, crashing.

The others ask for the same of both, but PostgreSQL has its turn in the long run only: `make soak`.
"""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        about = getattr(item, "callspec", None)
        module = Path(item.path)
        if about is None or about.params.get("desk") != "postgres" or module.parent != Path(__file__).parent:
            continue
        if module.stem not in ON_BOTH:
            item.add_marker(pytest.mark.soak)


@pytest.fixture(scope="session")
def indexed_postgres(postgres: TemporaryServer, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The same with PostgreSQL: a data folder, and the name of a database to copy."""
    name = "remit_indexed"
    desk = Desk(PACK, tmp_path_factory.mktemp("indexed-postgres") / "home", postgres.create(name))
    desk.engine.index(str(PACK), ANA)
    desk.close()
    return desk.home, name


@pytest.fixture(params=["sqlite", "postgres"])
def desk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Desk]:
    """A desk of its own, on either database."""
    pack = Path(shutil.copytree(PACK, tmp_path / "desk", ignore=shutil.ignore_patterns("__pycache__")))
    if request.param == "sqlite":
        home, url, drop = request.getfixturevalue("indexed"), None, lambda: None
    else:
        home, template = request.getfixturevalue("indexed_postgres")
        server: TemporaryServer = request.getfixturevalue("postgres")
        name = f"desk_{uuid.uuid4().hex}"
        url, drop = server.create(name, template=template), functools.partial(server.drop, name)
    made = Desk(pack, Path(shutil.copytree(home, tmp_path / "home")), url)
    yield made
    made.close()
    drop()


@dataclass
class Workers:
    """Starts workers on a desk, in processes of their own."""

    desk: Desk
    processes: Processes
    begun: list[Job] = field(default_factory=list)

    def start(self, *options: str, die_after: str = "") -> Job:
        job = self.processes.start("cli", self.desk, argv=["worker", *options], die_after=die_after)
        self.begun.append(job)
        return job

    def drain(self) -> int:
        """How a worker ended that was to do whatever is queued."""
        return self.start("--drain").wait()

    def end(self) -> list[int]:
        """How all ended that are still at work, after they were told to stop."""
        at_work = [job for job in self.begun if not job.ended]
        # One that has hardly begun does not listen yet.
        self.until(lambda: {job.pid for job in at_work} <= {member.pid for member in self.desk.engine.workers()})
        for job in at_work:
            os.kill(job.pid, signal.SIGTERM)
        return [job.wait() for job in at_work]

    def kill(self, job: Job) -> None:
        os.kill(job.pid, signal.SIGKILL)
        assert job.wait() == -signal.SIGKILL

    def until(self, true: Callable[[], bool], seconds: float = 60.0) -> None:
        """Wait for something that they do."""
        deadline = time.monotonic() + seconds
        while not true():
            assert time.monotonic() < deadline, f"this never came true: {self.desk.stages()}"
            time.sleep(0.01)


@pytest.fixture
def workers(desk: Desk, processes: Processes) -> Iterator[Workers]:
    made = Workers(desk, processes)
    yield made
    # What a failing test leaves at work.
    for job in made.begun:
        if not job.ended:
            made.kill(job)
