"""What is told of a running Remit to those who operate it: spans, counts and gauges. By default nobody listens.

Never told: what a case, a document, a prompt or an answer says. Names, ids of decisions, counts and times are.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Protocol

Said = Mapping[str, str | int | float | bool]
"""Attributes of a span."""


class Span(Protocol):
    """Something that is going on."""

    def say(self, attributes: Said, name: str | None = None) -> None:
        """Add what is known by now, and perhaps a better name."""
        ...


class Telemetry(Protocol):
    """Listens."""

    def span(self, name: str, attributes: Said) -> AbstractContextManager[Span]:
        """Something goes on for as long as the block runs, inside of whatever goes on around it."""
        ...

    def decided(self, pack: str, decision: str, status: str) -> None:
        """A run of a decision has come to this status."""
        ...

    def gauged(self, look: Callable[[], Sequence[Gauge]]) -> None:
        """Where to look how much there is, whenever somebody wants to know. A look may raise SystemFailed."""
        ...


@dataclass(frozen=True, slots=True)
class Gauge:
    """How much there is of something at a moment. `labels` have few values: never ids."""

    name: str
    help: str
    value: float
    labels: Mapping[str, str] = field(default_factory=dict)


class _Unheard:
    """The span that nobody listens to; it is its own context, and one for all."""

    def say(self, attributes: Said, name: str | None = None) -> None:
        pass


class Silence:
    """`Telemetry` with nobody listening. It costs a call."""

    _nothing = contextlib.nullcontext(_Unheard())

    def span(self, name: str, attributes: Said) -> AbstractContextManager[Span]:
        return self._nothing

    def decided(self, pack: str, decision: str, status: str) -> None:
        pass

    def gauged(self, look: Callable[[], Sequence[Gauge]]) -> None:
        pass


SILENCE = Silence()
