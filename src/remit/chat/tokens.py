"""The words, numbers and signs of a text, each with where it stands, for the grammars of times and of amounts."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

Reach = tuple[int, int]
"""From which character (included) to which one (not)."""

_TOKEN = re.compile(
    r"(?P<iso>[0-9]{4}-[0-9]{2}-[0-9]{2}(?![\w-]))"
    r"|(?P<month>[0-9]{4}-[0-9]{2}(?![\w-])|[0-9]{1,2}/[0-9]{4}(?![\w/-]))"
    r"|(?P<date>[0-9]{1,4}(?P<sign>[/.-])[0-9]{1,2}(?P=sign)[0-9]{2,4}(?![\w/-])|[0-9]{1,2}/[0-9]{1,2}(?![\w/-]))"
    r"|(?P<clock>[0-9]{1,2}:[0-9]{2}(?![\w:]))"
    r"|(?P<nth>[0-9]{1,2}(?:st|nd|rd|th)\b)"
    r"|(?P<digits>[0-9]+(?:[.,][0-9]+)*)"
    r"|(?P<word>[^\W\d_](?:[^\W\d_]|(?:['’](?!s\b))(?=[^\W\d_]))*)(?:['’]s?(?!\w))?"
    r"|(?P<other>\S)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a text in small letters, without the 's that ends it; `start` and `end` are with it."""

    kind: str
    text: str
    start: int
    end: int
    capital: bool = False


def tokens_of(text: str) -> list[Token]:
    """The pieces of a text, in order."""
    return [_token(match) for match in _TOKEN.finditer(text)]


def blanked(text: str, spans: Iterable[Reach]) -> str:
    """The text with blanks where these stand; everything else stays in its place."""
    for start, end in spans:
        text = text[:start] + " " * (end - start) + text[end:]
    return text


def _token(match: re.Match[str]) -> Token:
    kind = str(match.lastgroup)
    kind = "date" if kind == "sign" else kind
    said = match[kind]
    return Token(kind, said.lower().replace("’", "'"), match.start(), match.end(), said[:1].isupper())
