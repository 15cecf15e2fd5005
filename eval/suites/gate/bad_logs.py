"""Logs that no estimate should be made from; the gate has to refuse each."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from remit.eval.suite import Row
from remit.learning.gate import Candidate, Conditions, judge
from remit.learning.logged import Logged

ROWS = 5_000
FROZEN = datetime(2026, 1, 1, tzinfo=UTC)
RARE = 0.000046
"""The propensity of an action that the challenger always takes: weight 21,739."""


def bad_logs() -> list[Row]:
    """One figure a log: 1 where it was refused; and for the first what it looks like."""
    logs = {
        "log with weight 21,739": heavy_log(),
        "log whose logger never does what is wanted": [replace(row, unsupported=0.3) for row in _sound()],
        "log with 0.5 written for 0.25": [replace(row, propensity=0.5, recomputed=0.5) for row in _sound()],
        "log whose propensities do not recompute": [replace(row, recomputed=0.26) for row in _sound()],
    }
    rows: list[Row] = []
    for name, log in logs.items():
        found = judge(Candidate("0" * 64, FROZEN), log, Conditions())
        rows.append(Row(name, "refused", float(found.outcome == "refuse")))
        rows.append(Row(name, "largest weight", found.numbers["weights"]["largest"]))
        rows.append(Row(name, "effective sample", found.numbers["weights"]["effective_sample"]))
    return rows


def heavy_log() -> list[Logged]:
    """Two rows of 5,000 have the weight 21,739 and pay; the effective sample is 2."""
    usual = [replace(row, propensity=0.99, recomputed=0.99, challenger=0.02, reward=0.0) for row in _sound()]
    for index in (1_000, 4_000):
        usual[index] = replace(usual[index], propensity=RARE, recomputed=RARE, challenger=1.0, reward=1.0)
    return usual


def _sound() -> list[Logged]:
    """Four actions by turns, each logged at 0.25; the challenger takes the first with 0.7 and the others with 0.1."""
    return [
        Logged(
            decision_id=f"D{index:05}",
            decided_at=FROZEN + timedelta(minutes=1 + index),
            propensity=0.25,
            challenger=0.7 if index % 4 == 0 else 0.1,
            reward=float(index % 3 == 0),
            matured=True,
            recomputed=0.25,
        )
        for index in range(ROWS)
    ]
