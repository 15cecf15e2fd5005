"""``/static``: style sheet, script and icon, under names that change with their content; browsers keep them a year."""

from __future__ import annotations

from importlib.resources import files

from fastapi import APIRouter, Response

from remit.core.canonical import sha256_hex
from remit.core.errors import NotFound

router = APIRouter()

_KINDS = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8", "svg": "image/svg+xml"}


def _read(name: str) -> tuple[str, bytes, str]:
    data = (files("remit.web") / "static" / name).read_bytes()
    stem, kind = name.rsplit(".", 1)
    return f"{stem}.{sha256_hex(data)[:12]}.{kind}", data, _KINDS[kind]


_FILES = {name: _read(name) for name in ("remit.css", "remit.js", "remit.svg")}
_BY_ADDRESS = {address: (data, kind) for address, data, kind in _FILES.values()}


def address_of(name: str) -> str:
    """Where a file stands now."""
    return f"/static/{_FILES[name][0]}"


@router.get("/static/{name}")
def read(name: str) -> Response:
    """A file by its whole name. Raises NotFound."""
    if name not in _BY_ADDRESS:
        raise NotFound("there is no such file")
    data, kind = _BY_ADDRESS[name]
    return Response(data, media_type=kind, headers={"Cache-Control": "public, max-age=31536000, immutable"})
