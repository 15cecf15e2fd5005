"""What every answer says of itself; and who may read it in a browser."""

from __future__ import annotations

import pytest
from tests.integration.api.edge.conftest import Edge

HOUSE = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": (
        "default-src 'none'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; sandbox"
    ),
    "Cache-Control": "no-store",
}
PAGE = {"Origin": "https://app.example"}
PREFLIGHT = {**PAGE, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "idempotency-key"}


@pytest.mark.parametrize("path", ["/v1/slow/0", "/v1/nowhere", "/v1/broken", "/v1/slow/x"])
def test_every_answer_has_the_headers_of_the_house(edge: Edge, path: str) -> None:
    answer = edge().get(path)
    assert {name: answer.headers.get(name) for name in HOUSE} == HOUSE
    assert "Server" not in answer.headers


def test_an_answer_of_the_edge_itself_has_them_too(edge: Edge) -> None:
    answer = edge(body_bytes_max=1024).post("/v1/echo", json="a" * 2000)
    assert {name: answer.headers.get(name) for name in HOUSE} == HOUSE


def test_hsts_is_said_where_tls_is_in_front_and_nowhere_else(edge: Edge) -> None:
    assert "Strict-Transport-Security" not in edge().get("/healthz").headers
    assert (
        edge(tls_in_front=True).get("/healthz").headers["Strict-Transport-Security"]
        == "max-age=31536000; includeSubDomains"
    )


def test_no_page_may_read_an_answer_by_default(edge: Edge) -> None:
    client = edge()
    assert "Access-Control-Allow-Origin" not in client.get("/v1/slow/0", headers=PAGE).headers
    assert client.options("/v1/echo", headers=PREFLIGHT).status_code == 405


def test_a_page_of_a_listed_origin_may_and_no_other(edge: Edge) -> None:
    client = edge(cors_origins="https://app.example")
    asked = client.options("/v1/echo", headers=PREFLIGHT)
    assert (asked.status_code, asked.headers["Access-Control-Allow-Origin"]) == (200, "https://app.example")
    assert client.get("/v1/slow/0", headers=PAGE).headers["Access-Control-Allow-Origin"] == "https://app.example"
    other = client.get("/v1/slow/0", headers={"Origin": "https://evil.example"})
    assert "Access-Control-Allow-Origin" not in other.headers
    assert "Access-Control-Allow-Credentials" not in asked.headers
