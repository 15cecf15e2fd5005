"""``GET /v1/decisions/{id}/events``: how a decision gets on, as server-sent events.

A stream may end before the decision does: after a time, and when the process is told to stop. Its client comes back
with `Last-Event-ID`, to this process or another, and misses nothing.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Annotated

import orjson
from fastapi import APIRouter, Depends, Header, Request
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool

from remit.api.doors import Entered, TheEngine, door
from remit.api.edge.standing import Standing
from remit.core.errors import InputError, RemitError
from remit.core.words import Actor
from remit.service.calls.progress import Progress, progress
from remit.service.runs import stored_decision
from remit.wiring import Engine

router = APIRouter(prefix="/decisions", tags=["decisions"])

FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.05, 2.0
HEARTBEAT_SECONDS = 15.0
STREAM_SECONDS_MAX = 600.0
"""A stream ends after this long, and the client comes back for the rest: so no replica keeps callers for ever."""

RECONNECT_MS = 1_000
_EXAMPLE = 'id: 7\nevent: decision.received\ndata: {"n":7,"type":"decision.received"}\n\n'
_STREAM = {
    "description": "A stream of events, one for each step; the last one is `end`.",
    "content": {
        "text/event-stream": {
            "schema": {"description": "Events, each with `id`, `event` and `data`."},
            "example": _EXAMPLE,
        }
    },
}


@router.get("/{decision_id}/events", response_class=StreamingResponse, responses={200: _STREAM})
def events(
    request: Request,
    decision_id: str,
    engine: TheEngine,
    who: Annotated[Entered, Depends(door("decisions.read"))],
    last_event_id: Annotated[str | None, Header(description="The `id` of the last event seen.")] = None,
) -> StreamingResponse:
    """Each step of a decision as it is recorded, until it is final. With `Last-Event-ID`, what came after that one.

    From whom the verdict is hidden until they have said an opinion, what reviewers did since is, too.
    """
    who.sees(stored_decision(engine.services, decision_id).run.actor.id, "decision")
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    stream = _stream(engine, request.app.state.standing, decision_id, who.actor, _place(last_event_id))
    return StreamingResponse(stream, media_type="text/event-stream", headers=headers)


async def _stream(
    engine: Engine, standing: Standing, decision_id: str, viewer: Actor, after: int
) -> AsyncIterator[bytes]:
    yield f"retry: {RECONNECT_MS}\n\n".encode()
    pause, begun = FIRST_PAUSE_SECONDS, time.monotonic()
    spoken = begun
    over = False
    while not over:
        # Looked at before the steps are: what is known by the end is told, and the last event is always whole.
        over = standing.draining or time.monotonic() - begun >= STREAM_SECONDS_MAX
        try:
            found = await run_in_threadpool(progress, engine.services, engine, decision_id, viewer, after)
        except RemitError:
            return  # the status is out already: the client comes back, and is told then
        if found.steps:
            after, pause, spoken = found.steps[-1].n, FIRST_PAUSE_SECONDS, time.monotonic()
            yield b"".join(_event(step.type, step.told, step.n) for step in found.steps)
        if found.over:
            yield _end(found)
            return
        if time.monotonic() - spoken >= HEARTBEAT_SECONDS:
            spoken = time.monotonic()
            yield b": still here\n\n"
        await asyncio.sleep(0 if over else pause)
        pause = min(pause * 1.5, LONGEST_PAUSE_SECONDS)


def _event(name: str, told: object, place: int | None = None) -> bytes:
    identity = b"" if place is None else f"id: {place}\n".encode()
    return identity + f"event: {name}\ndata: ".encode() + orjson.dumps(told) + b"\n\n"


def _end(found: Progress) -> bytes:
    return _event("end", {"status": found.status})


def _place(last_event_id: str | None) -> int:
    if not last_event_id:
        return -1
    if not (last_event_id.isascii() and last_event_id.isdigit() and len(last_event_id) < 19):
        raise InputError(
            "Last-Event-ID is not the id of an event", code="last_event_id", mend="send the last `id:` seen"
        )
    return int(last_event_id)
