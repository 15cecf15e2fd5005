"""One serving process, on a socket that is listened on already; `remit.web.process` starts it with the pages."""

from __future__ import annotations

import functools
import os
import socket
import time
from collections.abc import Callable
from types import FrameType

import uvicorn
from fastapi import FastAPI

from remit.api.edge.logs import log_json
from remit.api.edge.standing import Standing
from remit.api.serve import application
from remit.api.strict_http import StrictHttp
from remit.settings import Settings, load_settings

KEEP_ALIVE_SECONDS = 75
"""Longer than the usual proxy keeps a connection, so that it is never this side that closes one in use."""

LAST_WORDS_SECONDS = 5
"""What a process may take beyond its drain, to close its files."""


class Draining(uvicorn.Server):
    """A server that says that it is about to stop before it stops, and ends with 0 when it did as it was told."""

    def __init__(self, config: uvicorn.Config, standing: Standing, ready_fd: int, notice_seconds: float) -> None:
        super().__init__(config)
        self._standing = standing
        self._ready_fd = ready_fd
        self._notice_seconds = notice_seconds
        self._told_at: float | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        os.write(self._ready_fd, b"1")
        os.close(self._ready_fd)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if self._told_at is not None:
            os._exit(1)
        self._told_at = time.monotonic()
        self._standing.draining = True

    async def on_tick(self, counter: int) -> bool:
        if self._told_at is not None and time.monotonic() - self._told_at >= self._notice_seconds:
            self.should_exit = True
        return await super().on_tick(counter)


def main(listening_fd: int, ready_fd: int, dress: Callable[[FastAPI], None] = lambda _app: None) -> None:
    """Serve on a socket that is listened on already, and write one byte when ready; see `application` for `dress`.

    Raises:
        RemitError: a setting is wrong, or what the application cannot start without cannot be used.
    """
    settings = load_settings()
    log_json(settings.log_level)
    app = application(dress)
    server = Draining(config_of(app, settings), app.state.standing, ready_fd, settings.drain_notice_seconds)
    try:
        server.run([socket.socket(fileno=listening_fd)])
    except SystemExit:
        if (error := getattr(app.state, "cannot_start", None)) is not None:
            raise error from None
        raise


def config_of(app: object, settings: Settings) -> uvicorn.Config:
    """How an application is served."""
    strict = functools.partial(StrictHttp, head_seconds=settings.body_seconds_max)
    proxies = settings.listed(settings.trusted_proxies)
    return uvicorn.Config(
        app,  # type: ignore[arg-type]  # FastAPI is an ASGI application; uvicorn names the type of its own
        http=strict,  # type: ignore[arg-type]  # it is only ever called
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(proxies),
        forwarded_allow_ips=proxies,
        h11_max_incomplete_event_size=settings.header_bytes_max,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=settings.drain_seconds,
    )
