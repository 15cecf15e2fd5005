"""Every error as a problem (RFC 9457): a stable `type`, the status, what happened, and how to mend it."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import replace
from http import HTTPStatus
from pathlib import PurePath
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import iter_route_contexts
from starlette.exceptions import HTTPException

from remit.api.refusals import PROBLEM, TYPE_PREFIX
from remit.core.errors import (
    AnswerIsNo,
    Conflict,
    InputError,
    NotFound,
    Refused,
    RemitError,
    SourceError,
    Transient,
    Unauthenticated,
)
from remit.core.problems import Problem
from remit.core.tracing import nothing_was_done
from remit.identity.throttle import TooSoon
from remit.packs.admit import CaseRejected

_log = logging.getLogger(__name__)

REPEATABLE = "remit_repeatable"
"""Set in the scope of a request whose idempotency key makes it safe to repeat."""

OPENAI_PATHS = frozenset({"/v1/chat/completions", "/v1/models"})
"""Where OpenAI's protocol is spoken."""

_STATUS: tuple[tuple[type[RemitError], HTTPStatus], ...] = (
    (CaseRejected, HTTPStatus.UNPROCESSABLE_ENTITY),
    (SourceError, HTTPStatus.UNPROCESSABLE_ENTITY),
    (NotFound, HTTPStatus.NOT_FOUND),
    (InputError, HTTPStatus.BAD_REQUEST),
    (Unauthenticated, HTTPStatus.UNAUTHORIZED),
    (Refused, HTTPStatus.FORBIDDEN),
    (Conflict, HTTPStatus.CONFLICT),
    (AnswerIsNo, HTTPStatus.CONFLICT),
    (Transient, HTTPStatus.SERVICE_UNAVAILABLE),
    (RemitError, HTTPStatus.SERVICE_UNAVAILABLE),
)
"""The first class that fits. That the ledger or the database cannot be reached is 503."""

_STATUS_OF_CODE = {
    "request_key": HTTPStatus.UNPROCESSABLE_ENTITY,
    "precondition": HTTPStatus.PRECONDITION_FAILED,
    "precondition_required": HTTPStatus.PRECONDITION_REQUIRED,
    "too_large": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "rate_limited": HTTPStatus.TOO_MANY_REQUESTS,
    "gone": HTTPStatus.GONE,
    "media_type": HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
}


def answer_problems(app: FastAPI) -> None:
    """Let every error of the application end as a problem."""
    app.add_exception_handler(RemitError, _remit_error)
    app.add_exception_handler(RequestValidationError, _wrong_request)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(Exception, _unexpected)


def problem(
    status: HTTPStatus,
    code: str,
    detail: str | None = None,
    *,
    mend: str | None = None,
    headers: Mapping[str, str] | None = None,
    **more: Any,
) -> JSONResponse:
    """A problem as a response. `more` are members of its own, such as `violations`."""
    body: dict[str, Any] = {"type": TYPE_PREFIX + code, "title": status.phrase, "status": status.value}
    if detail is not None:
        body["detail"] = detail
    if mend is not None:
        body["mend"] = mend
    return JSONResponse({**body, **more}, status.value, headers=dict(headers or {}), media_type=PROBLEM)


def status_of(error: RemitError) -> HTTPStatus:
    """The status that an error answers with."""
    if error.code in _STATUS_OF_CODE:
        return _STATUS_OF_CODE[error.code]
    return next(status for kind, status in _STATUS if isinstance(error, kind))


async def _remit_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RemitError)
    if status_of(error) is not HTTPStatus.SERVICE_UNAVAILABLE:
        return _as_spoken(request, problem_of(error))
    # What the machine said may name paths and hosts: it is for the operator, not for whoever asks.
    _log.error("%s: %s", error.code, error.message)
    request.app.state.meters.failed(error.code)
    told = unavailable(error.code, nothing_done=nothing_was_done(), repeatable=REPEATABLE in request.scope)
    return _as_spoken(request, told)


def unavailable(code: str, *, nothing_done: bool, repeatable: bool = False) -> JSONResponse:
    """503: that nothing was done is said only where it is known, in words and as the member `nothing_done`.

    Args:
        repeatable: the request has an idempotency key, so that repeating it cannot do anything twice.
    """
    if nothing_done:
        detail, mend = "nothing was done; try again", None
    else:
        detail = "it is not known how far this came"
        mend = "repeat it with the same Idempotency-Key" if repeatable else "look how things stand before you repeat it"
    return problem(
        HTTPStatus.SERVICE_UNAVAILABLE,
        code,
        detail,
        mend=mend,
        headers={"Retry-After": "1"},
        nothing_done=nothing_done,
    )


def problem_of(error: RemitError) -> JSONResponse:
    """The problem that an error of the asker's answers with; for a failure of ours see `unavailable`."""
    status = status_of(error)
    headers: dict[str, str] = {}
    if error.code == "in_flight":
        headers["Retry-After"] = "1"
    if status is HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = 'Bearer realm="remit"'
    if isinstance(error, TooSoon):
        headers["Retry-After"] = str(error.retry_after_seconds)
    more: dict[str, Any] = dict(error.facts)
    if isinstance(error, CaseRejected):
        more["violations"] = [item.to_json() for item in error.violations]
    message = error.message
    if isinstance(error, SourceError):
        found = [_without_folder(each) for each in error.problems]
        message, more["problems"] = "\n".join(each.render() for each in found), [each.to_json() for each in found]
    return problem(status, error.code, message, mend=error.mend, headers=headers, **more)


def _without_folder(found: Problem) -> Problem:
    """The problem with its file's name alone: where the operator keeps it is nobody else's business."""
    path = PurePath(found.file)
    return replace(found, file=path.name) if path.is_absolute() or found.file.startswith(".") else found


def _as_spoken(request: Request, told: JSONResponse) -> JSONResponse:
    """The problem; where OpenAI's protocol is spoken with the member `error`, whose `message` is all that its clients
    repeat.
    """
    if request.url.path not in OPENAI_PATHS:
        return told
    said = json.loads(bytes(told.body))
    message = ". ".join(said[name] for name in ("detail", "mend") if name in said) or said["title"]
    said["error"] = {"message": message, "type": said["type"], "code": said["type"].removeprefix(TYPE_PREFIX)}
    headers = {name: value for name, value in told.headers.items() if name not in ("content-length", "content-type")}
    return JSONResponse(said, told.status_code, headers=headers, media_type=PROBLEM)


async def _wrong_request(request: Request, error: Exception) -> JSONResponse:
    """The request does not have the form that the OpenAPI document gives it. Values are not repeated."""
    assert isinstance(error, RequestValidationError)
    wrong = [{"at": list(item["loc"]), "what": item["msg"]} for item in error.errors()]
    told = problem(HTTPStatus.UNPROCESSABLE_ENTITY, "request", "the request does not fit its schema", wrong=wrong)
    return _as_spoken(request, told)


async def _http_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    status = HTTPStatus(error.status_code)
    code = {404: "no_such_route", 405: "method"}.get(status.value, "http")
    headers = dict(error.headers or {})
    if status is HTTPStatus.METHOD_NOT_ALLOWED:
        headers["Allow"] = ", ".join(_methods_at(request))
    return problem(status, code, headers=headers)


def _methods_at(request: Request) -> list[str]:
    """The methods of a resource (RFC 9110, section 10.2.1), of all its routes: the router names those of one alone."""
    contexts = [each for each in iter_route_contexts(request.app.routes) if each.methods]
    here = [each for each in contexts if each.path_regex.match(request.url.path)]
    return sorted({method for each in here if each.path == here[0].path for method in each.methods or ()})


async def _unexpected(_request: Request, error: Exception) -> JSONResponse:
    """The last line of defence: a mistake of ours, told to the operator in full and to the asker not at all."""
    _log.error("unexpected %s", type(error).__name__, exc_info=error)
    return problem(HTTPStatus.INTERNAL_SERVER_ERROR, "unexpected", "Remit failed; the operator was told")
