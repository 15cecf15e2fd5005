"""A finding shows the clause that made it so; an explanation shows every clause of every rule."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from remit.policies.evaluate import CompiledContract
from remit.policies.explain import Explanation, explain_verdict
from remit.policies.facts import Facts

Load = Callable[..., CompiledContract]
Make = Callable[..., Facts]


@pytest.mark.parametrize(
    ("when", "clause"),
    [
        ("case.amount_cents > 1 && !case.disputed", "case.amount_cents > 1 && !case.disputed"),
        ("case.disputed || case.amount_cents > 1 || true", "case.amount_cents > 1"),
        ("case.income > 1.0 || case.purpose == 'car'", "case.purpose == 'car'"),
        ("has(case.closed_at) && case.closed_at < now || true", "true"),
        ("case.disputed ? false : true", "case.disputed ? false : true"),
    ],
)
def test_a_rule_that_fired_shows_its_first_true_alternative(load: Load, facts: Make, when: str, clause: str) -> None:
    (finding,) = load(f'  - {{id: a, when: "{when}", effect: allow, reason: Because.}}\n').evaluate(facts()).findings
    assert finding.clause == clause


def test_a_requirement_that_failed_shows_its_first_false_condition(load: Load, facts: Make) -> None:
    rest = 'requires: [{id: r, check: "case.amount_cents > 1 && case.disputed && false", else: deny}]\n'
    assert load(rest=rest).evaluate(facts()).findings[0].clause == "case.disputed"


def explained(load: Load, facts: Facts, when: str, rest: str = "") -> Explanation:
    return explain_verdict(load(f'  - {{id: a, when: "{when}", effect: deny, reason: Because.}}\n', rest), facts)


def because(explanation: Explanation, name: str = "a") -> list[tuple[str, bool | None]]:
    rule = explanation.rule(name)
    assert rule is not None
    return [(clause.text, clause.value) for clause in rule.because]


@pytest.mark.parametrize(
    ("when", "spoke", "deciding"),
    [
        ("case.amount_cents > 1 && !case.disputed", True, [("case.amount_cents > 1", True), ("case.disputed", False)]),
        ("case.amount_cents > 1 && case.disputed", False, [("case.disputed", False)]),
        ("case.disputed || case.amount_cents > 1", True, [("case.amount_cents > 1", True)]),
        (
            "case.disputed || case.amount_cents > 9999",
            False,
            [("case.disputed", False), ("case.amount_cents > 9999", False)],
        ),
        (
            "case.disputed ? true : case.amount_cents > 1",
            True,
            [("case.disputed", False), ("case.amount_cents > 1", True)],
        ),
        ("!(case.disputed || case.amount_cents > 1)", False, [("case.amount_cents > 1", True)]),
        ("case.disputed || case.income > 1.0", None, [("case.income > 1.0", None)]),
    ],
)
def test_an_explanation_names_the_clauses_that_decided(
    load: Load, facts: Make, when: str, spoke: bool | None, deciding: list[tuple[str, bool | None]]
) -> None:
    explanation = explained(load, facts(), when)
    assert explanation.rules[0].spoke is spoke
    assert because(explanation) == deciding


def test_an_explanation_looks_into_a_variable_that_is_true_or_false(load: Load, facts: Make) -> None:
    rest = "variables: {weak: case.disputed || case.amount_cents > 1}\n"
    assert because(explained(load, facts(), "variables.weak", rest)) == [("case.amount_cents > 1", True)]


def test_a_clause_shows_what_it_looked_at(load: Load, facts: Make) -> None:
    rest = "variables: {twice: case.amount_cents * 2}\n"
    (clause,) = explained(load, facts(), "variables.twice > case.amount_cents", rest).rules[0].because
    assert clause.facts == {"variables.twice": 10_000, "case.amount_cents": 5_000}


def test_a_clause_that_cannot_be_evaluated_says_why(load: Load, facts: Make) -> None:
    (clause,) = explained(load, facts(), "case.income > 1.0").rules[0].because
    assert "an optional field is absent" in clause.error


REQUIRED = "requires: [{id: r, for: action.name == 'approve', check: \"size(evidence) > 1\", else: escalate}]\n"


def test_a_requirement_that_fails_speaks(load: Load, facts: Make) -> None:
    explanation = explain_verdict(load(rest=REQUIRED), facts())
    assert because(explanation, "r") == [("action.name == 'approve'", True), ("size(evidence) > 1", False)]


def test_a_requirement_out_of_its_scope_is_silent_because_of_the_scope(load: Load, facts: Make) -> None:
    explanation = explain_verdict(load(rest=REQUIRED), facts("decline"))
    assert because(explanation, "r") == [("action.name == 'approve'", False)]


def test_facts_that_do_not_fit_have_a_verdict_and_no_clauses(load: Load, facts: Make) -> None:
    explanation = explain_verdict(load(), facts(amount_cents=None))
    assert (explanation.verdict.effect, explanation.rules) == ("escalate", ())


def test_an_explanation_is_json(load: Load, facts: Make) -> None:
    told = json.loads(json.dumps(explained(load, facts(), "!case.disputed && now > now").to_json()))
    assert told["rules"][0]["because"][0]["value"] is False
    assert [part["value"] for part in told["rules"][0]["condition"]["parts"]] == [True, False]
