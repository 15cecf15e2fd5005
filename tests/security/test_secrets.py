"""Ways in and ways out: no secret of theirs is told to operators at any level, and cookies have the attributes due."""

from __future__ import annotations

import io
import logging
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import Any, get_args

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from tests.integration.api.conftest import desk_engine
from tests.integration.api.openid_provider import BASIC, CLIENT, SECRET, OpenIdProvider
from tests.integration.api.signed_in import PASSWORD, SITE, browser, key_of, person, real_app, sign_in
from tests.integration.conftest import NOW
from tests.unit.adapters.test_webhook_sender import receiving

from remit.adapters.otel import Traces
from remit.adapters.prometheus import Meters
from remit.api.edge.logs import log_json
from remit.core.errors import Transient
from remit.service.webhooks.deliver import Deliver
from remit.settings import Settings
from remit.wiring import Engine
from remit.wiring.telemetry import Listening

CALLBACK = "/v1/session/oidc/callback"
SESSION, ATTEMPT = "__Host-remit-session", "__Host-remit-sign-in"
LEVELS = get_args(Settings.model_fields["log_level"].annotation)
WRONG, NEW = "thirteen blue herons", "fourteen red herons"


@pytest.fixture(scope="module")
def provider() -> Iterator[OpenIdProvider]:
    made = OpenIdProvider(int(NOW.timestamp()))
    made.person["groups"] = ["desk"]
    yield made
    made.close()


@pytest.fixture(scope="module")
def engine(provider: OpenIdProvider, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """A desk with an OpenID provider, whose webhooks may go to this machine."""
    settled: dict[str, Any] = {
        "oidc_issuer": provider.issuer,
        "oidc_client_id": CLIENT,
        "oidc_client_secret": SECRET,
        "oidc_redirect_url": SITE + CALLBACK,
        "oidc_roles": {"desk": ["reviewer", "officer"]},
        "webhooks_local": True,
        "rate_per_minute": 0,
        "stranger_rate_per_minute": 0,
    }
    with desk_engine(tmp_path_factory.mktemp("desk"), **settled) as opened:
        yield opened


@dataclass
class Told:
    """What operators were told, and everything that must not be part of it."""

    engine: Engine
    app: FastAPI
    spans: InMemorySpanExporter
    lines: io.StringIO
    secrets: set[str] = field(default_factory=set)
    statuses: list[int] = field(default_factory=list)

    def keep(self, *secrets: str) -> None:
        self.secrets.update(secrets)

    def asked(self, answer: Any) -> Any:
        self.statuses.append(answer.status_code)
        for said in SimpleCookie(answer.headers.get("Set-Cookie", "")).values():
            self.keep(*([said.value, said.value.rpartition("_")[2]] if said.value else []))
        return answer

    def everything(self) -> str:
        return "\n".join([self.lines.getvalue(), *(each.to_json() for each in self.spans.get_finished_spans())])


@pytest.fixture(params=LEVELS)
def told(request: pytest.FixtureRequest, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[Told]:
    """The application as it is served, its logs at a level, and a collector that listens."""
    spans, lines, root = InMemorySpanExporter(), io.StringIO(), logging.getLogger()
    heard = Listening(Meters(), Traces(SimpleSpanProcessor(spans), "1"))
    monkeypatch.setattr("remit.api.app.listening", lambda _settings: heard)
    before = {name: _state(logging.getLogger(name)) for name in (None, "remit", "uvicorn")}
    monkeypatch.setattr(sys, "stderr", lines)
    log_json(request.param)
    yield Told(engine, real_app(engine), spans, lines)
    for name, state in before.items():
        logger = logging.getLogger(name)
        logger.handlers, logger.level, logger.propagate = state
    logging.captureWarnings(False)
    assert root.handlers == before[None][0]


def _state(logger: logging.Logger) -> tuple[list[logging.Handler], int, bool]:
    return list(logger.handlers), logger.level, logger.propagate


def nothing_was_told(told: Told, level: str) -> None:
    everything = told.everything()
    assert len(told.secrets) > 3
    assert [secret for secret in told.secrets if secret in everything] == []
    # A scan that found nothing to look at would find no secret either.
    assert everything.count('"logger":"remit.access"') == (len(told.statuses) if level in ("debug", "info") else 0)
    assert len(told.spans.get_finished_spans()) >= len(told.statuses)


@pytest.fixture
def level(request: pytest.FixtureRequest) -> str:
    found: str = request.node.callspec.params["told"]
    return found


def test_signing_in_and_sessions(told: Told, level: str, monkeypatch: pytest.MonkeyPatch) -> None:
    person(told.engine, f"ana-{level}", "analyst")
    told.keep(PASSWORD, WRONG, NEW, "typed-in-place-of-a-name", "remitsession_0_forged")
    with browser(told.app) as client:
        told.asked(sign_in(client, f"ana-{level}", WRONG))
        told.asked(sign_in(client, "typed-in-place-of-a-name", WRONG))
        told.asked(client.post("/v1/session", json={"name": 7, "password": WRONG}))
        told.asked(sign_in(client, f"ana-{level}"))
        told.keep(client.headers["X-CSRF-Token"])
        told.asked(client.get("/v1/session"))
        told.asked(client.put("/v1/session/password", json={"present": WRONG, "new": NEW}))
        told.asked(client.put("/v1/session/password", json={"present": PASSWORD, "new": "short"}))
        told.asked(client.get("/v1/session", headers={"Cookie": f"{SESSION}=remitsession_0_forged"}))
        for error in (KeyError(PASSWORD), Transient("the database is away")):
            monkeypatch.setattr("remit.api.session.change_own_password", _raising(error))
            told.asked(client.put("/v1/session/password", json={"present": PASSWORD, "new": NEW}))
        monkeypatch.undo()
        told.asked(client.put("/v1/session/password", json={"present": PASSWORD, "new": NEW}))
    assert told.statuses == [401, 401, 422, 200, 200, 401, 400, 401, 500, 503, 204]
    nothing_was_told(told, level)


def test_an_openid_provider(told: Told, level: str, provider: OpenIdProvider) -> None:
    told.keep(SECRET, BASIC, BASIC.removeprefix("Basic "), "between+us+%26+nobody", "opaque")
    with browser(told.app) as client:
        for lie in ({}, {"nonce": "another"}, {"exp": 1}):
            provider.claims = lie
            came = provider.approve(
                told.asked(client.get("/v1/session/oidc", follow_redirects=False)).headers["Location"]
            )
            told.keep(*came.values(), provider.id_token({"nonce": "n"}).rpartition(".")[2])
            told.asked(client.get(CALLBACK, params=came, follow_redirects=False))
            told.asked(client.get(CALLBACK, params=came, follow_redirects=False))
        provider.claims = {}
        provider.answers = {"/token": b"<html>" + SECRET.encode()}
        came = provider.approve(told.asked(client.get("/v1/session/oidc", follow_redirects=False)).headers["Location"])
        told.keep(*came.values())
        told.asked(client.get(CALLBACK, params=came, follow_redirects=False))
        provider.answers = {}
    assert told.statuses[:3] == [303, 303, 401]
    assert 303 not in (told.statuses[4], told.statuses[7], told.statuses[-1])
    nothing_was_told(told, level)


def test_keys(told: Told, level: str, monkeypatch: pytest.MonkeyPatch) -> None:
    person(told.engine, f"adam-{level}", "admin")
    admin = key_of(told.engine, f"adam-{level}")
    told.keep(admin, admin.rpartition("_")[2], "Basic-that-is-none")
    with TestClient(told.app, base_url=SITE, raise_server_exceptions=False) as client:
        client.headers["Authorization"] = f"Bearer {admin}"
        wanted = {"account": f"adam-{level}", "scopes": ["decisions:read"]}
        made = told.asked(client.post("/v1/keys", json=wanted)).json()
        rotated = told.asked(client.post(f"/v1/keys/{made['key_id']}/rotate", json={"overlap_hours": 1})).json()
        told.asked(client.post(f"/v1/keys/{rotated['key_id']}/revoke"))
        for key in (made["key"], rotated["key"], rotated["key"][:-1] + "x", rotated["key"].upper()):
            told.keep(key, key.rpartition("_")[2])
            told.asked(client.get("/v1/decisions", headers={"Authorization": f"Bearer {key}"}))
        told.asked(client.get(f"/v1/keys/{rotated['key']}"))
        told.asked(client.get("/v1/keys", params={"account": rotated["key"]}))
        told.asked(client.get("/v1/keys", headers={"Authorization": "Basic Basic-that-is-none"}))
        monkeypatch.setattr("remit.api.keys.create_key", _raising(ValueError(rotated["key"])))
        told.asked(client.post("/v1/keys", json=wanted))
    assert told.statuses == [201, 201, 200, 403, 401, 401, 401, 404, 404, 401, 500]
    nothing_was_told(told, level)


def test_webhooks(told: Told, level: str) -> None:
    """Receivers answer with what they were sent, and one of them is not there."""
    person(told.engine, f"otto-{level}", "admin")
    admin = {"Authorization": f"Bearer {key_of(told.engine, f'otto-{level}')}"}
    with (
        receiving(_echo) as receiver,
        TestClient(told.app, base_url=SITE, raise_server_exceptions=False, headers=admin) as client,
    ):
        for at in (
            f"http://127.0.0.1:{receiver.port}/T0KEN-of-the-path?k=T0KEN-of-the-query",
            "http://127.0.0.1:9/T0KEN",
        ):
            made = told.asked(client.post("/v1/webhooks", json={"url": at})).json()
            place = f"/v1/webhooks/{made['endpoint_id']}"
            again = told.asked(client.post(f"{place}/secret")).json()
            told.asked(client.post(f"{place}/test"))
            told.keep("T0KEN", *(each["secret"].removeprefix("whsec_") for each in (made, again)))
        told.asked(client.post("/v1/webhooks", json={"url": "https://user:T0KEN@shop.example/"}))
        chore = Deliver(told.engine.webhooks)
        assert chore.run(told.engine.clock.now()) >= 2
        chore.finish()
    told.keep(*(part for _, headers, _ in receiver.got for part in headers["webhook-signature"].split()))
    assert len([each for each in told.secrets if each.startswith("v1,")]) == 2
    nothing_was_told(told, level)


def _echo(handler: Any) -> None:
    body = f"{handler.headers['webhook-signature']} {handler.path}".encode()
    handler.send_response(500)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


def _raising(error: Exception) -> Any:
    def raises(*_: object, **__: object) -> None:
        raise error

    return raises


# Cookies

HOUSE = {"path": "/", "secure": True, "httponly": True, "samesite": "lax", "domain": ""}
GIVEN, TAKEN = {"max-age": "", "expires": ""}, {"max-age": "0"}
COOKIES = {
    "signing in": {SESSION: GIVEN},
    "signing out": {SESSION: TAKEN},
    "changing the password": {SESSION: TAKEN},
    "going to the provider": {ATTEMPT: {"max-age": "600", "expires": ""}},
    "coming back from it": {SESSION: GIVEN, ATTEMPT: TAKEN},
}
"""Each cookie that is ever set, and what it has besides the attributes of the house. A session's ends with the browser.

`test_surface` sees to it that no other answer sets one.
"""


def _answers(app: FastAPI, provider: OpenIdProvider) -> dict[str, Any]:
    with browser(app) as client:
        found = {"signing in": sign_in(client, "cora")}
        found["signing out"] = client.delete("/v1/session")
        sign_in(client, "cora")
        said = {"present": PASSWORD, "new": NEW}
        found["changing the password"] = client.put("/v1/session/password", json=said)
        found["going to the provider"] = client.get("/v1/session/oidc", follow_redirects=False)
        came = provider.approve(found["going to the provider"].headers["Location"])
        found["coming back from it"] = client.get(CALLBACK, params=came, follow_redirects=False)
    return found


@pytest.fixture(scope="module")
def answers(engine: Engine, provider: OpenIdProvider) -> dict[str, Any]:
    person(engine, "cora", "analyst")
    return _answers(real_app(engine), provider)


@pytest.mark.parametrize("what", COOKIES)
def test_a_cookie_has_the_attributes_of_the_house(what: str, answers: dict[str, Any]) -> None:
    lines = answers[what].headers.get_list("Set-Cookie")
    found = {name: morsel for line in lines for name, morsel in SimpleCookie(line).items()}
    assert (set(found), len(lines)) == (set(COOKIES[what]), len(COOKIES[what]))
    for name, besides in COOKIES[what].items():
        assert name.startswith("__Host-")
        assert {each: found[name][each] for each in [*HOUSE, *besides]} == {**HOUSE, **besides}
        assert (found[name].value == "") == (besides == TAKEN)
