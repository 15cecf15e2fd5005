"""How a page answers: HTML under a strict policy, and an error as a page that says what to do."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any
from urllib.parse import quote

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.responses import RedirectResponse

from remit.api.problems import status_of
from remit.core.errors import InputError, RemitError, Unauthenticated
from remit.web.look import error_page


class PageRoute(APIRoute):
    """A route whose errors are pages. Who is not signed in is sent to do so, and comes back."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        answer = super().get_route_handler()

        async def answered(request: Request) -> Response:
            try:
                return await answer(request)
            except Unauthenticated:
                here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
                back = f"?next={quote(here)}" if request.method == "GET" else ""
                return RedirectResponse(f"/sign-in{back}", status_code=303)
            except RequestValidationError as error:
                first = error.errors()[0]
                where = ".".join(str(each) for each in first["loc"][1:])
                return error_page(request, InputError(f"{where}: {first['msg']}", mend="follow a link of ours"), 400)
            except RemitError as error:
                return error_page(request, error, status_of(error))

        return answered
