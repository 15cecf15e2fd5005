"""A clause is covered when it was true, and false, in a test where it alone decided its condition."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from remit.policies.cases import run_tests
from remit.policies.evaluate import CompiledContract

Load = Callable[..., CompiledContract]


def missing(load: Load, when: str, *cases: str, rest: str = "") -> list[str]:
    tests = "test_case: {amount_cents: 5000, purpose: car, disputed: false}\ntests:\n" + "".join(
        f"  - {{name: t, case: {{{case}}}, action: {{name: decline, args: {{reason_codes: []}}}}, expect: deny}}\n"
        for case in cases
    )
    compiled = load(f'  - {{id: r, when: "{when}", effect: deny, reason: Because.}}\n', rest + tests)
    return [str(duty) for duty in run_tests(compiled)[1].clauses.unreached]


BOTH = "case.disputed && case.amount_cents > 9"
EITHER = "case.disputed || case.amount_cents > 9"


@pytest.mark.parametrize(
    ("when", "cases", "unreached"),
    [
        ("case.disputed", ["disputed: true", "disputed: false"], []),
        ("case.disputed", ["disputed: true"], ["r: `case.disputed` false"]),
        (BOTH, ["disputed: true", "disputed: false", "disputed: true, amount_cents: 9"], []),
        (
            BOTH,
            ["disputed: true", "disputed: false, amount_cents: 9"],
            [f"r: `{each}` false" for each in BOTH.split(" && ")],
        ),
        (EITHER, ["disputed: true, amount_cents: 9", "amount_cents: 9", "amount_cents: 10"], []),
        (
            EITHER,
            ["disputed: true"],
            [f"r: `{each}` {value}" for each in EITHER.split(" || ") for value in ("true", "false")],
        ),
        ("!case.disputed", ["disputed: true"], ["r: `case.disputed` false"]),
        (
            "case.disputed ? case.amount_cents > 9 : false",
            ["disputed: true", "disputed: false", "disputed: true, amount_cents: 9"],
            [],
        ),
    ],
)
def test_a_clause_is_covered_where_it_decides(load: Load, when: str, cases: list[str], unreached: list[str]) -> None:
    assert missing(load, when, *cases) == unreached


def test_a_requirement_counts_only_where_it_is_asked(load: Load) -> None:
    requires = "requires: [{id: q, check: case.amount_cents > 9, else: deny}]\n"
    assert "q: `case.amount_cents > 9` true" in missing(load, "case.disputed", "disputed: true", rest=requires)


def test_a_variable_with_several_clauses_is_covered_by_itself(load: Load) -> None:
    variables = "variables: {odd: case.disputed || case.amount_cents > 9}\n"
    assert missing(load, "variables.odd", "amount_cents: 9", "amount_cents: 10", rest=variables) == [
        "variables.odd: `case.disputed` true"
    ]
