"""Lines between a client and the application that break as a test says."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx
from fastapi.testclient import TestClient

from remit.client import AsyncClient, Client, Patience

FATES = ("connect", "send", "answer", "half", "502")
"""Where the way of one request can break: before anything is sent, while it is, and at the answer."""


@dataclass
class Line(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Carries requests to the application; each meets its fate, and those after the last go through."""

    app: TestClient
    fates: Sequence[str] = ()
    carried: list[str] = field(default_factory=list)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        fate = self.fates[len(self.carried)] if len(self.carried) < len(self.fates) else "ok"
        self.carried.append(fate)
        if fate == "connect":
            raise httpx.ConnectError("nobody listens")
        if fate == "send":
            raise httpx.WriteError("broken pipe")
        came = self.app.request(
            request.method, request.url.raw_path.decode(), content=request.read(), headers=dict(request.headers)
        )
        if fate == "answer":
            raise httpx.ReadError("connection reset")
        if fate == "half":
            raise httpx.RemoteProtocolError("the body ended too early")
        if fate == "502":
            return httpx.Response(502)
        return httpx.Response(came.status_code, headers=dict(came.headers), content=came.content)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await request.aread()
        return await asyncio.to_thread(self.handle_request, request)


def speaks(app: TestClient, who: str, *fates: str, **patience: Any) -> Client:
    """Somebody's client, over a line on which these fates befall the first requests."""
    mine = Patience(**{"chance": lambda: 0.0, **patience})
    return Client("http://testserver", who, patience=mine, transport=Line(app, fates), sleep=lambda seconds: None)


def speaks_awaited(app: TestClient, who: str, *fates: str) -> AsyncClient:
    """The same to be awaited."""
    mine = Patience(chance=lambda: 0.0)
    return AsyncClient(
        "http://testserver", who, patience=mine, transport=Line(app, fates), sleep=lambda seconds: asyncio.sleep(0)
    )
