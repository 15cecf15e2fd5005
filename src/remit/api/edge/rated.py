"""Rates at the edge: who is charged, and what the headers say of it."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from typing import Any

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from remit.api.edge.rates import Charge, Rate, Rates
from remit.api.edge.standing import is_health
from remit.api.edge.watched import PRINCIPAL
from remit.api.problems import problem, status_of
from remit.core.errors import Refused

_CHARGE = "remit_charge"


class Entrance:
    """Charges every request to somebody: to the key's principal where a door finds one, else to the address."""

    def __init__(self, rates: Rates, known: Rate, strangers: Rate, refused: Callable[[str], None]) -> None:
        self._rates = rates
        self._known = known
        self._strangers = strangers
        self._refused = refused

    def principal(self, scope: Scope, principal_id: str) -> None:
        """Charge a principal. Raises Refused (`rate_limited`)."""
        scope[PRINCIPAL] = principal_id
        self._charge(scope, self._known, principal_id)

    def stranger(self, scope: Scope) -> None:
        """Charge an address that nobody vouches for, once for each request. Raises Refused (`rate_limited`)."""
        if _CHARGE not in scope:
            self._charge(scope, self._strangers, _network(scope.get("client")))

    def _charge(self, scope: Scope, rate: Rate, asker: str) -> None:
        charge = self._rates.charge(rate, asker)
        if charge is None:
            return
        scope[_CHARGE] = charge
        if not charge.allowed:
            self._refused(rate.name)
            raise Refused(
                "there were too many requests", code="rate_limited", mend=f"wait for {charge.retry_after} seconds"
            )


class Rated:
    """Plain ASGI: charges what comes without a credential at once, and says on every answer what is left.

    Field names as of draft-ietf-httpapi-ratelimit-headers-11.
    """

    def __init__(self, app: ASGIApp, entrance: Entrance, session_cookie: str) -> None:
        self._app = app
        self._entrance = entrance
        self._cookie = session_cookie.encode() + b"="

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or is_health(scope):
            await self._app(scope, receive, send)
            return

        async def told(message: Message) -> None:
            if message["type"] == "http.response.start" and _CHARGE in scope:
                _tell(MutableHeaders(scope=message), scope[_CHARGE])
            await send(message)

        if not self._says_who(scope):
            try:
                self._entrance.stranger(scope)
            except Refused as error:
                answer = problem(status_of(error), error.code, error.message, mend=error.mend)
                await answer(scope, receive, told)
                return
        await self._app(scope, receive, told)

    def _says_who(self, scope: Scope) -> bool:
        return any(
            name == b"authorization" or (name == b"cookie" and self._cookie in value)
            for name, value in scope["headers"]
        )


def _tell(headers: MutableHeaders, charge: Charge) -> None:
    headers["RateLimit-Policy"] = charge.rate.policy
    headers["RateLimit"] = charge.standing
    if not charge.allowed:
        headers["Retry-After"] = charge.retry_after


def _network(client: Any) -> str:
    """Whom an address stands for: itself, or its /64 for IPv6, which one customer has whole."""
    host = client[0] if client else "unknown"
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return str(host)
    return str(ipaddress.ip_network((address, 64), strict=False)) if address.version == 6 else str(address)
