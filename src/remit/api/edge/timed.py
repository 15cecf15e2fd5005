"""A time limit for every answer."""

from __future__ import annotations

import asyncio
from http import HTTPStatus

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from remit.api.problems import problem


class Timed:
    """Plain ASGI: what has not begun to answer in time is answered with 504.

    Its thread cannot be stopped, and need not be: a decision goes on and is there when it is asked for again. It counts
    as being served until it ends. A stream that has begun is not cut off.
    """

    def __init__(self, app: ASGIApp, seconds_max: float) -> None:
        self._app = app
        self._seconds_max = seconds_max

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        late: asyncio.Task[None] | None = None

        def give_up() -> None:
            nonlocal late
            answer = problem(
                HTTPStatus.GATEWAY_TIMEOUT,
                "deadline",
                f"there was no answer within {self._seconds_max:g} seconds; what was begun goes on",
                mend="ask again with the same Idempotency-Key",
            )
            late = asyncio.ensure_future(answer(scope, receive, send))

        timer = asyncio.get_running_loop().call_later(self._seconds_max, give_up)

        async def in_time(message: Message) -> None:
            timer.cancel()
            if late is None:
                await send(message)

        try:
            await self._app(scope, receive, in_time)
        finally:
            timer.cancel()
            if late is not None:
                await late
