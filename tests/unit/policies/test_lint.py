"""Weak rules are found, each with its code and with facts that show it; sound contracts raise no alarm."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from remit.policies.evaluate import CompiledContract
from remit.policies.prove import ProofReport, prove

SOUND = "action.name == 'approve'"


def rules(*conditions: tuple[str, str]) -> str:
    """Rules r1, r2, … from pairs of condition and effect."""
    return "".join(
        f'  - {{id: r{number}, when: "{when}", effect: {effect}, reason: Because {number}.}}\n'
        for number, (when, effect) in enumerate(conditions, start=1)
    )


def found(load: Callable[..., CompiledContract], text: str, rest: str = "") -> ProofReport:
    report = prove(load(text, rest), seconds=60)
    for each in report.findings:
        if each.witness is not None:
            assert load(text, rest).evaluate(each.witness.facts) == each.witness.verdict
    return report


WEAK = [
    ("two bounds that exclude each other", "policy.never-fires", "case.amount_cents > 9 && case.amount_cents < 9"),
    ("below the data contract's minimum", "policy.never-fires", "case.amount_cents < 1"),
    ("two words at once", "policy.never-fires", "case.purpose == 'car' && case.purpose == 'house'"),
    (
        "an argument of another action",
        "policy.never-fires",
        "action.name == 'decline' && has(action.args.amount_cents)",
    ),
    ("a risk that the action does not have", "policy.never-fires", "action.name == 'approve' && action.risk == 'low'"),
    ("more confident than sure", "policy.never-fires", "proposal.confidence > 1.0"),
    ("no evidence, and yet some", "policy.never-fires", "size(evidence) == 0 && evidence.exists(e, e.trusted)"),
    ("trusted, but not by its label", "policy.never-fires", "evidence.exists(e, e.trusted && e.trust == 'internal')"),
    (
        "no integer between",
        "policy.never-fires",
        "case.amount_cents > 2 && case.amount_cents < 4 && case.amount_cents != 3",
    ),
    ("no remainder of three", "policy.never-fires", "case.amount_cents % 3 == 3"),
    ("no double between", "policy.never-fires", "case.income > 1.0 && case.income < 1.0000000000000002"),
    (
        "before it is after",
        "policy.never-fires",
        "now < timestamp('2026-01-01T00:00:00Z') && now - duration('1h') > now",
    ),
    ("an unguarded optional field", "policy.can-fail", "case.income > 5.0"),
    ("an overflow", "policy.can-fail", "case.amount_cents + 1 > 5"),
    ("a division by what may be zero", "policy.can-fail", "10 / (case.amount_cents - 5) > 1"),
    ("an alternative that never is", "policy.dead-clause", "case.disputed || case.amount_cents < 1"),
    ("a condition that always is", "policy.dead-clause", "case.disputed && case.amount_cents > 0"),
    ("an alternative inside of another", "policy.dead-clause", "case.amount_cents > 5 || case.amount_cents > 7"),
    ("a condition that another one implies", "policy.implied-clause", "case.amount_cents > 5 && case.amount_cents > 3"),
]


@pytest.mark.parametrize(("code", "when"), [each[1:] for each in WEAK], ids=[each[0] for each in WEAK])
def test_a_weak_condition_is_found(load: Callable[..., CompiledContract], code: str, when: str) -> None:
    report = found(load, rules((when, "deny"), (SOUND, "allow")))
    assert code in {each.code for each in report.findings if "r1" in each.rules}
    assert report.ok == (code != "policy.never-fires")


def test_a_rule_that_a_stricter_one_always_overrules_is_shadowed(load: Callable[..., CompiledContract]) -> None:
    report = found(load, rules(("case.disputed", "deny"), ("case.disputed && case.amount_cents > 9", "escalate")))
    (shadowed,) = [each for each in report.findings if each.level == "error"]
    assert (shadowed.code, shadowed.rules) == ("policy.shadowed", ("r2", "r1"))


def test_a_rule_under_several_stricter_ones_together_is_shadowed(load: Callable[..., CompiledContract]) -> None:
    text = rules(("case.disputed", "deny"), ("!case.disputed", "deny"), (SOUND, "allow"))
    (shadowed,) = [each for each in found(load, text).findings if each.level == "error"]
    assert (shadowed.code, shadowed.rules) == ("policy.shadowed", ("r3",))


def test_an_allow_that_a_requirement_never_lets_pass_is_shadowed(load: Callable[..., CompiledContract]) -> None:
    rest = 'requires:\n  - {id: q, check: "case.amount_cents < 1", else: deny}\n'
    assert [each.code for each in found(load, rules((SOUND, "allow")), rest).findings if each.level == "error"] == [
        "policy.shadowed"
    ]


def test_a_requirement_that_always_holds_is_idle(load: Callable[..., CompiledContract]) -> None:
    rest = 'requires:\n  - {id: q, check: "case.amount_cents > 0", else: deny}\n'
    assert "policy.idle-requirement" in {each.code for each in found(load, rules((SOUND, "allow")), rest).findings}


def test_numbers_of_different_kinds_are_not_taken_for_each_other(load: Callable[..., CompiledContract]) -> None:
    text = rules(("1 / 2 == 0 && case.disputed", "deny"), ("1.0 / 2.0 == 0.0 && case.disputed", "escalate"))
    never = [each.rules for each in found(load, text).findings if each.code == "policy.never-fires"]
    assert never == [("r2",)]


def test_a_gap_is_told_for_each_action_with_facts(load: Callable[..., CompiledContract]) -> None:
    report = found(load, rules((f"{SOUND} && case.amount_cents <= 500", "allow")))
    gaps = [each for each in report.findings if each.code == "policy.gap"]
    assert {each.witness.facts.action for each in gaps if each.witness} == {"approve", "decline"}
    assert report.ok


def test_an_overlap_of_different_effects_is_a_note(load: Callable[..., CompiledContract]) -> None:
    report = found(load, rules(("case.disputed", "deny"), (SOUND, "allow")))
    (overlap,) = [each for each in report.findings if each.code == "policy.overlap"]
    assert (overlap.level, overlap.rules) == ("info", ("r1", "r2"))


def test_rules_that_exclude_each_other_do_not_overlap(load: Callable[..., CompiledContract]) -> None:
    report = found(load, rules(("case.disputed", "deny"), ("!case.disputed", "allow")))
    assert report.findings == ()


def test_a_finding_points_at_the_clause(load: Callable[..., CompiledContract]) -> None:
    report = found(load, rules(("case.disputed || case.amount_cents < 1", "deny"), ("!case.disputed", "allow")))
    (dead,) = report.findings
    assert dead.problem.excerpt[dead.problem.column - 1 :].startswith("case.amount_cents < 1")


def test_tests_that_repeat_or_reach_nothing_are_told(load: Callable[..., CompiledContract]) -> None:
    case = "case: {amount_cents: 5, purpose: car, disputed: false}, action: {name: decline, args: {reason_codes: []}}"
    rest = (
        f"tests:\n  - {{name: one, {case}, expect: allow}}\n  - {{name: two, {case}, expect: allow}}\n"
        f"  - {{name: early, {case}, expect: escalate, now: 2019-01-01T00:00:00Z}}\n"
    )
    head = "owner: risk}"
    text = rules(("true", "allow"))
    compiled = load(text, rest, head=HEAD.replace(head, "owner: risk, effective_from: 2020-01-01}"))
    codes = [each.code for each in prove(compiled, 60).findings]
    assert "policy.duplicate-test" in codes
    assert "policy.dead-test" in codes


HEAD = """apiVersion: remit/v1
kind: PolicyContract
metadata: {name: credit, version: 3, owner: risk}
decision: credit.application
default: escalate
on_error: escalate
"""

OUTSIDE = [
    ("a pattern", "actor.id.matches('a+')"),
    ("the length of a text", "size(actor.id) > 3"),
    ("a place in a list", "evidence[0].trusted"),
    ("a part of a time", "now.getFullYear() > 2030"),
    ("two numbers that vary", "proposal.confidence * proposal.propensity > 0.5"),
    ("a list inside of itself", "evidence.exists(e, evidence.exists(f, e.age_days > f.age_days))"),
]


@pytest.mark.parametrize("when", [each[1] for each in OUTSIDE], ids=[each[0] for each in OUTSIDE])
def test_what_is_outside_is_not_verified_and_says_where(load: Callable[..., CompiledContract], when: str) -> None:
    report = found(load, rules((f"case.disputed && {when}", "deny"), ("!case.disputed", "allow")))
    unverified = [each for each in report.findings if each.level == "unverified"]
    assert any("nothing can be proved" in each.problem.message and each.problem.line == 8 for each in unverified)
    assert not report.verified


def test_what_is_proved_beside_an_outside_part_stays_proved(load: Callable[..., CompiledContract]) -> None:
    report = found(load, rules(("actor.id.matches('a+') && case.amount_cents < 1", "deny"), ("true", "allow")))
    assert [each.rules for each in report.findings if each.code == "policy.never-fires"] == [("r1",)]


def test_without_time_nothing_is_proved_and_nothing_is_claimed(load: Callable[..., CompiledContract]) -> None:
    report = prove(load(rules(("case.amount_cents < 1", "deny"), (SOUND, "allow"))), seconds=0.0)
    assert {each.level for each in report.findings} == {"unverified"}
    assert any("the time ran out" in each.problem.message for each in report.findings)


SOUND_CONTRACTS = [
    [("true", "allow")],
    [("case.disputed", "deny"), ("!case.disputed", "allow")],
    [("case.amount_cents > 500", "escalate"), ("case.amount_cents <= 500", "allow")],
    [("case.purpose == 'car'", "allow"), ("case.purpose == 'house'", "escalate")],
    [("has(case.income) && case.income > 5.0", "allow"), ("!has(case.income) || case.income <= 5.0", "deny")],
    [("has(case.income) && case.income / 12.0 > 5.0", "escalate"), ("true", "allow")],
    [("double(case.amount_cents) / 100.0 >= 50.0", "deny"), ("double(case.amount_cents) / 100.0 < 50.0", "allow")],
    [("has(case.closed_at) && now - case.closed_at > duration('24h')", "deny"), ("true", "allow")],
    [("evidence.exists(e, e.need == 'rule' && e.age_days < 30)", "escalate"), ("true", "allow")],
    [("size(evidence) >= 2 && evidence.all(e, e.trusted)", "escalate"), ("true", "allow")],
    [("evidence.exists_one(e, e.trusted)", "deny"), ("true", "allow")],
    [("'boss' in actor.roles || 'chief' in actor.roles", "escalate"), ("true", "allow")],
    [("needs.exists(n, !n.met)", "escalate"), ("needs.all(n, n.met)", "allow")],
    [("action.name == 'decline' && size(action.args.reason_codes) == 0", "deny"), ("true", "allow")],
    [("action.name == 'decline' && action.args.reason_codes.all(c, c in ['A', 'B'])", "deny"), ("true", "allow")],
    [("action.risk == 'high' && proposal.confidence < 0.8", "escalate"), ("true", "allow")],
    [("case.amount_cents % 100 == 0 ? case.disputed : case.purpose == 'car'", "deny"), ("true", "allow")],
    [("action.name == 'approve' && action.args.amount_cents > case.amount_cents", "deny"), ("true", "allow")],
    [("actor.kind in ['app', 'system'] && case_quality == 'degraded'", "escalate"), ("true", "allow")],
    [("now >= timestamp('2026-07-01T00:00:00Z') && case.disputed", "deny"), ("true", "allow")],
]


@pytest.mark.parametrize("pairs", SOUND_CONTRACTS, ids=[each[0][0] for each in SOUND_CONTRACTS])
def test_a_sound_contract_raises_no_alarm(load: Callable[..., CompiledContract], pairs: list[tuple[str, str]]) -> None:
    report = found(load, rules(*pairs))
    assert [each.problem.message for each in report.findings if each.level != "info"] == []
