"""The suite of decisions on credit: what is measured of which proposer, and that the promise to people is kept."""

from __future__ import annotations

import pytest

from remit.eval.suite import Row
from remit.eval.suites.decisions import SUITE, run

Figures = dict[tuple[str, str], Row]


@pytest.fixture(scope="module")
def figures() -> Figures:
    return {(row.case, row.metric): row for row in run(True, 20260101)}


def test_a_quick_run_holds_the_floors(figures: Figures) -> None:
    assert [words for floor in SUITE.floors for words in floor.broken_by([*figures.values()])] == []


def test_what_was_learnt_costs_less_than_the_rules_and_asking_errs_less(figures: Figures) -> None:
    rules, learned = figures["rules", "cost"].value, figures["learned", "cost"].value
    saved = figures["learned against rules", "saved"].value
    assert rules is not None
    assert learned is not None
    assert saved == pytest.approx(rules - learned)
    wrong, asking = (figures[case, "wrong"].value for case in ("learned", "learned + escalation"))
    assert wrong is not None
    assert asking is not None
    assert asking < wrong / 2


def test_the_cost_with_people_lies_between_its_two_ends(figures: Figures) -> None:
    never, as_rules = (
        figures["learned + escalation", f"cost, people {who}"].value for who in ("never wrong", "as the rules")
    )
    assert never is not None
    assert as_rules is not None
    assert never < as_rules


def test_what_a_review_may_cost_and_how_wrong_people_may_be_are_where_asking_saves_nothing(figures: Figures) -> None:
    def of(case: str, metric: str) -> float:
        value = figures[case, metric].value
        assert value is not None
        return value

    asking = "learned + escalation"
    asked = 1.0 - of(asking, "automation")
    never, sometimes = (of(asking, f"cost, people {who}") for who in ("never wrong", "wrong in 10%"))
    for other in ("rules", "learned"):
        room = of(f"asking, against {other}", "a review may cost, people wrong in 10%")
        assert sometimes + room * asked == pytest.approx(of(other, "cost"))
        wrong = of(f"asking, against {other}", "people may be wrong in")
        assert never + wrong * (sometimes - never) / 0.1 == pytest.approx(of(other, "cost"))


def test_every_protected_attribute_has_its_figures_with_intervals(figures: Figures) -> None:
    told = [row for (case, metric), row in figures.items() if metric == "impact ratio" and case.startswith("rules: ")]
    assert {row.case for row in told} == {f"rules: {name}" for name in ("age", "status_and_sex", "is_foreign_worker")}
    assert all(row.low is not None and row.value is not None and row.low < row.value for row in told)
