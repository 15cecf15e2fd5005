"""What a contract says: deny beats escalate beats allow, and what cannot be evaluated is never allowed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from remit.core.words import ApprovalTerms, Evidence
from remit.policies.evaluate import CompiledContract
from remit.policies.facts import Facts

Load = Callable[..., CompiledContract]
Make = Callable[..., Facts]


def rule(name: str, when: str, effect: str, approval: str = "") -> str:
    extra = f", approval: {approval}" if approval else ""
    return f'  - {{id: {name}, when: "{when}", effect: {effect}, reason: Because {name}.{extra}}}\n'


ALLOW, ESCALATE, DENY = (rule(effect, "case.amount_cents > 0", effect) for effect in ("allow", "escalate", "deny"))


@pytest.mark.parametrize(
    ("rules", "effect"),
    [
        (ALLOW, "allow"),
        (ALLOW + ESCALATE, "escalate"),
        (ALLOW + DENY, "deny"),
        (DENY + ESCALATE + ALLOW, "deny"),
        (rule("never", "case.disputed", "deny"), "escalate"),
    ],
)
def test_the_strictest_rule_wins(load: Load, facts: Make, rules: str, effect: str) -> None:
    assert load(rules).evaluate(facts()).effect == effect


def test_whoever_an_escalation_may_ask_is_a_reviewer_and_so_is_the_default(load: Load) -> None:
    by_officer = rule("large", "case.amount_cents > 5", "escalate", "{role: officer}")
    assert [terms.role for terms in load(ALLOW + by_officer).reviewers] == ["officer", "reviewer"]


def test_no_rule_gives_the_default(load: Load, facts: Make) -> None:
    (finding,) = load(rule("never", "case.disputed", "deny")).evaluate(facts()).findings
    assert (finding.rule, finding.effect, finding.clause) == ("default", "escalate", "default: escalate")


def test_every_rule_that_fired_is_a_finding_strictest_first(load: Load, facts: Make) -> None:
    verdict = load(ALLOW + ESCALATE + DENY).evaluate(facts())
    assert [finding.rule for finding in verdict.findings] == ["deny", "escalate", "allow"]
    assert verdict.findings[0].reason == "Because deny."


def test_a_rule_that_cannot_be_evaluated_escalates_and_is_named(load: Load, facts: Make) -> None:
    verdict = load(ALLOW + rule("poor", "case.income < 10.0", "deny")).evaluate(facts())
    assert (verdict.effect, verdict.findings[0].rule) == ("escalate", "poor")
    assert "an optional field is absent" in verdict.findings[0].reason


def test_a_deny_stands_beside_a_rule_that_cannot_be_evaluated(load: Load, facts: Make) -> None:
    assert load(DENY + rule("poor", "case.income < 10.0", "escalate")).evaluate(facts()).effect == "deny"


def test_on_error_deny_denies(load: Load, facts: Make, text: Callable[..., str]) -> None:
    head = text().split("rules:")[0].replace("on_error: escalate", "on_error: deny")
    assert load(ALLOW + rule("poor", "case.income < 10.0", "escalate"), head=head).evaluate(facts()).effect == "deny"


@pytest.mark.parametrize(
    "changed",
    [
        {"amount_cents": 2**63},
        {"amount_cents": True},
        {"amount_cents": None},
        {"income": float("nan")},
        {"income": float("inf")},
        {"purpose": "\ud800"},
        {"purpose": "boat"},
        {"case_quality": "odd"},
        {"unknown": 1},
        {"closed_at": "yesterday"},
        {"action": "burn"},
        {"args": {"unknown": 1}},
        {"now": datetime(2026, 1, 1)},
        {"confidence": float("nan")},
        {"case": []},
        {"cites": None},
    ],
)
def test_facts_that_do_not_fit_escalate(load: Load, facts: Make, changed: dict[str, Any]) -> None:
    verdict = load(ALLOW).evaluate(facts(**changed))
    assert (verdict.effect, verdict.findings[0].rule) == ("escalate", "facts")


@pytest.mark.parametrize(
    ("variable", "why"),
    [
        ("case.income", "it is null"),
        ("1 / (case.amount_cents - 5000)", "divide by zero"),
        ("0.0 / double(case.amount_cents - 5000)", "the result is not a finite number"),
        ("'2' + string(case.income)", "null"),
    ],
)
def test_a_variable_that_cannot_be_computed_escalates_where_it_is_used(
    load: Load, facts: Make, variable: str, why: str
) -> None:
    used = rule("used", "variables.x == variables.x", "deny")
    verdict = load(ALLOW + used, f'variables: {{x: "{variable}"}}\n').evaluate(facts())
    assert (verdict.effect, verdict.findings[0].rule) == ("escalate", "used")
    assert "variables.x could not be computed" in verdict.findings[0].reason
    assert why in verdict.findings[0].reason


def test_a_variable_that_is_not_needed_may_fail(load: Load, facts: Make) -> None:
    rules = rule("either", "case.amount_cents > 0 || variables.x > 1.0", "allow")
    assert load(rules, "variables: {x: case.income}\n").evaluate(facts()).effect == "allow"


def test_variables_build_on_one_another(load: Load, facts: Make) -> None:
    variables = "variables: {a: case.amount_cents + 1, b: variables.a * 2, c: variables.b > variables.a}\n"
    assert (
        load(rule("c", "variables.c && variables.b == 10002", "allow"), variables).evaluate(facts()).effect == "allow"
    )


CITED = "requires: [{id: cited, check: \"evidence.exists(e, e.need == 'rule' && e.trusted)\", else: deny}]\n"


def test_a_requirement_that_holds_is_told_with_the_allow(load: Load, facts: Make) -> None:
    verdict = load(ALLOW, CITED).evaluate(facts())
    assert [(finding.rule, finding.effect) for finding in verdict.findings] == [("allow", "allow"), ("cited", "allow")]


def test_a_requirement_that_fails_takes_the_allow_back(load: Load, facts: Make) -> None:
    verdict = load(ALLOW, CITED).evaluate(facts(evidence=()))
    assert (verdict.effect, verdict.findings[0].rule) == ("deny", "cited")


def test_untrusted_evidence_does_not_meet_a_requirement_for_trust(load: Load, facts: Make) -> None:
    gossip = Evidence("g@1#0", "rule", "s", "t", 1, "", 1.0, 1.0, "untrusted", 1)
    assert load(ALLOW, CITED).evaluate(facts(evidence=(gossip,))).effect == "deny"


def test_requirements_are_not_asked_when_the_rules_do_not_allow(load: Load, facts: Make) -> None:
    assert [each.rule for each in load(ESCALATE, CITED).evaluate(facts(evidence=())).findings] == ["escalate"]


def test_a_requirement_outside_of_its_scope_is_not_asked(load: Load, facts: Make) -> None:
    rest = CITED.replace("id: cited,", "id: cited, for: \"action.name == 'approve'\",")
    assert load(ALLOW, rest).evaluate(facts("decline", evidence=())).effect == "allow"


def test_a_requirement_that_cannot_be_evaluated_escalates(load: Load, facts: Make) -> None:
    verdict = load(ALLOW, "requires: [{id: rich, check: case.income > 1.0, else: deny}]\n").evaluate(facts())
    assert (verdict.effect, verdict.findings[0].rule) == ("escalate", "rich")


def test_an_obligation_comes_with_the_verdict(load: Load, facts: Make) -> None:
    compiled = load(ALLOW, "obligations: [{when: action.name == 'decline', do: notify, to: owner}]\n")
    assert compiled.evaluate(facts("decline")).obligations == ({"do": "notify", "to": "owner"},)
    assert compiled.evaluate(facts("approve")).obligations == ()


def test_an_obligation_that_cannot_be_evaluated_escalates(load: Load, facts: Make) -> None:
    verdict = load(ALLOW, "obligations: [{when: case.income > 1.0, do: notify, to: owner}]\n").evaluate(facts())
    assert (verdict.effect, verdict.findings[0].rule) == ("escalate", "obligation-1")


@pytest.mark.parametrize(
    ("day", "effect"),
    [("2026-02-28", "escalate"), ("2026-03-01", "allow"), ("2026-04-30", "allow"), ("2026-05-01", "escalate")],
)
def test_a_contract_out_of_force_escalates(
    load: Load, facts: Make, text: Callable[..., str], day: str, effect: str
) -> None:
    dates = "owner: risk, effective_from: 2026-03-01, effective_until: 2026-04-30"
    head = text().split("rules:")[0].replace("owner: risk", dates)
    now = datetime.fromisoformat(day).replace(tzinfo=UTC)
    assert load(ALLOW, head=head).evaluate(facts(now=now)).effect == effect


def test_an_escalation_without_terms_goes_to_a_reviewer(load: Load, facts: Make) -> None:
    assert load(ESCALATE).evaluate(facts()).approvals == (ApprovalTerms("reviewer"),)


def test_the_strictest_terms_of_a_role_win(load: Load, facts: Make) -> None:
    rules = rule("a", "true", "escalate", "{role: boss, quorum: 2, within: 2d}")
    rules += rule("b", "true", "escalate", "{role: boss, within: 4h, on_timeout: deny}")
    assert load(rules).evaluate(facts()).approvals == (ApprovalTerms("boss", 2, 240, "deny"),)


def test_a_denial_asks_nobody(load: Load, facts: Make) -> None:
    assert load(DENY + ESCALATE).evaluate(facts()).approvals == ()


def test_an_expression_that_never_ends_escalates(load: Load, facts: Make) -> None:
    digits = "[0,1,2,3,4,5,6,7,8,9]"
    bomb = "true"
    for name in "abcdefg":
        bomb = f"{digits}.all({name}, {bomb})"
    verdict = load(ALLOW + rule("bomb", bomb, "deny")).evaluate(facts())
    assert (verdict.effect, verdict.findings[0].rule) == ("escalate", "bomb")


MANY = [
    rule("a", "case.disputed", "deny"),
    rule("b", "case.amount_cents > 100", "escalate", "{role: boss, quorum: 2}"),
    rule("c", "case.income > 10.0", "deny"),
    rule("d", "case.purpose == 'car' || case.disputed", "allow"),
    rule("e", "action.name == 'approve'", "escalate", "{role: boss, within: 4h}"),
    rule("f", "true", "allow"),
]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    order=st.permutations(MANY),
    amount=st.integers(1, 200),
    disputed=st.booleans(),
    income=st.none() | st.floats(0, 20),
    action=st.sampled_from(["approve", "decline"]),
)
def test_the_order_of_rules_never_changes_the_verdict(
    load: Load, facts: Make, order: list[str], amount: int, disputed: bool, income: float | None, action: str
) -> None:
    asked = facts(action, amount_cents=amount, disputed=disputed, income=income)
    one, other = (load("".join(rules)).evaluate(asked).to_json() for rules in (MANY, order))
    assert {**one, "policy": None} == {**other, "policy": None}


ANYTHING = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.lists(st.integers(), max_size=2)
)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    case=st.dictionaries(st.sampled_from(["amount_cents", "purpose", "disputed", "income", "closed_at", "x"]), ANYTHING)
)
def test_whatever_the_case_holds_there_is_a_verdict(load: Load, facts: Make, case: dict[str, Any]) -> None:
    verdict = load(ALLOW + rule("rich", "has(case.income) && case.income > 1.0", "deny")).evaluate(facts(case=case))
    whole = {"amount_cents", "purpose", "disputed"} <= {name for name, value in case.items() if value is not None}
    assert verdict.effect != "allow" or whole
