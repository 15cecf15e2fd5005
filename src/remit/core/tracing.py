"""Which request is being served: said once at the edge, and read where events are recorded and lines are logged."""

from __future__ import annotations

import contextlib
import contextvars
from collections.abc import Iterator

_trace_id: contextvars.ContextVar[str | None] = contextvars.ContextVar("remit_trace_id", default=None)


def present_trace_id() -> str | None:
    """The id of the request that this thread or task is working for; None outside of requests."""
    return _trace_id.get()


@contextlib.contextmanager
def traced(trace_id: str) -> Iterator[None]:
    """What runs in this block, and whatever it calls or awaits, works for the request of that id."""
    token = _trace_id.set(trace_id)
    try:
        yield
    finally:
        _trace_id.reset(token)
