"""What is told to operators holds no secret and nothing of a case: logs at debug level, spans and metrics."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from sqlalchemy.exc import IntegrityError
from tests.integration.api.test_decisions import CASE
from tests.integration.conftest import LARGE

from remit.adapters.otel import Traces
from remit.adapters.prometheus import Meters
from remit.api.app import create_app
from remit.core.words import Actor
from remit.service.identity.create_key import create_key
from remit.service.work.attempt import attempt
from remit.wiring import Engine
from remit.wiring.telemetry import Listening

MARK = "Aurelie-Lindqvist-4711"
"""Stands in the case, in the query, in wrong values and in what foreign exceptions say."""

SECRETS = ("cookie-secret-123", "basic-secret-456", "idempotent-secret-789")


@pytest.fixture
def spans() -> InMemorySpanExporter:
    return InMemorySpanExporter()


@pytest.fixture
def key(engine: Engine) -> str:
    """A real key of a business app."""
    adam = Actor("adam", "user", ("admin",))
    scopes = ("decisions:write", "decisions:read", "metrics:read")
    made = create_key(engine.services, adam, "shop", scopes, app=True, owner="adam", roles=("clerk",))
    return str(made["key"])


@pytest.fixture
def client(engine: Engine, key: str, spans: InMemorySpanExporter, monkeypatch: pytest.MonkeyPatch) -> TestClient:
    """The application as it is served, with its real authenticator and a collector that listens."""
    heard = Listening(Meters(), Traces(SimpleSpanProcessor(spans), "1"))
    monkeypatch.setattr("remit.api.app.listening", lambda _settings: heard)
    app = create_app(engine, engine.authenticator)
    return TestClient(app, raise_server_exceptions=False, headers={"Authorization": f"Bearer {key}"})


def ask(client: TestClient, number: int, **changes: Any) -> Any:
    case = {**CASE, "amount_cents": LARGE, "request_id": MARK, **changes}
    headers = {"Idempotency-Key": f"{SECRETS[2]}-{number}"}
    return client.post(f"/v1/decisions?name={MARK}", json={"pack": "desk", "case": case}, headers=headers)


def test_nothing_that_operators_are_told_holds_a_secret_or_a_case(
    client: TestClient,
    engine: Engine,
    key: str,
    spans: InMemorySpanExporter,
    logged: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    statuses = [
        ask(client, 1).status_code,
        ask(client, 2, amount_cents=5_000).status_code,
        ask(client, 3, kind=MARK).status_code,
        ask(client, 4, amount_cents=MARK).status_code,
        ask(client, 1, amount_cents=5_001).status_code,
        client.get(f"/v1/decisions/{MARK}").status_code,
        client.get(f"/v1/{MARK}").status_code,
        client.get("/v1/decisions/x", headers={"Authorization": f"Bearer {key[:-1]}x"}).status_code,
        client.get("/v1/decisions/x", headers={"Authorization": f"Basic {SECRETS[1]}"}).status_code,
    ]
    anyone = TestClient(client.app, cookies={"__Host-remit-session": SECRETS[0]}, base_url="https://testserver")
    statuses.append(anyone.get("/v1/decisions/x").status_code)
    for error in (KeyError(MARK), ValueError(MARK), IntegrityError("INSERT", {"case": MARK}, Exception(MARK))):
        for name in ("result_in", "result_of"):
            monkeypatch.setattr(f"remit.service.runs.{name}", _raising(error))
        statuses.append(ask(client, 10 + len(statuses)).status_code)
        with engine.store.read() as unit:
            attempt(engine.services, unit.decisions.ids()[-1])
    monkeypatch.undo()

    assert statuses == [202, 200, 422, 422, 422, 404, 404, 401, 401, 401, 500, 500, 500]
    assert len([line for line in logged if '"logger":"remit.access"' in line]) == len(statuses)
    assert len([line for line in logged if '"level":"error"' in line]) == 6
    told = "\n".join([*logged, *(span.to_json() for span in spans.get_finished_spans()), client.get("/metrics").text])
    for secret in (MARK, key, key.rpartition("_")[2], *SECRETS):
        assert secret not in told


def _raising(error: Exception) -> Any:
    def raises(*_: object, **__: object) -> None:
        raise error

    return raises
