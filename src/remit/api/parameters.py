"""A parameter of the query comes once, unless its route takes many: two readers of one request must read the same."""

from __future__ import annotations

from collections import Counter

from fastapi import Request
from fastapi.dependencies.utils import get_flat_params
from fastapi.exceptions import RequestValidationError


def parameters_come_once(request: Request) -> None:
    """Hold that no parameter is said twice of which the route takes one. Raises RequestValidationError."""
    said = Counter(name for name, _ in request.query_params.multi_items())
    twice = [name for name, count in said.items() if count > 1]
    if wrong := sorted(set(twice) - _taken_many_times(request)) if twice else []:
        raise RequestValidationError(
            [
                {"type": "said_twice", "loc": ("query", name), "msg": "Said more than once", "input": None}
                for name in wrong
            ]
        )


def _taken_many_times(request: Request) -> set[str]:
    fields = get_flat_params(request.scope["route"].dependant)
    return {field.alias for field in fields if "list[" in str(field.field_info.annotation)}
