"""Traces by OpenTelemetry, over OTLP. Imported only where an endpoint is configured; comes with ``remit[otlp]``."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from opentelemetry import trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.trace import SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from remit.core.errors import SystemFailed
from remit.core.telemetry import Said, Span
from remit.core.tracing import present_traceparent


class Traces:
    """The tracer of this process. A span that ends by an error has the error's type; never what it says."""

    def __init__(self, processor: SpanProcessor, version: str) -> None:
        resource = Resource.create({"service.name": "remit", "service.version": version})
        self._provider = TracerProvider(resource=resource)
        self._provider.add_span_processor(processor)
        self._tracer = self._provider.get_tracer("remit", version)
        self._propagator = TraceContextTextMapPropagator()

    @contextlib.contextmanager
    def span(self, name: str, attributes: Said) -> Iterator[Span]:
        """See `remit.core.telemetry.Telemetry`. The outermost goes on with the caller's trace, where there is one."""
        outermost = not trace.get_current_span().get_span_context().is_valid
        caller = present_traceparent() if outermost else None
        context = self._propagator.extract({"traceparent": caller}) if caller else None
        kind = SpanKind.SERVER if "http.request.method" in attributes else SpanKind.INTERNAL
        with self._tracer.start_as_current_span(
            name, context, kind, attributes, record_exception=False, set_status_on_exception=False
        ) as span:
            try:
                yield _Said(span)
            except BaseException as error:
                span.set_attribute("error.type", type(error).__name__)
                span.set_status(Status(StatusCode.ERROR))
                raise

    def close(self) -> None:
        """Send what is not sent yet."""
        self._provider.shutdown()


class _Said:
    """A span, as the rooms know it."""

    def __init__(self, span: trace.Span) -> None:
        self._span = span

    def say(self, attributes: Said, name: str | None = None) -> None:
        self._span.set_attributes(attributes)
        if name is not None:
            self._span.update_name(name)


def exporting(endpoint: str | None, version: str) -> Traces:
    """Traces to a collector; without an endpoint, to where the variables of OpenTelemetry say.

    Raises:
        SystemFailed: the exporter is not installed.
    """
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    except ImportError as error:
        raise SystemFailed("the exporter is not installed", code="otlp", mend="pip install 'remit[otlp]'") from error
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    exporter = OTLPSpanExporter(endpoint and f"{endpoint.rstrip('/')}/v1/traces")
    return Traces(BatchSpanProcessor(exporter), version)
