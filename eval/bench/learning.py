"""How the learning loop grows: a snapshot and a gate of up to a million decisions, and the watch for drift.

Rows are generated, in the shape that logged decisions have; each size is measured in a process of its own, which says
how much memory it had at most. The command line starts those: ``python -m remit.eval.bench.learning snapshot 100000``.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from remit.adapters.snapshots.files import SnapshotFolder
from remit.core.errors import SystemFailed
from remit.eval.bench.measure import Spread
from remit.eval.bench.report import Figure, Section
from remit.eval.bench.workbench import Workbench
from remit.learning.gate import Candidate, Conditions, judge
from remit.learning.logged import Log, Logged
from remit.learning.snapshot import Arrival, Part, Shape
from remit.learning.watch import REFERENCE, SOURCE, Features, Rewarded, Watch

SIZES = (100_000, 1_000_000)
UPDATES = 2_000
NOW = datetime(2026, 1, 1, tzinfo=UTC)
HORIZON = timedelta(days=30)
ACTIONS = ("approve", "decline", "ask")
NUMBERS = tuple(f"number_{place}" for place in range(10))
AT_ONCE = 1_000
SEED = 7
MIB = 1024 * 1024


def measure(_bench: Workbench, rounds: int) -> Section:
    """Seconds, memory and bytes by size; the large sizes are measured once, whatever the rounds."""
    figures: list[Figure] = []
    for what in ("snapshot", "gate"):
        found = [(size, _in_a_process(what, size)) for size in SIZES]
        for size, told in found:
            figures.append(Figure(f"{what} of {size:,} decisions", _one(told["seconds"] * 1000), "ms"))
            figures.append(Figure(f"{what} of {size:,}: a decision", _one(told["seconds"] / size * 1e6), "us"))
            figures.append(Figure(f"{what} of {size:,}: peak memory", _one(told["peak_mib"]), "MiB"))
            if "bytes" in told:
                figures.append(Figure(f"{what} of {size:,}: on disk, a decision", _one(told["bytes"] / size), "bytes"))
        (_, small), (_, large) = found
        figures.append(
            Figure(f"{what}: peak memory, ten times as many", _one(large["peak_mib"] / small["peak_mib"]), "x")
        )
    updates = [_in_a_process("drift", UPDATES) for _ in range(rounds)]
    for name in ("decided", "rewarded", "saved"):
        figures.append(Figure(f"watch: {name}, a decision", Spread.of(each[name] for each in updates), "us"))
    figures.append(Figure("watch: its state", Spread.of(each["bytes"] for each in updates), "bytes"))
    return Section(
        "Learning",
        "Generated decisions of ten numeric features, a text and three actions, each with an outcome. A snapshot is "
        "joined as of a moment, named by content and written as Parquet; the gate judges the whole log at one look; "
        "the watch is fed decision by decision, with all features and all series, and saved after each hundred. Sizes "
        "are measured once, each in a fresh process, imports included in its memory.",
        tuple(figures),
    )


def _one(value: float) -> Spread:
    return Spread.of([value])


def _in_a_process(what: str, size: int) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, "-m", "remit.eval.bench.learning", what, str(size)],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise SystemFailed(f"a process of the benchmark failed: {done.stderr.strip()[-500:]}", code="bench_process")
    told: dict[str, float] = json.loads(done.stdout)
    return told


def snapshot(size: int) -> dict[str, float]:
    """Build and keep a snapshot of so many decisions."""
    shape = Shape({**dict.fromkeys(NUMBERS, "double"), "purpose": "string"}, (), ACTIONS, "repaid", ("true", "false"))
    with tempfile.TemporaryDirectory(prefix="remit-bench-") as folder:
        files = SnapshotFolder(Path(folder))
        started = time.perf_counter()
        with files.build(shape, _parts(size), NOW + HORIZON * 4, HORIZON) as built:
            assert built.counts["rows"] == size
            files.keep(built)
        spent = time.perf_counter() - started
        return {"seconds": spent, "bytes": sum(path.stat().st_size for path in Path(folder).glob("*.parquet"))}


def gate(size: int) -> dict[str, float]:
    """Judge a challenger by so many decisions, at one look."""
    candidate = Candidate("c" * 64, NOW - timedelta(days=1))
    started = time.perf_counter()
    word = judge(candidate, Log(_logged(size)), Conditions())
    assert word.numbers["counts"]["evidence"] == size
    return {"seconds": time.perf_counter() - started}


def drift(size: int) -> dict[str, float]:
    """Microseconds for each step of the watch, once everything has its reference."""
    rng = np.random.default_rng(SEED)
    spent = dict.fromkeys(("decided", "rewarded", "saved"), 0.0)
    watch = Watch("bench", "bench.case")
    for number in range(REFERENCE + size):
        values = {**dict(zip(NUMBERS, rng.normal(size=len(NUMBERS)).tolist(), strict=True)), SOURCE: f"{number % 7}.md"}
        row, good, before = Features(f"{number:026}", values), bool(rng.random() < 0.9), watch
        rewarded = Rewarded(float(good), "model", good, 0.9)
        times = [time.perf_counter()]
        watch = watch.decided(0, good, ACTIONS[0], row)
        times.append(time.perf_counter())
        if watch.wants_reference:
            watch = watch.referred([Features(each, values) for each in watch.begun])
            times[-1:] = [time.perf_counter()]
        watch = watch.rewarded(rewarded)
        times.append(time.perf_counter())
        if number % 100 == 0:
            watch = _saved(watch, before)
        times.append(time.perf_counter())
        if number >= REFERENCE:
            for name, (began, ended) in zip(spent, pairwise(times), strict=True):
                spent[name] += ended - began
    return {**{name: each / size * 1e6 for name, each in spent.items()}, "bytes": len(json.dumps(watch.state()))}


def _saved(after: Watch, before: Watch) -> Watch:
    """What a worker does once for a hundred decisions, but for the database."""
    known, _ = after.raised(before)
    json.dumps(known.state())
    return known


def _parts(size: int) -> Iterator[Part]:
    for first in range(0, size, AT_ONCE):
        rng = np.random.default_rng([SEED, first])
        numbers = rng.normal(size=(AT_ONCE, len(NUMBERS))).round(4)
        taken = rng.integers(len(ACTIONS), size=AT_ONCE)
        ids = range(first, min(size, first + AT_ONCE))
        rows = [_row(each, numbers[each - first].tolist(), ACTIONS[taken[each - first]]) for each in ids]
        yield Part(rows, [_arrival(row) for row in rows])


def _row(number: int, values: list[float], action: str) -> dict[str, Any]:
    at = NOW + timedelta(seconds=number)
    return {
        "decision_id": f"{number:026}",
        "decided_at": at,
        "event_at": at,
        "known_at": at,
        "stage": "executed",
        "features": {**dict(zip(NUMBERS, values, strict=True)), "purpose": f"purpose {number % 9}"},
        "protected": {},
        "permitted": list(ACTIONS),
        "probabilities": dict.fromkeys(ACTIONS, 1 / 3),
        "seed": f"{number:013x}",
        "proposed": action,
        "executed": action,
        "changed_by": None,
        "propensity": 1 / 3,
        "confidence": 0.8,
        "proposer": "model:000000000000",
        "automated": True,
        "audit": False,
        "audit_probability": None,
        "reviewers": [],
        "pack_sha256": "a" * 64,
        "policy_sha256": "b" * 64,
        "model_sha256": "c" * 64,
        "quarantine": None,
    }


def _arrival(row: dict[str, Any]) -> Arrival:
    at = row["decided_at"] + timedelta(days=3)
    value = "true" if row["features"]["number_0"] > 0 else "false"
    return Arrival(row["decision_id"], value, at, at, dict.fromkeys(ACTIONS, 0.5))


def _logged(size: int) -> Iterator[Logged]:
    rng = np.random.default_rng(SEED)
    for first in range(0, size, AT_ONCE):
        propensity, challenger = rng.uniform(0.2, 0.6, size=(2, AT_ONCE)).tolist()
        rewards = (rng.random(AT_ONCE) < 0.5).tolist()
        for place in range(min(AT_ONCE, size - first)):
            number, logged = first + place, propensity[place]
            yield Logged(
                decision_id=f"{number:026}",
                decided_at=NOW + timedelta(seconds=number),
                propensity=logged,
                challenger=logged if number % 2 else min(1.0, challenger[place]),
                reward=float(rewards[place]),
                matured=True,
                recomputed=logged,
                weight_max=5.0,
            )


if __name__ == "__main__":
    told = {"snapshot": snapshot, "gate": gate, "drift": drift}[sys.argv[1]](int(sys.argv[2]))
    told["peak_mib"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / MIB
    print(json.dumps(told))
