"""A change of a contract is told by facts on which the verdicts differ, and only a proof says that there are none."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from remit.core.schema import Record
from remit.policies.compile import load_contract
from remit.policies.diff import DiffReport, diff
from remit.policies.evaluate import CompiledContract

OLD = """\
  - {id: disputed, when: "case.disputed", effect: deny, reason: Disputed.}
  - {id: large, when: "case.amount_cents > 1000", effect: escalate, reason: Large.}
  - {id: routine, when: "action.name in ['approve', 'decline']", effect: allow, reason: Routine.}
"""
Load = Callable[..., CompiledContract]


def changed(load: Load, old: str, new: str, rest: str = "") -> DiffReport:
    return diff(load(OLD, rest), load(OLD.replace(old, new), rest), seconds=60)


CHANGES = [
    ("case.disputed", "case.disputed && case.purpose == 'car'", {"deny -> allow", "deny -> escalate"}),
    ("> 1000", "> 2000", {"escalate -> allow"}),
    ("> 1000", ">= 1000", {"allow -> escalate"}),
    ("effect: deny", "effect: escalate", {"deny -> escalate"}),
    ("effect: escalate", "effect: deny", {"escalate -> deny"}),
    ("case.disputed", "case.disputed || case.amount_cents == 7", {"allow -> deny"}),
    ("['approve', 'decline']", "['approve']", {"allow -> escalate"}),
]


@pytest.mark.parametrize(("old", "new", "kinds"), CHANGES, ids=[each[1] for each in CHANGES])
def test_each_kind_of_change_is_found_with_facts(load: Load, old: str, new: str, kinds: set[str]) -> None:
    report = changed(load, old, new)
    assert {f"{each.old.effect} -> {each.new.effect}" for each in report.changes} == kinds
    for each in report.changes:
        assert load(OLD).evaluate(each.old.facts) == each.old.verdict
        assert load(OLD.replace(old, new)).evaluate(each.old.facts) == each.new.verdict


SAME = [
    ("case.amount_cents > 1000", "case.amount_cents >= 1001"),
    ("case.disputed", "case.disputed == true"),
    ("case.disputed", "!(!case.disputed)"),
    ("case.amount_cents > 1000", "!(case.amount_cents <= 1000)"),
    ("Large.", "Much."),
    ("action.name in ['approve', 'decline']", "true"),
]


@pytest.mark.parametrize(("old", "new"), SAME, ids=[each[1] for each in SAME])
def test_two_ways_to_say_the_same_are_proved_to_be_the_same(load: Load, old: str, new: str) -> None:
    assert changed(load, old, new).same


def test_what_becomes_possible_is_told_first(load: Load) -> None:
    report = changed(load, "case.disputed", "case.purpose == 'car'")
    kinds = [(each.old.effect, each.new.effect) for each in report.changes]
    assert kinds == sorted(kinds, key=lambda kind: [("deny", "allow")].count(kind), reverse=True)
    assert kinds[0] == ("deny", "allow")


def test_the_rules_of_both_sides_are_named(load: Load) -> None:
    change = changed(load, "> 1000", "> 2000").changes[0]
    assert change.reason == (("large",), ("routine",))


def test_a_condition_outside_of_the_fragment_that_is_the_same_in_both_hides_nothing(load: Load) -> None:
    odd = OLD + "  - {id: odd, when: \"actor.id.matches('a')\", effect: escalate, reason: Odd.}\n"
    assert diff(load(odd), load(odd.replace("> 1000", ">= 1001")), seconds=60).same


def test_a_changed_condition_outside_of_the_fragment_is_not_verified(load: Load) -> None:
    odd = OLD + "  - {id: odd, when: \"actor.id.matches('a')\", effect: escalate, reason: Odd.}\n"
    report = diff(load(odd), load(odd.replace("matches('a')", "matches('b')")), seconds=60)
    assert not report.same
    assert report.unverified or report.changes


def test_another_period_or_limit_is_told_in_words(load: Load, text: Callable[..., str]) -> None:
    rest = "limits:\n  - {id: budget, per: day, max: 3, else: deny}\n"
    report = diff(load(OLD, rest), load(OLD, rest.replace("3", "4")), seconds=60)
    assert (report.same, report.changes, len(report.notes)) == (False, (), 1)
    head = text(OLD).partition("rules:")[0].replace("owner: risk}", "owner: risk, effective_from: 2027-01-01}")
    dated = diff(load(OLD), load(OLD, head=head), seconds=60)
    assert dated.notes == ("the old contract is in force always, the new one from 2027-01-01",)


def test_without_time_nothing_is_the_same(load: Load) -> None:
    report = diff(load(OLD), load(OLD.replace("> 1000", "> 2000")), seconds=0.0)
    assert (report.same, report.changes) == (False, ())
    assert "the time ran out" in report.unverified[0]


def test_contracts_of_different_cases_are_not_compared(load: Load, text: Callable[..., str]) -> None:
    actions = tuple(load(OLD).actions.values())
    fields = tuple(each for each in load(OLD).case.fields if each.name != "income")
    other = load_contract(text(OLD), "other.yaml", case=Record("case", fields), actions=actions)
    with pytest.raises(ValueError, match="different cases"):
        diff(load(OLD), other)
