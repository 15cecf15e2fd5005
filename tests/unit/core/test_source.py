"""Strict YAML: what is read, what is refused, and where each problem is told."""

from __future__ import annotations

from typing import Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import Field

from remit.core.errors import SourceError
from remit.core.source import StrictModel, parse_model, read_yaml


def problems(text: str) -> list[str]:
    """Each problem of a text as `line:column code`."""
    with pytest.raises(SourceError) as raised:
        read_yaml(text, "f.yaml")
    return [f"{each.line}:{each.column} {each.code}" for each in raised.value.problems]


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("true", True),
        ("False", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("12", 12),
        ("-7", -7),
        ("0x1F", 31),
        ("0o17", 15),
        ("1.5", 1.5),
        ("1e3", 1000.0),
        ("2026-11-01", "2026-11-01"),
        ("'no'", "no"),
        ('"12:30"', "12:30"),
        ("'012'", "012"),
        ("4h", "4h"),
        ("v1.2.3", "v1.2.3"),
        ("north", "north"),
    ],
)
def test_a_scalar_is_read_by_the_core_schema(word: str, value: Any) -> None:
    found = read_yaml(f"a: {word}\n", "f.yaml").data["a"]
    assert found == value
    assert type(found) is type(value)


def test_a_file_full_of_what_is_not_allowed_is_told_a_hundred_times_and_not_for_hours() -> None:
    assert len(problems("\x01" * 900_000)) == 100


@pytest.mark.parametrize(
    "word",
    [
        *("yes", "No", "on", "OFF", "y", "N"),
        *("12:30", "1:20:30", "012", "1_000", "0b11"),
        *(".inf", "-.INF", ".nan", "1e999", "9223372036854775808", "9" * 5000, "1." + "9" * 5000),
    ],
)
def test_a_word_with_two_readings_is_refused(word: str) -> None:
    assert problems(f"a: {word}\n") == ["1:4 yaml.surprise"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: 1\na: 2\n", "2:1 yaml.duplicate-key"),
        ("a: &x 1\n", "1:4 yaml.anchor"),
        ("a: *x\n", "1:4 yaml.alias"),
        ("<<: {a: 1}\n", "1:1 yaml.merge"),
        ("a: !!str 1\n", "1:4 yaml.tag"),
        ("a: 1\n---\nb: 2\n", "2:1 yaml.documents"),
        ("%YAML 1.1\n---\na: 1\n", "1:1 yaml.directive"),
        ("1: a\n", "1:1 yaml.key"),
        ("? [a]\n: b\n", "1:3 yaml.key"),
        ("no: 1\n", "1:1 yaml.surprise"),
        ("a: [1\n", "2:1 yaml.syntax"),
        ("a: b\u202e\n", "1:5 yaml.char"),
        ("a: \x07\n", "1:4 yaml.char"),
        ('a: "\\e[31m"\n', "1:4 yaml.char"),
        ('"\\0": 1\n', "1:1 yaml.char"),
        ("", "0:0 yaml.empty"),
        ("# nothing\n", "0:0 yaml.empty"),
        ("[" * 33 + "]" * 33, "1:33 yaml.depth"),
        ("a: " + "x" * 1_000_000, "0:0 yaml.size"),
    ],
)
def test_a_trap_is_refused_at_its_place(text: str, expected: str) -> None:
    assert expected in problems(text)


def test_every_problem_is_told_at_once() -> None:
    assert problems("a: yes\nb: 012\na: 3\n") == ["1:4 yaml.surprise", "2:4 yaml.surprise", "3:1 yaml.duplicate-key"]


def test_a_hostile_character_never_reaches_the_terminal() -> None:
    with pytest.raises(SourceError) as raised:
        read_yaml("a: \x1b[31m\n", "f.yaml")
    assert "\x1b" not in str(raised.value)


def test_thirty_two_levels_are_read() -> None:
    assert read_yaml("[" * 32 + "]" * 32, "f.yaml").data


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("w: a && bad\n", (1, 9)),
        ("w: 'a && bad'\n", (1, 10)),
        ("w: '''x'' && bad'\n", (1, 14)),
        ('w: "\\"x\\" && bad"\n', (1, 14)),
        ("w: |\n  a\n    && bad\n", (3, 8)),
        ("w: |2-\n    a\n  && bad\n", (3, 6)),
        ("w: >\n  a\n  && bad\n", (3, 6)),
        ("w: a\n  && bad\n", (2, 6)),
        ("k: [{w: a && bad}]\n", (1, 14)),
    ],
)
def test_an_offset_in_a_scalar_is_a_place_in_the_file(text: str, place: tuple[int, int]) -> None:
    source = read_yaml(text, "f.yaml")
    path = ("w",) if "w" in source.data else ("k", 0, "w")
    problem = source.problem("bad", path, offset=source.value(path).index("bad"))
    assert (problem.line, problem.column) == place


def test_a_path_that_is_not_there_is_placed_at_what_is_around_it() -> None:
    source = read_yaml("a:\n  b: {c: 1}\n", "f.yaml")
    assert source.place(("a", "b", "gone"), key=True) == (2, 3)


class Item(StrictModel):
    amount: int
    kind: Literal["big", "small"] = "big"


class Order(StrictModel):
    items: tuple[Item, ...]
    by_name: dict[str, Item | int] = Field(default_factory=dict, alias="byName")
    note: str | None = None


def test_a_model_is_read_with_tuples_and_aliases() -> None:
    order = parse_model(Order, read_yaml("items: [{amount: 1}]\nbyName: {x: 3}\n", "f.yaml"))
    assert order.items == (Item(amount=1),)
    assert order.by_name == {"x": 3}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("items:\n  - amont: 1\n", "f.yaml:2:5: undeclared field `amont`; did you mean `amount`?"),
        ("items:\n  - kind: big\n", "f.yaml:2:5: missing field `amount`"),
        ("items: [{amount: x}]\n", "f.yaml:1:18: must be a whole number, but is `x`"),
        ("items: [{amount: 1.0}]\n", "f.yaml:1:18: must be a whole number, but is `1.0`"),
        ("items: [{amount: 1, kind: bog}]\n", "but is `bog`; did you mean `big`?"),
        ("items: 3\n", "f.yaml:1:8: must be a list, but is `3`"),
        ("items: []\nnote: 3\n", "f.yaml:2:7: must be text, but is `3`; put it in quotes"),
        ("- 1\n", "f.yaml:1:1: must be a mapping of names to values, but is a list"),
        ("items: []\nbyName: {x: {amont: 1}}\n", "f.yaml:2:14: undeclared field `amont`; did you mean `amount`?"),
        ("items: []\nby_name: {}\n", "f.yaml:2:1: undeclared field `by_name`; did you mean `byName`?"),
    ],
)
def test_a_field_that_does_not_fit_is_told_at_its_place(text: str, expected: str) -> None:
    with pytest.raises(SourceError) as raised:
        parse_model(Order, read_yaml(text, "f.yaml"))
    assert expected in str(raised.value)


YAML_ISH = st.text(st.sampled_from(list("ab01:-[]{},#&*!|>'\"%@`? \n\t~.<_\\=é\u2028\r")), max_size=60)


@settings(max_examples=300, deadline=None)
@given(YAML_ISH | st.text(max_size=40) | st.binary(max_size=60).map(lambda raw: raw.decode("latin-1")))
def test_no_text_makes_the_reader_fail_otherwise(text: str) -> None:
    try:
        source = read_yaml(text, "f.yaml")
    except SourceError:
        return
    assert all(line >= 1 and column >= 1 for line, column in map(source.place, source.spans))
