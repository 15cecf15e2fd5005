"""Conditions read what a limit has counted before the action; what nobody can tell is never taken as nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from remit.core.errors import SourceError
from remit.policies.counterfactual import counterfactual
from remit.policies.diff import diff
from remit.policies.evaluate import CompiledContract
from remit.policies.explain import explain_verdict
from remit.policies.facts import Facts, Used
from remit.policies.generate import generate_tests
from remit.policies.prove import prove
from remit.policies.witness import judged

Load = Callable[..., CompiledContract]
Make = Callable[..., Facts]
DAY = "2026-06-01T00:00:00+00:00"
ALLOW = "  - {id: routine, actions: [approve, decline], effect: allow, reason: Routine.}\n"
LIMITS = """limits:
  - id: day-budget
    for: action.name == 'approve'
    sum: action.args.amount_cents
    per: day
    max: 9000
    else: escalate
  - {id: calls, per: month, by: [case.income > 1.0], max: 3, else: escalate}
"""


def reading(when: str, effect: str = "deny") -> str:
    return f'{ALLOW}  - {{id: r, when: "{when}", effect: {effect}, reason: Because.}}\n'


def used(**counts: int) -> dict[str, Used]:
    return {name.replace("_", "-"): Used(DAY, count) for name, count in counts.items()}


@pytest.mark.parametrize("read", ["usage['day-budget']", "variables.used"])
@pytest.mark.parametrize(("count", "effect"), [(0, "allow"), (2000, "allow"), (2001, "deny")])
def test_a_rule_reads_what_a_limit_has_counted(load: Load, facts: Make, read: str, count: int, effect: str) -> None:
    rest = f"variables: {{used: \"usage['day-budget']\"}}\n{LIMITS}"
    compiled = load(reading(f"{read} > 2000"), rest)
    assert compiled.evaluate(facts(income=2.0, usage=used(day_budget=count))).effect == effect


def test_a_count_is_read_by_actions_that_take_nothing_from_the_limit(load: Load, facts: Make) -> None:
    compiled = load(reading("usage['day-budget'] > 2000"), LIMITS)
    declined = facts("decline", income=2.0, usage=used(day_budget=2001))
    assert compiled.evaluate(declined).effect == "deny"
    assert [each.limit.id for each in compiled.budgets(declined)] == ["day-budget", "calls"]
    assert [each.limit.id for each in compiled.draws(declined)] == ["calls"]


def test_only_what_is_read_or_drawn_from_has_to_be_known(load: Load, facts: Make) -> None:
    assert [each.limit.id for each in load(ALLOW, LIMITS).budgets(facts("decline", income=2.0))] == ["calls"]


@pytest.mark.parametrize(
    ("section", "effect"),
    [
        ("requires: [{id: q, check: usage.calls < 2, else: deny}]\n", "deny"),
        ("obligations: [{when: usage.calls > 1, do: notify, to: owner}]\n", "allow"),
    ],
)
def test_requirements_and_obligations_read_it_too(load: Load, facts: Make, section: str, effect: str) -> None:
    verdict = load(ALLOW, LIMITS + section).evaluate(facts(income=2.0, usage=used(calls=2)))
    assert (verdict.effect, bool(verdict.obligations)) == (effect, effect == "allow")


def test_a_count_of_which_nobody_can_tell_the_budget_has_the_effect_of_on_error(load: Load, facts: Make) -> None:
    verdict = load(reading("usage.calls > 2"), LIMITS).evaluate(facts(usage=used(calls=0)))
    assert verdict.effect == "escalate"
    (finding,) = [each for each in verdict.findings if each.rule == "r"]
    assert finding.reason.startswith("This could not be evaluated: usage['calls'] is not known: `>` met null")


def test_without_a_snapshot_nothing_was_counted(load: Load, facts: Make) -> None:
    assert load(reading("usage.calls == 0"), LIMITS).evaluate(facts(income=2.0)).effect == "deny"


@pytest.mark.parametrize(
    ("when", "place", "said"),
    [
        ("usage['day-bugdet'] > 1", "9:26", "there is no limit `day-bugdet`; did you mean `day-budget`?"),
        ("usage.call > 1", "9:25", "there is no limit `call`; did you mean `calls`?"),
        ("usage.calls > 1.0", "9:32", "`>` does not go with (integer, number)"),
        ("usage[case.purpose] > 1", "9:20", "`usage` is read by the id of a limit"),
        ("has(usage.calls)", "9:24", "`usage` is read by the id of a limit"),
        ("'calls' in usage", "9:31", "`usage` is read by the id of a limit"),
        ("usage.exists(u, u == 'calls')", "9:20", "`usage` is read by the id of a limit"),
        ("evidence.exists(usage, usage.age_days > 1)", "9:35", "`usage` is read by the id of a limit"),
    ],
)
def test_a_mistake_in_reading_is_told_at_its_place(load: Load, when: str, place: str, said: str) -> None:
    with pytest.raises(SourceError) as raised:
        load(reading(when), LIMITS)
    assert f"policy.yaml:{place}: {said}" in str(raised.value)


def test_a_contract_without_limits_says_so(load: Load) -> None:
    with pytest.raises(SourceError, match="The contract has no limits"):
        load(reading("usage.calls > 1"))


@pytest.mark.parametrize("where", ["for: usage.calls > 1", "sum: variables.next", "by: [usage.calls]"])
def test_what_a_limit_counts_cannot_depend_on_what_limits_have_counted(load: Load, where: str) -> None:
    rest = f"variables: {{next: usage.calls + 1}}\nlimits:\n  - {{id: calls, per: day, max: 1, else: deny, {where}}}\n"
    with pytest.raises(SourceError, match="what a limit counts cannot depend on `usage`"):
        load(ALLOW, rest)


def test_an_explanation_shows_the_count(load: Load, facts: Make) -> None:
    compiled = load(reading("usage.calls > 1"), LIMITS)
    seen = explain_verdict(compiled, facts(income=2.0, usage=used(calls=2))).rule("r")
    assert seen is not None
    assert [dict(clause.facts) for clause in seen.because] == [{"usage.calls": 2}]


def test_nobody_is_told_that_others_should_have_done_less(load: Load, facts: Make) -> None:
    compiled = load(reading("usage['day-budget'] + action.args.amount_cents > 5000"), LIMITS)
    asked = facts(income=2.0, usage=used(day_budget=4000))
    found = counterfactual(compiled, asked, leave_out=("action.name",))
    assert found is not None
    assert [change.field for change in found.changes] == ["action.args.amount_cents"]
    assert counterfactual(load(reading("usage.calls > 1"), LIMITS), facts(income=2.0, usage=used(calls=2))) is None


def test_tests_are_generated_on_both_sides_of_a_count(load: Load) -> None:
    rest = "limits: [{id: calls, per: day, max: 9, else: escalate}]\n"
    tests = generate_tests(load(reading("usage.calls > 3"), rest)).tests
    assert {each.entry["usage"]["calls"] for each in tests if "usage" in each.entry} == {3, 4}


SPENT = "usage['day-budget'] + action.args.amount_cents"
ONE_LIMIT = LIMITS.split("  - {id: calls")[0]


@pytest.mark.parametrize(
    ("rules", "never", "code"),
    [
        (ALLOW, f"action.name == 'approve' && {SPENT} > 9000 && verdict == 'allow'", "invariant-proved"),
        (ALLOW, f"action.name == 'approve' && {SPENT} > 8999 && verdict == 'allow'", "invariant-violated"),
        (ALLOW, "usage['day-budget'] < 0", "invariant-proved"),
        (reading("usage['day-budget'] > 5"), "usage['day-budget'] > 5 && verdict != 'deny'", "invariant-proved"),
        (reading("usage['day-budget'] > 5"), "usage['day-budget'] > 4 && verdict != 'deny'", "invariant-violated"),
    ],
)
def test_what_a_machine_can_spend_is_proved_for_every_count(load: Load, rules: str, never: str, code: str) -> None:
    rules = rules.replace("approve, decline", "approve")
    compiled = load(rules, f'{ONE_LIMIT}invariants: [{{id: i, never: "has(action.args.amount_cents) && {never}"}}]\n')
    (found,) = [each for each in prove(compiled, seconds=60).findings if each.rules == ("i",)]
    assert found.code == f"policy.{code}"
    if found.witness is not None:
        assert judged(compiled, found.witness.facts) == found.witness


def test_a_witness_says_what_was_counted(load: Load) -> None:
    rest = f"{ONE_LIMIT}invariants: [{{id: i, never: \"usage['day-budget'] > 6 && verdict == 'allow'\"}}]\n"
    (found,) = [each for each in prove(load(ALLOW, rest), seconds=60).findings if each.rules == ("i",)]
    assert found.witness is not None
    assert found.witness.to_json()["given"]["usage"] == {"day-budget": 7}


def test_a_rule_that_fails_where_a_key_is_absent_is_found(load: Load) -> None:
    found = prove(load(reading("usage.calls > 1"), LIMITS), seconds=60).findings
    told = [each.problem.message for each in found if each.code == "policy.can-fail"]
    assert any("usage['calls'] is not known" in message for message in told)


@pytest.mark.parametrize(
    ("old", "new", "steps"),
    [
        ("usage.calls > 5", "usage.calls >= 6", set()),
        ("usage.calls > 1", "usage.calls > 2", {"deny -> allow"}),
        ("case.disputed && usage.calls > 9", "case.disputed", {"allow -> deny", "escalate -> deny"}),
    ],
)
def test_two_readings_are_compared_over_every_count(load: Load, old: str, new: str, steps: set[str]) -> None:
    limits = "limits: [{id: calls, per: day, max: 3, else: escalate}]\n"
    found = diff(load(reading(old), limits), load(reading(new), limits), seconds=60)
    changes: list[dict[str, Any]] = [each.to_json() for each in found.changes]
    assert ({each["change"] for each in changes}, found.same) == (steps, not steps)
