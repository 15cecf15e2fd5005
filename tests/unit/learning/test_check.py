"""The gates before training, each on rows that only it should mind."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from remit.learning.check import check
from remit.learning.fairness import Tally, bias
from remit.learning.snapshot import Shape

NOW = datetime(2026, 3, 1, tzinfo=UTC)
_LEAK = [{"features": {"amount": 0.0}, "outcome": "true"}, {"features": {"amount": 9.0}, "outcome": "false"}]
SHAPE = Shape({"amount": "double"}, ("sex",), ("grant", "refuse"), "good", ("true", "false"))


def row(number: int, **changes: Any) -> dict[str, Any]:
    usual = {
        "quarantine": None,
        "decided_at": NOW,
        "known_at": NOW,
        "outcome_at": NOW + timedelta(days=9),
        "late": False,
        "reviewers": [],
        "rewards": {"grant": 1.0, "refuse": 0.0},
        "protected": {"sex": "f" if number % 2 else "m"},
        "proposed": "grant",
        "matured": True,
        "label": "known",
        "audit": False,
        "automated": False,
        "propensity": 1.0,
        "features": {"amount": float(number)},
        "outcome": "true" if number % 3 else "false",
    }
    return {**usual, **changes}


def verdicts(*changes: dict[str, Any]) -> dict[str, str]:
    rows = [row(number, **(changes[number % len(changes)] if changes else {})) for number in range(120)]
    return {gate["gate"]: gate["verdict"] for gate in check(SHAPE, rows)["gates"]}


def test_rows_that_are_as_they_should_be_pass_every_gate() -> None:
    assert set(verdicts().values()) == {"pass"}


@pytest.mark.parametrize(
    ("changes", "gate", "verdict"),
    [
        ([{"quarantine": "propensity"}, {}], "quarantine", "refuse"),
        ([{"known_at": NOW + timedelta(1)}], "times", "refuse"),
        ([{"outcome_at": NOW - timedelta(1)}], "times", "refuse"),
        ([{"features": {"amount": 1.0}}], "contradictions", "refuse"),
        ([{"label": "unknown", "outcome": None}], "labels", "refuse"),
        ([{"label": "unknown", "outcome": None}, {}, {}], "labels", "warn"),
        ([{"matured": False}], "labels", "refuse"),
        (_LEAK, "leakage", "refuse"),
        ([{"proposed": "refuse"}, {}], "fairness", "refuse"),
        ([{"automated": True}], "selection", "warn"),
    ],
)
def test_each_gate_minds_what_it_is_there_for(changes: list[dict[str, Any]], gate: str, verdict: str) -> None:
    assert verdicts(*changes)[gate] == verdict


def test_the_impact_ratio_is_that_of_fairlearn() -> None:
    from fairlearn.metrics import demographic_parity_ratio

    tallies = {"m": Tally(100, 80, 50, 45), "f": Tally(100, 56, 50, 30)}
    proposed = [1] * 80 + [0] * 20 + [1] * 56 + [0] * 44
    expected = demographic_parity_ratio([1] * 200, proposed, sensitive_features=["m"] * 100 + ["f"] * 100)
    found = bias("sex", tallies)
    assert found["impact_ratio"] == pytest.approx(expected)
    assert (found["lowest"], found["equal_opportunity_gap"]) == ("f", 0.3)
