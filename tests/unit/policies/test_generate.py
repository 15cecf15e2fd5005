"""Generated tests say what the contract does now, add coverage, and can be pasted as they are."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from remit.policies.cases import run_tests
from remit.policies.evaluate import CompiledContract
from remit.policies.generate import generate_tests

Load = Callable[..., CompiledContract]
RULES = """\
  - {id: large, when: "case.amount_cents > 7000 && case.purpose == 'car'", effect: deny, reason: Large.}
  - {id: poor, when: "has(case.income) && case.income < 10.5", effect: escalate, reason: Poor.}
  - {id: unsure, when: "proposal.confidence < 0.5 || 'boss' in actor.roles", effect: escalate, reason: Unsure.}
  - {id: early, when: "has(case.closed_at) && case.closed_at < now", effect: escalate, reason: Early.}
  - {id: routine, when: "action.name in ['approve', 'decline']", effect: allow, reason: Routine.}
"""
REST = """\
requires:
  - id: cited
    for: action.name == 'approve'
    check: evidence.exists(e, e.need == 'rule' && e.age_days <= 30)
    else: deny
test_case: {amount_cents: 5000, purpose: car, disputed: false}
"""


def pasted(load: Load, compiled: CompiledContract) -> CompiledContract:
    return load(RULES, REST + "tests:\n" + "".join(test.to_yaml() for test in generate_tests(compiled).tests))


def test_generated_tests_can_be_pasted_and_pass(load: Load) -> None:
    results, _ = run_tests(pasted(load, load(RULES, REST)))
    assert results
    assert [result.why for result in results if not result.passed] == []


def test_generated_tests_reach_every_rule_and_every_clause(load: Load) -> None:
    coverage = run_tests(pasted(load, load(RULES, REST)))[1]
    assert coverage.unreached == ()
    assert [str(duty) for duty in coverage.clauses.unreached] == [
        "routine: `action.name in ['approve', 'decline']` false"
    ]


def test_both_sides_of_a_boundary_are_tested(load: Load) -> None:
    amounts = {test.facts.case["amount_cents"] for test in generate_tests(load(RULES, REST)).tests}
    assert amounts >= {7000, 7001}


def test_a_passage_is_tested_on_either_side_of_its_age(load: Load) -> None:
    ages = {each.age_days for test in generate_tests(load(RULES, REST)).tests for each in test.facts.evidence}
    assert ages >= {30, 31}


def test_nothing_is_generated_where_nothing_is_missing(load: Load) -> None:
    assert generate_tests(pasted(load, load(RULES, REST))).tests == ()


def test_what_cannot_be_shown_is_told(load: Load) -> None:
    rule = '  - {id: r, when: "case.amount_cents > 9 && case.amount_cents > 5", effect: deny, reason: Twice.}\n'
    assert "r: `case.amount_cents > 5` false" in generate_tests(load(rule, REST)).unreached


def test_the_same_contract_gives_the_same_tests(load: Load) -> None:
    one, other = (generate_tests(load(RULES, REST)).to_json() for _ in range(2))
    assert one == other


@pytest.mark.parametrize("word", ["no", "12:30", "1e3", "a b", "é", "null", "- x", "a: b", '"', "\\", "0_to_200"])
def test_a_surprising_word_survives_the_file(load: Load, word: str) -> None:
    import json

    rule = f"  - {{id: r, when: {json.dumps('actor.id == ' + json.dumps(word))}, effect: deny, reason: Because.}}\n"
    tests = generate_tests(load(rule, REST)).tests
    again = load(rule, REST + "tests:\n" + "".join(test.to_yaml() for test in tests))
    assert word in {facts.actor.id for _, facts in again.tests}
