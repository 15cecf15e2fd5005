"""``/v1/session/oidc``: sign in with the OpenID provider, and come back from it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Cookie, Query, Request, Security
from fastapi.responses import RedirectResponse

from remit.api.cross_site import must_be_begun_here
from remit.api.doors import TheEngine, session_cookie
from remit.api.session import give_cookie
from remit.core.errors import NotFound
from remit.identity.provider import PATIENCE, Provider
from remit.service.identity.sign_in_by_provider import come_from_provider, send_to_provider
from remit.wiring import Engine

router = APIRouter(prefix="/session/oidc", tags=["identity"])

ATTEMPT_COOKIE = "__Host-remit-sign-in"
AFTERWARDS = "/v1/session"
"""Where somebody is sent who has signed in, unless pages say another place (`app.state.front`)."""


@router.get("", status_code=303, response_class=RedirectResponse)
def leave(request: Request, engine: TheEngine) -> RedirectResponse:
    """Go to the provider to sign in, from a page of this site. 404 where none is set."""
    provider = _provider(engine)
    must_be_begun_here(request)
    source = request.client.host if request.client else ""
    address, secret = send_to_provider(engine.services, provider, source)
    response = RedirectResponse(address, 303, headers={"Cache-Control": "no-store"})
    # Lax, not Strict: the browser comes back from another site.
    seconds = int(PATIENCE.total_seconds())
    response.set_cookie(ATTEMPT_COOKIE, secret, max_age=seconds, secure=True, httponly=True, samesite="lax", path="/")
    return response


@router.get("/callback", status_code=303, response_class=RedirectResponse)
def come_back(
    request: Request,
    engine: TheEngine,
    state: Annotated[str, Query(max_length=200)],
    code: Annotated[str | None, Query(max_length=4000)] = None,
    attempt: Annotated[str | None, Cookie(alias=ATTEMPT_COOKIE, max_length=200)] = None,
    before: Annotated[str | None, Security(session_cookie)] = None,
) -> RedirectResponse:
    """Come back from the provider. The session is a cookie from then on."""
    _, token = come_from_provider(
        engine.services,
        _provider(engine),
        engine.settings.oidc_rules,
        code=code,
        state=state,
        secret=attempt,
        source=request.client.host if request.client else "",
        before=before,
    )
    response = RedirectResponse(getattr(request.app.state, "front", AFTERWARDS), 303)
    give_cookie(response, token)
    response.delete_cookie(ATTEMPT_COOKIE, secure=True, httponly=True, samesite="lax", path="/")
    return response


def _provider(engine: Engine) -> Provider:
    if engine.provider is None:
        raise NotFound("there is no OpenID provider here", mend="sign in with name and password")
    return engine.provider
