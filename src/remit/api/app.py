"""The application: the routes, the errors, and what every request passes."""

from __future__ import annotations

from fastapi import FastAPI
from fastapi.telemetry import TelemetryConfig
from starlette.types import Lifespan

from remit import __version__
from remit.api import (
    batches,
    checkpoint,
    decision,
    decision_events,
    decision_list,
    decision_parts,
    decisions,
    health,
    keys,
    learning,
    ledger,
    metrics,
    outcomes,
    packs,
    policies,
    policy_changes,
    provider,
    reviews,
    search,
    session,
    users,
    webhooks,
)
from remit.api.edge.around import surround
from remit.api.problems import PROBLEM_RESPONSES, answer_problems
from remit.identity.ports import Authenticator
from remit.settings import Settings
from remit.wiring import Engine
from remit.wiring.operate import heard_by
from remit.wiring.telemetry import listening

ROUTES = (
    decisions.router,
    decision_list.router,
    decision.router,
    decision_parts.router,
    decision_events.router,
    *reviews.ROUTERS,
    outcomes.router,
    batches.router,
    webhooks.router,
    session.router,
    provider.router,
    keys.router,
    users.router,
    packs.router,
    search.router,
    # `/policies/changes` is no pack's name.
    policy_changes.router,
    policies.router,
    checkpoint.router,
    ledger.router,
    learning.router,
)
"""What stands under ``/v1``."""

_NO_TELEMETRY = TelemetryConfig(tracing=False, metrics=False, logs=False, operation_spans=False, auto_configure=False)
"""FastAPI's own would tell what exceptions say, and so what a case says. Ours is in `remit.api.edge`."""


def create_app(engine: Engine, authenticator: Authenticator) -> FastAPI:
    """The ASGI application on an open engine, which the caller closes."""
    app = bare_app(engine.settings)
    stand_on(app, engine, authenticator)
    return app


def stand_on(app: FastAPI, engine: Engine, authenticator: Authenticator) -> None:
    """Put an application on an engine, and let the engine tell it what is decided."""
    app.state.engine = engine
    app.state.authenticator = authenticator
    heard_by(engine, app.state.listening)


def bare_app(settings: Settings, lifespan: Lifespan[FastAPI] | None = None) -> FastAPI:
    """The application without an engine; `lifespan` is to put it on one."""
    app = FastAPI(
        title="Remit",
        version=__version__,
        summary="A decision engine whose agents act only within their remit.",
        openapi_url="/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        # A client that is sent on would never learn that it asks the wrong address, and `Host` would say where.
        redirect_slashes=False,
        responses=PROBLEM_RESPONSES,
        lifespan=lifespan,
        telemetry=_NO_TELEMETRY,
    )
    answer_problems(app)
    surround(app, settings, listening(settings))
    app.include_router(health.router)
    app.include_router(metrics.router)
    for router in ROUTES:
        app.include_router(router, prefix="/v1")
    return app
