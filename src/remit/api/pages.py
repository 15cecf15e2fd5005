"""Pages of a long list: a cursor that names the place where the next one begins, and the link to it (RFC 8288)."""

from __future__ import annotations

import base64
import binascii
from typing import Any
from urllib.parse import urlencode

import orjson
from fastapi import Request, Response

from remit.core.errors import InputError

CURSOR_CHARACTERS_MAX = 1_000


def cursor_of(*place: Any) -> str:
    """A place as one word of letters, digits, ``-`` and ``_``. It is no secret, and opens nothing."""
    return base64.urlsafe_b64encode(orjson.dumps(place)).decode().rstrip("=")


def place_of(cursor: str, *kinds: type | tuple[type, ...]) -> list[Any]:
    """The place that a cursor names, whose parts are of these kinds. Raises InputError."""
    try:
        place = orjson.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
    except (ValueError, binascii.Error):
        raise no_cursor() from None
    if not isinstance(place, list) or len(place) != len(kinds):
        raise no_cursor()
    if not all(isinstance(part, kind) for part, kind in zip(place, kinds, strict=True)):
        raise no_cursor()
    return place


def no_cursor() -> InputError:
    """What a cursor is told that no page gave out."""
    return InputError("this is no cursor of this list", code="cursor", mend="follow the `next` link of a page")


def link_next(request: Request, response: Response, cursor: str | None, *, name: str = "cursor") -> None:
    """Name the next page of this very question in the ``Link`` header; nothing when there is none."""
    if cursor is None:
        return
    asked = [each for each in request.query_params.multi_items() if each[0] != name]
    response.headers["Link"] = f'<{request.url.path}?{urlencode([*asked, (name, cursor)])}>; rel="next"'


def links(request: Request, parameter: str = "cursor", **places: str | None) -> dict[str, str]:
    """The ``Link`` header to these pages and to the first one, with the filters of the request.

    Args:
        parameter: which part of the query says where a page begins.
        places: for each relation (``next``, ``prev``) where its page begins, None where there is none.
    """
    kept = [(name, value) for name, value in request.query_params.multi_items() if name != parameter]
    pages = {"first": kept, **{rel: [*kept, (parameter, at)] for rel, at in places.items() if at is not None}}
    return {"Link": ", ".join(f'<{_address(request, query)}>; rel="{rel}"' for rel, query in pages.items())}


def _address(request: Request, query: list[tuple[str, str]]) -> str:
    return f"{request.url.path}?{urlencode(query)}" if query else request.url.path
