"""How Remit grows: a decision's time, the ledger's verification and the bytes on disk, by how much was decided before.

The history is made of copies of one real decision: its rows, sealed anew, and its events, each copy under an id, a
subject and a time of its own, written a few hundred a commit. What is measured are real decisions on top of it.
"""

from __future__ import annotations

import statistics
import time
from dataclasses import replace
from typing import Any

from remit.agents import ports
from remit.agents.records import Judgement, StoredDecision
from remit.core.errors import NotFound
from remit.eval.bench.measure import Spread
from remit.eval.bench.report import Figure, Section, Unit
from remit.eval.bench.workbench import ACTOR, PACK, Workbench, engine_in
from remit.ledger.event import Draft, Event
from remit.wiring import Engine

SIZES = (1_000, 10_000, 100_000)
DECISIONS = 30
"""How many decisions are timed at each size, in each round."""
_AT_ONCE = 250


def measure(bench: Workbench, rounds: int) -> Section:
    """Latency, verification and size at each number of past decisions."""
    figures: list[Figure] = []
    with engine_in(bench.fresh(), embedder=bench.engine.embedder) as engine:
        model = _decided(engine, bench)
        known = 1
        first: dict[str, float] = {}
        for size in SIZES:
            _fill(engine, model, size - known)
            found: dict[str, tuple[Spread, Unit]] = {
                "one decision": (Spread.of(_decide(engine, bench) for _ in range(rounds)), "ms"),
                "verify, an event": (Spread.of(_verify(engine) for _ in range(rounds)), "us"),
                "database, a decision": (Spread.of([_bytes(engine) / size]), "bytes"),
            }
            known = size + rounds * DECISIONS
            for name, (spread, unit_of) in found.items():
                figures.append(Figure(f"{name}, after {size:,} decisions", spread, unit_of))
                base = first.setdefault(name, spread.median)
                if size != SIZES[0]:
                    ratio = Spread.of([spread.median / base])
                    figures.append(Figure(f"{name}, {size:,} against {SIZES[0]:,}", ratio, "x", "about 1"))
    return Section(
        "Growth",
        "Past decisions are copies of a real one with all of its rows and events; those that are timed are real. What "
        "grows with the log in proportion keeps its figure per event or per decision.",
        tuple(figures),
    )


def _decided(engine: Engine, bench: Workbench) -> tuple[StoredDecision, list[Event]]:
    """A real decision that was executed at once, and its events."""
    for case in bench.cases:
        told = engine.decide(PACK, case, ACTOR)
        if told["status"] == "executed":
            with engine.store.read() as unit:
                return unit.decisions.get(told["decision_id"]), engine.events_of(told["decision_id"])
    raise NotFound(f"no case of the pack `{PACK}` is executed at once")


def _fill(engine: Engine, model: tuple[StoredDecision, list[Event]], count: int) -> None:
    stored, events = model
    while count > 0:
        with engine.store.write() as unit:
            for _ in range(min(count, _AT_ONCE)):
                _copy(engine, unit, stored, events)
        count -= _AT_ONCE


def _copy(engine: Engine, unit: ports.Unit, stored: StoredDecision, events: list[Event]) -> None:
    decision_id = engine.ids.new()
    run = replace(stored.run, decision_id=decision_id, subject=decision_id, request_key=None, at=engine.clock.now())
    unit.decisions.receive(run, stored.versions)
    assert stored.judgement is not None
    unit.decisions.judge(decision_id, Judgement(**stored.judgement.to_json()), stored.action_digest)
    receipt = ""
    for event in events:
        draft: Draft = event.draft
        receipt = unit.journal.append(
            draft.type, actor=draft.actor or ACTOR, body=draft.body, decision_id=decision_id, step=draft.step or ""
        )
    unit.decisions.move(
        decision_id, ("received",), "executed", effect_result=stored.effect_result, receipt_event=receipt
    )


def _decide(engine: Engine, bench: Workbench) -> float:
    """Milliseconds for one decision: the median of some real cases."""
    return statistics.median(_timed(engine, case) for case in bench.cases[:DECISIONS])


def _timed(engine: Engine, case: dict[str, Any]) -> float:
    started = time.perf_counter()
    engine.decide(PACK, case, ACTOR)
    return (time.perf_counter() - started) * 1000


def _verify(engine: Engine) -> float:
    """Microseconds for one event."""
    started = time.perf_counter()
    report = engine.verify()
    return (time.perf_counter() - started) * 1_000_000 / report.size


def _bytes(engine: Engine) -> int:
    return sum(path.stat().st_size for path in engine.home.glob("remit.db*"))
