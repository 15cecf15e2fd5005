"""Ledger appends against raw SQLite commits of the same bytes, and how fast the log is verified."""

from __future__ import annotations

import contextlib
import itertools
import sqlite3
import statistics
from collections.abc import Callable

from remit.core.canonical import sha256_hex
from remit.core.errors import Corrupted
from remit.eval.bench.measure import interleaved, rates, ratios
from remit.eval.bench.report import Figure, Section
from remit.eval.bench.workbench import ACTOR, Workbench, engine_in
from remit.ledger.event import Draft
from remit.wiring import Engine

UNITS = 200
_SUBJECT = sha256_hex(b"the decision that every event here is about")[:26]
DRAFT = Draft(
    "decision.judged",
    {"judgement_sha256": sha256_hex(b"judgement"), "versions": {str(number): sha256_hex(b"") for number in range(6)}},
    decision_id=_SUBJECT,
    step="guard",
    actor=ACTOR,
)


def measure(bench: Workbench, rounds: int) -> Section:
    """Events per second in units of work of one and of five events, beside raw commits; and verified per second."""
    with engine_in(bench.fresh()) as engine, contextlib.closing(sqlite3.connect(bench.fresh(".db"))) as raw:
        _append(engine, 1)
        body = engine.events_of(_SUBJECT)[0].to_bytes().decode()
        insert = _raw_insert(raw, body)

        times = interleaved(
            rounds,
            UNITS,
            {
                "Remit, 1": lambda _: _append(engine, 1),
                "raw SQLite, 1": lambda _: insert(1),
                "Remit, 5": lambda _: _append(engine, 5),
                "raw SQLite, 5": lambda _: insert(5),
            },
            summary=statistics.fmean,
        )
        size = engine.verify().size
        verified = interleaved(rounds, 1, {"verify": lambda _: _verify(engine)})["verify"]
    figures = [
        Figure(f"{name} a unit of work, events", rates(int(name[-1]), spent), "/s") for name, spent in times.items()
    ]
    return Section(
        "Ledger appends",
        f"{UNITS} units of work of {len(body)} bytes an event, durable at its end (WAL, synchronous=FULL). Remit "
        "also hashes, links, signs and indexes; raw SQLite inserts the same bytes.",
        (
            *figures,
            Figure("time of Remit / raw SQLite, 1", ratios(times["Remit, 1"], times["raw SQLite, 1"]), "x"),
            Figure("time of Remit / raw SQLite, 5", ratios(times["Remit, 5"], times["raw SQLite, 5"]), "x"),
            Figure(f"verified, of {size} events", rates(size, verified), "/s"),
        ),
    )


def _append(engine: Engine, size: int) -> None:
    with engine.database.write() as unit:
        engine.ledger.append(unit, [DRAFT] * size)


def _raw_insert(connection: sqlite3.Connection, body: str) -> Callable[[int], None]:
    """Writes so many rows of that body in one commit."""
    connection.isolation_level = None
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE event (seq INTEGER PRIMARY KEY, body TEXT NOT NULL)")
    numbers = itertools.count()

    def insert(size: int) -> None:
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany("INSERT INTO event VALUES (?, ?)", [(next(numbers), body) for _ in range(size)])
        connection.execute("COMMIT")

    return insert


def _verify(engine: Engine) -> None:
    report = engine.verify()
    if not report.sound:
        raise Corrupted(f"the ledger that was just written does not verify: {report.why}")
