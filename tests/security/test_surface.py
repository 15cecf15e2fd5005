"""Every route: what its answers say of themselves, to whom, and by which methods."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from tests.integration.api.test_authorisation import routes_of

from remit.identity.doors import DOORS
from remit.identity.principal import Role

HOUSE = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": (
        "default-src 'none'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; sandbox"
    ),
    "Cache-Control": "no-store",
}
WHO = pytest.mark.parametrize("role", [None, "app", "auditor"])


@WHO
def test_every_route_has_the_headers_of_the_house_and_tells_nothing_of_us(
    role: Role | None, app: FastAPI, client: TestClient, keys: dict[Role, str]
) -> None:
    said = {} if role is None else {"Authorization": f"Bearer {keys[role]}"}
    wrong = []
    for route in routes_of(app):
        answer: Any = client.request(route.method, route.at(), headers={**said, "Origin": "https://evil.example"})
        kept = {name: answer.headers.get(name) for name in HOUSE} == HOUSE
        opened = any(name.lower().startswith("access-control") for name in answer.headers)
        leaks = any(word in answer.text for word in ("Traceback", "sqlalchemy", "site-packages", "/home", "SELECT "))
        unasked = {"Server", "Set-Cookie"} & {name.title() for name in answer.headers}
        if not kept or opened or leaks or answer.status_code >= 500 or unasked:
            wrong.append((route, answer.status_code, dict(answer.headers)))
    assert wrong == []


@pytest.mark.parametrize("method", ["TRACE", "TRACK", "CONNECT", "PROPFIND", "HEAD", "OPTIONS"])
def test_a_method_that_is_none_of_the_routes_is_refused(method: str, app: FastAPI, client: TestClient) -> None:
    answers = [(route, client.request(method, route.at())) for route in routes_of(app)]
    allowed = {(route.path, answer.status_code) for route, answer in answers if answer.status_code not in (405, 501)}
    assert {path for path, _ in allowed} <= {"/v1/openapi.json"}
    assert all("Allow" in answer.headers for _, answer in answers if answer.status_code == 405)


def test_allow_names_every_method_of_a_resource(client: TestClient) -> None:
    assert client.request("TRACE", "/v1/keys").headers["Allow"] == "GET, POST"
    assert client.request("TRACE", "/v1/webhooks/1").headers["Allow"] == "DELETE, GET, PATCH"


@pytest.mark.parametrize("path", ["/v1/decisions/", "/v1/keys/", "/healthz/", "//evil.example/v1/keys"])
def test_nobody_is_sent_elsewhere(path: str, client: TestClient) -> None:
    answer = client.get(path, headers={"Host": "evil.example"})
    assert (answer.status_code, answer.headers.get("Location")) in {(404, None), (401, None)}


@pytest.mark.parametrize("name", ["\U00090a5c", "é", "a\r\nX-Injected: 1"])
def test_a_name_that_no_header_holds_is_refused(name: str, client: TestClient, keys: dict[Role, str]) -> None:
    said = {"Authorization": f"Bearer {keys['admin']}"}
    answer = client.post("/v1/users", json={"name": name}, headers=said)
    assert (answer.status_code, "X-Injected" in answer.headers) == (400, False)


@pytest.mark.parametrize("facts", ['{"case":{"amount_cents":' + "9" * 30 + "}}", '{"case":{"a":"\\ud800"}}'])
def test_json_that_readers_disagree_on_is_refused(facts: str, client: TestClient, keys: dict[Role, str]) -> None:
    said = {"Authorization": f"Bearer {keys['analyst']}", "Content-Type": "application/json"}
    answer = client.post("/v1/policies/eval", content=f'{{"pack":"desk","facts":{facts}}}', headers=said)
    assert (answer.status_code, answer.json()["type"]) == (400, "urn:remit:problem:json")


@pytest.mark.parametrize("since", ["0.5", "1700000000", "2026-11-02"])
def test_a_time_is_written_out(since: str, client: TestClient, keys: dict[Role, str]) -> None:
    said = {"Authorization": f"Bearer {keys['auditor']}"}
    assert client.get(f"/v1/decisions?since={since}", headers=said).status_code == 422


@pytest.mark.parametrize("query", ["limit=1&limit=2", "since=2026-11-02T00:00:00Z&since=2026-11-03T00:00:00Z"])
def test_a_parameter_that_comes_twice_is_refused(query: str, client: TestClient, keys: dict[Role, str]) -> None:
    said = {"Authorization": f"Bearer {keys['auditor']}"}
    answer = client.get(f"/v1/decisions?{query}", headers=said)
    assert (answer.status_code, answer.json()["wrong"][0]["what"]) == (422, "Said more than once")
    assert client.get("/v1/reviews/0?what_if=a=1&what_if=b=2", headers=said).status_code == 404


READS_THAT_NEED_A_DOOR_THAT_WRITES = {
    ("GET", "/v1/session"),  # who am I
    ("GET", "/v1/session/all"),
}


def test_nothing_that_writes_is_asked_for_by_a_method_that_reads(app: FastAPI) -> None:
    reading = [route for route in routes_of(app) if route.method in ("GET", "HEAD", "OPTIONS")]
    writing = {(route.method, route.path) for route in reading for name in route.doors if _writes(name)}
    assert writing == READS_THAT_NEED_A_DOOR_THAT_WRITES


def _writes(name: str) -> bool:
    door = DOORS[name]
    return door.scope.endswith(":write") and not name.endswith(".manage")
