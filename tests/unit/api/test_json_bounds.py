"""JSON that is refused before a route sees it."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.api.edge.json_bounds import hold_bounds
from remit.core.errors import InputError

REFUSED = {
    "too deep": b"[" * 9 + b"]" * 9,
    "too deep, and never closed": b'{"a":' * 100_000,
    "a key twice": b'{"a": 1, "a": 2}',
    "a key twice, once escaped": b'{"a": 1, "\\u0061": 2}',
    "a key twice, far down": b'[{"x": {"a": 1, "a": 2}}]',
    "NaN": b'{"a": NaN}',
    "minus infinity": b"[-Infinity]",
    "a number that is infinite": b"[1e999]",
    "a long number": b"[" + b"9" * 41 + b"]",
    "a long fraction": b"[0." + b"1" * 40 + b"]",
    "a whole number beyond 64 bits": b"[18446744073709551616]",
    "a whole number below them": b"[-9223372036854775809]",
    "a lone surrogate": b'["\\ud800"]',
    "a lone surrogate as a name": b'{"\\udfff": 1}',
    "no JSON": b"{'a': 1}",
    "two documents": b"{} {}",
    "nothing but space": b"  ",
    "a string without an end": b'"abc',
    "a string that ends with half an escape": b'"abc\\\\\\',
    "a million quotes in a string without an end, which may not take hours": b'"' + b'\\"' * 1_000_000,
    "many strings and one without an end": b'""' * 100_000 + b'"',
    "another encoding": '{"a": 1}'.encode("utf-16"),
    "no UTF-8": b'{"a": "\xff"}',
}

TAKEN = {
    "depth up to the limit": b"[" * 8 + b"]" * 8,
    "brackets in strings": b'["[[[[[[[[[[[[", "\\"[[[[[[[[[[[[", "\\\\"]',
    "long strings of digits": b'["' + b"9" * 100 + b'"]',
    "a number up to the limit": b"[0." + b"1" * 38 + b"]",
    "whole numbers of 64 bits": b"[18446744073709551615, -9223372036854775808]",
    "a pair of surrogates": b'["\\ud83d\\ude00", "\\\\ud800"]',
    "the same key in two objects": b'[{"a": 1}, {"a": 2}]',
}


@pytest.mark.parametrize("body", REFUSED.values(), ids=REFUSED)
def test_what_is_ambiguous_or_out_of_bounds_is_refused(body: bytes) -> None:
    with pytest.raises(InputError) as refused:
        hold_bounds(body, depth_max=8, number_max=40)
    assert refused.value.code == "json"


@pytest.mark.parametrize("body", TAKEN.values(), ids=TAKEN)
def test_what_is_within_bounds_is_taken(body: bytes) -> None:
    hold_bounds(body, depth_max=8, number_max=40)


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(VALUES)
def test_whatever_json_is_written_is_taken(value: object) -> None:
    hold_bounds(json.dumps(value).encode(), depth_max=32, number_max=40)


@given(st.binary(max_size=60))
def test_whatever_bytes_come_are_taken_or_refused_and_nothing_else(body: bytes) -> None:
    try:
        hold_bounds(body, depth_max=4, number_max=20)
    except InputError:
        return
    json.loads(body.decode("utf-8"))
