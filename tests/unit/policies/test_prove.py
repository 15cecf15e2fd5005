"""Invariants are proved for all facts, or refuted by facts that the evaluator has judged."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from remit.policies.evaluate import CompiledContract
from remit.policies.given import Given
from remit.policies.prove import ProofReport, prove

RULES = """\
  - {id: large, when: case.amount_cents > 1000, effect: escalate, reason: Large.}
  - {id: disputed, when: case.disputed, effect: deny, reason: Disputed.}
  - {id: routine, when: "action.name in ['approve', 'decline']", effect: allow, reason: Routine.}
"""


def proof(load: Callable[..., CompiledContract], never: str, rules: str = RULES, rest: str = "") -> ProofReport:
    return prove(load(rules, f'{rest}invariants:\n  - {{id: i, never: "{never}"}}\n'), seconds=60)


def invariant(report: ProofReport) -> str:
    (code,) = [each.code for each in report.findings if each.rules == ("i",)]
    return code


PROVED = [
    "case.disputed && verdict == 'allow'",
    "case.amount_cents > 1000 && verdict == 'allow'",
    "case.disputed && verdict != 'deny'",
    "verdict == 'escalate' && case.amount_cents <= 1000",
    "case.amount_cents < 1",
    "has(case.income) && case.income > 1.0 && verdict == 'allow' && case.amount_cents > 2000",
]
VIOLATED = [
    "verdict == 'allow'",
    "case.amount_cents >= 1000 && verdict == 'allow'",
    "case.purpose == 'house' && verdict == 'deny'",
    "evidence.exists(e, !e.trusted) && verdict == 'allow'",
    "has(case.income) && case.income > 1.0 && case.income < 1.0000000000000004 && verdict == 'allow'",
]


@pytest.mark.parametrize("never", PROVED)
def test_an_invariant_that_holds_is_proved(load: Callable[..., CompiledContract], never: str) -> None:
    report = proof(load, never)
    assert (invariant(report), report.ok) == ("policy.invariant-proved", True)


@pytest.mark.parametrize("never", VIOLATED)
def test_an_invariant_that_does_not_hold_is_refuted_by_facts(load: Callable[..., CompiledContract], never: str) -> None:
    report = proof(load, never)
    assert (invariant(report), report.ok) == ("policy.invariant-violated", False)
    (witness,) = [each.witness for each in report.findings if each.rules == ("i",)]
    assert witness is not None
    compiled = load(RULES, f'invariants:\n  - {{id: i, never: "{never}"}}\n')
    assert [each.id for each in compiled.violated(witness.facts, compiled.evaluate(witness.facts).effect)] == ["i"]


@pytest.mark.parametrize("never", ["actor.id.matches('x') && verdict == 'allow'", "case.income < 1.0"])
def test_an_invariant_that_cannot_be_told_is_not_taken_as_proved(
    load: Callable[..., CompiledContract], never: str
) -> None:
    report = proof(load, never)
    assert invariant(report) in ("policy.invariant-not-verified", "policy.invariant-violated")
    assert not report.ok


def test_an_error_of_a_rule_is_on_error_in_the_proof(load: Callable[..., CompiledContract]) -> None:
    rules = RULES + "  - {id: rich, when: case.income > 9.0, effect: allow, reason: Rich.}\n"
    assert invariant(proof(load, "!has(case.income) && verdict == 'allow'", rules)) == "policy.invariant-proved"


def test_a_requirement_counts_in_the_proof(load: Callable[..., CompiledContract]) -> None:
    never = "!evidence.exists(e, e.need == 'rule') && verdict == 'allow'"
    rest = "requires:\n  - {id: cited, check: \"evidence.exists(e, e.need == 'rule' && e.trusted)\", else: escalate}\n"
    assert invariant(proof(load, never, rest=rest)) == "policy.invariant-proved"
    assert invariant(proof(load, never)) == "policy.invariant-violated"


def test_a_limit_may_hit_or_not_in_the_proof(load: Callable[..., CompiledContract]) -> None:
    rest = "limits:\n  - {id: budget, per: day, max: 3, else: deny}\n"
    assert invariant(proof(load, "verdict == 'allow' && case.disputed", rest=rest)) == "policy.invariant-proved"
    never = "verdict == 'deny' && !case.disputed"
    assert invariant(proof(load, never, rest=rest)) == "policy.invariant-not-verified"
    assert invariant(proof(load, never)) == "policy.invariant-proved"


def test_a_witness_can_be_pasted_as_a_test(load: Callable[..., CompiledContract]) -> None:
    report = proof(load, "evidence.exists(e, !e.trusted) && 'x' in actor.roles && verdict == 'allow'")
    witness = next(each.witness for each in report.findings if each.rules == ("i",))
    assert witness is not None
    pasted = Given.model_validate_json(json.dumps(witness.to_json()["given"]))
    compiled = load(RULES)
    assert compiled.evaluate(pasted.facts(pasted.case, witness.facts.now)).effect == "allow"
    assert not pasted.evidence[0].passage().trusted


def test_the_same_contract_gives_the_same_report(load: Callable[..., CompiledContract]) -> None:
    one, other = (proof(load, "verdict == 'allow'").to_json() for _ in range(2))
    assert {**one, "seconds": 0} == {**other, "seconds": 0}


def test_a_witness_of_a_fraction_is_rounded(load: Callable[..., CompiledContract]) -> None:
    report = proof(load, "proposal.confidence > 0.5 && proposal.confidence < 0.75 && verdict == 'allow'")
    witness = next(each.witness for each in report.findings if each.rules == ("i",))
    assert witness is not None
    assert witness.facts.confidence == 0.6 or witness.facts.confidence == 0.7


def test_a_proof_says_how_many_of_its_questions_were_answered(load: Callable[..., CompiledContract]) -> None:
    whole, none = (prove(load(RULES), seconds=seconds) for seconds in (60, 0))
    assert whole.asked == whole.answered > 0
    assert (none.answered, none.verified) == (0, False)
    assert none.to_json()["questions"] == {"asked": none.asked, "answered": 0}
