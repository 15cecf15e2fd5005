"""``GET /metrics``: what is counted and gauged, for Prometheus."""

from __future__ import annotations

import logging
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from remit import __version__
from remit.adapters.prometheus import CONTENT_TYPE, Meters
from remit.api.doors import Entered, TheEngine, door
from remit.core.errors import RemitError
from remit.core.telemetry import Gauge
from remit.wiring import Engine
from remit.wiring.operate import gauges_of

_log = logging.getLogger(__name__)

router = APIRouter(tags=["health"])


@router.get(
    "/metrics",
    response_class=Response,
    responses={
        200: {
            "description": "Prometheus' text format.",
            "content": {"text/plain": {"example": 'remit_queue_depth{stage="received"} 0.0\n'}},
        }
    },
)
def metrics(request: Request, engine: TheEngine, _who: Annotated[Entered, Depends(door("metrics.read"))]) -> Response:
    """What all processes of this service have counted, and how much there is of what waits, is in doubt or is owed."""
    meters: Meters = request.app.state.meters
    return Response(meters.shown(_gauges(engine), __version__, engine.database.kind), media_type=CONTENT_TYPE)


def _gauges(engine: Engine) -> list[Gauge]:
    """A database that is away is told of as well: counts go on being shown."""
    up = "Whether the database could be asked."
    try:
        return [*gauges_of(engine), Gauge("remit_database_up", up, 1)]
    except RemitError as error:
        _log.error("the gauges cannot be read: %s", error.message)
        return [Gauge("remit_database_up", up, 0)]
