"""Durable events a second when many callers record at once, beside plain commits of the same bytes, on both databases.

Each caller is a thread that records one event a unit of work and waits until it is durable. The plain contenders insert
the same bytes with one commit an event: SQLite's callers take turns on one connection, PostgreSQL's have one each.
"""

from __future__ import annotations

import contextlib
import functools
import itertools
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import psycopg

from remit.adapters.postgres.temporary import TemporaryServer, binaries, temporary_server
from remit.core.errors import SystemFailed
from remit.eval.bench.ledger import DRAFT
from remit.eval.bench.measure import Spread, ratios
from remit.eval.bench.report import Figure, Section
from remit.eval.bench.workbench import Workbench, engine_in
from remit.wiring import Engine

CALLERS = (1, 8, 32, 128)
EVENTS = 512
"""How many events the callers of one measurement record together."""
_BODY = "x" * 808
"""As many bytes as the event that Remit records."""

Record = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Flow:
    """What one measurement came to: events (or requests) a second, and the callers' waits in milliseconds, sorted."""

    rate: float
    waits: list[float]

    def quantile(self, share: float) -> float:
        return self.waits[min(int(len(self.waits) * share), len(self.waits) - 1)]


def measure(bench: Workbench, rounds: int) -> Section:
    """Events per second and waits by number of callers; Remit beside raw commits, interleaved."""
    with contextlib.ExitStack() as stack:
        contenders = {
            "SQLite: Remit": _remit(stack, bench.fresh(), None),
            "SQLite: raw commits": _raw_sqlite(stack, bench.fresh(".db")),
        }
        said = "PostgreSQL is not installed here and was not measured."
        if binaries() is not None:
            server = stack.enter_context(temporary_server(durable=True, max_connections=300))
            contenders |= {
                "PostgreSQL: Remit": _remit(stack, bench.fresh(), server.create("remit")),
                "PostgreSQL: raw commits": _raw_postgres(stack, server),
            }
            said = "PostgreSQL runs on loopback with fsync on; Remit makes two commits there, one of them shared."
        figures = [figure for callers in CALLERS for figure in _figures(contenders, callers, rounds)]
    return Section(
        "Events recorded by many callers",
        f"{EVENTS} events of one unit of work each, shared among so many threads; durable when the caller goes on. "
        f"Remit also hashes, links, signs and indexes. {said}",
        tuple(figures),
    )


def _figures(contenders: dict[str, Callable[[int], Iterator[Record]]], callers: int, rounds: int) -> Iterator[Figure]:
    flows: dict[str, list[Flow]] = {name: [] for name in contenders}
    for turn in range(rounds):
        names = list(contenders)
        for name in names[turn % len(names) :] + names[: turn % len(names)]:
            flows[name].append(flow(list(contenders[name](callers)), EVENTS))
    for name, measured in flows.items():
        yield Figure(f"{name}, {callers} callers, events", Spread.of(flow.rate for flow in measured), "/s")
        for share in (0.5, 0.99):
            waits = Spread.of(flow.quantile(share) for flow in measured)
            yield Figure(f"{name}, {callers} callers, wait p{share * 100:.0f}", waits, "ms")
    for kind in ("SQLite", "PostgreSQL"):
        if f"{kind}: Remit" in flows:
            mine, raw = flows[f"{kind}: Remit"], flows[f"{kind}: raw commits"]
            spread = ratios((flow.rate for flow in mine), (flow.rate for flow in raw))
            aim = ">= 3" if callers == 32 else None
            yield Figure(f"{kind}, {callers} callers: events of Remit / raw commits", spread, "x", aim)


def flow(records: Sequence[Record], count: int) -> Flow:
    """Let every caller record its share of so many, all at once."""
    waits: list[list[float]] = [[] for _ in records]
    failed: list[BaseException] = []
    ready = threading.Barrier(len(records) + 1)

    def call(number: int, record: Record) -> None:
        ready.wait()
        try:
            for _ in range(count // len(records)):
                started = time.perf_counter()
                record()
                waits[number].append((time.perf_counter() - started) * 1000)
        except Exception as error:  # noqa: BLE001  said below, by the thread that measures
            failed.append(error)

    threads = [threading.Thread(target=call, args=each) for each in enumerate(records)]
    for thread in threads:
        thread.start()
    ready.wait()
    started = time.perf_counter()
    for thread in threads:
        thread.join()
    spent = time.perf_counter() - started
    if failed:
        raise SystemFailed(f"a caller could not record: {failed[0]}") from failed[0]
    every = sorted(itertools.chain.from_iterable(waits))
    return Flow(len(every) / spent, every)


def together(flows: Sequence[Flow]) -> Flow:
    """Several measurements of one contender as one."""
    seconds = sum(len(each.waits) / each.rate for each in flows)
    waits = sorted(itertools.chain.from_iterable(each.waits for each in flows))
    return Flow(len(waits) / seconds, waits)


def _remit(stack: contextlib.ExitStack, home: Path, url: str | None) -> Callable[[int], Iterator[Record]]:
    engine = stack.enter_context(engine_in(home, url))
    _append(engine)
    return lambda callers: itertools.repeat(lambda: _append(engine), callers)


def _append(engine: Engine) -> None:
    with engine.database.write() as unit:
        engine.ledger.append(unit, [DRAFT])


def _raw_sqlite(stack: contextlib.ExitStack, path: Path) -> Callable[[int], Iterator[Record]]:
    link = stack.enter_context(contextlib.closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)))
    link.execute("PRAGMA journal_mode=WAL")
    link.execute("PRAGMA synchronous=FULL")
    link.execute("CREATE TABLE event (seq INTEGER PRIMARY KEY, body TEXT NOT NULL)")
    turn = threading.Lock()

    def insert() -> None:
        with turn:
            link.execute("BEGIN IMMEDIATE")
            link.execute("INSERT INTO event (body) VALUES (?)", (_BODY,))
            link.execute("COMMIT")

    return lambda callers: itertools.repeat(insert, callers)


def _raw_postgres(stack: contextlib.ExitStack, server: TemporaryServer) -> Callable[[int], Iterator[Record]]:
    conninfo = server.create("raw").replace("+psycopg", "")
    with psycopg.connect(conninfo, autocommit=True) as link:
        link.execute("CREATE TABLE event (seq BIGSERIAL PRIMARY KEY, body TEXT NOT NULL)")
    links: list[psycopg.Connection] = []

    def contend(callers: int) -> Iterator[Record]:
        while len(links) < callers:
            links.append(stack.enter_context(psycopg.connect(conninfo, autocommit=True)))
        for link in links[:callers]:
            yield functools.partial(link.execute, "INSERT INTO event (body) VALUES (%s)", (_BODY,))

    return contend
