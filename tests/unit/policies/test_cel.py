"""The door to CEL: types and text in, checked plain values out."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remit.core.schema import Field, Record
from remit.policies.cel import CelError, Environment, ExpressionError
from remit.policies.types import BOOL, DOUBLE, INT, STRINGS, TIMESTAMP, UnfitFacts, UnfitRecord, list_of, record_of

CASE = Record(
    "case",
    (
        Field("amount", "integer"),
        Field("rate", "number"),
        Field("name", "string"),
        Field("open", "boolean"),
        Field("at", "timestamp"),
        Field("tags", "strings"),
        Field("more", "integer", required=False),
        Field("note", "string", required=False),
        Field("closed", "timestamp", required=False),
    ),
)
ENVIRONMENT = Environment(
    {
        "case": record_of(CASE),
        "cases": list_of(record_of(CASE)),
        "feature.ratio": DOUBLE,
        "words": STRINGS,
        "now": TIMESTAMP,
    }
)
ONE = {"amount": 0, "rate": 2, "name": "é", "open": False, "at": "2026-01-01T00:00:00+01:00", "tags": ["x"]}
FACTS: dict[str, Any] = {
    "case": ONE,
    "cases": [ONE, {**ONE, "more": 7}],
    "feature.ratio": 0.5,
    "words": ("a", "b"),
    "now": datetime(2026, 1, 2, tzinfo=UTC),
}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("case.amount + 1", 1),
        ("case.rate * feature.ratio", 1.0),
        ("case.name + '!'", "é!"),
        ("case.tags + words", ["x", "a", "b"]),
        ("case.at", datetime(2025, 12, 31, 23, tzinfo=UTC)),
        ("now - case.at", timedelta(hours=25)),
        ("has(case.amount) && has(case.open)", True),
        ("has(case.more) || has(case.closed)", False),
        ("case.more", None),
        ("case.note == null", True),
        ("cases.map(c, c.more)", [None, 7]),
        ("cases.exists(c, has(c.more) && c.more == 7)", True),
        ("{'a': [1, 2]}", {"a": [1, 2]}),
    ],
)
def test_a_value_comes_back_as_plain_python(text: str, value: Any) -> None:
    assert ENVIRONMENT.compile(text).run(FACTS) == value


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("case.more > 1", "`>` met null"),
        ("1 / case.amount", "divide by zero"),
        ("case.rate / 0.0", "not a finite number"),
        ("{'a': [case.rate / 0.0]}", "not a finite number"),
        ("words[5]", "Index error"),
        ("int('x')", "onver"),
        ("9223372036854775807 + case.amount + 1", "overflow"),
    ],
)
def test_an_expression_that_fails_gives_an_error_and_never_raises(text: str, message: str) -> None:
    found = ENVIRONMENT.compile(text).run(FACTS)
    assert isinstance(found, CelError)
    assert message in found.message


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"case": {**ONE, "amount": True}}, "case.amount must be an integer, not true or false"),
        ({"case": {**ONE, "amount": 1.0}}, "case.amount must be an integer, not a number"),
        ({"case": {**ONE, "amount": -(2**63) - 1}}, "case.amount does not fit in 64 bits"),
        ({"case": {**ONE, "rate": 10**400}}, "case.rate is too large a number"),
        ({"case": {**ONE, "tags": [1]}}, "case.tags must be text"),
        ({"case": {**ONE, "at": "2026-01-01T00:00:00"}}, "case.at must be a time with its offset from UTC"),
        ({"case": {}}, "case.amount is missing"),
        ({"case": {**ONE, "extra": 1}}, "case has no field `extra`"),
        ({"case": None}, "case must be a mapping of fields"),
        ({"cases": {}}, "cases must be a list"),
        ({"feature.ratio": float("nan")}, "feature.ratio is not a finite number"),
        ({"other": 1}, "`other` is not declared"),
    ],
)
def test_facts_of_another_type_are_not_bound(changed: dict[str, Any], message: str) -> None:
    with pytest.raises(UnfitFacts, match=r"^" + message.replace("(", r"\(")):
        ENVIRONMENT.bind({**FACTS, **changed})


def test_one_binding_serves_many_programs() -> None:
    binding = ENVIRONMENT.bind(FACTS)
    assert [ENVIRONMENT.compile(text).run(binding) for text in ("case.amount", "words")] == [0, ["a", "b"]]


def test_an_extended_environment_knows_the_new_name_and_the_old_one_does_not() -> None:
    wider = ENVIRONMENT.extended({"extra": INT})
    assert wider.compile("extra + case.amount").run({**FACTS, "extra": 3}) == 3
    with pytest.raises(ExpressionError, match="undeclared name `extra`"):
        ENVIRONMENT.compile("extra")


def test_a_program_tells_which_names_it_uses() -> None:
    assert ENVIRONMENT.compile("case.open && feature.ratio > 0.1").names == {"case", "feature.ratio"}


@pytest.mark.parametrize(
    ("text", "expect"), [("case.more", INT), ("case.amount", BOOL), ("case.more", ("int", "bool"))]
)
def test_a_value_of_another_type_than_expected_does_not_compile(text: str, expect: Any) -> None:
    with pytest.raises(ExpressionError, match="the value must be"):
        ENVIRONMENT.compile(text, expect=expect)


@pytest.mark.parametrize(
    ("text", "expect"),
    [
        ("case.more", replace(INT, nullable=True)),
        ("case.amount", replace(INT, nullable=True)),
        ("null", replace(INT, nullable=True)),
        ("[]", STRINGS),
        ("['a']", STRINGS),
        ("case.rate", ("int", "double")),
    ],
)
def test_a_value_of_the_expected_type_compiles(text: str, expect: Any) -> None:
    assert ENVIRONMENT.compile(text, expect=expect).text == text


def test_a_batch_answers_in_order_and_survives_comments() -> None:
    programs = [ENVIRONMENT.compile(text) for text in ("case.open // closed", "true", "case.amount == 0")]
    assert ENVIRONMENT.compile_all(programs).run(ENVIRONMENT.bind(FACTS)) == [False, True, True]


def test_one_failure_makes_a_whole_batch_an_error() -> None:
    batch = ENVIRONMENT.compile_all([ENVIRONMENT.compile(text) for text in ("true", "case.more > 1")])
    assert isinstance(batch.run(ENVIRONMENT.bind(FACTS)), CelError)


@pytest.mark.parametrize("names", [("while",), ("a b",), ("fooBar", "foo_bar")])
def test_a_name_that_cannot_be_spoken_is_refused(names: tuple[str, ...]) -> None:
    with pytest.raises(UnfitRecord, match=f"the field `{names[-1]}` of case"):
        Environment({"case": record_of(Record("case", tuple(Field(name, "string") for name in names)))})


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=30) | st.text(st.sampled_from(list("case.amount()[]{}<>=!&|?:'\"1 0+-*/,\n")), max_size=30))
def test_no_text_makes_compiling_fail_otherwise(text: str) -> None:
    try:
        program = ENVIRONMENT.compile(text)
    except ExpressionError as error:
        offsets = [fault.offset for fault in error.faults]
    else:
        offsets = [0]
        assert program.run(FACTS) == program.run(FACTS)
    assert all(0 <= offset <= len(text) for offset in offsets)
