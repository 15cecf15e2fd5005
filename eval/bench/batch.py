"""A batch against deciding the same cases one by one, each with its own request key."""

from __future__ import annotations

from typing import Any

import orjson

from remit.eval.bench.measure import Spread, interleaved, per_second, ratios
from remit.eval.bench.report import Figure, Section
from remit.eval.bench.workbench import ACTOR, PACK, Workbench

ROWS = 50


def measure(bench: Workbench, rounds: int) -> Section:
    """Cases per second both ways."""
    cases = bench.cases[:ROWS]
    source = bench.fresh(".jsonl")
    source.write_bytes(b"\n".join(orjson.dumps(case) for case in cases))
    _one_by_one(bench, cases)  # whatever is kept in memory is kept for both
    rates = interleaved(
        rounds,
        {
            "batch": lambda: per_second(
                ROWS,
                lambda: bench.engine.batch(PACK, source, bench.fresh(".jsonl"), ACTOR, name=bench.fresh().name),
            ),
            "one by one": lambda: per_second(ROWS, lambda: _one_by_one(bench, cases)),
        },
    )
    figures = [Figure(f"{name}, cases", Spread.of(rate), "/s") for name, rate in rates.items()]
    return Section(
        "A batch",
        f"{ROWS} real cases of the pack `{PACK}`, from a file and one by one, each under a request key, seen before.",
        (*figures, Figure("batch / one by one", ratios(rates["batch"], rates["one by one"]), "x")),
    )


def _one_by_one(bench: Workbench, cases: list[dict[str, Any]]) -> None:
    name = bench.fresh().name
    for number, case in enumerate(cases):
        bench.engine.decide(PACK, case, ACTOR, request_key=f"one-by-one:{name}:{number}")
