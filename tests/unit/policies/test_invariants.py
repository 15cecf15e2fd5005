"""An invariant is a condition over facts and verdict that must never be true."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from remit.core.errors import SourceError
from remit.policies.evaluate import CompiledContract
from remit.policies.facts import Facts

Load = Callable[..., CompiledContract]
Make = Callable[..., Facts]
ALLOW = "  - {id: routine, actions: [approve, decline], effect: allow, reason: Routine.}\n"
NEVER = """variables: {large: case.amount_cents > 4000}
invariants: [{id: i, never: variables.large && verdict == 'allow'}]
"""


def test_a_verdict_that_must_never_be_is_told(load: Load, facts: Make) -> None:
    compiled = load(ALLOW, NEVER)
    assert [each.id for each in compiled.violated(facts(), "allow")] == ["i"]
    assert compiled.violated(facts(), "escalate") == compiled.violated(facts(amount_cents=1), "allow") == ()


def test_an_invariant_does_not_change_a_verdict(load: Load, facts: Make) -> None:
    assert load(ALLOW, NEVER).evaluate(facts()).effect == "allow"


def test_an_invariant_that_cannot_be_evaluated_is_not_called_violated(load: Load, facts: Make) -> None:
    assert load(ALLOW, "invariants: [{id: i, never: case.income > 1.0}]\n").violated(facts(), "allow") == ()


@pytest.mark.parametrize(
    ("rules", "rest", "expected"),
    [
        (
            ALLOW,
            "invariants: [{id: i, never: verdict == 'alow'}]\n",
            "`verdict` is never `alow`",
        ),
        (ALLOW, "invariants: [{id: i, never: '1'}]\n", "must be true-or-false, but is integer"),
        (ALLOW, "invariants: [{id: routine, never: 'true'}]\n", "duplicate id `routine`"),
        ("  - {id: a, when: verdict == 'allow', effect: deny, reason: No.}\n", "", "undeclared name `verdict`"),
    ],
)
def test_a_mistake_in_an_invariant_is_told(load: Load, rules: str, rest: str, expected: str) -> None:
    with pytest.raises(SourceError) as raised:
        load(rules, rest)
    assert expected in str(raised.value)
