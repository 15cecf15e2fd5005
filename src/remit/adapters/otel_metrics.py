"""Metrics by OpenTelemetry, over OTLP, beside the traces. They are made of what the spans say, with few labels.

Names as of the semantic conventions for HTTP (stable) and for generative AI (in development). So whatever calls a model
inside of a span with ``gen_ai.*`` attributes is measured, and whoever knows its tokens says them there.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from opentelemetry.metrics import CallbackOptions, Observation
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import MetricReader
from opentelemetry.sdk.resources import Resource

from remit.core.errors import RemitError, SystemFailed
from remit.core.telemetry import Gauge, Said, Span

LAST_SENDING_MS = 3_000
"""How long a process that ends waits for a collector."""

_REQUEST_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0)
_MODEL_SECONDS = tuple(0.01 * 2**step for step in range(14))
_TOKENS = tuple(float(4**step) for step in range(14))

_OF_REQUEST = ("http.request.method", "url.scheme", "http.response.status_code", "http.route", "error.type")
_OF_WORKFLOW = ("gen_ai.workflow.name", "remit.pack", "remit.status", "error.type")
_OF_MODEL = (
    "gen_ai.operation.name",
    "gen_ai.provider.name",
    "gen_ai.request.model",
    "gen_ai.response.model",
    "error.type",
)
_GAUGES = {
    "remit_queue_depth": ("remit.queue.depth", "{decision}"),
    "remit_queue_oldest_seconds": ("remit.queue.oldest", "s"),
    "remit_reviews_open": ("remit.reviews.open", "{review}"),
    "remit_reviews_oldest_seconds": ("remit.reviews.oldest", "s"),
    "remit_reviews_overdue": ("remit.reviews.overdue", "{review}"),
    "remit_effects_in_doubt": ("remit.effects.in_doubt", "{effect}"),
    "remit_obligations_owed": ("remit.obligations.owed", "{obligation}"),
    "remit_webhook_deliveries": ("remit.webhooks.deliveries", "{message}"),
    "remit_webhook_oldest_seconds": ("remit.webhooks.oldest", "s"),
}
"""What is gauged, by its name for Prometheus: its name here, and its unit."""

Look = Callable[[], Sequence[Gauge]]


class Metrics:
    """The meters of this process.

    Args:
        steady_seconds: a time that never jumps, such as `time.perf_counter`.
    """

    def __init__(self, reader: MetricReader, version: str, steady_seconds: Callable[[], float]) -> None:
        resource = Resource.create({"service.name": "remit", "service.version": version})
        self._provider = MeterProvider([reader], resource)
        self._now = steady_seconds
        self._look: Look | None = None
        self._looked_at: tuple[float, Sequence[Gauge]] | None = None
        meter = self._provider.get_meter("remit", version)
        self._requests = meter.create_histogram(
            "http.server.request.duration",
            "s",
            "Duration of HTTP server requests.",
            explicit_bucket_boundaries_advisory=_REQUEST_SECONDS,
        )
        self._workflows = meter.create_histogram(
            "gen_ai.workflow.duration",
            "s",
            "How long runs of decisions took.",
            explicit_bucket_boundaries_advisory=_MODEL_SECONDS,
        )
        self._models = meter.create_histogram(
            "gen_ai.client.operation.duration",
            "s",
            "GenAI operation duration.",
            explicit_bucket_boundaries_advisory=_MODEL_SECONDS,
        )
        self._tokens = meter.create_histogram(
            "gen_ai.client.token.usage",
            "{token}",
            "Number of input and output tokens used.",
            explicit_bucket_boundaries_advisory=_TOKENS,
        )
        self._decisions = meter.create_counter(
            "remit.decisions", "{decision}", "Runs of decisions, by what they came to."
        )
        for gauged, (name, unit) in _GAUGES.items():
            meter.create_observable_gauge(name, [self._observed(gauged)], unit)

    @contextlib.contextmanager
    def span(self, attributes: Said) -> Iterator[Span]:
        """Measure what goes on, if it is of a kind that is measured."""
        noted = _Noted(attributes)
        began = self._now()
        try:
            yield noted
        except BaseException as error:
            noted.say({"error.type": type(error).__name__})
            raise
        finally:
            self._measure(noted.said, self._now() - began)

    def decided(self, pack: str, decision: str, status: str) -> None:
        """A run of a decision has come to this status."""
        self._decisions.add(1, {"remit.pack": pack, "remit.decision": decision, "remit.status": status})

    def gauged(self, look: Look) -> None:
        """How much there is of what is asked of `look` from now on, whenever the meters are read."""
        self._look = look

    def close(self) -> None:
        """Send what is not sent yet. What is gauged is not looked at any more: it may be closed by now."""
        self._look = None
        self._provider.shutdown(LAST_SENDING_MS)

    def _measure(self, said: dict[str, Any], seconds: float) -> None:
        if "http.request.method" in said:
            self._requests.record(seconds, _some(_request(said), _OF_REQUEST))
        elif said.get("gen_ai.operation.name") == "invoke_workflow":
            self._workflows.record(seconds, _some(said, _OF_WORKFLOW))
        elif "gen_ai.operation.name" in said:
            labels = _some(said, _OF_MODEL)
            self._models.record(seconds, labels)
            for kind in ("input", "output"):
                if (count := said.get(f"gen_ai.usage.{kind}_tokens")) is not None:
                    self._tokens.record(count, {**labels, "gen_ai.token.type": kind})

    def _observed(self, name: str) -> Callable[[CallbackOptions], Iterable[Observation]]:
        def observe(_options: CallbackOptions) -> Iterable[Observation]:
            return [Observation(each.value, dict(each.labels)) for each in self._gauges() if each.name == name]

        return observe

    def _gauges(self) -> Sequence[Gauge]:
        """The gauges; all that is read of them at one time is of one look. What cannot be looked at is not told."""
        if self._look is None:
            return ()
        if self._looked_at is None or self._now() - self._looked_at[0] >= 1.0:
            try:
                self._looked_at = (self._now(), self._look())
            except RemitError:
                self._looked_at = (self._now(), ())
        return self._looked_at[1]


class _Noted:
    """A span as far as it is measured."""

    def __init__(self, attributes: Said) -> None:
        self.said: dict[str, Any] = dict(attributes)

    def say(self, attributes: Said, name: str | None = None) -> None:
        self.said.update(attributes)


def _request(said: dict[str, Any]) -> dict[str, Any]:
    """A request in the words of the conventions: what is not known is left out, and a failure has its type."""
    status, route = said.get("http.response.status_code"), said.get("http.route")
    labels = {**said, "http.request.method": said["http.request.method"].replace("OTHER", "_OTHER")}
    if not status:  # the caller went away first
        del labels["http.response.status_code"]
        labels.setdefault("error.type", "gone")
    elif status >= 500:
        labels.setdefault("error.type", str(status))
    if route == "(none)":
        del labels["http.route"]
    return labels


def _some(said: dict[str, Any], names: Sequence[str]) -> dict[str, Any]:
    return {name: said[name] for name in names if name in said}


def exporting(endpoint: str | None, version: str, steady_seconds: Callable[[], float]) -> Metrics:
    """Metrics to a collector; without an endpoint, to where the variables of OpenTelemetry say.

    Raises:
        SystemFailed: the exporter is not installed.
    """
    try:
        from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
    except ImportError as error:
        raise SystemFailed("the exporter is not installed", code="otlp", mend="pip install 'remit[otlp]'") from error
    from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader

    exporter = OTLPMetricExporter(endpoint and f"{endpoint.rstrip('/')}/v1/metrics")
    return Metrics(PeriodicExportingMetricReader(exporter), version, steady_seconds)
