"""The edge around a bare application, whose routes do what a test needs; and the records that are logged."""

from __future__ import annotations

import io
import logging
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI, Request
from fastapi.responses import StreamingResponse
from fastapi.testclient import TestClient

from remit.adapters.prometheus import Meters
from remit.api.edge.around import surround
from remit.api.edge.logs import json_handler
from remit.api.problems import answer_problems
from remit.settings import Settings
from remit.wiring.telemetry import Listening

Edge = Callable[..., TestClient]


@pytest.fixture
def edge(tmp_path: Path) -> Iterator[Edge]:
    """Makes a client of a bare application, with settings."""
    clients = []

    def made(**settings: Any) -> TestClient:
        client = TestClient(bare(Settings(home=tmp_path, **settings)), raise_server_exceptions=False)
        clients.append(client)
        return client

    yield made
    for client in clients:
        client.close()


def bare(settings: Settings) -> FastAPI:
    """An application with a few routes of no matter."""
    app = FastAPI()
    answer_problems(app)
    surround(app, settings, Listening(Meters()))

    @app.post("/v1/echo")
    async def echo(request: Request) -> Any:
        return {"bytes": len(await request.body())}

    @app.post("/v1/batches")
    async def batches(request: Request) -> Any:
        return {"bytes": len(await request.body())}

    @app.get("/v1/slow/{seconds}")
    def slow(seconds: float) -> Any:
        time.sleep(seconds)
        return {"slept": seconds}

    @app.get("/v1/stream")
    def stream() -> StreamingResponse:
        def parts() -> Iterator[str]:
            for number in range(3):
                time.sleep(0.1)
                yield f"data: {number}\n\n"

        return StreamingResponse(parts(), media_type="text/event-stream")

    @app.get("/v1/broken")
    def broken() -> None:
        raise KeyError("4929-1234 is the customer's card")

    @app.get("/healthz")
    def healthz() -> Any:
        return {"status": "ok"}

    return app


class Lines(io.StringIO):
    """A stream that keeps its lines."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def write(self, text: str) -> int:
        self.lines += text.splitlines()
        return len(text)


@pytest.fixture
def logged() -> Iterator[list[str]]:
    """Every line that is logged, at any level, as `remit serve` writes it."""
    lines = Lines()
    handler = json_handler(lines)
    root = logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield lines.lines
    root.removeHandler(handler)
    root.setLevel(before)
