"""What is put around the application, from the outside in."""

from __future__ import annotations

import time

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware

from remit.api.edge.admitted import Admitted
from remit.api.edge.bounded import Bounded, Bounds
from remit.api.edge.rated import Entrance, Rated
from remit.api.edge.rates import Rate, Rates
from remit.api.edge.standing import Standing
from remit.api.edge.timed import Timed
from remit.api.edge.watched import Watched
from remit.core.system import SystemRandom
from remit.settings import Settings
from remit.wiring.telemetry import Listening

SESSION_COOKIE = "__Host-remit-session"
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
SAID_BY_CALLERS = ("Authorization", "Content-Type", "Idempotency-Key", "If-Match", "If-None-Match", "Prefer")
READ_BY_CALLERS = ("ETag", "Link", "Location", "RateLimit", "RateLimit-Policy", "Retry-After", "X-Request-Id")


def surround(app: FastAPI, settings: Settings, listening: Listening) -> None:
    """Put the edge around an application, as the settings say. What is added first ends up innermost."""
    standing = app.state.standing = Standing()
    app.state.listening, app.state.meters = listening, listening.meters
    rates = Rates(settings.home / "run" / "rates", time.monotonic)
    entrance = app.state.entrance = Entrance(
        rates,
        known=Rate("caller", settings.rate_per_minute, settings.rate_burst),
        strangers=Rate("address", settings.stranger_rate_per_minute, settings.stranger_rate_burst),
        refused=listening.meters.limited,
    )
    app.add_middleware(Bounded, bounds=_bounds(settings))
    app.add_middleware(Timed, seconds_max=settings.request_seconds_max)
    app.add_middleware(Rated, entrance=entrance, session_cookie=SESSION_COOKIE)
    if origins := settings.listed(settings.cors_origins):
        app.add_middleware(
            CORSMiddleware,
            allow_origins=origins,
            allow_methods=METHODS,
            allow_headers=SAID_BY_CALLERS,
            expose_headers=READ_BY_CALLERS,
        )
    app.add_middleware(
        Admitted,
        standing=standing,
        hosts=settings.listed(settings.hosts),
        header_bytes_max=settings.header_bytes_max,
        concurrency_max=settings.concurrency_max,
    )
    app.add_middleware(
        Watched,
        counter=listening.meters,
        telemetry=listening,
        chance=SystemRandom(),
        steady_seconds=time.perf_counter,
        tls=settings.tls_in_front,
    )


def _bounds(settings: Settings) -> Bounds:
    return Bounds(
        bytes_max=settings.body_bytes_max,
        batch_bytes_max=settings.batch_bytes_max,
        seconds_max=settings.body_seconds_max,
        json_depth_max=settings.json_depth_max,
        json_number_max=settings.json_number_max,
    )
