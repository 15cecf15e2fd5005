"""JSON columns: canonical enough to compare, exact enough to give back what was stored."""

from __future__ import annotations

from typing import Any

import orjson


def to_text(value: Any) -> str:
    """Sorted-key JSON. Floats keep their shortest round-trip spelling."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()


def from_text(text: str | None) -> Any:
    """The value of a JSON column; None for NULL."""
    return None if text is None else orjson.loads(text)
