"""Which request is being served: said once at the edge, and read where events are recorded and lines are logged.

Here it is also kept whether a request may have left anything behind: whoever commits says so, and whoever has to tell
that it failed asks.
"""

from __future__ import annotations

import contextlib
import contextvars
from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass(slots=True)
class _Behind:
    """Shared by all threads and tasks that work for one request."""

    anything: bool = False


@dataclass(frozen=True, slots=True)
class Served:
    """The request: the id under which it is known, and the trace that its caller has begun (W3C Trace Context)."""

    id: str
    traceparent: str | None = None
    behind: _Behind = field(default_factory=_Behind, compare=False, repr=False)


_served: contextvars.ContextVar[Served | None] = contextvars.ContextVar("remit_served", default=None)


def present_trace_id() -> str | None:
    """The id of the request that this thread or task is working for; None outside of requests."""
    served = _served.get()
    return served.id if served else None


def present_traceparent() -> str | None:
    """The trace that the caller has begun; None when there is none."""
    served = _served.get()
    return served.traceparent if served else None


def commits() -> None:
    """Say that a unit of work is about to be committed: from here on it may have been, whatever comes of it."""
    served = _served.get()
    if served is not None:
        served.behind.anything = True


def nothing_was_done() -> bool:
    """Whether the present request has surely left nothing behind: no unit of work came as far as its commit."""
    served = _served.get()
    return served is not None and not served.behind.anything


@contextlib.contextmanager
def traced(served: Served) -> Iterator[None]:
    """What runs in this block, and whatever it calls or awaits, works for that request."""
    token = _served.set(served)
    try:
        yield
    finally:
        _served.reset(token)
