"""Canonical bytes: on the profile that Remit keeps to, they are what RFC 8785 asks for."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.core.canonical import (
    MAX_SAFE_INTEGER,
    NotCanonical,
    canonical_bytes,
    decimals_as_text,
    digest,
    recorded_bytes,
)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "null"),
        (True, "true"),
        ([], "[]"),
        ({}, "{}"),
        ((1, "a"), '[1,"a"]'),
        ({"b": 1, "a": 2}, '{"a":2,"b":1}'),
        ({"a": 1, "B": 2, "10": 3, "9": 4, "": 5, "_": 6}, '{"":5,"10":3,"9":4,"B":2,"_":6,"a":1}'),
        ({"a": {"d": 1, "c": [{"z": 1, "y": 2}]}}, '{"a":{"c":[{"y":2,"z":1}],"d":1}}'),
        ("\b\t\n\f\r", r'"\b\t\n\f\r"'),
        ("\x00\x1f\x1b", r'"\u0000\u001f\u001b"'),
        ('"\\/', r'"\"\\/"'),
        ("\x7f", '"\x7f"'),
        ("\u2028<>&é🙂", '"\u2028<>&é🙂"'),
        ("e\u0301", '"e\u0301"'),  # never normalised
        (0, "0"),
        (-1, "-1"),
        (MAX_SAFE_INTEGER, "9007199254740991"),
        (-MAX_SAFE_INTEGER, "-9007199254740991"),
    ],
)
def test_a_value_has_one_spelling(value: Any, text: str) -> None:
    assert canonical_bytes(value) == text.encode()


@pytest.mark.parametrize(
    "value",
    [1.0, float("nan"), 2**53, -(2**53), 10**400, {"é": 1}, {1: 1}, {None: 1}, "\ud800", {"a": ["\udfff"]}, b"x", {1}],
)
def test_what_has_no_single_spelling_is_refused(value: Any) -> None:
    with pytest.raises(NotCanonical):
        canonical_bytes(value)


def test_decimals_travel_as_their_shortest_text() -> None:
    assert decimals_as_text({"a": [0.1, (1e21, -0.0)], "b": 1}) == {"a": ["0.1", ["1e+21", "-0.0"]], "b": 1}


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_a_number_that_is_none_cannot_be_recorded(value: float) -> None:
    with pytest.raises(NotCanonical, match="not a number that can be recorded"):
        digest({"a": [value]})


def test_a_digest_is_the_sha_256_of_the_canonical_bytes() -> None:
    assert digest({"b": 0.5, "a": 1}) == hashlib.sha256(b'{"a":1,"b":"0.5"}').hexdigest()


@given(st.dictionaries(st.text(st.characters(max_codepoint=127)), st.integers(-9, 9) | st.text(max_size=3)))
def test_the_order_of_keys_never_matters(value: dict[str, Any]) -> None:
    assert canonical_bytes(value) == canonical_bytes(dict(reversed(list(value.items()))))


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3) | st.binary(max_size=1)
KEYS = st.text("aé", max_size=2) | st.integers(0, 1)
VALUES = st.recursive(
    SCALARS,
    lambda each: (
        st.lists(each)
        | st.tuples(each)
        | st.dictionaries(KEYS, each)
        | st.builds(OrderedDict, st.dictionaries(KEYS, each))
    ),
)


@given(VALUES)
def test_what_is_recorded_is_spelled_and_refused_as_in_two_passes(value: Any) -> None:
    assert spelled(recorded_bytes, value) == spelled(lambda it: canonical_bytes(decimals_as_text(it)), value)


def spelled(how: Callable[[Any], bytes], value: Any) -> bytes | type[NotCanonical]:
    try:
        return how(value)
    except NotCanonical:
        return NotCanonical
