"""Shorthand: the actions and roles of a rule, and "must have looked at X before Y"."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from remit.core.errors import SourceError
from remit.core.schema import ActionSchema, Record
from remit.core.words import Actor, Evidence
from remit.policies.compile import load_contract
from remit.policies.evaluate import CompiledContract
from remit.policies.facts import Facts

Load = Callable[..., CompiledContract]
Make = Callable[..., Facts]
ALLOW = "  - {id: routine, actions: [approve, decline], effect: allow, reason: Routine.}\n"
RULE = "  - {id: a, %s, effect: deny, reason: Because.}\n"
READ = "requires: [{id: looked, read: rule, before: [approve], else: deny%s}]\n"


@pytest.mark.parametrize(
    ("scope", "fires"),
    [
        ("actions: [approve]", True),
        ("actions: [decline]", False),
        ("actions: [approve, decline], when: case.disputed", False),
        ("roles: [clerk]", True),
        ("roles: [boss, clerk]", True),
        ("roles: [boss]", False),
        ("actions: [approve], roles: [clerk], when: case.amount_cents == 5000 || case.disputed", True),
        ("actions: [decline], when: case.disputed || case.amount_cents == 5000", False),
        ("roles: [boss], when: 'true ? true : false'", False),
    ],
)
def test_a_scope_is_anded_with_the_condition(load: Load, facts: Make, scope: str, fires: bool) -> None:
    assert (load(RULE % scope).evaluate(facts()).effect == "deny") is fires


def test_a_comment_in_a_scoped_condition_ends_with_its_line(load: Load, facts: Make) -> None:
    rule = (
        "  - id: a\n    actions: [approve]\n    when: |\n      true // always\n    effect: deny\n    reason: Because.\n"
    )
    assert load(rule).evaluate(facts()).effect == "deny"


def test_the_written_part_of_a_condition_keeps_its_place(load: Load) -> None:
    (rule,) = load(RULE % "actions: [approve], when: case.disputed").rules
    assert (rule.when and rule.when.text, rule.at.path, rule.at.line) == ("case.disputed", ("rules", 0), 8)


@pytest.mark.parametrize(
    ("more", "changed", "effect"),
    [
        ("", {}, "allow"),
        ("", {"evidence": ()}, "deny"),
        (", cited: true", {}, "deny"),
        (", cited: true", {"cites": ("a@1#0",)}, "allow"),
        (", for: case.disputed", {"evidence": ()}, "allow"),
        (", for: case.disputed", {"evidence": (), "disputed": True}, "deny"),
    ],
)
def test_a_passage_must_have_been_read_before(
    load: Load, facts: Make, more: str, changed: dict[str, Any], effect: str
) -> None:
    assert load(ALLOW, READ % more).evaluate(facts(**changed)).effect == effect


def test_other_actions_need_not_have_read(load: Load, facts: Make) -> None:
    assert load(ALLOW, READ % "").evaluate(facts("decline", evidence=())).effect == "allow"


def test_a_passage_of_another_need_is_not_what_was_asked_for(load: Load, facts: Make) -> None:
    other = Evidence("b@1#0", "price", "s", "t", 1, "", 0.5, 0.5, "trusted", 10)
    assert load(ALLOW, READ % "").evaluate(facts(evidence=(other,))).findings[0].clause == (
        "evidence.exists(e, e.need == 'rule')"
    )


@pytest.mark.parametrize(
    ("rules", "rest", "expected"),
    [
        (RULE % "actions: [aprove]", "", "there is no action `aprove`; did you mean `approve`?"),
        (RULE % "actions: []", "", "at least 1 item"),
        (RULE % 'roles: ["it\'s"]', "", "should match pattern"),
        (RULE % "reasons: []", "", "undeclared field `reasons`"),
        (ALLOW, READ.replace("approve", "aprove") % "", "there is no action `aprove`"),
        (ALLOW, READ.replace("read: rule", "read: rle") % "", "there is no evidence need `rle`; did you mean `rule`?"),
        (ALLOW, READ % ", check: 'true'", "a requirement needs either `check` or `read`"),
        (ALLOW, READ.replace("read: rule, ", "check: 'true', ") % "", "have a meaning only with `read`"),
    ],
)
def test_a_mistake_in_a_shorthand_is_told(
    text: Any, case: Record, actions: tuple[ActionSchema, ...], rules: str, rest: str, expected: str
) -> None:
    with pytest.raises(SourceError) as raised:
        load_contract(text(rules, rest), "policy.yaml", case=case, actions=actions, needs=["rule"])
    assert expected in str(raised.value)


def test_who_asks_is_seen_by_a_role_scope(load: Load, facts: Make) -> None:
    assert load(RULE % "roles: [clerk]").evaluate(facts(actor=Actor("bob"))).effect == "escalate"
