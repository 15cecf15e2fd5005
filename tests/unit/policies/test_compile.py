"""A contract loads whole or not at all, and says everything that is wrong with it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from remit.core.canonical import sha256_hex
from remit.core.errors import SourceError
from remit.core.schema import ActionSchema, Field, Record
from remit.policies.compile import load_contract
from remit.policies.evaluate import CompiledContract

Load = Callable[..., CompiledContract]
RULE = "  - {id: a, when: case.disputed, effect: %s, reason: Because.}\n"


def test_a_contract_names_its_version_and_the_hash_of_its_text(load: Load, text: Callable[..., str]) -> None:
    ref = load().ref
    assert (ref.name, ref.version, ref.sha256) == ("credit", 3, sha256_hex(text().encode()))


@pytest.mark.parametrize(
    ("rules", "rest", "expected"),
    [
        (RULE % "alow", "", "8:42: must be 'allow', 'escalate' or 'deny', but is `alow`; did you mean `allow`?"),
        (RULE % "deny" * 2, "", "9:10: duplicate id `a`; it is first used on line 8"),
        (RULE.replace("id: a", "id: default") % "deny", "", "the id `default` is the engine's own"),
        (RULE.replace("when", "wen") % "deny", "", "undeclared field `wen`; did you mean `when`?"),
        (RULE.replace("when: case.disputed, ", "") % "deny", "", "a rule needs `when`, `actions` or `roles`"),
        (RULE % "deny, approval: {role: boss}", "", "`approval` has a meaning only with `effect: escalate`"),
        (RULE % "escalate, approval: {role: boss, within: soon}", "", "must be a time span such as 30m, 4h or 2d"),
        (RULE % "escalate, approval: {role: boss, quorum: 0}", "", "should be greater than or equal to 1"),
        (RULE % "escalate, approval: {role: boss, stage: 0}", "", "should be greater than or equal to 1"),
        (
            RULE % "escalate, approval: {role: boss, warn: 1h}",
            "",
            "`warn` and `chain` have a meaning only with `within`",
        ),
        (RULE % "escalate, approval: {role: boss, chain: [ceo]}", "", "have a meaning only with `within`"),
        (RULE % "escalate, approval: {role: boss, within: 1h, warn: 60m}", "", "`warn` must be sooner than `within`"),
        (RULE % "escalate, approval: {role: boss, hours: office}", "", "must be 'working' or 'always'"),
        (RULE % "deny", "default: deny\n", "duplicate key `default`"),
        (RULE % "deny", "variables: {x: case.amuont_cents}\n", "9:21: undeclared field `amuont_cents`"),
        (RULE % "deny", "variables: {x: case}\n", "a variable cannot be the record case"),
        (RULE % "deny", "variables: {X: '1'}\n", "the variable `X` needs another name"),
        (RULE % "deny", "requires: [{id: r, check: '1', else: deny}]\n", "must be true-or-false, but is integer"),
        (RULE % "deny", "requires: [{id: r, check: 'true', else: allow}]\n", "must be 'escalate' or 'deny'"),
        (RULE % "deny", "tests: [{name: t, action: {name: aprove}, expect: deny}]\n", "there is no action `aprove`"),
    ],
)
def test_a_mistake_is_told(load: Load, rules: str, rest: str, expected: str) -> None:
    with pytest.raises(SourceError) as raised:
        load(rules, rest)
    assert expected in str(raised.value)


@pytest.mark.parametrize(
    ("test", "expected"),
    [
        ("case: {amuont_cents: 1}", "undeclared field `amuont_cents` of case; did you mean `amount_cents`?"),
        ("case: {purpose: cra}", "`purpose` is never `cra`; did you mean `car`?"),
        ("case: {amount_cents: 0}", "`amount_cents` must be at least 1, but is 0"),
        ("case: {disputed: 3}", "`disputed` must be true or false, not int"),
        ("by: [routin]", "there is no rule `routin`; did you mean `routine`?"),
        ("now: 2026-01-01", "must say its offset from UTC"),
        ("evidence: [{need: x, trust: trusted, trusted: false}]", "contradict each other"),
    ],
)
def test_a_mistake_in_a_test_is_told(load: Load, text: Callable[..., str], test: str, expected: str) -> None:
    rest = (
        "test_case: {amount_cents: 1, purpose: car, disputed: false}\n"
        f"tests: [{{name: t, action: {{name: decline, args: {{reason_codes: []}}}}, expect: allow, {test}}}]\n"
    )
    with pytest.raises(SourceError) as raised:
        load(rest=rest)
    assert expected in str(raised.value)


def test_default_allow_is_refused_where_an_action_has_an_effect(load: Load, text: Callable[..., str]) -> None:
    head = text().split("rules:")[0].replace("default: escalate", "default: allow")
    with pytest.raises(SourceError, match="`default: allow` is refused"):
        load(head=head)


def test_on_error_is_never_allow(load: Load, text: Callable[..., str]) -> None:
    head = text().split("rules:")[0].replace("on_error: escalate", "on_error: allow")
    with pytest.raises(SourceError, match="must be 'escalate' or 'deny', but is `allow`"):
        load(head=head)


def test_a_broken_variable_is_told_once(load: Load) -> None:
    rule = "  - {id: a, when: variables.x > 3, effect: deny, reason: Because.}\n"
    with pytest.raises(SourceError) as raised:
        load(rule, "variables: {x: nothing}\n")
    assert [problem.line for problem in raised.value.problems] == [9]


def test_a_variable_may_use_an_earlier_one_only(load: Load) -> None:
    with pytest.raises(SourceError, match=r"undeclared name `variables\.b`"):
        load(rest="variables: {a: variables.b + 1, b: '1'}\n")
    assert load(rest="variables: {b: '1', a: variables.b + 1}\n")


def test_an_action_that_no_rule_names_is_a_warning(load: Load) -> None:
    rule = "  - {id: a, when: action.name == 'approve', effect: allow, reason: Because.}\n"
    assert "no rule names the action `decline`" in [warning.message for warning in load(rule).warnings]


def test_an_action_that_a_rule_names_by_a_variable_is_named(load: Load) -> None:
    rule = "  - {id: a, when: variables.small, effect: allow, reason: Because.}\n"
    variables = "variables:\n  grants: action.name == 'approve'\n  small: variables.grants && 1 > 0\n"
    warnings = [warning.message for warning in load(rule, variables).warnings]
    assert "no rule names the action `approve`" not in warnings
    assert "no rule names the action `decline`" in warnings


@pytest.mark.parametrize("name", ["for", "in", "two words", "9lives", "naïve"])
def test_a_field_that_an_expression_cannot_speak_does_not_load(text: Callable[..., str], name: str) -> None:
    with pytest.raises(SourceError, match=f"the field `{name}` of case"):
        load_contract(text(), "policy.yaml", case=Record("case", (Field(name, "string"),)), actions=())


def test_one_argument_with_two_types_does_not_load(text: Callable[..., str], case: Record) -> None:
    two = [
        ActionSchema(name, Record("args", (Field("x", kind),))) for name, kind in (("a", "string"), ("b", "integer"))
    ]
    with pytest.raises(SourceError, match="the argument `x` is string in one action and integer in another"):
        load_contract(text(), "policy.yaml", case=case, actions=two)


def test_a_contract_of_a_thousand_long_rules_loads(load: Load) -> None:
    rules = "".join(
        f"  - {{id: r{number}, when: '{' || '.join(['case.amount_cents > 1'] * 6)}', effect: deny, reason: Because.}}\n"
        for number in range(1000)
    )
    assert len(load(rules).rules) == 1000
