"""What the OpenAPI document says of an answer: what it means, which headers it has, and one example."""

from __future__ import annotations

from typing import Any

JSON = "application/json"
_TEXT = {"type": "string"}


def answers(
    description: str, example: Any, *, status: int = 200, media_type: str = JSON, headers: dict[str, str] | None = None
) -> dict[int | str, dict[str, Any]]:
    """One described answer of a route, for its `responses`."""
    described: dict[str, Any] = {"description": description, "content": {media_type: {"example": example}}}
    if headers:
        described["headers"] = {name: {"description": text, "schema": _TEXT} for name, text in headers.items()}
    return {status: described}
