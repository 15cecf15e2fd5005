"""The outermost ring: every request has an id, is logged and counted, and every answer has the headers of the house."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Protocol

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from remit.api.problems import problem
from remit.core.ports import Random
from remit.core.telemetry import Said, Telemetry
from remit.core.tracing import Served, traced

_log = logging.getLogger(__name__)
_access = logging.getLogger("remit.access")

NO_ROUTE = "(none)"
PREFIX = "/v1"
PRINCIPAL = "remit_principal"
"""Where a door leaves the id of whoever came through, in the request's scope."""

NOTHING = "default-src 'none'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; sandbox"
"""What an answer of the API may do when a browser opens it as a page. A page of ours says for itself what it may."""

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
_TRACEPARENT = re.compile(r"[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?:-.*)?")
_TRACEPARENT_00 = 55
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Counter(Protocol):
    """Is told of every request."""

    def began(self) -> None:
        """It has come."""
        ...

    def ended(self, method: str, route: str, status: int, seconds: float) -> None:
        """It was answered; status 0: the caller went away first."""
        ...


class Watched:
    """Plain ASGI: ids, headers, a log line and a count for every request; and what nobody caught ends here.

    Args:
        tls: whether callers are told to stay with TLS.
        steady_seconds: a time that never jumps, such as `time.perf_counter`.
    """

    def __init__(
        self,
        app: ASGIApp,
        counter: Counter,
        telemetry: Telemetry,
        chance: Random,
        steady_seconds: Callable[[], float],
        *,
        tls: bool,
    ) -> None:
        self._app = app
        self._counter = counter
        self._telemetry = telemetry
        self._chance = chance
        self._now = steady_seconds
        self._tls = tls

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        traceparent = traceparent_of(headers := Headers(scope=scope))
        request_id = request_id_of(headers) or (traceparent and traceparent[3:35]) or self._chance.token(16).hex()
        method = scope["method"] if scope["method"] in _METHODS else "OTHER"
        began, status = self._now(), 0

        async def told(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                self._dress(MutableHeaders(scope=message), scope, request_id)
            await send(message)

        self._counter.began()
        with (
            traced(Served(request_id, traceparent)),
            self._telemetry.span(method, _asked(scope, method, request_id)) as span,
        ):
            try:
                await self._app(scope, receive, told)
            except Exception as error:  # noqa: BLE001  the last line of defence: told to the operator in full
                _log.error("unexpected %s", type(error).__name__, exc_info=error)
                if not status:
                    await _unexpected()(scope, receive, told)
            finally:
                route = route_of(scope)
                span.say({"http.route": route, "http.response.status_code": status}, f"{method} {route}")
                self._counter.ended(method, route, status, seconds := self._now() - began)
                _tell(scope, method, route, status, seconds)

    def _dress(self, headers: MutableHeaders, scope: Scope, request_id: str) -> None:
        headers["X-Request-Id"] = request_id
        headers["X-Content-Type-Options"] = "nosniff"
        headers.setdefault("Referrer-Policy", "no-referrer")
        headers.setdefault("Content-Security-Policy", NOTHING)
        headers.setdefault("Cache-Control", "no-store")
        if self._tls:
            headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"


def _asked(scope: Scope, method: str, request_id: str) -> Said:
    return {"http.request.method": method, "url.scheme": scope.get("scheme", "http"), "remit.request_id": request_id}


def _tell(scope: Scope, method: str, route: str, status: int, seconds: float) -> None:
    """One line for each request. Neither the path nor the query: both may name somebody."""
    _access.info(
        "request",
        extra={
            "method": method,
            "route": route,
            "status": status,
            "ms": round(seconds * 1000, 1),
            "principal": scope.get(PRINCIPAL),
            "client": scope["client"][0] if scope.get("client") else None,
        },
    )


def route_of(scope: Scope) -> str:
    """The template of the route that was taken, such as ``/v1/decisions/{decision_id}``: never what was filled in."""
    path = getattr(scope.get("route"), "path", None)
    if not isinstance(path, str):
        return NO_ROUTE
    # A router's routes do not know under which prefix the application has put it; there is one.
    return PREFIX + path if scope["path"].startswith(f"{PREFIX}/") and not path.startswith(f"{PREFIX}/") else path


def request_id_of(headers: Mapping[str, str]) -> str | None:
    """The id that the caller gave, where it has the form of one."""
    said = headers.get("x-request-id", "")
    return said if _REQUEST_ID.fullmatch(said) else None


def traceparent_of(headers: Mapping[str, str]) -> str | None:
    """The trace that the caller has begun (W3C Trace Context), where it is well formed."""
    said = headers.get("traceparent", "")
    if not _TRACEPARENT.fullmatch(said) or said.startswith("ff"):
        return None
    # Later versions may say more. Whoever collects traces would refuse it here, and count another trace than we log.
    return None if said.startswith("00") and len(said) > _TRACEPARENT_00 else said


def _unexpected() -> ASGIApp:
    return problem(HTTPStatus.INTERNAL_SERVER_ERROR, "unexpected", "Remit failed; the operator was told")
