"""What the edge turns away before any page is reached, as a page: too often, too busy, too late, too large."""

from __future__ import annotations

from http import HTTPStatus

import orjson
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from remit.api.refusals import PROBLEM, TYPE_PREFIX
from remit.web.page_route import error_page, wants_page
from remit.web.words import wait

_IN_WORDS = {
    "rate_limited": "There were too many requests in a short time.",
    "busy": "More is asked of Remit than it can answer at once. Nothing was done.",
    "deadline": "There was no answer in time. What was begun goes on: look how things stand before you repeat it.",
    "too_large": "More was sent than is taken at once. Nothing was done.",
    "head_too_large": "This address, or what your browser sends with it, is too long. Nothing was done.",
    "body_slow": "What was sent took too long to come. Nothing was done.",
}
"""What a person is told in place of the words for programs, by the code of the problem."""

_ITS_OWN = frozenset({"content-type", "content-length"})
"""The headers of a problem that its page says anew."""


class TurnedAway:
    """Plain ASGI, around everything: shows a person the page of a problem in place of the problem.

    Pages answer with pages, so what comes as a problem was said by the edge. Whatever is no problem passes as it comes.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not wants_page(Request(scope)):
            await self._app(scope, receive, send)
            return
        held: Message | None = None
        said = b""

        async def shown(message: Message) -> None:
            nonlocal held, said
            if message["type"] == "http.response.start" and _is_problem(message):
                held = message
                return
            if held is None:
                await send(message)
                return
            said += message.get("body", b"")
            if not message.get("more_body", False):
                await _as_page(Request(scope), held, said)(scope, receive, send)

        await self._app(scope, receive, shown)


def _is_problem(start: Message) -> bool:
    return Headers(raw=start["headers"]).get("content-type") == PROBLEM


def _as_page(request: Request, start: Message, said: bytes) -> Response:
    """The page of a problem, with the headers of both; of one that both have, the page's counts."""
    headers, told = Headers(raw=start["headers"]), orjson.loads(said)
    words = _IN_WORDS.get(told["type"].removeprefix(TYPE_PREFIX), told.get("detail", ""))
    if "retry-after" in headers:
        words += f" You can try again in {wait(int(headers['retry-after']))}."
    made = error_page(request, HTTPStatus(start["status"]), words)
    for name, value in headers.items():
        if name not in _ITS_OWN:
            made.headers.setdefault(name, value)
    return made
