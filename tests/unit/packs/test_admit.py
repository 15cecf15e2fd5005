"""Admission: what a case has to be before anything is decided on it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from remit.packs.admit import CaseRejected, Violation, admit
from remit.packs.pack import Decision

Loan = Callable[..., dict[str, Any]]
Load = Callable[..., Decision]


def rejected(decision: Decision, raw: Any) -> tuple[Violation, ...]:
    with pytest.raises(CaseRejected) as raised:
        admit(decision, raw)
    return raised.value.violations


def test_a_sound_case_is_admitted_as_typed_values(load: Load, loan: Loan) -> None:
    found = admit(load(), loan(rate=3, asked_at="2026-11-01T12:00:00Z"))
    assert (found.quality, found.violations) == ("ok", ())
    assert type(found.case["rate"]) is float


def test_a_null_is_a_field_that_is_not_there(load: Load, loan: Loan) -> None:
    assert "rate" not in admit(load(), loan(rate=None)).case
    assert rejected(load(), loan(late=None)) == (Violation("late", "required", "reject", "is missing"),)


@pytest.mark.parametrize(
    ("fields", "field", "message"),
    [
        ({"amount": ...}, "amount", "is missing"),
        ({"amount": "500"}, "amount", "must be a whole number"),
        ({"amount": 500.0}, "amount", "must be a whole number"),
        ({"amount": True}, "amount", "must be a whole number"),
        ({"amount": [500]}, "amount", "must be a whole number"),
        ({"amount": 0}, "amount", "must be at least 1"),
        ({"amount": 1_000_001}, "amount", "must be at most 1000000"),
        ({"age": 2**53}, "age", "must be a finite number within 2**53"),
        ({"age": 10**400}, "age", "must be a finite number within 2**53"),
        ({"age": -(10**400)}, "age", "must be a finite number within 2**53"),
        ({"rate": float("nan")}, "rate", "must be a finite number within 2**53"),
        ({"rate": float("inf")}, "rate", "must be a finite number within 2**53"),
        ({"rate": 1e300}, "rate", "must be a finite number within 2**53"),
        ({"rate": True}, "rate", "must be a number"),
        ({"rate": "3"}, "rate", "must be a number"),
        ({"rate": 20.6}, "rate", "must be at most 20.5"),
        ({"late": 1}, "late", "must be true or false"),
        ({"late": "true"}, "late", "must be true or false"),
        ({"purpose": 7}, "purpose", "must be text"),
        ({"id": {"a": 1}}, "id", "must be text"),
        ({"id": "X-1"}, "id", "must fit the pattern L-[0-9]+"),
        ({"id": "L-1\n"}, "id", "must fit the pattern L-[0-9]+"),
        ({"remark": "x"}, "remark", "must have 2 to 20 characters, not 1"),
        ({"remark": "x" * 1_000_000}, "remark", "must have 2 to 20 characters, not 1000000"),
        ({"purpose": "x" * 1_000_000}, "purpose", "must have 0 to 10000 characters, not 1000000"),
        ({"remark": "a\ud800"}, "remark", "is not valid text (a lone surrogate)"),
        ({"purpose": "hause"}, "purpose", "must be one of car, house. did you mean `house`?"),
        ({"asked_at": 5}, "asked_at", "must be a moment with its offset from UTC, such as 2026-11-01T12:00:00Z"),
        ({"asked_at": "soon"}, "asked_at", "must be a moment with its offset from UTC, such as 2026-11-01T12:00:00Z"),
        ({"asked_at": "2026-11-01T12:00:00"}, "asked_at", "must be a moment with its offset from UTC, such as 2026-11-"
         "01T12:00:00Z"),
        ({"amonut": 5}, "amonut", "is not a field of the case. did you mean `amount`?"),
        ({"\x1b[2J\u202e": 5}, "\\x1b[2J\\u202e", "is not a field of the case."),
    ],
)  # fmt: skip
def test_a_field_that_does_not_fit_rejects_the_case(
    load: Load, loan: Loan, fields: dict[str, Any], field: str, message: str
) -> None:
    assert [(item.field, item.message) for item in rejected(load(), loan(**fields))] == [(field, message)]


@pytest.mark.parametrize("raw", [None, 5, "case", [], ["id"], True])
def test_what_is_no_object_is_no_case(load: Load, raw: Any) -> None:
    assert rejected(load(), raw)[0].message == "a case is an object of fields"


def test_every_field_that_is_off_is_named_at_once(load: Load) -> None:
    names = [item.field for item in rejected(load(), {"amuont": 1, "late": 2, "id": "L-1", "age": "x"})]
    assert names == ["amuont", "purpose", "amount", "late", "age"]


def test_a_flood_of_undeclared_fields_is_cut_short(load: Load, loan: Loan) -> None:
    assert len(rejected(load(), loan(**{f"f{number}": 0 for number in range(5_000)}))) == 100


def test_a_broken_quarantine_rule_keeps_the_case_from_being_decided(load: Load, loan: Loan) -> None:
    found = admit(load(), loan(age=17))
    assert (found.quality, found.violations) == (
        "quarantined",
        (Violation("", "old_enough", "quarantine", "Nobody under 18 borrows."),),
    )


def test_a_broken_degrade_rule_leaves_the_case_to_the_policy(load: Load, loan: Loan) -> None:
    found = admit(load(), loan(rate=5.0, amount=4))
    assert (found.quality, [item.rule for item in found.violations]) == ("degraded", ["rate_below_amount"])


def test_a_broken_reject_rule_refuses_the_case(load: Load, loan: Loan) -> None:
    decision = load(case=[("severity: quarantine", "severity: reject")])
    assert rejected(decision, loan(age=17))[0].rule == "old_enough"


def test_quarantine_is_stronger_than_degrade(load: Load, loan: Loan) -> None:
    assert admit(load(), loan(age=17, rate=5.0, amount=4)).quality == "quarantined"


@pytest.mark.parametrize(("severity", "quality"), [("quarantine", "quarantined"), ("degrade", "degraded")])
def test_a_field_rule_speaks_with_its_own_severity(load: Load, loan: Loan, severity: str, quality: str) -> None:
    decision = load(case=[("severity: reject", f"severity: {severity}")])
    assert admit(decision, loan(purpose="boat")).quality == quality


@pytest.mark.parametrize("value", [..., ""])
def test_a_value_that_must_be_given_is_missed_when_absent_or_empty(load: Load, loan: Loan, value: Any) -> None:
    rule = "        quality: [{type: library, metric: missingValues, mustBe: 0, severity: degrade}]\n"
    decision = load(case=[("        logicalTypeOptions: {minLength: 2, maxLength: 20}\n", rule)])
    violations = admit(decision, loan(remark=value)).violations
    assert [(item.field, item.message) for item in violations] == [("remark", "must be given")]


def test_a_rule_that_cannot_be_evaluated_counts_as_broken(load: Load, loan: Loan) -> None:
    decision = load(case=[('"!has(case.rate) || case.rate < double(case.amount)"', "100 / case.age < 5")])
    found = admit(decision, loan(age=0))
    assert found.violations[1].message == "A rate stays below the amount. (cannot be evaluated: divide by zero)"


def test_a_feature_that_cannot_be_computed_quarantines_the_case(load: Load, loan: Loan) -> None:
    found = admit(load(("double(case.amount) / 100.0", "double(100 / (case.amount - 500))")), loan())
    assert found.quality == "quarantined"
    assert found.violations[0].message == "the feature `ratio` cannot be computed: divide by zero"


SECRET = "s3cr3t-value"


@pytest.mark.parametrize(
    "fields",
    [
        {"id": SECRET},
        {"purpose": SECRET},
        {"amount": SECRET},
        {"late": SECRET},
        {"asked_at": SECRET},
        {"remark": SECRET * 3},
        {"remark": SECRET + "\ud800"},
    ],
)
def test_a_message_never_repeats_a_value(load: Load, loan: Loan, fields: dict[str, Any]) -> None:
    assert SECRET not in str(rejected(load(), loan(**fields)))


@pytest.mark.parametrize("expression", ["{'x':1}[case.remark] == 1", "'x'.matches(case.remark + '(')"])
def test_a_rule_that_fails_on_a_value_does_not_repeat_it(load: Load, loan: Loan, expression: str) -> None:
    condition = f"has(case.remark) && {expression}"
    decision = load(case=[("case.age >= 18", condition)])
    found = admit(decision, loan(remark=SECRET)).violations[0].message
    assert "cannot be evaluated" in found
    assert SECRET not in found
