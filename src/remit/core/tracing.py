"""Which request is being served: said once at the edge, and read where events are recorded and lines are logged."""

from __future__ import annotations

import contextlib
import contextvars
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Served:
    """The request: the id under which it is known, and the trace that its caller has begun (W3C Trace Context)."""

    id: str
    traceparent: str | None = None


_served: contextvars.ContextVar[Served | None] = contextvars.ContextVar("remit_served", default=None)


def present_trace_id() -> str | None:
    """The id of the request that this thread or task is working for; None outside of requests."""
    served = _served.get()
    return served.id if served else None


def present_traceparent() -> str | None:
    """The trace that the caller has begun; None when there is none."""
    served = _served.get()
    return served.traceparent if served else None


@contextlib.contextmanager
def traced(served: Served) -> Iterator[None]:
    """What runs in this block, and whatever it calls or awaits, works for that request."""
    token = _served.set(served)
    try:
        yield
    finally:
        _served.reset(token)
