"""The route of a page: whoever is not signed in is sent to sign in, and an error is a page, not a problem document."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import orjson
from fastapi import APIRouter, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from remit.api.edge.watched import PREFIX
from remit.api.problems import problem_of
from remit.core.errors import RemitError, Unauthenticated
from remit.core.tracing import present_trace_id
from remit.web.render import FRAGMENT, page

_log = logging.getLogger(__name__)

SIGN_IN = "/sign-in"
_KEPT = ("retry-after",)


class PageRoute(APIRoute):
    """A route whose errors are pages."""

    def get_route_handler(self) -> Callable[[Request], Awaitable[Response]]:  # type: ignore[override]
        handler = super().get_route_handler()

        async def shown(request: Request) -> Response:
            try:
                return await handler(request)
            except Unauthenticated as error:
                return to_sign_in(request) if request.url.path != SIGN_IN else failed(request, error)
            except RemitError as error:
                return failed(request, error)
            except RequestValidationError:
                return error_page(request, HTTPStatus.UNPROCESSABLE_ENTITY, "This address or form is not one of ours.")
            except HTTPException as error:
                return error_page(request, HTTPStatus(error.status_code), "It could not be read.")
            except Exception as error:  # noqa: BLE001  the last line of defence of whoever looks at a page
                return unexpected(request, error)

        return shown


def pages() -> APIRouter:
    """A router of pages. They are for people, and not in the OpenAPI document."""
    return APIRouter(route_class=PageRoute, include_in_schema=False)


def to_sign_in(request: Request) -> Response:
    """Where to sign in, and to come back from. A script is told where to go; it would follow blindly."""
    back = request.url.path if request.method == "GET" else "/"
    if request.method == "GET" and request.url.query:
        back += f"?{request.url.query}"
    place = f"{SIGN_IN}?next={quote(back, safe='')}" if back != "/" else SIGN_IN
    if FRAGMENT in request.headers:
        return Response(status_code=401, headers={"Remit-Location": place, "Cache-Control": "no-store"})
    return RedirectResponse(place, 303, headers={"Cache-Control": "no-store"})


def wants_page(request: Request) -> bool:
    """Whether a person looks: at a page or, by its script, at a part of one. The API answers everybody alike."""
    looks = "text/html" in request.headers.get("Accept", "") or FRAGMENT in request.headers
    return looks and not request.url.path.startswith(f"{PREFIX}/")


def failed(request: Request, error: RemitError) -> Response:
    """The page of an error, which tells what the API's problem tells."""
    status, told, headers = told_of(request, error)
    return error_page(request, status, told.get("detail", ""), told.get("mend"), headers)


def unexpected(request: Request, error: Exception) -> Response:
    """A mistake of ours: told to the operator in full, and to whoever looks by the id of their request alone. Where not
    even this page can be made, the error goes on, and the application answers with a problem.
    """
    _log.error("unexpected %s", type(error).__name__, exc_info=error)
    detail = "Remit failed; the operator was told. It is not known how far this came: look before you repeat it."
    return error_page(request, HTTPStatus.INTERNAL_SERVER_ERROR, detail, request_id=present_trace_id())


def told_of(request: Request, error: RemitError) -> tuple[HTTPStatus, dict[str, Any], dict[str, str]]:
    """What may be told of an error: its status, its problem, and the headers that go with it."""
    answer = problem_of(error)
    if answer.status_code == HTTPStatus.SERVICE_UNAVAILABLE:
        request.app.state.meters.failed(error.code)
    kept = {name: answer.headers[name] for name in _KEPT if name in answer.headers}
    return HTTPStatus(answer.status_code), orjson.loads(answer.body), kept


def error_page(
    request: Request,
    status: HTTPStatus,
    detail: str,
    mend: str | None = None,
    headers: dict[str, str] | None = None,
    *,
    request_id: str | None = None,
) -> Response:
    """A page that says what is wrong and what to do; `request_id` is under which the operator finds it."""
    said: dict[str, Any] = {"title": status.phrase, "detail": detail, "mend": mend, "request_id": request_id}
    return page(request, "error.html", status=status.value, headers=headers, **said)
