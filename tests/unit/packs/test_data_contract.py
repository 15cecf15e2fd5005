"""Data contracts: what is read of the Open Data Contract Standard, and what is refused, at its place."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from remit.core.errors import SourceError
from remit.core.problems import Problem
from remit.core.source import read_yaml
from remit.packs.data_contract import DataContract, read_data_contract
from remit.packs.pack import Decision

HEAD = """apiVersion: v3.1.0
kind: DataContract
id: urn:x
name: x
version: 1.0.0
status: active
schema:
  - name: case
    properties:
"""
FIELD = "      - {name: a, logicalType: string}\n"


def read(text: str) -> DataContract:
    return read_data_contract(read_yaml(text, "case.odcs.yaml"))


def problems(text: str) -> list[Problem]:
    with pytest.raises(SourceError) as raised:
        read(text)
    return list(raised.value.problems)


def test_a_contract_becomes_a_typed_record(load: Callable[..., Decision]) -> None:
    contract = load().contract
    types = {field.name: (field.type, field.required) for field in contract.record.fields}
    assert types["id"] == ("string", True)  # a primary key is required
    assert types["rate"] == ("number", False)
    assert types["asked_at"] == ("timestamp", False)
    assert (contract.key, contract.protected) == ("id", ("age",))


def test_bounds_lengths_patterns_and_words_are_read(load: Callable[..., Decision]) -> None:
    contract = load().contract
    rate, purpose = contract.record.field("rate"), contract.record.field("purpose")
    assert rate is not None
    assert purpose is not None
    assert (rate.minimum, rate.maximum, purpose.values) == (0.0, 20.5, ("car", "house"))
    assert contract.lengths["remark"] == (2, 20)
    assert contract.patterns == {"id": "L-[0-9]+"}


def test_rules_over_whole_data_sets_are_left_to_the_learning_loop() -> None:
    rule = "        quality: [{type: library, metric: duplicateValues, mustBe: 0, severity: reject}]\n"
    assert read(HEAD + "      - name: a\n        logicalType: string\n" + rule).field_rules == ()


def field(*lines: str) -> str:
    return HEAD + "      - name: a\n" + "".join(f"        {line}\n" for line in lines)


def rule(text: str, kind: str = "string") -> str:
    return field(f"logicalType: {kind}", f"quality: [{{{text}}}]")


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        (field("logicalType: date"), "11:22", "logicalType 'date'"),
        (field("logicalType: 5"), "11:22", "valid string"),
        (HEAD + "      - {name: Amount, logicalType: string}\n", "10:16", "snake_case name"),
        (HEAD + FIELD + FIELD, "11:16", "declared twice"),
        (field("logicalType: string", "requred: true"), "12:9", "undeclared field `requred`"),
        (field("logicalType: string", "enum: [{value: x}]"), "12:15", "`enum` of `a` is not read"),
        (field("logicalType: string", "logicalTypeOptions: {pattern: '('}"), "12:39", "not a regular expression"),
        (field("logicalType: string", "logicalTypeOptions: {pattern: 5}"), "12:39", "not a regular expression"),
        (field("logicalType: string", "logicalTypeOptions: {maxLength: many}"), "12:41", "must be a whole number"),
        (field("logicalType: string", "logicalTypeOptions: {minLength: -1}"), "12:41", "must be a whole number"),
        (field("logicalType: string", "logicalTypeOptions: {minLength: 3, maxLength: 2}"), "12:41", "no text can be"),
        (field("logicalType: string", "logicalTypeOptions: {minimum: 3}"), "12:39", "`minimum` is not read"),
        (field("logicalType: string", "logicalTypeOptions: {format: email}"), "12:38", "`format` is not read"),
        (field("logicalType: integer", "logicalTypeOptions: {minimum: 1.5}"), "12:39", "does not fit a field of type"),
        (field("logicalType: integer", "logicalTypeOptions: {minimum: true}"), "12:39", "does not fit a field of type"),
        (field("logicalType: integer", "logicalTypeOptions: {minimum: 2, maximum: 1}"), "12:39", "no value of `a`"),
        (field("logicalType: integer", "logicalTypeOptions: {multipleOf: 2}"), "12:42", "`multipleOf` is not read"),
        (rule("type: library, metric: nullValues, mustBe: 0, severity: warn"), "12:76", "severity 'warn'"),
        (rule("type: library, metric: nullValues, mustBe: 0"), "12:19", "severity None"),
        (rule("type: library, metric: nullValues, mustBe: 1, severity: reject"), "12:19", "`mustBe: 0`"),
        (rule("type: library, metric: freshness, mustBe: 0, severity: reject"), "12:19", "metric 'freshness'"),
        (rule("type: sql, query: SELECT 1, severity: reject"), "12:19", "type 'sql'"),
        (rule("type: library, metric: invalidValues, mustBe: 0, severity: reject"), "12:19", "validValues"),
        (
            rule(
                "type: library, metric: invalidValues, mustBe: 0, severity: reject, arguments: {validValues: ['1']}",
                "integer",
            ),
            "12:19",
            "is for texts",
        ),
        (
            rule("type: library, metric: invalidValues, mustBe: 0, severity: reject, arguments: {pattern: '['}"),
            "12:108",
            "not a regular expression",
        ),
        (rule("type: library, metrc: nullValues, mustBe: 0, severity: reject"), "12:35", "undeclared field `metrc`"),
        (HEAD + FIELD + "    quality: [{type: custom, engine: soda, severity: reject}]\n", "11:15", "remit-cel"),
        (HEAD + FIELD + "owner: me\n", "11:1", "undeclared field `owner`"),
        ("apiVersion: v2.2.2\n" + HEAD.partition("\n")[2] + FIELD, "1:13", "apiVersion 'v2.2.2'"),
        (HEAD.replace("DataContract", "Other") + FIELD, "2:7", "kind has to be DataContract"),
        (HEAD.partition("schema")[0], "1:1", "exactly one schema object"),
        (HEAD.replace("    properties:\n", ""), "8:5", "no properties"),
        ("[a, b]\n", "1:1", "valid dictionary"),
    ],
)
def test_what_is_not_understood_is_a_problem_at_its_place(text: str, place: str, message: str) -> None:
    found = problems(text)
    assert [f"{each.line}:{each.column}" for each in found if message in each.message] == [place]


def test_a_problem_is_shown_with_file_line_column_caret_and_mend() -> None:
    text = rule("type: library, metric: nullValues, mustBe: 0, severity: rejct")
    assert problems(text)[0].render().splitlines() == [
        "case.odcs.yaml:12:76: severity 'rejct' is not one of reject, quarantine, degrade",
        "  | " + text.splitlines()[11][16:],
        "  | " + " " * 59 + "^",
        "  = did you mean `reject`?",
    ]


def test_every_problem_is_told_at_once() -> None:
    text = HEAD.replace("DataContract", "Other") + "      - {name: A, logicalType: string}\n" + FIELD + "owner: me\n"
    assert sorted(each.line for each in problems(text)) == [2, 10, 12]


def test_two_rules_over_the_case_cannot_share_a_name() -> None:
    rules = "".join(
        f"      - {{name: r, type: custom, engine: remit-cel, severity: {severity}, implementation: 'true'}}\n"
        for severity in ("reject", "degrade")
    )
    found = problems(HEAD + FIELD + "    quality:\n" + rules)
    assert [(each.line, each.message) for each in found] == [(13, "the rule `r` is declared twice")]
