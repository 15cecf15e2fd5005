"""What is turned away at the edge, and how it is told."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from tests.integration.api.edge.conftest import Edge

JSON = {"Content-Type": "application/json"}


def refused(answer: Any) -> tuple[int, str]:
    assert answer.headers["Content-Type"] == "application/problem+json"
    return answer.status_code, answer.json()["type"].removeprefix("urn:remit:problem:")


def test_a_body_up_to_the_limit_is_taken(edge: Edge) -> None:
    body = b'"' + b"a" * 1022 + b'"'
    assert edge(body_bytes_max=1024).post("/v1/echo", content=body, headers=JSON).json() == {"bytes": 1024}


def test_a_body_beyond_the_limit_is_413(edge: Edge) -> None:
    answer = edge(body_bytes_max=1024).post("/v1/echo", content=b'"' + b"a" * 1023 + b'"', headers=JSON)
    assert refused(answer) == (413, "too_large")


def test_a_body_that_does_not_say_how_long_it_is_is_413_once_it_is_too_long(edge: Edge) -> None:
    def parts() -> Iterator[bytes]:
        for _ in range(3):
            yield b"a" * 512

    answer = edge(body_bytes_max=1024).post("/v1/echo", content=parts(), headers=JSON)
    assert refused(answer) == (413, "too_large")


def test_a_batch_may_be_larger(edge: Edge) -> None:
    client = edge(body_bytes_max=1024, batch_bytes_max=4096)
    assert client.post("/v1/batches", json="a" * 3000).json() == {"bytes": 3002}


WRONG_BODIES = {
    "too deep": (b"[" * 33 + b"]" * 33, JSON, 400, "json"),
    "no JSON": (b"{", JSON, 400, "json"),
    "too deep and large": (b'["' + b"a" * 70_000 + b'",' + b"[" * 40 + b"]" * 41, JSON, 400, "json"),
    "text": (b"{}", {"Content-Type": "text/plain"}, 415, "media_type"),
    "of no kind": (b"{}", {}, 415, "media_type"),
    "compressed": (b"{}", {**JSON, "Content-Encoding": "gzip"}, 415, "media_type"),
    "a wrong length": (b"{}", {**JSON, "Content-Length": "-2"}, 413, "too_large"),
}


@pytest.mark.parametrize(("body", "headers", "status", "code"), WRONG_BODIES.values(), ids=WRONG_BODIES)
def test_a_wrong_body_is_refused(edge: Edge, body: bytes, headers: dict[str, str], status: int, code: str) -> None:
    assert refused(edge().post("/v1/echo", content=body, headers=headers)) == (status, code)


@pytest.mark.parametrize("kind", ["application/json; charset=utf-8", "application/merge-patch+json", "text/csv"])
def test_other_kinds_that_routes_take_reach_them(edge: Edge, kind: str) -> None:
    assert edge().post("/v1/echo", content=b"[]", headers={"Content-Type": kind}).json() == {"bytes": 2}


def test_no_body_needs_no_kind(edge: Edge) -> None:
    assert edge().post("/v1/echo").json() == {"bytes": 0}


def test_a_head_beyond_the_limit_is_431(edge: Edge) -> None:
    answer = edge(header_bytes_max=1024).post("/v1/echo", headers={"X-Long": "a" * 1024})
    assert refused(answer) == (431, "head_too_large")


def test_a_long_query_counts_as_head(edge: Edge) -> None:
    assert refused(edge(header_bytes_max=1024).post("/v1/echo?" + "a" * 1024)) == (431, "head_too_large")


HOSTS = "remit.example, *.internal.example, [::1]"


@pytest.mark.parametrize("host", ["remit.example", "REMIT.example:8000", "a.internal.example", "[::1]:8000"])
def test_a_name_of_the_service_is_served(edge: Edge, host: str) -> None:
    assert edge(hosts=HOSTS).post("/v1/echo", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "remit.example.evil.example", "internal.example", "", "[::2]"])
def test_another_name_is_421(edge: Edge, host: str) -> None:
    assert refused(edge(hosts=HOSTS).post("/v1/echo", headers={"Host": host})) == (421, "host")


def test_a_probe_need_not_know_the_name(edge: Edge) -> None:
    assert edge(hosts=HOSTS).get("/healthz").status_code == 200


def test_what_takes_too_long_is_504_and_says_that_it_goes_on(edge: Edge) -> None:
    answer = edge(request_seconds_max=0.05).get("/v1/slow/0.3")
    assert refused(answer) == (504, "deadline")
    assert "Idempotency-Key" in answer.json()["mend"]


def test_a_stream_that_has_begun_is_not_cut_off(edge: Edge) -> None:
    assert edge(request_seconds_max=0.2).get("/v1/stream").text == "data: 0\n\ndata: 1\n\ndata: 2\n\n"


def test_more_than_can_be_served_at_once_is_503_and_is_asked_to_come_again(edge: Edge) -> None:
    client = edge(concurrency_max=1)
    with client:
        busy = threading.Thread(target=client.get, args=("/v1/slow/0.5",))
        busy.start()
        while not client.app.state.standing.serving:  # type: ignore[attr-defined]
            pass
        answer, probed = client.post("/v1/echo"), client.get("/healthz")
        busy.join()
        assert refused(answer) == (503, "busy")
        assert (answer.headers["Retry-After"], probed.status_code) == ("1", 200)
        assert client.post("/v1/echo").status_code == 200


def test_a_process_that_is_about_to_stop_asks_for_another_connection(edge: Edge) -> None:
    client = edge()
    assert "Connection" not in client.post("/v1/echo").headers
    client.app.state.standing.draining = True  # type: ignore[attr-defined]
    assert client.post("/v1/echo").headers["Connection"] == "close"


def test_a_mistake_of_ours_is_500_and_says_nothing_of_itself(edge: Edge, logged: list[str]) -> None:
    answer = edge().get("/v1/broken")
    assert refused(answer) == (500, "unexpected")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "4929" not in answer.text + "".join(logged)
    assert any('"error":["KeyError"]' in line and "conftest.py" in line for line in logged)
