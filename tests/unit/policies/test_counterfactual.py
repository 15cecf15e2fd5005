"""The smallest change that turns a verdict: found on the boundaries of the clauses, confirmed by the evaluator."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from remit.core.words import NeedResult
from remit.policies.changes import applied
from remit.policies.counterfactual import counterfactual
from remit.policies.evaluate import CompiledContract
from remit.policies.facts import Facts, Used

Load = Callable[..., CompiledContract]
Make = Callable[..., Facts]
ALLOW = "  - {id: routine, when: \"action.name in ['approve', 'decline']\", effect: allow, reason: Routine.}\n"


def rules(when: str, effect: str = "deny") -> str:
    return f'{ALLOW}  - {{id: r, when: "{when}", effect: {effect}, reason: Because.}}\n'


@pytest.mark.parametrize(
    ("when", "sentence"),
    [
        ("case.amount_cents > 4000", "amount_cents were 4000 instead of 5000"),
        ("case.amount_cents >= 4000", "amount_cents were 3999 instead of 5000"),
        ("case.amount_cents * 2 + 1 > 4000", "amount_cents were 1999 instead of 5000"),
        ("variables.twice > 4000", "amount_cents were 2000 instead of 5000"),
        ("case.purpose == 'car'", "purpose were house instead of car"),
        ("!case.disputed", "disputed were true instead of false"),
        ("has(case.income) == false", "income were 0.0"),
        ("proposal.confidence > 0.5", "proposal.confidence were 0.5 instead of 1.0"),
        ("case_quality == 'degraded'", "case_quality were ok instead of degraded"),
        ("needs.exists(n, !n.met)", "the need rule were met"),
        ("size(actor.roles) > 0 && case.amount_cents != 4000", "amount_cents were 4000 instead of 5000"),
    ],
)
def test_one_change_lies_on_the_boundary(load: Load, facts: Make, when: str, sentence: str) -> None:
    compiled = load(rules(when), "variables: {twice: case.amount_cents * 2}\n")
    asked = facts(needs=(NeedResult("rule", False, "", 0),), case_quality="degraded")
    found = counterfactual(compiled, asked, leave_out=("action.args", "action.name"))
    assert found is not None
    assert (found.effect, found.sentence()) == ("allow", f"Would have been allowed if {sentence}.")


def test_two_changes_are_found_where_one_is_not_enough(load: Load, facts: Make) -> None:
    found = counterfactual(load(rules("case.amount_cents > 4000 || case.purpose == 'car'")), facts())
    assert found is not None
    assert found.to_json() == {
        "changes": [
            {"field": "case.amount_cents", "from": 5000, "to": 4000},
            {"field": "case.purpose", "from": "car", "to": "house"},
        ],
        "effect": "allow",
    }


def test_a_missing_passage_is_told(load: Load, facts: Make) -> None:
    rest = "requires: [{id: r, check: \"evidence.exists(e, e.need == 'rule' && e.age_days < 9)\", else: escalate}]\n"
    found = counterfactual(load(rest=rest), facts())
    assert found is not None
    assert found.sentence() == "Would have been allowed if a trusted passage for rule, 0 days old, were found."


def test_the_name_of_a_need_may_have_dots(load: Load, facts: Make) -> None:
    rest = "requires: [{id: r, check: \"needs.exists(n, n.need == 'rule.of.today' && n.met)\", else: escalate}]\n"
    found = counterfactual(load(rest=rest), facts())
    assert found is not None
    assert found.sentence() == "Would have been allowed if the need rule.of.today were met."


def test_another_action_comes_with_its_arguments(load: Load, facts: Make) -> None:
    found = counterfactual(load(rules("action.name == 'approve'")), facts())
    assert found is not None
    assert [change.field for change in found.changes] == [
        "action.name",
        "action.args.amount_cents",
        "action.args.reason_codes",
    ]


def test_what_is_left_out_is_never_proposed(load: Load, facts: Make) -> None:
    compiled = load(rules("case.purpose == 'car' && case.amount_cents > 4000"))
    assert counterfactual(compiled, facts(), leave_out=("case.amount_cents",)).changes[0].field == "case.purpose"  # type: ignore[union-attr]
    assert counterfactual(compiled, facts(), leave_out=("case",)) is None


def test_a_value_beyond_its_domain_is_never_proposed(load: Load, facts: Make) -> None:
    # The data contract asks for at least one cent.
    assert counterfactual(load(rules("case.amount_cents >= 1")), facts(), leave_out=("action",)) is None


def test_an_allow_is_turned_by_the_nearest_stricter_rule(load: Load, facts: Make) -> None:
    found = counterfactual(load(rules("case.amount_cents > 6000", "escalate")), facts())
    assert found is not None
    assert (found.effect, found.changes[0].after) == ("escalate", 6001)


def test_an_aim_can_be_given(load: Load, facts: Make) -> None:
    more = rules("case.amount_cents > 4000") + "  - {id: e, when: case.disputed, effect: escalate, reason: See.}\n"
    found = counterfactual(load(more), facts(disputed=True), towards="escalate")
    assert found is not None
    assert (found.effect, found.changes[0].field) == ("escalate", "case.amount_cents")


def test_what_still_fits_into_a_limit_is_told(load: Load, facts: Make) -> None:
    limit = "limits: [{id: budget, sum: case.amount_cents, per: day, max: 7000, else: escalate}]\n"
    found = counterfactual(load(rest=limit), facts(usage={"budget": Used("2026-06-01", 3000)}))
    assert found is not None
    assert found.sentence() == "Would have been allowed if amount_cents were 4000 instead of 5000."


@pytest.mark.parametrize("moment", ["9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z"])
def test_no_time_is_proposed_beyond_the_calendar(load: Load, facts: Make, moment: str) -> None:
    compiled = load(rules(f"has(case.closed_at) && case.closed_at == timestamp('{moment}')"))
    found = counterfactual(compiled, facts(closed_at=moment))
    assert found is not None
    assert (found.effect, found.changes[0].field) == ("allow", "case.closed_at")


def test_a_search_stops_at_its_budget(load: Load, facts: Make) -> None:
    assert counterfactual(load(rules("case.amount_cents > 4000")), facts(), budget=0) is None


def test_facts_that_do_not_fit_have_no_counterfactual(load: Load, facts: Make) -> None:
    assert counterfactual(load(), facts(amount_cents=None)) is None


CONDITIONS = st.lists(
    st.sampled_from(
        [
            "case.amount_cents > {n}",
            "case.amount_cents % 7 == 3",
            "case.disputed",
            "case.purpose == 'car'",
            "has(case.income) && case.income < {n}.5",
            "proposal.confidence < 0.7",
            "action.name == 'approve'",
            "!(case.amount_cents < {n} || case.disputed)",
        ]
    ),
    min_size=1,
    max_size=3,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    conditions=CONDITIONS,
    number=st.integers(0, 20_000),
    joint=st.sampled_from([" && ", " || "]),
    changed=st.fixed_dictionaries({"amount_cents": st.integers(1, 20_000), "disputed": st.booleans()}),
    income=st.none() | st.floats(0, 30_000),
    confidence=st.floats(0, 1),
)
def test_every_counterfactual_is_confirmed_and_the_same_again(
    load: Load,
    facts: Make,
    conditions: list[str],
    number: int,
    joint: str,
    changed: dict[str, Any],
    income: float | None,
    confidence: float,
) -> None:
    compiled = load(rules(joint.join(conditions).replace("{n}", str(number))))
    asked = facts(**changed, income=income, confidence=confidence)
    found = counterfactual(compiled, asked, budget=200)
    assert found == counterfactual(compiled, asked, budget=200)
    if found is not None:
        assert compiled.evaluate(applied(asked, found.changes)).effect == found.effect
        assert found.effect != compiled.evaluate(asked).effect
