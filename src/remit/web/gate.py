"""Who looks at a page, and did they mean it: the session's cookie, and for what changes something, the form's token."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from typing import Annotated

from fastapi import Depends, Request, Security

from remit.api.cross_site import SAFE, must_be_same_origin
from remit.api.doors import Entered, TheEngine, session_cookie
from remit.api.edge.rated import Entrance
from remit.core.errors import Forbidden, Unauthenticated
from remit.identity.doors import DOORS, enter
from remit.identity.ports import Authenticator
from remit.identity.principal import Principal
from remit.identity.session import csrf_token

TOKEN_FIELD = "csrf"
FIELDS_MAX = 200


async def form_of(request: Request) -> Mapping[str, str]:
    """What a form sent, by the name of the field; nothing for what only looks. Files are not taken."""
    if request.method in SAFE:
        return {}
    form = await request.form(max_fields=FIELDS_MAX, max_files=0)
    return {name: value for name, value in form.multi_items() if isinstance(value, str)}


Form = Annotated[Mapping[str, str], Depends(form_of)]
Cookie = Annotated[str | None, Security(session_cookie)]


def visitor(request: Request, form: Form, session: Cookie = None) -> Principal:
    """Who is signed in, charged for the request. Raises Unauthenticated, Forbidden, Refused (`rate_limited`)."""
    entrance: Entrance = request.app.state.entrance
    authenticator: Authenticator = request.app.state.authenticator
    try:
        if session is None:
            raise Unauthenticated("nobody is signed in", mend="sign in")
        principal = authenticator.by_session(session)
    except Unauthenticated:
        entrance.stranger(request.scope)
        raise
    entrance.principal(request.scope, principal.id)
    request.state.visitor, request.state.csrf = principal, csrf_token(session)
    if request.method not in SAFE:
        must_be_meant(request, form)
    return principal


def must_be_meant(request: Request, form: Mapping[str, str]) -> None:
    """Hold that a form was sent from a page of ours that this very session was shown. Raises Forbidden."""
    must_be_same_origin(request)
    if not hmac.compare_digest(form.get(TOKEN_FIELD, "").encode(), request.state.csrf.encode()):
        raise Forbidden(
            "this page is older than your session", code="cross_site", mend="go back, load it again, and try once more"
        )


Visitor = Annotated[Principal, Depends(visitor)]


def page_door(name: str) -> Callable[..., Entered]:
    """The dependency that opens one door of `remit.identity.doors` to whoever is signed in."""
    assert name in DOORS, name

    def opened(principal: Visitor, engine: TheEngine) -> Entered:
        try:
            return Entered(principal, enter(principal, name))
        except Forbidden:
            engine.denied_access.note(principal, name)
            raise

    opened.__name__ = f"door:{name}"
    return opened


def opens(principal: Principal, name: str) -> bool:
    """Whether a door opens to somebody, without knocking."""
    try:
        enter(principal, name)
    except Forbidden:
        return False
    return True
