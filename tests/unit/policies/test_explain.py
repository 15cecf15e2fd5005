"""A finding shows the clause that made it so."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from remit.policies.evaluate import CompiledContract
from remit.policies.explain import split, tidy
from remit.policies.facts import Facts


@pytest.mark.parametrize(
    ("text", "joint", "parts"),
    [
        ("a", "", ()),
        ("a && b", "&&", ("a", "b")),
        ("a || b && c", "||", ("a", "b && c")),
        ("((a || b))", "||", ("a", "b")),
        ("(a || b) && (c)", "&&", ("(a || b)", "(c)")),
        ("x == 'a || b' || y", "||", ("x == 'a || b'", "y")),
        ("x == r'\\' || y", "||", ("x == r'\\'", "y")),
        ("x == br'\\' || y", "||", ("x == br'\\'", "y")),
        ('x == """a " || b""" || y', "||", ('x == """a " || b"""', "y")),
        ("a // or || b\n || c", "||", ("a", "c")),
        ("a ? b : c || d", "", ()),
        ("(a ? b : c) || d", "||", ("(a ? b : c)", "d")),
        ("l.exists(e, e || f) || [a || b][0]", "||", ("l.exists(e, e || f)", "[a || b][0]")),
    ],
)
def test_a_condition_is_split_at_its_top_level(text: str, joint: str, parts: tuple[str, ...]) -> None:
    assert split(text) == (joint, parts)


def test_a_condition_is_shown_on_one_line_without_comments() -> None:
    assert tidy("a   // why\n  == 'x  // y'\n") == "a == 'x  // y'"


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
def test_a_rule_that_fired_shows_its_first_true_alternative(
    load: Callable[..., CompiledContract], facts: Callable[..., Facts], when: str, clause: str
) -> None:
    (finding,) = load(f'  - {{id: a, when: "{when}", effect: allow, reason: Because.}}\n').evaluate(facts()).findings
    assert finding.clause == clause


def test_a_requirement_that_failed_shows_its_first_false_condition(
    load: Callable[..., CompiledContract], facts: Callable[..., Facts]
) -> None:
    rest = 'requires: [{id: r, check: "case.amount_cents > 1 && case.disputed && false", else: deny}]\n'
    assert load(rest=rest).evaluate(facts()).findings[0].clause == "case.disputed"
