"""A contract's own tests are run, and what they never reach is told."""

from __future__ import annotations

import json
from collections.abc import Callable

from remit.policies.check import CheckReport, report_on
from remit.policies.evaluate import CompiledContract

RULES = """\
  - {id: disputed, when: case.disputed, effect: deny, reason: Disputed.}
  - {id: routine, when: "action.name in ['approve', 'decline']", effect: allow, reason: Routine.}
"""
REST = """\
requires:
  - {id: cited, check: "evidence.exists(e, e.need == 'rule' && e.trusted)", else: escalate}
test_case: {amount_cents: 5000, purpose: car, disputed: false}
tests:
"""
CITED = "evidence: [{need: rule, trust: trusted}]"


def check(load: Callable[..., CompiledContract], *tests: str) -> CheckReport:
    action = "action: {name: approve, args: {amount_cents: 5000}}"
    return report_on(load(RULES, REST + "".join(f"  - {{name: t, {action}, {test}}}\n" for test in tests)))


def test_a_contract_whose_tests_pass_is_ok(load: Callable[..., CompiledContract]) -> None:
    report = check(
        load, f"expect: allow, by: [routine], {CITED}", "case: {disputed: true}, expect: deny, by: [disputed]"
    )
    assert report.ok
    assert report.coverage.unreached == ("cited",)


def test_a_requirement_is_reached_when_it_fails(load: Callable[..., CompiledContract]) -> None:
    assert check(load, "expect: escalate, by: [cited]").coverage.unreached == ("disputed",)


def test_a_test_with_another_verdict_fails_and_says_why(load: Callable[..., CompiledContract]) -> None:
    (result,) = check(load, "case: {disputed: true}, expect: allow").tests
    assert (result.passed, result.line) == (False, 14)
    assert result.why == "expected allow, but the verdict is deny by disputed: Disputed."


def test_a_test_with_the_right_verdict_by_another_rule_fails(load: Callable[..., CompiledContract]) -> None:
    (result,) = check(load, "case: {disputed: true}, expect: deny, by: [routine]").tests
    assert result.why == "the verdict is right, but it is by disputed and not by routine"


def test_untrusted_evidence_can_be_pretended(load: Callable[..., CompiledContract]) -> None:
    assert check(load, "expect: escalate, evidence: [{need: rule, trusted: false}]").ok


def test_the_report_is_json(load: Callable[..., CompiledContract]) -> None:
    report = json.loads(json.dumps(check(load, f"expect: allow, {CITED}").to_json()))
    assert report["ok"] is True
    assert report["coverage"].pop("clauses")["total"] == 6
    assert report["coverage"] == {"reached": 1, "total": 3, "unreached": ["disputed", "cited"]}
