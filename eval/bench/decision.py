"""One decision against a bare LangGraph graph of the same shape with the same kind of checkpointer."""

from __future__ import annotations

import contextlib
import itertools
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal

from langgraph.checkpoint.sqlite import SqliteSaver

from remit.eval.bench.bare_graph import Verdict, build_bare_graph
from remit.eval.bench.measure import Spread, Step, interleaved, ratios
from remit.eval.bench.report import Figure, Section
from remit.eval.bench.workbench import ACTOR, PACK, Workbench
from remit.packs.local_record import LocalRecord

CASES_OF_A_KIND = 20
_LOOKED_AT = 300
VERDICTS: Mapping[str, Verdict] = {"executed": "allow", "awaiting_review": "escalate", "denied": "deny"}
"""Which way the bare graph goes for a decision of each status."""
Durability = Literal["exit", "sync"]


def measure(bench: Workbench, rounds: int) -> Section:
    """Time per decision that is executed, escalated and denied, beside the bare graph's; and where it goes."""
    groups = _cases_by_status(bench)
    decided = _Decided(bench)
    with _bare_runs(bench) as bare:
        contenders: dict[str, Step] = {}
        for status, cases in groups.items():
            contenders[f"{status}: Remit"] = decided.step(status, cases)
            for durability in ("exit", "sync"):
                contenders[f"{status}: bare graph, {durability}"] = bare(status, durability)
        contenders["the pack's own system of record, one entry"] = _entry(bench)
        times = interleaved(rounds, CASES_OF_A_KIND, contenders)
    figures = [Figure(name, Spread.of(spent), "ms") for name, spent in times.items()]
    for status in groups:
        for durability, aim in (("sync", "<= 1.5"), ("exit", None)):
            against = times[f"{status}: bare graph, {durability}"]
            figures.append(
                Figure(
                    f"{status}: Remit / bare graph, {durability}", ratios(times[f"{status}: Remit"], against), "x", aim
                )
            )
    return Section(
        "One decision, warm",
        f"Cases: {', '.join(f'{len(cases)} {status}' for status, cases in groups.items())}; pack `{PACK}`, real model, "
        "real index, each case seen once before. The bare graph has the same nodes and edges with nothing in them, and "
        "LangGraph's SqliteSaver on a file. With `sync` a killed run goes on where it was, as Remit's does; with "
        "`exit` it is lost. The bare graph keeps no ledger, judges nothing and acts on nothing.",
        (*figures, *decided.split()),
    )


def _cases_by_status(bench: Workbench) -> dict[str, list[dict[str, Any]]]:
    """Real cases by what comes of them. Deciding them here also warms whatever is kept in memory."""
    groups: dict[str, list[dict[str, Any]]] = {status: [] for status in VERDICTS}
    for case in bench.cases[:_LOOKED_AT]:
        group = groups.get(bench.engine.decide(PACK, case, ACTOR)["status"])
        if group is not None and len(group) < CASES_OF_A_KIND:
            group.append(case)
        if all(len(group) == CASES_OF_A_KIND for group in groups.values()):
            break
    return {status: group for status, group in groups.items() if group}


class _Decided:
    """Decides cases, and keeps the time of each node as the results tell it."""

    def __init__(self, bench: Workbench) -> None:
        self._bench = bench
        self._nodes: dict[tuple[str, str], list[float]] = defaultdict(list)

    def step(self, status: str, cases: list[dict[str, Any]]) -> Step:
        def decide(number: int) -> None:
            result = self._bench.engine.decide(PACK, cases[number % len(cases)], ACTOR)
            timings = result["timings_ms"]
            nodes = {node: spent for node, spent in timings.items() if node != "total"}
            for node, spent in nodes.items():
                self._nodes[status, node].append(spent)
            self._nodes[status, "the graph itself, and reading the result"].append(
                timings["total"] - sum(nodes.values())
            )

        return decide

    def split(self) -> Iterator[Figure]:
        for (status, node), spent in self._nodes.items():
            yield Figure(f"  {status}, of which {node}", Spread.of(spent), "ms")


@contextlib.contextmanager
def _bare_runs(bench: Workbench) -> Iterator[Callable[[str, Durability], Step]]:
    """Makes runs of the bare graph. Its checkpointer is as LangGraph sets it up: WAL, every commit synced."""
    connection = sqlite3.connect(bench.fresh(".db"), check_same_thread=False)
    threads = itertools.count()
    with contextlib.closing(connection):
        graph = build_bare_graph(SqliteSaver(connection))

        def runs(status: str, durability: Durability) -> Step:
            def run(_: int) -> None:
                config: Any = {"configurable": {"thread_id": str(next(threads))}}
                graph.invoke({"verdict": VERDICTS[status]}, config, durability=durability)

            return run

        yield runs


def _entry(bench: Workbench) -> Step:
    """What an executed decision pays for the effect itself."""
    record, keys = LocalRecord(bench.fresh(".db")), itertools.count()
    return lambda _: record.write(str(next(keys)), "account", {"amount_cents": 1})
