"""Who is asking, and may they: each route names its door, and nothing runs before it is opened."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Request, Security
from fastapi.concurrency import run_in_threadpool
from fastapi.security import APIKeyCookie, HTTPBearer

from remit.api.cross_site import must_be_meant
from remit.api.edge.around import SESSION_COOKIE
from remit.api.edge.rated import Entrance
from remit.api.parameters import parameters_come_once
from remit.core.errors import Forbidden, NotFound, Unauthenticated
from remit.core.words import Actor
from remit.identity.doors import DOORS, Whose, enter
from remit.identity.ports import Authenticator
from remit.identity.principal import Principal
from remit.wiring import Engine

_bearer = HTTPBearer(auto_error=False, scheme_name="apiKey", description="An API key.")
session_cookie = APIKeyCookie(
    name=SESSION_COOKIE, auto_error=False, scheme_name="session", description="A person's session."
)


@dataclass(frozen=True, slots=True)
class Entered:
    """Somebody who came through a door, and whose things they reach behind it."""

    principal: Principal
    whose: Whose

    @property
    def actor(self) -> Actor:
        return self.principal.actor()

    def sees(self, owner: str, what: str) -> None:
        """Hold that a thing of this owner is in reach. Raises NotFound: what is not theirs does not exist for them."""
        if self.whose == "own" and owner != self.principal.id:
            raise NotFound(f"there is no {what} of that id")


def the_engine(request: Request) -> Engine:
    """The engine behind the application."""
    engine: Engine = request.app.state.engine
    return engine


async def _engine(request: Request) -> Engine:
    """`the_engine` as a dependency. What waits for nothing runs in the event loop: it costs less than a thread does."""
    return the_engine(request)


TheEngine = Annotated[Engine, Depends(_engine)]


def principal_of(
    request: Request,
    bearer: Annotated[Any, Security(_bearer)],
    session: Annotated[str | None, Security(session_cookie)],
) -> Principal:
    """Who is asking, charged for it. Raises Unauthenticated, Refused (`rate_limited`), RequestValidationError."""
    entrance: Entrance = request.app.state.entrance
    try:
        principal = _known(request, bearer, session)
    except Unauthenticated:
        entrance.stranger(request.scope)
        raise
    entrance.principal(request.scope, principal.id)
    parameters_come_once(request)
    return principal


def _known(request: Request, bearer: Any, session: str | None) -> Principal:
    authenticator: Authenticator = request.app.state.authenticator
    if bearer is not None:
        return authenticator.by_key(bearer.credentials)
    if session is not None:
        principal = authenticator.by_session(session)
        must_be_meant(request, session)
        return principal
    raise Unauthenticated("nobody has said who is asking", mend="send `Authorization: Bearer KEY`, or sign in")


def door(name: str) -> Callable[..., Awaitable[Entered]]:
    """The dependency that opens one door of `remit.identity.doors`."""
    assert name in DOORS, name

    async def opened(principal: Annotated[Principal, Depends(principal_of)], engine: TheEngine) -> Entered:
        try:
            return Entered(principal, enter(principal, name))
        except Forbidden:
            await run_in_threadpool(engine.denied_access.note, principal, name)
            raise

    opened.__name__ = f"door:{name}"
    return opened
