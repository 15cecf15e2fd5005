"""Spans of what goes on, where a collector listens."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.semconv._incubating.attributes import gen_ai_attributes as names
from opentelemetry.trace import SpanKind, StatusCode
from tests.integration.api.conftest import Known
from tests.integration.api.test_decisions import asked
from tests.integration.conftest import SMALL

from remit.adapters.otel import Traces
from remit.adapters.prometheus import Meters
from remit.api.app import create_app
from remit.settings import Settings
from remit.wiring import Engine
from remit.wiring.telemetry import Listening, listening

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
TRACEPARENT = f"00-{TRACE}-00f067aa0ba902b7-01"


@pytest.fixture
def spans() -> InMemorySpanExporter:
    return InMemorySpanExporter()


@pytest.fixture
def traced(engine: Engine, spans: InMemorySpanExporter, monkeypatch: pytest.MonkeyPatch) -> TestClient:
    """A business app's client of an application to which a collector listens."""
    heard = Listening(Meters(), Traces(SimpleSpanProcessor(spans), "1"))
    monkeypatch.setattr("remit.api.app.listening", lambda _settings: heard)
    return TestClient(
        create_app(engine, Known()), raise_server_exceptions=False, headers={"Authorization": "Bearer shop"}
    )


def found(spans: InMemorySpanExporter) -> dict[str, ReadableSpan]:
    return {span.name: span for span in spans.get_finished_spans()}


def test_a_request_a_decision_and_its_steps_are_one_trace_that_goes_on_with_the_callers(
    traced: TestClient, spans: InMemorySpanExporter
) -> None:
    asked(traced, SMALL, traceparent=TRACEPARENT)
    all_of_them = found(spans)
    assert {f"{span.context.trace_id:032x}" for span in all_of_them.values() if span.context} == {TRACE}
    request, decision = all_of_them["POST /v1/decisions"], all_of_them["invoke_workflow desk.request"]
    assert request.kind == SpanKind.SERVER
    assert request.parent is not None
    assert f"{request.parent.span_id:016x}" == TRACEPARENT.split("-")[2]
    assert decision.parent == request.context
    steps = {name for name, span in all_of_them.items() if span.parent == decision.context}
    assert {"step plan", "step retrieve", "step guard", "step commit", "step execute"} <= steps


def test_a_request_says_route_status_and_id(traced: TestClient, spans: InMemorySpanExporter) -> None:
    asked(traced, SMALL, **{"X-Request-Id": "order-7.A"})
    assert found(spans)["POST /v1/decisions"].attributes == {
        "http.request.method": "POST",
        "url.scheme": "http",
        "http.route": "/v1/decisions",
        "http.response.status_code": 200,
        "remit.request_id": "order-7.A",
    }


def test_models_are_named_by_the_conventions(traced: TestClient, spans: InMemorySpanExporter) -> None:
    asked(traced, SMALL)
    embeddings = next(span for name, span in found(spans).items() if name.startswith("embeddings "))
    assert embeddings.attributes is not None
    assert embeddings.attributes[names.GEN_AI_OPERATION_NAME] == "embeddings"
    assert names.GEN_AI_REQUEST_MODEL in embeddings.attributes
    decision = found(spans)["invoke_workflow desk.request"]
    assert decision.attributes is not None
    assert decision.attributes[names.GEN_AI_OPERATION_NAME] == names.GenAiOperationNameValues.INVOKE_WORKFLOW.value
    assert decision.attributes[names.GEN_AI_WORKFLOW_NAME] == "desk.request"
    assert decision.attributes["remit.status"] == "executed"


def test_a_step_that_fails_says_by_what_and_not_what_it_said(
    traced: TestClient, spans: InMemorySpanExporter, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise KeyError("4929-1234 is the customer's card")

    monkeypatch.setattr("remit.service.evidence.CorpusEvidence.gather", fails)
    asked(traced, SMALL)
    step = found(spans)["step retrieve"]
    assert (step.status.status_code, step.events) == (StatusCode.ERROR, ())
    assert step.attributes is not None
    assert step.attributes["error.type"] == "KeyError"
    assert "4929" not in "".join(span.to_json() for span in spans.get_finished_spans())


def test_nobody_listens_unless_an_endpoint_is_named() -> None:
    assert listening(Settings(), {}).traces is None


@pytest.mark.parametrize(
    ("settings", "environment"),
    [
        (Settings(otlp_endpoint="http://127.0.0.1:9"), {}),
        (Settings(), {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9"}),
    ],
)
def test_an_endpoint_in_the_settings_or_in_its_own_variable_is_listened_to(
    settings: Settings, environment: dict[str, str]
) -> None:
    heard = listening(settings, environment)
    assert heard.traces is not None
    heard.close()
