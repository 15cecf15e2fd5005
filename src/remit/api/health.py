"""``GET /healthz`` and ``/readyz``: is this process alive, and can it decide."""

from __future__ import annotations

from fastapi import APIRouter, Request

from remit.api.doors import TheEngine
from remit.api.edge.standing import Standing
from remit.core.errors import Transient
from remit.wiring.operate import hold_ready

router = APIRouter(tags=["health"])


@router.get("/healthz")
def alive() -> dict[str, str]:
    """This process answers."""
    return {"status": "ok"}


@router.get("/readyz")
def ready(request: Request, engine: TheEngine) -> dict[str, str]:
    """This process can decide: it is warm, and reaches its database; else a problem with status 503."""
    standing: Standing = request.app.state.standing
    if standing.draining:
        raise Transient("this process is about to stop", code="draining")
    hold_ready(engine)
    return {"status": "ready"}
