"""A batch against deciding the same cases one by one, each with its own request key."""

from __future__ import annotations

from typing import Any

import orjson

from remit.eval.bench.measure import interleaved, rates, ratios
from remit.eval.bench.report import Figure, Section
from remit.eval.bench.workbench import ACTOR, PACK, Workbench

ROWS = 20
_TURNS = 3


def measure(bench: Workbench, rounds: int) -> Section:
    """Cases per second both ways."""
    cases = bench.cases[:ROWS]
    source = bench.fresh(".jsonl")
    source.write_bytes(b"\n".join(orjson.dumps(case) for case in cases))
    _one_by_one(bench, cases)  # whatever is kept in memory is kept for both
    times = interleaved(
        rounds,
        _TURNS,
        {
            "batch": lambda _: bench.engine.batch(PACK, source, bench.fresh(".jsonl"), ACTOR, name=bench.fresh().name),
            "one by one": lambda _: _one_by_one(bench, cases),
        },
    )
    figures = [Figure(f"{name}, cases", rates(ROWS, spent), "/s") for name, spent in times.items()]
    return Section(
        "A batch",
        f"{ROWS} real cases of the pack `{PACK}`, from a file and one by one, each under a request key, seen before.",
        (*figures, Figure("time of batch / one by one", ratios(times["batch"], times["one by one"]), "x")),
    )


def _one_by_one(bench: Workbench, cases: list[dict[str, Any]]) -> None:
    name = bench.fresh().name
    for number, case in enumerate(cases):
        bench.engine.decide(PACK, case, ACTOR, request_key=f"one-by-one:{name}:{number}")
