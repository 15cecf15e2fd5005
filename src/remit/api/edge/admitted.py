"""What is turned away before anything is read of it: wrong names, too large heads, and more than can be served."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from remit.api.edge.standing import Standing, is_health
from remit.api.problems import problem, unavailable


class Admitted:
    """Plain ASGI: admits a request, or answers why not. What waits does so at the caller, not in a queue here."""

    def __init__(
        self, app: ASGIApp, standing: Standing, *, hosts: Sequence[str], header_bytes_max: int, concurrency_max: int
    ) -> None:
        self._app = app
        self._standing = standing
        self._hosts = [host.lower() for host in hosts]
        self._header_bytes_max = header_bytes_max
        self._concurrency_max = concurrency_max

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or is_health(scope):
            await self._app(scope, receive, send)
            return
        refusal = self._refusal(scope)
        if refusal is not None:
            await refusal(scope, receive, send)
            return

        async def last(message: Message) -> None:
            if message["type"] == "http.response.start" and self._standing.draining:
                # Whoever holds this connection shall not find it closed in the midst of the next request.
                MutableHeaders(scope=message)["Connection"] = "close"
            await send(message)

        self._standing.serving += 1
        try:
            await self._app(scope, receive, last)
        finally:
            self._standing.serving -= 1

    def _refusal(self, scope: Scope) -> Response | None:
        if self._hosts and not self._is_ours(Headers(scope=scope).get("host", "")):
            return problem(HTTPStatus.MISDIRECTED_REQUEST, "host", "nothing is served under this name")
        head = sum(len(name) + len(value) + 4 for name, value in scope["headers"])
        if head + len(scope.get("raw_path") or b"") + len(scope["query_string"]) > self._header_bytes_max:
            return problem(
                HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "head_too_large", f"at most {self._header_bytes_max} bytes"
            )
        if self._standing.serving >= self._concurrency_max:
            return unavailable("busy", nothing_done=True)
        return None

    def _is_ours(self, said: str) -> bool:
        name = said.lower()
        name = name[: name.find("]") + 1] if name.startswith("[") else name.partition(":")[0]
        return any(name == host or (host.startswith("*.") and name.endswith(host[1:])) for host in self._hosts)
