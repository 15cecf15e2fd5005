"""A far end that answers as a test says, and clients of either colour that speak to it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from remit.client import AsyncClient, Client, Patience

FINAL = {"decision_id": "D1", "decision": "desk.request", "status": "executed", "reasons": ["routine"]}

Said = httpx.Response | Exception


def problem(status: int, code: str, **more: Any) -> httpx.Response:
    headers = more.pop("headers", {})
    return httpx.Response(status, json={"type": f"urn:remit:problem:{code}", "title": "No", **more}, headers=headers)


@dataclass
class FarEnd:
    """Says one thing after the other, the last one again and again; remembers what it was asked."""

    says: Sequence[Said]
    asked: list[httpx.Request] = field(default_factory=list)
    pauses: list[float] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        said = self.says[min(len(self.asked), len(self.says) - 1)]
        self.asked.append(request)
        if isinstance(said, Exception):
            raise said
        return httpx.Response(said.status_code, headers=said.headers, content=said.content)

    @property
    def keys(self) -> list[str | None]:
        return [request.headers.get("Idempotency-Key") for request in self.asked]

    def client(self, **patience: Any) -> Client:
        mine = Patience(**{"chance": lambda: 0.0, **patience})
        return Client(
            "http://remit", "key", patience=mine, transport=httpx.MockTransport(self), sleep=self.pauses.append
        )

    def async_client(self, **patience: Any) -> AsyncClient:
        async def sleep(seconds: float) -> None:
            self.pauses.append(seconds)

        mine = Patience(**{"chance": lambda: 0.0, **patience})
        return AsyncClient("http://remit", "key", patience=mine, transport=httpx.MockTransport(self), sleep=sleep)


@pytest.fixture
def far_end() -> Callable[..., FarEnd]:
    """Makes a far end that says these things."""
    return lambda *says: FarEnd(says)


def in_a_loop(work: Any) -> Any:
    """What a coroutine comes to."""
    return asyncio.run(work)
