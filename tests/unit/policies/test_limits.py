"""A limit holds an action against what was used before in its window, and says exactly why it has no room."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from remit.core.errors import SourceError
from remit.core.words import Actor, ApprovalTerms
from remit.policies.evaluate import CompiledContract
from remit.policies.facts import Facts, Used, window_of
from remit.policies.limits import as_json, places, usage_from_json

Load = Callable[..., CompiledContract]
Make = Callable[..., Facts]
DAY = "2026-06-01T00:00:00+00:00"
ALLOW = "  - {id: routine, actions: [approve, decline], effect: allow, reason: Routine.}\n"
MAX = 2**63 - 1


def limit(**changes: Any) -> str:
    """The text of a limit on what `approve` grants in a day."""
    fields = {"for": "action.name == 'approve'", "sum": "action.args.amount_cents", "per": "day", "max": 9000}
    fields |= {"else": "escalate", **changes}
    # JSON is YAML.
    return f"limits: [{json.dumps({'id': 'budget', **fields})}]\n"


@pytest.fixture
def limited(load: Load) -> Callable[..., CompiledContract]:
    return lambda rules=ALLOW, **changes: load(rules, limit(**changes))


@pytest.mark.parametrize(
    ("per", "start"),
    [
        ("hour", "2026-03-31T22"),
        ("day", "2026-03-31T00"),
        ("month", "2026-03-01T00"),
    ],
)
def test_windows_are_those_of_the_utc_calendar(per: Any, start: str) -> None:
    at = datetime(2026, 4, 1, 0, 59, 59, tzinfo=timezone(timedelta(hours=2)))
    assert window_of(per, at) == f"{start}:00:00+00:00"


@pytest.mark.parametrize(("used", "effect"), [(0, "allow"), (4000, "allow"), (4001, "escalate"), (MAX, "escalate")])
def test_a_limit_may_be_used_up_but_not_exceeded(limited: Any, facts: Make, used: int, effect: str) -> None:
    assert limited().evaluate(facts(usage={"budget": Used(DAY, used)})).effect == effect


def test_without_a_snapshot_no_limit_is_looked_at(limited: Any, facts: Make) -> None:
    assert limited(max=0).evaluate(facts()).effect == "allow"


def test_a_limit_that_the_snapshot_does_not_name_was_not_used(limited: Any, facts: Make) -> None:
    (finding, _) = limited(max=4999).evaluate(facts(usage={})).findings
    assert finding.clause == "0 used + 5000 > 4999 per day"


def test_the_terms_of_a_limit_are_those_of_the_review(load: Load, facts: Make) -> None:
    rest = "limits: [{id: budget, per: day, max: 0, else: escalate, approval: {role: boss, quorum: 2}}]\n"
    assert load(ALLOW, rest).evaluate(facts(usage={})).approvals == (ApprovalTerms("boss", 2),)


def test_what_a_rule_denies_is_held_against_no_limit(limited: Any, facts: Make) -> None:
    rules = "  - {id: never, actions: [approve], effect: deny, reason: Never.}\n"
    assert [each.rule for each in limited(rules, max=0).evaluate(facts(usage={})).findings] == ["never"]


def test_what_goes_to_a_person_is_held_against_the_limits_too(limited: Any, facts: Make) -> None:
    rules = "  - {id: asks, actions: [approve], effect: escalate, reason: Ask.}\n"
    compiled = limited(rules, max=0, **{"else": "deny"})
    assert compiled.evaluate(facts(usage={})).effect == "deny"


@pytest.mark.parametrize(
    ("changes", "used", "said"),
    [
        ({}, MAX, f"{MAX} + 5000 does not fit in 64 bits"),
        ({"sum": f"action.args.amount_cents * {MAX}"}, 0, "overflow"),
        ({"sum": "0 - case.amount_cents"}, 0, "a limit counts no negative amount, and this is -5000"),
        ({"for": "case.income > 1.0"}, 0, "has()"),
        ({"by": ["case.purpose", "case.income > 1.0"]}, 0, "has()"),
        ({"by": ["action.args.amount_cents"], "sum": "1", "for": "true"}, 0, "action.args.amount_cents is null"),
    ],
)
def test_a_limit_that_nobody_can_tell_has_the_effect_of_on_error(
    limited: Any, facts: Make, changes: dict[str, Any], used: int, said: str
) -> None:
    asked = facts("decline" if changes.get("for") == "true" else "approve", usage={"budget": Used(DAY, used)})
    finding = limited(**changes).evaluate(asked).findings[0]
    assert (finding.rule, finding.effect) == ("budget", "escalate")
    assert said in finding.reason


def test_a_draw_names_its_budget_and_its_amount(limited: Any, facts: Make) -> None:
    (draw,) = limited().draws(facts())
    assert (draw.limit.id, draw.amount) == ("budget", 5000)
    assert places([draw], datetime(2026, 6, 1, 23, tzinfo=UTC)) == [(draw.key, DAY)]


def test_an_action_that_a_limit_is_not_about_draws_nothing(limited: Any, facts: Make) -> None:
    assert limited().draws(facts("decline")) == ()


def test_without_a_sum_an_action_counts_one(load: Load, facts: Make) -> None:
    assert [
        each.amount for each in load(ALLOW, "limits: [{id: b, per: hour, max: 3, else: deny}]\n").draws(facts())
    ] == [1]


@pytest.mark.parametrize(
    ("other", "same"),
    [({"amount_cents": 7}, True), ({"purpose": "house"}, False), ({"actor": Actor("bob")}, True)],
)
def test_each_key_has_a_budget_of_its_own(limited: Any, facts: Make, other: dict[str, Any], same: bool) -> None:
    compiled = limited(by=["case.purpose"])
    assert (compiled.draws(facts())[0].key == compiled.draws(facts(**other))[0].key) is same


def test_a_new_version_of_a_contract_counts_on(load: Load, facts: Make) -> None:
    one, two = (load(ALLOW, limit(max=most)) for most in (1, 2))
    assert one.draws(facts())[0].key == two.draws(facts())[0].key


def test_a_snapshot_of_usage_comes_back_from_json() -> None:
    usage = {"budget": Used(DAY, MAX)}
    assert usage_from_json(as_json(usage)) == usage


@pytest.mark.parametrize(
    ("rest", "expected"),
    [
        ("limits: [{id: b, per: week, max: 1, else: deny}]\n", "must be 'hour', 'day' or 'month', but is `week`"),
        ("limits: [{id: b, per: day, max: -1, else: deny}]\n", "should be greater than or equal to 0"),
        ("limits: [{id: b, per: day, max: 1.5, else: deny}]\n", "must be a whole number, but is `1.5`"),
        ("limits: [{id: b, per: day, max: 1, else: allow}]\n", "must be 'escalate' or 'deny'"),
        ("limits: [{id: b, sum: case.income, per: day, max: 1, else: deny}]\n", "must be integer or null"),
        ("limits: [{id: b, by: [evidence], per: day, max: 1, else: deny}]\n", "a budget cannot be kept by list of"),
        ("limits: [{id: b, by: [case.purpse], per: day, max: 1, else: deny}]\n", "did you mean `purpose`?"),
        ("limits: [{id: routine, per: day, max: 1, else: deny}]\n", "duplicate id `routine`"),
        ("limits: [{id: b, per: day, max: 1, else: deny, approval: {role: x}}]\n", "only with `else: escalate`"),
        (
            "limits: [{id: budget, per: day, max: 1, else: deny}]\n"
            "tests: [{name: t, action: {name: decline}, usage: {buget: 1}, expect: deny}]\n",
            "there is no limit `buget`; did you mean `budget`?",
        ),
    ],
)
def test_a_mistake_in_a_limit_is_told(load: Load, rest: str, expected: str) -> None:
    with pytest.raises(SourceError) as raised:
        load(ALLOW, rest)
    assert expected in str(raised.value)
