"""Cursors: where a list goes on. To callers they are opaque; whatever comes back is held to be one of ours."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from remit.core.canonical import digest
from remit.core.errors import InputError

_FORM = re.compile(r"1([<>])([0-9A-HJKMNP-TV-Z]{26})([0-9a-f]{12})")
_LENGTH = 54


@dataclass(frozen=True, slots=True)
class Cursor:
    """An id, and whether the list goes on with the newer ones above it or the older ones below."""

    id: str
    newer: bool = False


def written(cursor: Cursor, of: Mapping[str, Any]) -> str:
    """The cursor as text, for the list of these filters and no other."""
    said = f"1{'<' if cursor.newer else '>'}{cursor.id}{_mark(of)}"
    return base64.urlsafe_b64encode(said.encode()).decode().rstrip("=")


def read(text: str, of: Mapping[str, Any]) -> Cursor:
    """The cursor of a text.

    Raises:
        InputError: it is none, or is one of another list.
    """
    found = _FORM.fullmatch(_decoded(text))
    if found is None:
        raise InputError("this is no cursor", code="cursor", mend="take it from `next` or a Link header, unchanged")
    if found.group(3) != _mark(of):
        raise InputError("this cursor is of another list", code="cursor", mend="keep the filters as they were")
    cursor = Cursor(found.group(2), newer=found.group(1) == "<")
    if written(cursor, of) != text:
        raise InputError("this is no cursor", code="cursor", mend="take it from `next` or a Link header, unchanged")
    return cursor


def _decoded(text: str) -> str:
    if len(text) != _LENGTH or not text.isascii():
        return ""
    try:
        return base64.b64decode(f"{text}==".encode(), altchars=b"-_", validate=True).decode("ascii")
    except ValueError:
        return ""


def _mark(of: Mapping[str, Any]) -> str:
    return digest({name: None if value is None else str(value) for name, value in of.items()})[:12]
