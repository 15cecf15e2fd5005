"""Bodies: how large, how slow, of which kind; JSON is looked at before a route sees it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from http import HTTPStatus

import anyio.to_thread
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from remit.api.edge.json_bounds import hold_bounds
from remit.api.problems import problem, status_of
from remit.core.errors import InputError

WITH_BODY = frozenset({"POST", "PUT", "PATCH", "DELETE"})
OTHER_KINDS = frozenset(
    {
        "application/x-ndjson",
        "application/jsonl",
        "text/csv",
        "multipart/form-data",
        "application/x-www-form-urlencoded",
    }
)
"""What a route may take besides JSON. It says so itself where it does."""

ASIDE_BYTES = 65_536
"""A JSON body that is larger is looked at in a thread, so that it keeps nobody waiting."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a body may be. `batch_bytes` holds where many cases come at once."""

    bytes_max: int
    batch_bytes_max: int
    seconds_max: float
    json_depth_max: int
    json_number_max: int

    def bytes_of(self, path: str) -> int:
        return self.batch_bytes_max if path.startswith("/v1/batches") else self.bytes_max


class Bounded:
    """Plain ASGI: reads the body of a request whole, within bounds, and hands it on; or answers why not."""

    def __init__(self, app: ASGIApp, bounds: Bounds) -> None:
        self._app = app
        self._bounds = bounds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] not in WITH_BODY:
            await self._app(scope, receive, send)
            return
        body = await self._body(scope, receive)
        refusal = await self._refusal(scope, body) if isinstance(body, bytes) else body
        if refusal is not None:
            await refusal(scope, receive, send)
            return
        handed_on = False

        async def whole() -> Message:
            nonlocal handed_on
            if handed_on:
                return await receive()
            handed_on = True
            return {"type": "http.request", "body": body, "more_body": False}

        await self._app(scope, whole, send)

    async def _body(self, scope: Scope, receive: Receive) -> bytes | Response:
        most = self._bounds.bytes_of(scope["path"])
        said = Headers(scope=scope).get("content-length", "0")
        if not said.isdecimal() or int(said[:20]) > most:
            return _too_large(most)
        parts, size = [], 0
        try:
            async with asyncio.timeout(self._bounds.seconds_max):
                while True:
                    message = await receive()
                    if message["type"] != "http.request":
                        return problem(HTTPStatus.BAD_REQUEST, "cut_off", "the body did not come to its end")
                    parts.append(message.get("body", b""))
                    size += len(parts[-1])
                    if size > most:
                        return _too_large(most)
                    if not message.get("more_body", False):
                        return b"".join(parts)
        except TimeoutError:
            return problem(HTTPStatus.REQUEST_TIMEOUT, "body_slow", "the body took too long", headers=_CLOSE)

    async def _refusal(self, scope: Scope, body: bytes) -> Response | None:
        if not body:
            return None
        headers = Headers(scope=scope)
        kind = headers.get("content-type", "").partition(";")[0].strip().lower()
        is_json = kind == "application/json" or (kind.startswith("application/") and kind.endswith("+json"))
        if headers.get("content-encoding", "identity").lower() != "identity" or not (is_json or kind in OTHER_KINDS):
            return problem(
                HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
                "media_type",
                "the body is of a kind that is not taken",
                mend="send `Content-Type: application/json`, not compressed",
            )
        if not is_json:
            return None
        try:
            if len(body) > ASIDE_BYTES:
                await anyio.to_thread.run_sync(self._hold_json, body)
            else:
                self._hold_json(body)
        except InputError as error:
            return problem(status_of(error), error.code, error.message, mend=error.mend)
        return None

    def _hold_json(self, body: bytes) -> None:
        hold_bounds(body, depth_max=self._bounds.json_depth_max, number_max=self._bounds.json_number_max)


_CLOSE = {"Connection": "close"}
"""What is left of the body would be taken for the next request."""


def _too_large(most: int) -> Response:
    return problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too_large", f"the body may have {most} bytes", headers=_CLOSE)
