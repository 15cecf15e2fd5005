"""JSON columns: canonical enough to compare, exact enough to give back what was stored."""

from __future__ import annotations

from typing import Any

import orjson

from remit.core.errors import Corrupted, InputError


def to_text(value: Any) -> str:
    """Sorted-key JSON. Floats keep their shortest round-trip spelling. Raises InputError for what is not JSON."""
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
    except TypeError as error:
        raise InputError(f"this cannot be stored: {error}", code="unstorable") from error


def from_text(text: str | None) -> Any:
    """The value of a JSON column; None for NULL. Raises Corrupted when it is no JSON any more."""
    try:
        return None if text is None else orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise Corrupted(f"a stored value is not what was written: {error}", mend="restore a backup") from error
