"""A cold start, split into its parts; every round is a fresh process."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import defaultdict

from remit.core.errors import SystemFailed
from remit.eval.bench.measure import Spread, interleaved
from remit.eval.bench.report import Figure, Section
from remit.eval.bench.workbench import ACTOR, PACK, Workbench, engine_in

_HELP = "from remit.cli.main import run; run()"


def measure(bench: Workbench, rounds: int) -> Section:
    """From nothing to the first decision on an existing data folder, and to the help text."""
    home, case = bench.fresh(), bench.fresh(".json")
    case.write_text(json.dumps(bench.cases[0]))
    with engine_in(home) as engine:
        engine.decide(PACK, bench.cases[0], ACTOR)
    parts: dict[str, list[float]] = defaultdict(list)

    def first_decision(_: int) -> None:
        for name, spent in json.loads(_run("-m", "remit.eval.bench.cold_steps", str(home), str(case))).items():
            parts[name].append(spent)

    times = interleaved(
        rounds,
        1,
        {
            "python itself": lambda _: _run("-c", "pass"),
            "remit --help": lambda _: _run("-c", _HELP, "--help"),
            "a process that decides one case": first_decision,
        },
    )
    figures = [
        Figure(name, Spread.of(spent), "ms", "< 500" if name == "remit --help" else None)
        for name, spent in times.items()
    ]
    split = (Figure(f"  of which: {name}", Spread.of(spent), "ms") for name, spent in parts.items())
    return Section(
        "Cold start",
        "Fresh processes on an existing data folder, with the machine's file cache warm. The parts are taken in this "
        "order; each counts only what no earlier one has loaded.",
        (*figures, *split),
    )


def _run(*arguments: str) -> str:
    done = subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemFailed(f"a process of the benchmark failed: {done.stderr.strip()[-500:]}", code="bench_process")
    return done.stdout
