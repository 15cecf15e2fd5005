"""``ETag``: what has not changed since is not sent again."""

from __future__ import annotations

import hashlib
from typing import Any

from fastapi import Response
from fastapi.responses import JSONResponse


def unless_known(content: Any, if_none_match: str | None) -> Response:
    """The content with its tag; 304 when the caller has it already (RFC 9110, section 13.1.2)."""
    response = JSONResponse(content)
    tag = f'"{hashlib.sha256(response.body).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
    known = {each.strip().removeprefix("W/") for each in (if_none_match or "").split(",")}
    if known & {tag, "*"}:
        return Response(status_code=304, headers=headers)
    response.headers.update(headers)
    return response
