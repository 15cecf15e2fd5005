"""What the OpenAPI document says of an answer: what it means, its shape, which headers it has, and one example."""

from __future__ import annotations

from typing import Any

JSON = "application/json"
_TEXT = {"type": "string"}
_TYPES: tuple[tuple[type, str], ...] = (
    (bool, "boolean"),
    (int, "integer"),
    (float, "number"),
    (str, "string"),
    (list, "array"),
    (dict, "object"),
)
ANYTHING_BY_NAME: dict[str, Any] = {"type": "object", "additionalProperties": {"type": "object"}}
"""The shape of an answer whose names are not ours: people, filters."""


def answers(
    description: str,
    example: Any,
    *,
    status: int = 200,
    media_type: str = JSON,
    headers: dict[str, str] | None = None,
    schema: dict[str, Any] | None = None,
    at_times: tuple[str, ...] = (),
) -> dict[int | str, dict[str, Any]]:
    """One described answer of a route, for its `responses`. Its shape is that of the example, unless `schema` says it.

    Args:
        at_times: the names of the example that an answer may leave out.
    """
    if schema is None:
        schema = shape_of(example, at_times) if media_type.endswith("json") else _TEXT
    described: dict[str, Any] = {
        "description": description,
        "content": {media_type: {"schema": schema, "example": example}},
    }
    if headers:
        described["headers"] = {name: {"description": text, "schema": _TEXT} for name, text in headers.items()}
    return {status: described}


def shape_of(example: Any, at_times: tuple[str, ...] = ()) -> dict[str, Any]:
    """The schema of what has the names of an example, each of its kind or null; further names may come with time."""
    if isinstance(example, list):
        return {"type": "array", "items": shape_of(example[0], at_times) if example else {}}
    return {
        "type": "object",
        "required": sorted(set(example) - set(at_times)),
        "properties": {name: _kind_of(value) for name, value in example.items()},
    }


def _kind_of(value: Any) -> dict[str, Any]:
    if value is None:
        return {}
    return {"type": [next(name for kind, name in _TYPES if isinstance(value, kind)), "null"]}
