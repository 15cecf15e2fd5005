"""The style sheet and the script: their names carry a hash of their content, so they are kept by browsers for good."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Mapping
from importlib.resources import files

from fastapi import APIRouter, Request, Response
from starlette.exceptions import HTTPException

_KINDS = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8"}
FOR_GOOD = "public, max-age=31536000, immutable"

router = APIRouter(include_in_schema=False)


class Assets:
    """Files by the name under which they are served."""

    def __init__(self, contents: Mapping[str, bytes]) -> None:
        self._addresses = {name: _hashed(name, content) for name, content in contents.items()}
        self._contents = {self._addresses[name]: content for name, content in contents.items()}
        self._packed = {name: gzip.compress(content, mtime=0) for name, content in self._contents.items()}

    def address(self, name: str) -> str:
        """Where a file is served."""
        return f"/static/{self._addresses[name]}"

    def content(self, served_as: str) -> bytes | None:
        """What is served under a name; None when nothing is."""
        return self._contents.get(served_as)

    def packed(self, served_as: str) -> bytes:
        """The same, compressed. Pages are not: they hold what somebody typed beside a secret (BREACH)."""
        return self._packed[served_as]


def _hashed(name: str, content: bytes) -> str:
    stem, _, kind = name.rpartition(".")
    return f"{stem}.{hashlib.sha256(content).hexdigest()[:12]}.{kind}"


def _shipped() -> Mapping[str, bytes]:
    found = [each for each in (files("remit.web") / "static").iterdir() if each.name.rpartition(".")[2] in _KINDS]
    return {each.name: each.read_bytes() for each in found}


ASSETS = Assets(_shipped())


@router.get("/static/{name}")
def asset(name: str, request: Request) -> Response:
    """One of the files. A name of another version is not there: its page is loaded again."""
    content = ASSETS.content(name)
    if content is None:
        raise HTTPException(404)
    headers = {"Cache-Control": FOR_GOOD, "Vary": "Accept-Encoding"}
    if "gzip" in request.headers.get("Accept-Encoding", ""):
        headers["Content-Encoding"] = "gzip"
        content = ASSETS.packed(name)
    return Response(content, media_type=_KINDS[name.rpartition(".")[2]], headers=headers)
