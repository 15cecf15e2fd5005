"""Canonical bytes: the one spelling of a JSON value that is hashed, signed and compared.

The profile is RFC 8785 restricted to what has one spelling everywhere: ASCII keys, no floats, |int| < 2**53, no lone
surrogates. On it orjson with sorted keys writes the bytes that RFC 8785 asks for. Decimals travel as strings:
`decimals_as_text` turns the floats of a record into their shortest round-trip spelling first.
"""

from __future__ import annotations

import hashlib
import math
from typing import Any

import orjson

MAX_SAFE_INTEGER = 2**53 - 1

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]


class NotCanonical(ValueError):
    """The value has no single canonical spelling."""


def canonical_bytes(value: Any) -> bytes:
    """The canonical UTF-8 bytes of `value`.

    Raises:
        NotCanonical: a float, an unsafe integer, a non-ASCII or non-string key, a lone surrogate or a foreign type.
    """
    _check(value)
    return _spelled(value)


def recorded_bytes(value: Any) -> bytes:
    """The canonical bytes of `value` with decimals as text: the same as of `decimals_as_text(value)`, in one pass."""
    return _spelled(_recordable(value))


def decimals_as_text(value: Any) -> Any:
    """A copy in which every float is its shortest round-trip decimal text, so that it can be canonical."""
    if isinstance(value, float):
        if not math.isfinite(value):
            raise NotCanonical(f"{value} is not a number that can be recorded")
        return repr(value)
    if isinstance(value, dict):
        return {key: item if type(item) is str else decimals_as_text(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [decimals_as_text(item) for item in value]
    return value


def digest(value: Any) -> str:
    """SHA-256, in hex, of the canonical bytes of `value` with decimals as text."""
    return hashlib.sha256(recorded_bytes(value)).hexdigest()


def sha256_hex(data: bytes) -> str:
    """SHA-256 of raw bytes, in hex."""
    return hashlib.sha256(data).hexdigest()


_WORDS = frozenset({str, bool, type(None)})
"""The types of which every value can be recorded as it is."""


def _recordable(value: Any) -> Any:
    """`decimals_as_text`, and `_check` of what comes of it. By the exact type first: this runs for every digest."""
    kind = type(value)
    if kind is dict:
        for key in value:
            if type(key) is not str or not key.isascii():
                _check({key: None})
        return {key: item if type(item) in _WORDS else _recordable(item) for key, item in value.items()}
    if kind is list or kind is tuple:
        return [item if type(item) in _WORDS else _recordable(item) for item in value]
    recordable = value if kind in _WORDS else decimals_as_text(value)
    _check(recordable)
    return recordable


def _spelled(value: Any) -> bytes:
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except (TypeError, ValueError) as error:
        raise NotCanonical(str(error)) from error


def _check(value: Any) -> None:
    if value is None or isinstance(value, str | bool):
        return
    if isinstance(value, int):
        if abs(value) > MAX_SAFE_INTEGER:
            raise NotCanonical(f"{value} is beyond 2**53 - 1")
    elif isinstance(value, dict):
        for key, item in value.items():
            if not isinstance(key, str) or not key.isascii():
                raise NotCanonical(f"the key {key!r} is not ASCII text")
            if type(item) is not str:
                _check(item)
    elif isinstance(value, list | tuple):
        for item in value:
            _check(item)
    else:
        raise NotCanonical(f"{type(value).__name__} has no canonical spelling here")
