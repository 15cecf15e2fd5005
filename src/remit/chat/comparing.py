"""How a number is compared by the words around it: above, not more than, larger than; or more, and up, max."""

from __future__ import annotations

import re
from dataclasses import dataclass

_MORE = {
    "more": "", "greater": "", "larger": "", "bigger": "", "higher": "", "longer": "long", "thicker": "thick",
    "wider": "wide", "older": "old", "taller": "", "heavier": "", "brighter": "",
}  # fmt: skip
_LESS = {
    "less": "", "fewer": "", "smaller": "", "lower": "", "shorter": "long", "thinner": "thick", "narrower": "wide",
    "younger": "old", "lighter": "", "cheaper": "", "darker": "",
}  # fmt: skip
COMPARATIVES = frozenset({*_MORE, *_LESS})
_M, _L = "|".join(_MORE), "|".join(_LESS)
_ABOVE = rf"(?:any )?(?P<more>{_M}) than|above|over|exceed(?:s|ed|ing)?|beyond|in excess of|north of|past the mark of|>"
_BELOW = rf"(?P<less>{_L}) than|below|under|beneath|short of|<"
_FROM = (
    rf"at least|at the least|at minimum|a minimum of|minimum(?: of)?|min\.?|not? less than|(?:{_M}) than or equal to|"
    r"upwards? of|starting (?:at|from)|>=|≥"
)
_UP_TO = (
    r"at most|at the most|at maximum|a maximum of|maximum(?: of)?|max\.?|up to(?: and including)?|as much as|"
    rf"(?:{_L}) than or equal to|<=|≤"
)
_NOT = (
    r"(?P<not>\b(?:not|no(?! less than)(?: [a-z]+(?= (?:above|over|below|under|beyond)))?|never|nothing|none|neither|"
    r"nor|without|cannot|(?:is|are|was|were|do|does|did|has|have|must|should|can|wo)n['’]?t)\s+"
    r"(?:(?:any(?:thing)?|one|ones|been|be|being|go|goes|going|are|is|was|were|that|which|lie|lies)\s+){0,2})?"
)
_FILLING = r"(?:\s*(?:an?|the)\s+(?:amount|sum|total|value|figure)\s+of)?\s*"
_BEFORE = re.compile(
    rf"{_NOT}(?:(?<![\w-])(?:(?P<ge>{_FROM})|(?P<le>{_UP_TO})|(?P<gt>{_ABOVE})|(?P<lt>{_BELOW})|"
    rf"(?P<eq>exactly|precisely|equal(?:s|ling)?(?: to)?|==|=)|(?P<from>from)))(?![\w-]){_FILLING}$",
    re.IGNORECASE,
)
_SIGN = re.compile(r"(?:(?P<ge>>=|≥)|(?P<le><=|≤)|(?P<gt>>)|(?P<lt><)|(?P<eq>==|=))\s*$")
_OR_MORE = (
    rf"(?:or|and) (?:(?P<more>{_M})|above|over|up|upwards?|beyond)|\+|plus\b|up(?! to\b)|upwards?|minimum|min\b\.?|"
    r"at (?:the )?(?:least|minimum)|onwards?"
)
_OR_LESS = (
    rf"(?:or|and) (?:(?P<less>{_L})|below|under|down)|maximum|max\b\.?|at (?:the )?(?:most|maximum)|tops|downwards?"
)
_AFTER = re.compile(
    rf"\s*(?:(?P<ge>{_OR_MORE})|(?P<le>{_OR_LESS}))"
    r"(?![\w-])(?!\s+(?:than\b|[$€£¥]?\s?[0-9]|(?:eur|usd|gbp|chf|dem|dm)\b))",
    re.IGNORECASE,
)
"""Not where another number follows: in `under 2,000 or over 5,000` the words belong to that one."""

_OPS = {"gt": ">", "ge": ">=", "lt": "<", "le": "<=", "eq": "=="}
_NEGATED = {">": "<=", ">=": "<", "<": ">=", "<=": ">"}


@dataclass(frozen=True, slots=True)
class Comparison:
    """An operator, what it is said of (`long`, `thick`, `old`, or anything), and where its words end or begin."""

    op: str
    kind: str
    at: int


def before_number(text: str) -> Comparison | None:
    """The comparison whose words end a text, and where they begin in it."""
    begin = max(0, len(text) - 90)
    tail = text[begin:]
    if match := _SIGN.search(tail):
        return Comparison(_op(match), "", begin + match.start())
    match = _BEFORE.search(tail)
    if match is None or match["from"]:
        return None
    op = _op(match)
    if match["not"] and not match["ge"]:
        op = _NEGATED.get(op, "")
    elif match["not"]:
        op = ">=" if "less" in match["ge"].lower() else "<"
    word = (match["more"] or match["less"] or "").lower()
    return Comparison(op, {**_MORE, **_LESS}.get(word, ""), begin + match.start()) if op else None


def after_number(text: str) -> Comparison | None:
    """The comparison whose words begin a text, and where they end in it."""
    match = _AFTER.match(text)
    if match is None:
        return None
    word = (match["more"] or match["less"] or "").lower()
    return Comparison(_op(match), {**_MORE, **_LESS}.get(word, ""), match.end())


def _op(match: re.Match[str]) -> str:
    return next(_OPS[name] for name, said in match.groupdict().items() if said and name in _OPS)
