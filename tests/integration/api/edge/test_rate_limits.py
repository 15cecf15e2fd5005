"""Rates over HTTP: whom a request counts for, and what the headers say."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.integration.api.conftest import Known
from tests.integration.api.edge.conftest import Edge

from remit.api.app import create_app
from remit.wiring import Engine

PLACE = "/v1/decisions/none"


@pytest.fixture
def client(engine: Engine) -> TestClient:
    """The real application, with a burst of three for callers and two for addresses; ten a minute come back."""
    few = {"rate_per_minute": 10, "rate_burst": 3, "stranger_rate_per_minute": 10, "stranger_rate_burst": 2}
    engine.settings = engine.settings.model_copy(update=few)
    return TestClient(create_app(engine, Known()))


def statuses(client: TestClient, count: int, **headers: str) -> list[int]:
    return [client.get(PLACE, headers=headers).status_code for _ in range(count)]


def test_a_caller_that_asks_too_often_is_429_and_told_when_to_come_back(client: TestClient) -> None:
    assert statuses(client, 3, Authorization="Bearer shop") == [404, 404, 404]
    answer: Any = client.get(PLACE, headers={"Authorization": "Bearer shop"})
    assert (answer.status_code, answer.json()["type"]) == (429, "urn:remit:problem:rate_limited")
    assert answer.headers["RateLimit-Policy"] == '"caller";q=3;w=18'
    assert (answer.headers["RateLimit"], answer.headers["Retry-After"]) == ('"caller";r=0;t=18', "6")


def test_what_is_left_is_said_on_every_answer(client: TestClient) -> None:
    answer = client.get(PLACE, headers={"Authorization": "Bearer shop"})
    assert answer.headers["RateLimit"] == '"caller";r=2;t=6'


def test_another_caller_from_the_same_address_is_served(client: TestClient) -> None:
    statuses(client, 4, Authorization="Bearer shop")
    assert statuses(client, 1, Authorization="Bearer till") == [404]


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic eA=="}])
def test_an_address_that_nobody_vouches_for_is_limited(client: TestClient, headers: dict[str, str]) -> None:
    assert statuses(client, 3, **headers) == [401, 401, 429]


def test_guessing_keys_does_not_lock_out_whoever_has_one_behind_the_same_address(client: TestClient) -> None:
    statuses(client, 5, Authorization="Bearer wrong")
    assert statuses(client, 1, Authorization="Bearer shop") == [404]


def test_probes_are_not_counted(client: TestClient) -> None:
    assert {client.get("/healthz").status_code for _ in range(5)} == {200}


def test_an_ipv6_customer_is_one_address(edge: Edge) -> None:
    client = edge(stranger_rate_per_minute=10, stranger_rate_burst=2)
    said = []
    for host in ("2001:db8::1", "2001:db8::2", "2001:db8:0:0:ffff::3", "2001:db8:1::1"):
        said.append(TestClient(client.app, client=(host, 1)).get("/v1/slow/0").status_code)
    assert said == [200, 200, 429, 200]
