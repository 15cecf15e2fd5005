"""Rules that other engines take as silently false: each is refused at load, with its place."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from remit.core.errors import SourceError
from remit.policies.evaluate import CompiledContract
from remit.policies.facts import Facts

Load = Callable[..., CompiledContract]


def told(load: Load, when: str) -> str:
    with pytest.raises(SourceError) as raised:
        load(f"  - id: trap\n    when: {when}\n    effect: deny\n    reason: Never.\n")
    return str(raised.value)


@pytest.mark.parametrize(
    ("when", "column", "message"),
    [
        ("amount > limit", 11, "undeclared name `amount`"),
        ("(amount > 10000)", 12, "undeclared name `amount`"),
        ("case.amuont_cents > 10000", 16, "undeclared field `amuont_cents` of case; did you mean `amount_cents`?"),
        ("not case.amount_cents < 3", 15, "syntax error: mismatched input 'case'"),
        ("case > 3", 16, "`>` does not go with (the record case, integer)"),
        ("case.purpose == 3", 24, "`==` does not go with (text, integer)"),
        ("case == case", 16, "a whole record is compared"),
    ],
)
def test_a_silent_rule_does_not_load(load: Load, when: str, column: int, message: str) -> None:
    assert f"policy.yaml:9:{column}: {message}" in told(load, when)


@pytest.mark.parametrize(
    ("when", "message"),
    [
        ("evidence == evidence", "a whole record is compared"),
        ("case.purpose == 'carr'", "`case.purpose` is never `carr`; did you mean `car`?"),
        ("action.name in ['aprove']", "`action.name` is never `aprove`; did you mean `approve`?"),
        ("\"'aprove' != action.name\"", "`action.name` is never `aprove`"),
        ("case.income > 3", "`>` does not go with (number or null, integer)"),
        ("dyn(case) == 3", "dyn() turns the type check off"),
        ("\"case.purpose in ['car', 1]\"", "a list of values of different types"),
        ("\"{'a': 1, 'b': 'c'}['a'] == 'x'\"", "a map of values of different types"),
        ("case.closed_at < now", "`case.closed_at` may be absent"),
        ("case.income / proposal.confidence > 0.5", "the divisor may be 0"),
        ("case.amount_cents > 0 && case.income / 0.0 > 0.5", "the divisor may be 0"),
        ("case.amount_cents", "the value must be true-or-false, but is integer"),
        ("amount_cents > 3", "undeclared name `amount_cents`; did you mean `case.amount_cents`?"),
        ("action.nmae == 'approve'", "undeclared name `action.nmae`; did you mean `action.name`?"),
        ("' '", "the expression is empty"),
        ("evidence.exists(e, e.nede == 'x')", "undeclared field `nede` of evidence; did you mean `need`?"),
        ("(" * 40 + "true" + ")" * 40, "recursion limit"),
    ],
)
def test_a_condition_that_says_nothing_does_not_load(load: Load, when: str, message: str) -> None:
    assert message in told(load, when)


@pytest.mark.parametrize(
    "when",
    [
        "has(case.closed_at) && case.closed_at < now",
        "proposal.confidence > 0.0 && case.income / proposal.confidence > 0.5",
        "case.income / 2.0 > 0.5",
        "case.income == null",
        "has(case.income) ? case.income > 3.0 : false",
    ],
)
def test_a_guarded_condition_loads(load: Load, when: str) -> None:
    assert load(f'  - {{id: fine, when: "{when}", effect: deny, reason: Fine.}}\n')


def test_a_fault_in_a_block_is_told_at_its_own_line(load: Load) -> None:
    assert "policy.yaml:11:15: undeclared field `amuont`" in told(
        load, "|\n      case.disputed\n      || case.amuont > 3"
    )


def test_every_fault_of_every_rule_is_told_at_once(load: Load) -> None:
    rules = "".join(
        f"  - {{id: r{number}, when: nothing{number}, effect: deny, reason: No rule.}}\n" for number in range(3)
    )
    with pytest.raises(SourceError) as raised:
        load(rules)
    assert [problem.line for problem in raised.value.problems] == [8, 9, 10]


@pytest.mark.parametrize(("amount", "effect"), [(5_001, "deny"), (5_000, "escalate")])
def test_a_value_against_a_value_decides_rightly(
    load: Load, facts: Callable[..., Facts], amount: int, effect: str
) -> None:
    rule = "  - {id: more, when: action.args.amount_cents > case.amount_cents, effect: deny, reason: More.}\n"
    assert load(rule).evaluate(facts(args={"amount_cents": amount})).effect == effect
