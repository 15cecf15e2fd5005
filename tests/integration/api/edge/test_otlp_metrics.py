"""What a collector is told in numbers: by the conventions, with few labels, and nothing of a case."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from tests.integration.api.conftest import Known
from tests.integration.api.test_decisions import asked
from tests.integration.conftest import LARGE, SMALL

from remit.adapters.otel import Traces
from remit.adapters.otel_metrics import Metrics
from remit.adapters.prometheus import Meters
from remit.api.app import create_app
from remit.core.errors import SystemFailed
from remit.settings import Settings
from remit.wiring import Engine
from remit.wiring.telemetry import Listening, listening

Read = Callable[[], dict[str, list[Any]]]


@pytest.fixture
def heard() -> tuple[Listening, Read]:
    """Who listens, and what they have heard: data points by the metric's name."""
    reader = InMemoryMetricReader()

    def points() -> dict[str, list[Any]]:
        told = reader.get_metrics_data()
        scopes = [scope for each in (told.resource_metrics if told else ()) for scope in each.scope_metrics]
        return {metric.name: list(metric.data.data_points) for scope in scopes for metric in scope.metrics}

    traces = Traces(SimpleSpanProcessor(InMemorySpanExporter()), "1")
    return Listening(Meters(), traces, Metrics(reader, "1", time.perf_counter)), points


@pytest.fixture
def shop(engine: Engine, heard: tuple[Listening, Read], monkeypatch: pytest.MonkeyPatch) -> TestClient:
    monkeypatch.setattr("remit.api.app.listening", lambda _settings: heard[0])
    headers = {"Authorization": "Bearer shop"}
    return TestClient(create_app(engine, Known()), raise_server_exceptions=False, headers=headers)


def fails(*_: object, **__: object) -> None:
    raise SystemFailed("/var/lib/remit is full", code="disk_full")


def test_requests_are_measured_by_route_and_status(shop: TestClient, heard: tuple[Listening, Read]) -> None:
    asked(shop, SMALL)
    shop.get("/v1/nowhere")
    known, unknown = heard[1]()["http.server.request.duration"]
    assert dict(known.attributes) == {
        "http.request.method": "POST",
        "url.scheme": "http",
        "http.response.status_code": 200,
        "http.route": "/v1/decisions",
    }
    assert (known.count, known.explicit_bounds[0], 0 < known.sum < 60) == (1, 0.005, True)
    assert ("http.route" in unknown.attributes, unknown.attributes["http.response.status_code"]) == (False, 404)


def test_a_request_that_fails_has_a_type(
    shop: TestClient, heard: tuple[Listening, Read], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("remit.service.decide.new_run", fails)
    asked(shop, SMALL)
    (point,) = heard[1]()["http.server.request.duration"]
    assert (point.attributes["http.response.status_code"], point.attributes["error.type"]) == (503, "503")


def test_decisions_are_counted_by_what_they_came_to(shop: TestClient, heard: tuple[Listening, Read]) -> None:
    for number, amount in enumerate((SMALL, SMALL, LARGE)):
        asked(shop, amount, f"k-{number}")
    told = heard[1]()
    assert {point.attributes["remit.status"]: point.value for point in told["remit.decisions"]} == {
        "executed": 2,
        "awaiting_review": 1,
    }
    assert sum(point.count for point in told["gen_ai.workflow.duration"]) == 3


def test_reviews_that_wait_are_gauged_with_their_age(
    shop: TestClient, heard: tuple[Listening, Read], engine: Engine
) -> None:
    asked(shop, LARGE)
    told = heard[1]()
    assert {point.attributes["state"]: point.value for point in told["remit.reviews.open"]} == {"open": 1, "claimed": 0}
    assert [point.value for point in told["remit.reviews.oldest"]] == [0]


def test_gauges_that_cannot_be_read_are_not_told_and_counts_still_are(
    shop: TestClient, heard: tuple[Listening, Read]
) -> None:
    asked(shop, SMALL)
    heard[0].gauged(fails)  # type: ignore[arg-type]
    told = heard[1]()
    assert ("remit.reviews.open" in told, "remit.decisions" in told) == (False, True)


def test_models_are_measured_by_their_calls_and_a_language_model_by_its_tokens(heard: tuple[Listening, Read]) -> None:
    said = {"gen_ai.operation.name": "chat", "gen_ai.provider.name": "acme", "gen_ai.request.model": "m-1"}
    with heard[0].span("chat m-1", said) as span:
        span.say({"gen_ai.usage.input_tokens": 120, "gen_ai.usage.output_tokens": 8})
    with pytest.raises(KeyError), heard[0].span("chat m-1", said):
        raise KeyError("4929-1234 is the customer's card")
    told = heard[1]()
    whole, failed = told["gen_ai.client.operation.duration"]
    assert (dict(whole.attributes), dict(failed.attributes)) == (said, {**said, "error.type": "KeyError"})
    tokens = {point.attributes["gen_ai.token.type"]: point.sum for point in told["gen_ai.client.token.usage"]}
    assert tokens == {"input": 120, "output": 8}


def test_embeddings_are_measured(shop: TestClient, heard: tuple[Listening, Read]) -> None:
    asked(shop, SMALL)
    names = {point.attributes["gen_ai.operation.name"] for point in heard[1]()["gen_ai.client.operation.duration"]}
    assert "embeddings" in names


def test_no_label_names_anybody_or_any_decision(shop: TestClient, heard: tuple[Listening, Read]) -> None:
    decision_id = asked(shop, SMALL, **{"X-Request-Id": "order-7.A"}).json()["decision_id"]
    labels = [str(dict(point.attributes)) for points in heard[1]().values() for point in points]
    assert [label for label in labels if any(word in label for word in (decision_id, "order-7", "shop", "R-1"))] == []


AT = "http://127.0.0.1:9"


@pytest.mark.parametrize(
    ("environment", "traces", "metrics"),
    [
        ({}, False, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": AT}, True, True),
        ({"OTEL_EXPORTER_OTLP_METRICS_ENDPOINT": AT}, False, True),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": AT}, True, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": AT, "OTEL_METRICS_EXPORTER": "none"}, True, False),
    ],
)
def test_what_is_sent_is_what_the_variables_name(environment: dict[str, str], traces: bool, metrics: bool) -> None:
    heard = listening(Settings(), environment)
    assert (heard.traces is not None, heard.metrics is not None) == (traces, metrics)
    heard.close()
