"""``/sign-in``, ``/sign-out``: come in by name and password or through the provider, and leave."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query, Request, Response
from fastapi.responses import RedirectResponse

from remit.api.cross_site import must_be_same_origin
from remit.api.doors import TheEngine
from remit.api.session import give_cookie, take_cookie
from remit.core.errors import RemitError
from remit.service.identity.sign_in import sign_in
from remit.service.identity.sign_in_link import follow_link
from remit.service.identity.sign_out import sign_out
from remit.web.gate import Cookie, Form, Visitor
from remit.web.page_route import SIGN_IN, pages, told_of
from remit.web.render import page

router = pages()

NAME_CHARACTERS_MAX, PASSWORD_CHARACTERS_MAX = 100, 1_000
PROVIDER = "/v1/session/oidc"
Next = Annotated[str, Query(alias="next", max_length=2_000)]


@router.get(SIGN_IN)
def ask(request: Request, engine: TheEngine, back: Next = "/") -> Response:
    """The form."""
    return _form(request, engine, back)


@router.post(SIGN_IN)
def come_in(request: Request, engine: TheEngine, form: Form, before: Cookie = None, back: Next = "/") -> Response:
    """Begin a session; the browser goes on to where it wanted to."""
    must_be_same_origin(request)
    name = form.get("name", "")[:NAME_CHARACTERS_MAX]
    password = form.get("password", "")[:PASSWORD_CHARACTERS_MAX]
    source = request.client.host if request.client else ""
    try:
        _, token = sign_in(engine.services, engine.passwords, name, password, source=source, before=before)
    except RemitError as error:
        status, told, headers = told_of(request, error)
        return _form(request, engine, back, name=name, wrong=told.get("detail"), status=status.value, headers=headers)
    response = RedirectResponse(place_here(back), 303)
    give_cookie(response, token)
    return response


@router.get("/sign-in/link/{name}/{secret}")
def offer(request: Request, name: str, secret: str) -> Response:
    """Ask before a link is used up: what looks into messages follows links, too."""
    return page(request, "sign_in_link.html", name=name, secret=secret)


@router.post("/sign-in/link/{name}/{secret}")
def follow(request: Request, engine: TheEngine, name: str, secret: str, before: Cookie = None) -> Response:
    """Begin a session by a link, which works once."""
    must_be_same_origin(request)
    source = request.client.host if request.client else ""
    try:
        _, token = follow_link(engine.services, name, secret, source=source, before=before)
    except RemitError as error:
        status, told, headers = told_of(request, error)
        return _form(request, engine, "/", wrong=told.get("detail"), status=status.value, headers=headers)
    response = RedirectResponse("/", 303)
    give_cookie(response, token)
    return response


@router.post("/sign-out")
def leave(who: Visitor, engine: TheEngine) -> Response:
    """End the session."""
    sign_out(engine.services, who.actor(), who.credential)
    response = RedirectResponse(SIGN_IN, 303, headers={"Cache-Control": "no-store"})
    take_cookie(response)
    return response


def place_here(path: str) -> str:
    """A path of this site; anything else is the start. Browsers read a backslash as a slash, and drop control signs."""
    here = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable() and "\\" not in path
    return path if here else "/"


def _form(
    request: Request,
    engine: TheEngine,
    back: str,
    *,
    name: str = "",
    wrong: str | None = None,
    status: int = 200,
    headers: dict[str, str] | None = None,
) -> Response:
    provider = PROVIDER if engine.provider is not None else None
    said: dict[str, Any] = {"back": place_here(back), "name": name, "wrong": wrong, "provider": provider}
    said["passwords"] = engine.settings.passwords
    return page(request, "sign_in.html", status=status, headers=headers, **said)
