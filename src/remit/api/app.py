"""The application: the routes, the errors, and what every request passes."""

from __future__ import annotations

from fastapi import FastAPI

from remit import __version__
from remit.api import decisions, health, keys, provider, session, users
from remit.api.problems import PROBLEM_RESPONSES, answer_problems
from remit.identity.ports import Authenticator
from remit.wiring import Engine

ROUTES = (decisions.router, session.router, provider.router, keys.router, users.router)
"""What stands under ``/v1``."""


def create_app(engine: Engine, authenticator: Authenticator) -> FastAPI:
    """The ASGI application on an open engine, which the caller closes."""
    app = FastAPI(
        title="Remit",
        version=__version__,
        summary="A decision engine whose agents act only within their remit.",
        openapi_url="/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        responses=PROBLEM_RESPONSES,
    )
    app.state.engine = engine
    app.state.authenticator = authenticator
    answer_problems(app)
    app.include_router(health.router)
    for router in ROUTES:
        app.include_router(router, prefix="/v1")
    return app
