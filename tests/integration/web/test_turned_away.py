"""What the edge turns away before a page is reached: a page for a person, a problem for everybody else."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.integration.web.conftest import Pages, pages_in

PAGE = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
FEW: dict[str, Any] = {
    "body_bytes_max": 1024,
    "header_bytes_max": 2048,
    "request_seconds_max": 0.2,
    "stranger_rate_per_minute": 10,
    "stranger_rate_burst": 1,
}


@pytest.fixture(scope="module")
def narrow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pages]:
    """The desk with little room: nobody in it is signed in."""
    with pages_in(tmp_path_factory.mktemp("narrow"), **FEW) as made:

        @made.app.get("/slow")
        async def slow() -> None:
            await asyncio.sleep(0.4)

        yield made


@pytest.fixture
def stranger(narrow: Pages, request: pytest.FixtureRequest) -> TestClient:
    """A browser at an address of its own, so that no test uses up another's allowance."""
    client = narrow.stranger()
    client._transport.client = (f"{request.node.name}", 1)  # type: ignore[attr-defined]
    return client


def too_often(client: TestClient, **headers: str) -> Any:
    client.get("/sign-in")
    return client.get("/sign-in", headers=headers)


def too_busy(client: TestClient, **headers: str) -> Any:
    standing = client.app.state.standing  # type: ignore[attr-defined]
    standing.serving += 64
    try:
        return client.get("/sign-in", headers=headers)
    finally:
        standing.serving -= 64


def too_late(client: TestClient, **headers: str) -> Any:
    return client.get("/slow", headers=headers)


def too_large(client: TestClient, **headers: str) -> Any:
    return client.post("/sign-in", data={"name": "olaf", "password": "x" * 2000}, headers=headers)


def too_long(client: TestClient, **headers: str) -> Any:
    return client.get("/sign-in", params={"next": "x" * 3000}, headers=headers)


REFUSED: dict[int, tuple[Callable[..., Any], str]] = {
    429: (too_often, "There were too many requests in a short time. You can try again in 6 seconds."),
    503: (
        too_busy,
        "More is asked of Remit than it can answer at once. Nothing was done. You can try again in a second.",
    ),
    504: (too_late, "There was no answer in time. What was begun goes on: look how things stand before you repeat it."),
    413: (too_large, "More was sent than is taken at once. Nothing was done."),
    431: (too_long, "This address, or what your browser sends with it, is too long. Nothing was done."),
}


@pytest.mark.parametrize("status", REFUSED)
def test_a_person_is_shown_a_page_with_a_way_back(stranger: TestClient, status: int) -> None:
    ask, words = REFUSED[status]
    answer = ask(stranger, **PAGE)
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, "text/html; charset=utf-8")
    assert words in answer.text
    assert 'href="/"' in answer.text
    assert answer.headers["X-Request-Id"]
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'; script-src 'self'")
    assert "Idempotency-Key" not in answer.text
    assert ("Retry-After" in answer.headers) == (status in (429, 503))


@pytest.mark.parametrize("status", REFUSED)
def test_whoever_asks_for_no_page_is_told_the_problem(stranger: TestClient, status: int) -> None:
    answer = REFUSED[status][0](stranger, Accept="*/*")
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["status"] == answer.status_code == status


def test_the_api_tells_its_problem_to_a_browser_too(stranger: TestClient) -> None:
    stranger.get("/sign-in")
    assert stranger.get("/v1/decisions", headers=PAGE).json()["type"] == "urn:remit:problem:rate_limited"


def test_the_script_of_a_page_is_told_in_the_words_of_the_page(stranger: TestClient) -> None:
    answer = too_often(stranger, **{"Remit-Fragment": "rows"})
    assert "<p>There were too many requests in a short time." in answer.text


def test_whoever_is_signed_in_is_told_how_long_to_wait(tmp_path: Path) -> None:
    with pages_in(tmp_path, rate_per_minute=1, rate_burst=1) as pages:
        olaf = pages.of("olaf")
        said = [olaf.get("/queue") for _ in range(2)][-1]
        assert said.status_code == 429
        assert f"Wait for {said.headers['Retry-After']} seconds." in said.text
