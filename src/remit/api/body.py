"""What a request says in its body: its words and types exactly; nothing is taken for something else."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field

_WRITTEN_OUT = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d.*", re.ASCII | re.DOTALL)


def _written_out(value: Any) -> Any:
    """Hold that a time is written as RFC 3339 writes it: a bare number may be seconds, milliseconds or a year."""
    if not isinstance(value, str) or not _WRITTEN_OUT.fullmatch(value):
        raise ValueError("a time is written such as 2026-12-01T08:00:00Z")
    return value


Moment = Annotated[
    AwareDatetime,
    Field(strict=False, description="A time with its offset.", examples=["2026-12-01T08:00:00Z"]),
    BeforeValidator(_written_out),
]


class Body(BaseModel):
    """What a request says. A word that it does not know is refused, and so is 0 for false or "5" for 5."""

    model_config = ConfigDict(extra="forbid", strict=True)
