"""An answer as server-sent events: its rows, as they come, from whichever process writes them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import orjson
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool

from remit.chat.conversation import RunEvent
from remit.core.errors import InputError, RemitError
from remit.identity.principal import Principal
from remit.service.chat.desk import ChatDesk
from remit.service.chat.read import progress, shown

FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.02, 0.5
HEARTBEAT_SECONDS = 15.0
STREAM_SECONDS_MAX = 600.0
RECONNECT_MS = 1_000
_EXAMPLE = 'id: 7\nevent: delta\ndata: {"text":"C-1042 was escalated "}\n\n'
STREAM: dict[str, Any] = {
    "description": "A stream of events; the last one is `done`.",
    "content": {
        "text/event-stream": {
            "schema": {"description": "Events, each with `id`, `event` and `data`."},
            "example": _EXAMPLE,
        }
    },
}
_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


def stream(desk: ChatDesk, principal: Principal, run_id: str, after: int) -> StreamingResponse:
    """The events of a run behind the n-th, as a response."""
    return StreamingResponse(_sent(desk, principal, run_id, after), media_type="text/event-stream", headers=_HEADERS)


async def news(desk: ChatDesk, principal: Principal, run_id: str, after: int) -> AsyncIterator[RunEvent | None]:
    """The events of a run behind the n-th, until it is over; None now and then while nothing happens."""
    pause, begun = FIRST_PAUSE_SECONDS, time.monotonic()
    spoken = begun
    while time.monotonic() - begun < STREAM_SECONDS_MAX:
        found = await run_in_threadpool(progress, desk, principal, run_id, after)
        for event in found.events:
            after, pause, spoken = event.n, FIRST_PAUSE_SECONDS, time.monotonic()
            yield event
        if found.over:
            return
        if time.monotonic() - spoken >= HEARTBEAT_SECONDS:
            spoken = time.monotonic()
            yield None
        await asyncio.sleep(pause)
        pause = min(pause * 1.5, LONGEST_PAUSE_SECONDS)


async def _sent(desk: ChatDesk, principal: Principal, run_id: str, after: int) -> AsyncIterator[bytes]:
    yield f"retry: {RECONNECT_MS}\n\n".encode()
    try:
        async for event in news(desk, principal, run_id, after):
            yield b": still here\n\n" if event is None else await run_in_threadpool(_event, desk, event)
    except RemitError:
        return  # the status is out already: the client comes back, and is told then


def _event(desk: ChatDesk, event: RunEvent) -> bytes:
    data = orjson.dumps(shown(desk, event))
    return f"id: {event.n}\nevent: {event.type}\ndata: ".encode() + data + b"\n\n"


def place(last_event_id: str | None) -> int:
    """The number of the last event that was seen, 0 for none. Raises InputError."""
    if not last_event_id:
        return 0
    if not (last_event_id.isascii() and last_event_id.isdigit() and len(last_event_id) < 10):
        raise InputError(
            "Last-Event-ID is not the id of an event", code="last_event_id", mend="send the last `id:` seen"
        )
    return int(last_event_id)
