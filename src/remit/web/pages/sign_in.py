"""``/sign-in`` and ``/sign-out``; ``/`` leads to the first page that somebody may open."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse

from remit.api.cross_site import must_be_same_origin
from remit.api.doors import TheEngine
from remit.api.edge.around import SESSION_COOKIE
from remit.api.session import give_cookie, take_cookie
from remit.core.errors import RemitError, Unauthenticated
from remit.service.identity.sign_in import sign_in
from remit.service.identity.sign_out import sign_out
from remit.web.look import plain_page
from remit.web.menu import menu_of
from remit.web.route import PageRoute
from remit.web.visitor import Visitor, page_door, sent

router = APIRouter(route_class=PageRoute)
Own = Annotated[Visitor, Depends(page_door("account.own"))]


@router.get("/")
def home(who: Own) -> Response:
    """The first page of somebody's rail."""
    menu = menu_of(who.principal)
    return RedirectResponse(menu[0].path if menu else "/sign-in", status_code=303)


@router.get("/sign-in")
def show(request: Request, engine: TheEngine, next: str = "/") -> Response:
    """Where one signs in."""
    return _page(request, engine, next=_ours(next))


@router.post("/sign-in")
async def enter(request: Request, engine: TheEngine) -> Response:
    """Sign in by name and password."""
    must_be_same_origin(request)
    form = await sent(request)
    name, password, onward = (form.get(each, [""])[-1] for each in ("name", "password", "next"))
    source = request.client.host if request.client else ""
    before = request.cookies.get(SESSION_COOKIE)
    try:
        _, token = await run_in_threadpool(
            sign_in, engine.services, engine.passwords, name.strip(), password, source=source, before=before
        )
    except RemitError as error:
        status = 401 if isinstance(error, Unauthenticated) else 429
        return _page(request, engine, next=_ours(onward), name=name, error=error.message, status=status)
    answer = RedirectResponse(_ours(onward), status_code=303)
    give_cookie(answer, token)
    return answer


@router.post("/sign-out")
def leave(who: Own) -> Response:
    """Sign out."""
    sign_out(who.engine.services, who.actor, who.principal.credential)
    answer = RedirectResponse("/sign-in", status_code=303)
    take_cookie(answer)
    return answer


def _page(request: Request, engine: Any, *, next: str, name: str = "", error: str = "", status: int = 200) -> Response:
    by_provider = engine.settings.oidc_issuer is not None
    return plain_page(
        request, "sign_in.html", status=status, next=next, name=name, error=error, by_provider=by_provider
    )


def _ours(path: str) -> str:
    """A path of this site to go on to. Another site is none."""
    return path if path.startswith("/") and not path.startswith(("//", "/\\")) else "/"
