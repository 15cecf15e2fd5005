"""Who listens to a running Remit: Prometheus always, which costs next to nothing, and a collector that is named."""

from __future__ import annotations

import contextlib
import importlib.metadata
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from remit.adapters.prometheus import Meters
from remit.core.telemetry import SILENCE, Gauge, Said, Span
from remit.settings import Settings

if TYPE_CHECKING:
    from remit.adapters.otel import Traces
    from remit.adapters.otel_metrics import Metrics

_ANY = "OTEL_EXPORTER_OTLP_ENDPOINT"


class Listening:
    """`remit.core.telemetry.Telemetry`, in up to three parts."""

    def __init__(self, meters: Meters, traces: Traces | None = None, metrics: Metrics | None = None) -> None:
        self.meters = meters
        self.traces = traces
        self.metrics = metrics

    def span(self, name: str, attributes: Said) -> AbstractContextManager[Span]:
        if self.metrics is None:
            return SILENCE.span(name, attributes) if self.traces is None else self.traces.span(name, attributes)
        measured = self.metrics.span(attributes)
        return measured if self.traces is None else _both(self.traces.span(name, attributes), measured)

    def decided(self, pack: str, decision: str, status: str) -> None:
        self.meters.decided(pack, decision, status)
        if self.metrics is not None:
            self.metrics.decided(pack, decision, status)

    def gauged(self, look: Callable[[], Sequence[Gauge]]) -> None:
        if self.metrics is not None:
            self.metrics.gauged(look)

    def close(self) -> None:
        """Send what is not sent yet."""
        for part in (self.metrics, self.traces):
            if part is not None:
                with contextlib.suppress(Exception):  # a collector that is away keeps nobody from ending
                    part.close()


@contextlib.contextmanager
def _both(traced: AbstractContextManager[Span], measured: AbstractContextManager[Span]) -> Iterator[Span]:
    """What goes on is measured inside of its trace, so that a measurement can name an example."""
    with traced as one, measured as other:
        yield _Two(one, other)


class _Two:
    """Two spans of one thing."""

    def __init__(self, *spans: Span) -> None:
        self._spans = spans

    def say(self, attributes: Said, name: str | None = None) -> None:
        for span in self._spans:
            span.say(attributes, name)


def listening(settings: Settings, environment: Mapping[str, str] = os.environ) -> Listening:
    """Who listens by the settings and the variables of OpenTelemetry.

    Raises:
        SystemFailed: a collector is named, and the exporter is not installed.
    """
    traces, metrics = (_wanted(kind, settings, environment) for kind in ("TRACES", "METRICS"))
    heard = Listening(Meters())
    if not (traces or metrics):
        return heard
    from remit.adapters import otel, otel_metrics

    version = importlib.metadata.version("remit")
    if traces:
        heard.traces = otel.exporting(settings.otlp_endpoint, version)
    if metrics:
        heard.metrics = otel_metrics.exporting(settings.otlp_endpoint, version, time.perf_counter)
    return heard


def _wanted(kind: str, settings: Settings, environment: Mapping[str, str]) -> bool:
    if environment.get(f"OTEL_{kind}_EXPORTER") == "none":
        return False
    named = settings.otlp_endpoint or environment.get(_ANY) or environment.get(f"OTEL_EXPORTER_OTLP_{kind}_ENDPOINT")
    return bool(named)
