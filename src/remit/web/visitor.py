"""Who stands before a page: a person's session and no key; and what they send was meant."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import anyio.to_thread
from fastapi import Depends, Request

from remit.api.cross_site import SAFE, must_be_same_origin
from remit.api.doors import Entered, the_engine
from remit.api.edge.around import SESSION_COOKIE
from remit.api.edge.rated import Entrance
from remit.core.errors import Forbidden, Unauthenticated
from remit.identity.doors import DOORS, enter
from remit.identity.ports import Authenticator
from remit.identity.principal import ADMIN, Principal
from remit.identity.session import csrf_token
from remit.wiring import Engine

TOKEN_FIELD = "csrf"


@dataclass(frozen=True, slots=True)
class Visitor(Entered):
    """Somebody who is signed in and came through a page's door. `form` holds what they sent, a list for each name."""

    engine: Engine
    csrf: str
    form: Mapping[str, list[str]]

    def said(self, name: str) -> str:
        """One field of what was sent, without spaces around it; empty when it is not there."""
        return self.form.get(name, [""])[-1].strip()

    def may(self, name: str) -> bool:
        """Whether another door would open to them."""
        return may(self.principal, name)


def may(principal: Principal, name: str) -> bool:
    """Whether a door opens to somebody."""
    roles = (ADMIN,) if ADMIN in principal.roles else principal.roles
    return any(role in roles for role in DOORS[name].roles)


def page_door(name: str) -> Callable[..., Coroutine[Any, Any, Visitor]]:
    """The dependency that opens one door of `remit.identity.doors` to a page.

    What changes something has to come from a page of ours, and with the session's token among its fields.
    """
    assert name in DOORS, name

    async def opened(request: Request, engine: Annotated[Engine, Depends(the_engine)]) -> Visitor:
        session = request.cookies.get(SESSION_COOKIE)
        entrance: Entrance = request.app.state.entrance
        try:
            principal = await anyio.to_thread.run_sync(_signed_in, request, session)
        except Unauthenticated:
            entrance.stranger(request.scope)
            raise
        entrance.principal(request.scope, principal.id)
        token = csrf_token(session or "")
        form = {} if request.method in SAFE else await _meant(request, token)
        try:
            whose = enter(principal, name)
        except Forbidden:
            await anyio.to_thread.run_sync(engine.denied_access.note, principal, name)
            raise
        return Visitor(principal, whose, engine, token, form)

    opened.__name__ = f"page_door:{name}"
    return opened


def _signed_in(request: Request, session: str | None) -> Principal:
    if session is None:
        raise Unauthenticated("nobody is signed in", mend="sign in")
    authenticator: Authenticator = request.app.state.authenticator
    return authenticator.by_session(session)


async def _meant(request: Request, token: str) -> dict[str, list[str]]:
    must_be_same_origin(request)
    form = await sent(request)
    if not hmac.compare_digest(form.get(TOKEN_FIELD, [""])[-1].encode(), token.encode()):
        raise Forbidden("this page is older than your session", code="cross_site", mend="load it again, and repeat")
    return form


async def sent(request: Request) -> dict[str, list[str]]:
    """What a form sent, by name. Files are not taken."""
    form = await request.form(max_files=0, max_fields=200)
    return {name: [value for value in form.getlist(name) if isinstance(value, str)] for name in form}
