"""What looks as if it did something and does nothing is told; what only looks as if it did nothing is not."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from remit.policies.evaluate import CompiledContract
from remit.policies.prove import prove

Load = Callable[..., CompiledContract]
ANY = "  - {id: any, actions: [approve, decline], effect: allow, reason: Any.}\n"


def codes(load: Load, rules: str = "", rest: str = "") -> list[str]:
    findings = prove(load(ANY + rules, rest), seconds=60).findings
    return [each.code for each in findings if each.level not in ("info", "proved")]


def rule(name: str, when: str, more: str = "effect: escalate") -> str:
    return f'  - {{id: {name}, when: "{when}", {more}, reason: Because.}}\n'


def limit(**parts: str) -> str:
    given = {"per": "day", "max": "9", "else": "deny", **parts}
    return "limits: [{id: l, " + ", ".join(f"{name}: {value}" for name, value in given.items()) + "}]\n"


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        ({"for": "case.amount_cents < 1"}, "policy.idle-limit"),
        ({"sum": "case.amount_cents - case.amount_cents"}, "policy.idle-limit"),
        ({"sum": "case.amount_cents + 9"}, "policy.can-fail"),
        ({"sum": "case.amount_cents - 2"}, "policy.can-fail"),
        ({"max": "0"}, "policy.spent-limit"),
        ({"for": "case.income > 5.0"}, "policy.can-fail"),
        ({"by": "[action.args.amount_cents]"}, "policy.can-fail"),
    ],
)
def test_a_limit_that_does_nothing_or_cannot_be_told_is_found(load: Load, parts: dict[str, str], code: str) -> None:
    assert code in codes(load, rest=limit(**parts))


@pytest.mark.parametrize(
    "parts",
    [
        {},
        {"sum": "case.amount_cents"},
        {"for": "action.name == 'approve'", "by": "[action.args.amount_cents, case.purpose]"},
        {"sum": '"has(case.income) ? 1 : 0"', "max": "1"},
        {"sum": "size(evidence)", "max": "0"},
        {"for": '"evidence.exists(e, e.trusted)"'},
    ],
)
def test_a_limit_that_counts_raises_no_alarm(load: Load, parts: dict[str, str]) -> None:
    assert codes(load, rest=limit(**parts)) == []


def test_the_witness_of_a_limit_says_that_nothing_was_used(load: Load) -> None:
    compiled = load(ANY, limit(sum="case.amount_cents - 2"))
    (found,) = [each for each in prove(compiled, 60).findings if each.code == "policy.can-fail"]
    assert found.witness is not None
    assert (found.witness.to_json()["given"]["usage"], found.witness.deciding) == ({}, ("l",))


@pytest.mark.parametrize(
    ("never", "idle"),
    [
        ("case.amount_cents < 1 && verdict == 'allow'", True),
        ("verdict == 'deny' && verdict == 'allow'", True),
        ("verdict == 'deny'", False),
        ("case.amount_cents < 1", False),
        ("actor.id == 'ann' && verdict == 'deny'", False),
    ],
)
def test_an_invariant_that_forbids_nothing_is_told(load: Load, never: str, idle: bool) -> None:
    assert ("policy.idle-invariant" in codes(load, rest=f'invariants: [{{id: i, never: "{never}"}}]\n')) is idle


@pytest.mark.parametrize(
    ("second", "doubled"),
    [
        (rule("b", "5 < case.amount_cents"), True),
        (rule("b", "case.amount_cents >= 6"), True),
        (rule("b", "case.amount_cents > 6"), False),
        (rule("b", "case.amount_cents > 5", "effect: deny"), False),
        (rule("b", "case.amount_cents > 5", "effect: escalate, approval: {role: boss}"), False),
    ],
)
def test_a_rule_that_is_said_twice_is_told(load: Load, second: str, doubled: bool) -> None:
    assert ("policy.doubled-rule" in codes(load, rule("a", "case.amount_cents > 5") + second)) is doubled


@pytest.mark.parametrize(
    ("scope", "when", "always"),
    [
        ("", "case.purpose != 'car' || case.purpose != 'house'", True),
        ("actions: [approve], ", "has(action.args.amount_cents)", True),
        ("actions: [approve], roles: [clerk], ", "action.risk == 'high' || !('clerk' in actor.roles)", True),
        ("roles: [clerk], ", "has(action.args.amount_cents)", False),
        ("", "action.name in ['approve', 'decline']", False),
        ("", "true", False),
        ("actions: [decline], ", "case.income > 1.0 || true", True),
    ],
)
def test_a_condition_that_is_always_true_in_its_scope_is_told(load: Load, scope: str, when: str, always: bool) -> None:
    rules = f'  - {{id: a, {scope}when: "{when}", effect: escalate, reason: Because.}}\n'
    assert ("policy.always-true" in codes(load, rules)) is always


@pytest.mark.parametrize(
    ("when", "code"),
    [
        ("case.amount_cents < 1", "policy.idle-obligation"),
        ("case.income > 5.0", "policy.can-fail"),
        ("case.disputed", ""),
    ],
)
def test_a_duty_that_never_arises_or_cannot_be_told_is_found(load: Load, when: str, code: str) -> None:
    rest = f"obligations: [{{when: {when}, do: notify, to: owner}}]\n"
    assert codes(load, rest=rest) == [code] * bool(code)


@pytest.mark.parametrize(
    "test", ["actor.id.startsWith('x')", "'x' in actor.roles || actor.id.endsWith('y')", "actor.id.matches('^a+$')"]
)
def test_a_look_into_a_text_never_fails_and_leaves_no_gap(load: Load, test: str) -> None:
    rules = rule("with", test, "effect: deny") + rule("without", f"!({test})", "effect: allow")
    told = " ".join(each.problem.message for each in prove(load(rules), seconds=60).findings)
    assert "of which nothing can be proved" in told
    assert "can always be evaluated" not in told
    assert "no rule speaks" not in told


def test_a_look_into_an_absent_text_fails(load: Load) -> None:
    assert "policy.can-fail" in codes(load, rule("a", "string(action.args.amount_cents).startsWith('1')"))


@pytest.mark.parametrize(
    ("rest", "warned"),
    [
        ("variables: {x: case.amount_cents}\n", True),
        (f"variables: {{x: case.amount_cents}}\n{limit(sum='variables.x')}", False),
        ("variables: {a: case.disputed, b: variables.a}\ninvariants: [{id: i, never: variables.b}]\n", False),
    ],
)
def test_a_variable_that_nothing_uses_is_a_warning(load: Load, rest: str, warned: bool) -> None:
    assert ("policy.unused-variable" in {each.code for each in load(ANY, rest).warnings}) is warned


@pytest.mark.parametrize(
    ("approval", "warned"),
    [
        ("{role: boss, on_timeout: deny}", True),
        ("{role: boss, on_timeout: deny, within: 4h}", False),
        ("{role: boss, on_timeout: hold}", False),
    ],
)
def test_a_denial_after_no_time_at_all_is_a_warning(load: Load, approval: str, warned: bool) -> None:
    compiled = load(ANY + rule("a", "case.disputed", f"effect: escalate, approval: {approval}"))
    assert ("policy.no-deadline" in {each.code for each in compiled.warnings}) is warned
