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
        "executed": "grant",
        "confidence": 0.9,
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


def test_two_reviewers_of_a_case_are_held_against_each_other() -> None:
    def word(reviewer: str, choice: str, saw: bool = False) -> dict[str, Any]:
        return {"id": reviewer, "choice": choice, "saw_model": saw}

    agreed, split = (
        [word("ana", "approve"), word("ben", "approve")],
        [word("ana", "approve", True), word("ben", "reject")],
    )
    of = [{"reviewers": agreed}, {"reviewers": split}, {"reviewers": [word("ana", "approve")]}, {}]
    people = check(SHAPE, [row(number, **of[number % 4]) for number in range(120)])["reviewers"]
    assert people["double_review_share"] == pytest.approx(2 / 3, abs=1e-4)
    assert people["blind_double_review_share"] == pytest.approx(1 / 3, abs=1e-4)
    assert (people["disagreement"], people["agreement_beyond_chance"]) == (0.5, pytest.approx(-1 / 3, abs=1e-4))


def test_what_was_accepted_is_bounded_and_reviewers_are_held_against_the_model() -> None:
    unseen = {"label": "unknown", "outcome": None, "rewards": None}
    wrong = {"rewards": {"grant": 0.0, "refuse": 1.0}}
    of = [wrong, {}, unseen, {"executed": "refuse"}]
    rows = [
        row(number, reviewers=[{"id": f"r{number % 3}", "choice": "approve", "saw_model": True}], **of[number % 4])
        for number in range(120)
    ]
    report = check(SHAPE, rows)
    assert (report["accepted_failures"]["lower"], report["accepted_failures"]["upper"]) == (0.3333, 0.6667)
    assert report["contraction"]["why"] == "20 of 30 cases that the most lenient accepted have an outcome"
