"""A contract is made slightly wrong: the tests should notice."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from remit.policies.evaluate import CompiledContract
from remit.policies.generate import generate_tests
from remit.policies.mutate import mutants, mutate

Load = Callable[..., CompiledContract]
RULES = """\
  - {id: large, when: "case.amount_cents > 7000 && !case.disputed", effect: deny, reason: Large.}
  - {id: routine, when: "action.name in ['approve', 'decline']", effect: allow, reason: Routine.}
"""
REST = "test_case: {amount_cents: 5000, purpose: car, disputed: false}\n"
ONE = (
    "tests: [{name: t, case: {amount_cents: 9000}, action: {name: decline, args: {reason_codes: []}}, expect: deny}]\n"
)


@pytest.mark.parametrize(
    ("kind", "after"),
    [
        ("operator", "case.amount_cents >= 7000"),
        ("operator", "case.amount_cents <= 7000"),
        ("operator", "((case.amount_cents > 7000) || (!case.disputed))"),
        ("operator", "(case.disputed)"),
        ("operator", "!( action.name in ['approve', 'decline'])"),
        ("clause", "true"),
        ("constant", "case.amount_cents > 6999"),
        ("constant", "case.amount_cents > 7001"),
        ("effect", "effect: escalate"),
    ],
)
def test_a_contract_has_this_mutant(load: Load, kind: str, after: str) -> None:
    spelled = {(mutant.kind, mutant.after.replace("!(action", "!( action")) for mutant in mutants(load(RULES, REST))}
    assert (kind, after) in spelled


def test_a_mutant_that_no_test_notices_comes_with_a_test_that_would(load: Load) -> None:
    report = mutate(load(RULES, REST + ONE))
    survivor = next(each for each in report.survivors if each.mutant.after == "case.amount_cents >= 7000")
    assert not report.ok
    assert survivor.killer.facts.case["amount_cents"] == 7000


def test_generated_tests_kill_every_mutant_that_can_be_told_apart(load: Load) -> None:
    tests = "tests:\n" + "".join(test.to_yaml() for test in generate_tests(load(RULES, REST)).tests)
    report = mutate(load(RULES, REST + tests))
    assert report.ok
    assert report.killed > report.total * 0.8


def test_a_mutant_that_means_the_same_is_not_distinguished(load: Load) -> None:
    rule = '  - {id: r, when: "case.amount_cents > 9 && case.amount_cents > 5", effect: deny, reason: Twice.}\n'
    report = mutate(load(rule, REST + ONE))
    assert "case.amount_cents > 4" in {mutant.after for mutant in report.not_distinguished}


def test_requirements_and_variables_are_mutated(load: Load) -> None:
    more = "variables: {twice: case.amount_cents * 2}\nrequires: [{id: q, check: variables.twice > 8, else: deny}]\n"
    assert {mutant.rule for mutant in mutants(load(RULES, more))} >= {"q", "variables.twice"}


def test_a_report_is_json(load: Load) -> None:
    told = json.loads(json.dumps(mutate(load(RULES, REST + ONE)).to_json()))
    assert told["total"] == told["killed"] + len(told["survivors"]) + len(told["not_distinguished"])
