"""Differences are told field by field, at the place where they are."""

from __future__ import annotations

from typing import Any

import pytest

from remit.service.differences import ABSENT, Change, differences

LONG = "x" * 500


@pytest.mark.parametrize(
    ("then", "now", "expected"),
    [
        ({"a": 1}, {"a": 1}, []),
        ({"a": 1}, {"a": 2}, [("a", 1, 2)]),
        ({"a": 1}, {"a": 1.0}, [("a", 1, 1.0)]),
        ({"a": 1}, {"a": True}, [("a", 1, True)]),
        ({"a": None}, {}, [("a", None, ABSENT)]),
        ({}, {"a": None}, [("a", ABSENT, None)]),
        ({"a": {"b": [1, 2]}}, {"a": {"b": [1, 3, 4]}}, [("a.b[1]", 2, 3), ("a.b[2]", ABSENT, 4)]),
        ({"a": [1]}, {"a": {"b": 1}}, [("a", [1], {"b": 1})]),
        ({"a": (1, 2)}, {"a": [1, 2]}, []),
    ],
)
def test_each_place_that_differs_is_told(then: Any, now: Any, expected: list[tuple[Any, ...]]) -> None:
    assert list(differences(then, now)) == [Change(*each) for each in expected]


def test_one_more_passage_is_one_change() -> None:
    passages = [{"id": name, "score": 1} for name in "abc"]
    assert list(differences({"evidence": passages[1:]}, {"evidence": passages})) == [
        Change("evidence[a]", ABSENT, passages[0])
    ]


def test_passages_that_changed_places_are_a_change_of_order() -> None:
    there, back = ([{"id": name} for name in names] for names in ("ab", "ba"))
    assert list(differences(there, back, "evidence")) == [Change("evidence.order", ["a", "b"], ["b", "a"])]


def test_objects_that_share_a_name_are_matched_by_their_place() -> None:
    there, back = ([{"id": "a", "n": number} for number in numbers] for numbers in ((1, 2), (1, 3)))
    assert [change.path for change in differences(there, back, "evidence")] == ["evidence[1].n"]


def test_what_was_absent_is_left_out_of_the_json() -> None:
    assert Change("a", ABSENT, None).to_json() == {"path": "a", "now": None}


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (Change("a.b", 5, "5"), 'a.b: 5 -> "5"'),
        (Change("a", ABSENT, 0.25), 'a: nothing -> "0.25"'),
        (Change("a", LONG, 1), f'a: "{LONG[:116]}… -> 1'),
    ],
)
def test_a_change_is_told_in_one_line(change: Change, sentence: str) -> None:
    assert change.sentence() == sentence
