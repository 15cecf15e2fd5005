"""Who listens to a running Remit: Prometheus always, which costs next to nothing, and a trace collector where named."""

from __future__ import annotations

import contextlib
import importlib.metadata
import os
from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from remit.adapters.prometheus import Meters
from remit.core.telemetry import SILENCE, Said, Span
from remit.settings import Settings

if TYPE_CHECKING:
    from remit.adapters.otel import Traces

_NAMED_BY = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")


class Listening:
    """`remit.core.telemetry.Telemetry`, in two parts."""

    def __init__(self, meters: Meters, traces: Traces | None = None) -> None:
        self.meters = meters
        self.traces = traces

    def span(self, name: str, attributes: Said) -> AbstractContextManager[Span]:
        return SILENCE.span(name, attributes) if self.traces is None else self.traces.span(name, attributes)

    def decided(self, pack: str, decision: str, status: str) -> None:
        self.meters.decided(pack, decision, status)

    def close(self) -> None:
        """Send what is not sent yet."""
        if self.traces is not None:
            with contextlib.suppress(Exception):  # a collector that is away keeps nobody from ending
                self.traces.close()


def listening(settings: Settings, environment: Mapping[str, str] = os.environ) -> Listening:
    """Who listens by the settings. Raises SystemFailed: traces are wanted, and their exporter is not installed."""
    if settings.otlp_endpoint is None and not any(environment.get(name) for name in _NAMED_BY):
        return Listening(Meters())
    from remit.adapters.otel import exporting

    return Listening(Meters(), exporting(settings.otlp_endpoint, importlib.metadata.version("remit")))
