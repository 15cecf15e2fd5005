"""What both carriers have in common: how a request looks to httpx, and how its answers and failures are read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx

from remit.client.wire import Answer, Ask, Lost

CONNECT_SECONDS = 5.0
"""A host that does not even take a connection within this is not waited for longer."""
_NOTHING_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)


def headers_of(api_key: str) -> Mapping[str, str]:
    """The headers of every request."""
    return {"Authorization": f"Bearer {api_key}", "User-Agent": "remit-client", "Accept": "application/json"}


def arguments_of(ask: Ask) -> dict[str, Any]:
    """The arguments of httpx's `request`."""
    asked = ask.request
    timeout = httpx.Timeout(ask.seconds, connect=min(ask.seconds, CONNECT_SECONDS))
    arguments: dict[str, Any] = {"url": asked.path, "headers": dict(asked.headers), "timeout": timeout}
    if asked.query:
        arguments["params"] = dict(asked.query)
    if asked.body is not None:
        arguments["json"] = asked.body
    return {"method": asked.method, **arguments}


def answer_of(came: httpx.Response, at: float) -> Answer:
    """An answer that has arrived whole."""
    return Answer(came.status_code, {name.lower(): value for name, value in came.headers.items()}, came.content, at)


def lost_by(error: httpx.RequestError, at: float) -> Lost:
    """A failure on the way. Only where there was no connection is it certain that nothing was sent."""
    return Lost(f"{type(error).__name__}: {error}", not isinstance(error, _NOTHING_SENT), at)
