"""One request and one answer, apart from whatever carries them."""

from __future__ import annotations

import json
import re
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit

T = TypeVar("T")
Query = str | int | bool | Sequence[str]


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked for. `again` says that asking twice does no more than asking once."""

    method: str
    path: str
    query: Mapping[str, Query] = field(default_factory=dict)
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    again: bool = True


def segment(name: str) -> str:
    """A name as one segment of a path, whatever is in it. Raises ValueError: it is none, and would lead elsewhere."""
    if name in ("", ".", ".."):
        raise ValueError(f"{name!r} is no id")
    return quote(name, safe="")


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. Header names are in small letters; `at` is when it came, on the carrier's clock, in seconds."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    at: float = 0.0

    def json(self) -> Any:
        """The body, parsed. Raises ValueError."""
        return json.loads(self.body)

    def read_object(self) -> Mapping[str, Any]:
        """The body as a JSON object. Raises ValueError."""
        said = self.json()
        if not isinstance(said, dict):
            raise ValueError("not a JSON object")
        return said

    def read_objects(self) -> list[Mapping[str, Any]]:
        """The body as a list of JSON objects. Raises ValueError."""
        return _objects(self.json())

    def read_lines(self) -> list[Mapping[str, Any]]:
        """The body as JSON lines, an object each. Raises ValueError."""
        return _objects([json.loads(line) for line in self.body.splitlines()])

    @property
    def retry_after(self) -> float | None:
        """How many seconds to wait before asking again, where the answer says so."""
        said = self.headers.get("retry-after", "")
        return float(said) if said.isdecimal() else None

    @property
    def next_page(self) -> str | None:
        """Path and query of the next page (RFC 8288), where there is one. Other hosts are not followed."""
        for target, rest in re.findall(r"<([^>]*)>([^<]*)", self.headers.get("link", "")):
            if re.search(r';\s*rel="?next"?', rest):
                path, query = urlsplit(str(target))[2:4]
                return f"{path}?{query}" if query else path
        return None


def _objects(said: Any) -> list[Mapping[str, Any]]:
    if not isinstance(said, list) or not all(isinstance(each, dict) for each in said):
        raise ValueError("not a list of JSON objects")
    return said


@dataclass(frozen=True, slots=True)
class Lost:
    """No answer came. `sent` says whether any of the request may have arrived."""

    why: str
    sent: bool
    at: float = 0.0


@dataclass(frozen=True, slots=True)
class Ask:
    """Send a request and give its answer, or say that it was lost; within so many seconds."""

    request: Request
    seconds: float


@dataclass(frozen=True, slots=True)
class Pause:
    """Wait so many seconds."""

    seconds: float


Call = Generator[Request | Pause, Answer, T]
"""An operation: it yields what it asks for and is given each answer that is a success. A pause is answered, too, by the
answer before it."""

Flow = Generator[Ask | Pause, Answer | Lost | None, T]
"""The same with every try and every pause between them spelled out; a carrier of either colour drives it."""
