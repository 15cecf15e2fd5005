"""Text from outside is data. What a reader of the page would not see, no agent shall read either."""

from __future__ import annotations

import re
from dataclasses import dataclass

_UNSEEN = {
    # Bidirectional controls can make a line read differently from what it says (Boucher and Anderson, "Trojan
    # Source", 2021).
    "bidi": re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+"),
    # The tags block and the variation selectors can carry a whole hidden message.
    "tag": re.compile("[\U000e0000-\U000e007f\ufe00-\ufe0f\U000e0100-\U000e01ef]+"),
    "zero_width": re.compile(
        "[\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200d\u2060-\u2065\u206a-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb]+"
    ),
    "control": re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]+"),
}
_MARKUP = re.compile(
    r"<!--.*?(?:-->|\Z)"  # a comment that is never closed hides the rest of the page
    r"|<(?P<unread>script|style|template)\b.*?(?:</(?P=unread)\s*>|\Z)"
    r"|<(?P<name>/?[A-Za-z][A-Za-z0-9-]*)(?:[\s/][^<>]*)?>"
    r"|<[!?][^<>]*>",
    re.DOTALL | re.IGNORECASE,
)
_BLOCK = re.compile(r"/?(?:br|p|div|li|ul|ol|tr|td|th|table|hr|pre|blockquote|section|h[1-6])", re.IGNORECASE)
_COULD_OPEN_A_TAG = re.compile(r"<(?=[A-Za-z/!?])")


@dataclass(frozen=True, slots=True)
class Sanitised:
    """Clean text, and how many characters (of hidden Unicode) and pieces (of HTML) were stripped, by kind."""

    text: str
    stripped: dict[str, int]


def sanitise(text: str) -> Sanitised:
    """Strip hidden Unicode, bidi and control characters, and HTML tags, comments, scripts and styles.

    Line ends become ``\\n``. An opening bracket that could still start a tag gets a space behind it, so that
    "income <limit" keeps its meaning and no tag can grow from the remains of others. Doing it twice changes nothing.
    Joiners go too, which costs a few scripts and emoji some of their shaping.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    stripped: dict[str, int] = {}
    for kind, pattern in _UNSEEN.items():
        clean = pattern.sub("", text)
        stripped[kind] = len(text) - len(clean)
        text = clean
    text, stripped["html"] = _MARKUP.subn(_seen, text)
    text = _COULD_OPEN_A_TAG.sub("< ", text)
    return Sanitised(text, {kind: count for kind, count in stripped.items() if count})


def _seen(markup: re.Match[str]) -> str:
    """What a reader sees in place of a piece of markup: a gap for a block, nothing for the rest."""
    return " " if _BLOCK.fullmatch(markup["name"] or "") else ""
