"""JSON that is refused before anybody builds on it: too deep, ambiguous, or with numbers that are none."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable
from typing import Any

from remit.core.errors import InputError

_STRING = re.compile(rb'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)', re.DOTALL)
"""A string, or what was to become one. Nothing is looked at twice: each of a million quotes in a string that never ends
would else be taken for another beginning.
"""
_BRACKET = re.compile(rb"[\[\]{}]")


def hold_bounds(body: bytes, *, depth_max: int, number_max: int) -> None:
    """Hold that a body is JSON within bounds: UTF-8, not too deep, no key twice in an object, finite numbers.

    Depth and the length of numbers are looked at before anything is parsed.

    Raises:
        InputError: it is not (`json`). What it says is not repeated.
    """
    bare = _STRING.sub(b"", body)
    depth = 0
    for bracket in _BRACKET.findall(bare):
        depth += 1 if bracket in b"[{" else -1
        if depth > depth_max:
            raise _refused(f"JSON may be nested {depth_max} deep")
    if re.search(rb"[0-9.eE+-]{%d}" % (number_max + 1), bare):
        raise _refused(f"a number may have {number_max} characters")
    if any(not _is_text(each) for each in _STRING.findall(body) if b"\\u" in each):
        raise _refused("a string holds half a character")
    try:
        json.loads(
            body.decode("utf-8"),
            object_pairs_hook=_unique,
            parse_constant=_not_a_number,
            parse_float=_finite,
            parse_int=_whole,
        )
    except (ValueError, RecursionError):
        raise _refused("the body is not JSON in UTF-8") from None


def _unique(pairs: Iterable[tuple[str, Any]]) -> None:
    """Nothing is built: whoever wants the values parses them later."""
    seen = set()
    for name, _ in pairs:
        if name in seen:
            raise _refused("a name stands twice in one JSON object")
        seen.add(name)


def _not_a_number(_text: str) -> None:
    raise _refused("NaN and Infinity are not JSON")


def _finite(text: str) -> float:
    if math.isinf(number := float(text)):
        raise _refused("a number is too large")
    return number


def _whole(text: str) -> int:
    """Beyond 64 bits no two readers of JSON agree (RFC 7493), and neither do our database and our encoder."""
    if not -(2**63) <= (number := int(text)) < 2**64:
        raise _refused("a whole number is too large")
    return number


def _is_text(string: bytes) -> bool:
    """Whether a JSON string is text: a lone surrogate (RFC 7493) can be neither stored, hashed nor answered."""
    try:
        json.loads(string.decode("utf-8"), strict=False).encode("utf-8")
    except UnicodeEncodeError:
        return False
    except ValueError:
        return True  # it is no JSON, which is for whoever parses the whole
    return True


def _refused(what: str) -> InputError:
    return InputError(what, code="json", mend="mend the body and ask again")
