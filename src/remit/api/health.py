"""``GET /healthz`` and ``/readyz``: is this process alive, and can it decide."""

from __future__ import annotations

from fastapi import APIRouter

from remit.api.doors import TheEngine

router = APIRouter(tags=["health"])


@router.get("/healthz")
def alive() -> dict[str, str]:
    """This process answers."""
    return {"status": "ok"}


@router.get("/readyz")
def ready(engine: TheEngine) -> dict[str, str]:
    """This process reaches its database, so that it can decide; else a problem with status 503."""
    with engine.database.read():
        return {"status": "ready"}
