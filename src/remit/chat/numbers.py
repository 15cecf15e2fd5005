"""Amounts as people say them: 8,000, 7.5k, € 10 000.50, half a million, 2-3k, not more than 36, 8,000 or more.

What can be read in two ways is told apart, and not read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from decimal import Decimal

from remit.chat.cardinals import cardinal
from remit.chat.comparing import after_number, before_number
from remit.chat.tokens import Reach, blanked, tokens_of

_SCALE = {
    "k": 1_000, "thousand": 1_000, "grand": 1_000, "hundred": 100, "m": 1_000_000, "mn": 1_000_000, "mio": 1_000_000,
    "million": 1_000_000, "millions": 1_000_000, "bn": 1_000_000_000, "billion": 1_000_000_000,
}  # fmt: skip
_GROUPED = r"[0-9]{1,3}(?:[,' \u00a0\u202f’][0-9]{3})+(?![0-9])(?:\.[0-9]+)?|[0-9]{1,15}(?:\.[0-9]+)?"
_SCALES = "|".join(sorted(_SCALE, key=lambda each: -len(each)))
CURRENCY = (
    r"(?:[$€£¥]|\b(?:eur|usd|gbp|chf|dem|dm)(?=\b|[0-9])|\b(?:euros?|dollars?|pounds?|francs?|(?:deutsche )?marks?)\b)"
)
_BEHIND_CURRENCY = r"(?<=[$€£¥])|(?<=(?<![a-z])(?:eur|usd|gbp|chf|dem))|(?<=(?<![a-z])dm)"
_NUMBER = re.compile(
    rf"(?:(?<![\w.,-])|{_BEHIND_CURRENCY})(?:[$€£¥]\s?)?(?P<digits>{_GROUPED})"
    rf"(?:\s?(?P<scale>{_SCALES}))?(?=\s?(?:{CURRENCY})|(?![\w-]|[.,:'][0-9])|(?=-(?:month|year|week|day)))",
    re.IGNORECASE,
)
_RANGE = re.compile(
    rf"(?<![\w.,-])(?P<one>{_GROUPED})(?P<own>\s?(?:k|m))?\s?[-–—]\s?(?P<other>{_GROUPED})(?:\s?(?P<scale>{_SCALES}))?"
    rf"(?=\s?(?:{CURRENCY})|(?![\w-]|[.,:'][0-9]))",
    re.IGNORECASE,
)
_ODD = re.compile(r"(?<![\w.,-])[0-9]{1,3}(?:[.,][0-9]{3})*[.,][0-9]{1,2}(?![\w.,-]|[.,][0-9])")
"""8.000,50 and 8,50: decimals behind a comma for some, and no number for others."""

_TWO_WAYS = re.compile(r"[0-9]{1,3}\.[0-9]{3}")
_UNIT = re.compile(r"[\s-]?(months?|mths?|years?|yrs?|weeks?|days?|hours?|per ?cent|%)(?!\w)", re.IGNORECASE)
_MONEY_BEFORE = re.compile(rf"(?:{CURRENCY})\s*$", re.IGNORECASE)
_MONEY_AFTER = re.compile(rf"\s*(?:{CURRENCY})", re.IGNORECASE)
_BETWEEN = re.compile(
    r"\b(?:between|from|ranging from|in the range of)(?: (?:the|an?) (?:amount|sum)s? of)?\s*$", re.IGNORECASE
)
_TO = re.compile(r"\s*(?:and|to|up to|through|until|till|[-–—])\s*", re.IGNORECASE)
_DASH_OR_TO = re.compile(r"\s*(?:to|[-–—])\s*", re.IGNORECASE)
_NEAR = 60
"""How far before a number the words that belong to it begin at most, in characters."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number in a text: its value, how it is compared (empty where it is not), and where it stands.

    `ambiguous` is one such as 10.000, which some mean as ten and others as ten thousand. `unit` is what it counts
    (`month`, `year`, …), `kind` what a comparison says of it (`longer` says `long`), `span` where all of it stands.
    """

    value: Decimal
    op: str
    start: int
    end: int
    ambiguous: bool = False
    unit: str = ""
    kind: str = ""
    span: Reach = (0, 0)


def quantities(text: str, *, words: bool = False) -> list[Quantity]:
    """Every number in a text, in order. Those within ids and dates are none. A range has two, the lower one first.

    A small number in words (`two`) is one where it is compared; with `words`, always.
    """
    found = sorted([*_written(text), *_spelled(text)], key=lambda each: each.start)
    found = [_measured(text, each) for each in found]
    ranged = _ranges(text, found)
    compared = [each if each.op else _compared(text, each) for each in ranged]
    return [each for each in compared if words or each.op or not _is_small_word(text, each)]


def without_quantities(text: str) -> str:
    """The text without its numbers and how they are compared."""
    return blanked(text, [each.span for each in quantities(text)])


def minor(value: Decimal) -> int | None:
    """A sum of money in minor units; None when it has more than two decimals."""
    cents = value * 100
    return int(cents) if cents == cents.to_integral_value() else None


def _written(text: str) -> list[Quantity]:
    found: list[Quantity] = []
    for match in _RANGE.finditer(text):
        one, other, scale = match["one"], match["other"], match["scale"]
        own = match["own"].strip() if match["own"] else ""
        found.append(_number(one, own, match.start("one"), match.end("own") if own else match.end("one")))
        found.append(_number(other, scale or "", match.start("other"), match.end()))
    for match in _ODD.finditer(text):
        if not re.fullmatch(_GROUPED, match[0]):
            whole, cents = re.split(r"[.,](?=[0-9]+$)", match[0])
            value = Decimal(re.sub(r"[.,]", "", whole) + "." + cents)
            found.append(Quantity(value, "", match.start(), match.end(), ambiguous=True))
    rest = blanked(text, [(each.start, each.end) for each in found])
    for match in _NUMBER.finditer(rest):
        start = match.start("digits") if text[match.start()] not in "$€£¥" else match.start()
        found.append(
            _number(
                match["digits"],
                match["scale"] or "",
                start,
                match.end("scale") if match["scale"] else match.end("digits"),
            )
        )
    return found


def _number(digits: str, scale: str, start: int, end: int) -> Quantity:
    by = _SCALE[scale.lower()] if scale else 1
    value = Decimal(re.sub(r"[^0-9.]", "", digits)) * by
    return Quantity(value, "", start, end, by == 1 and _TWO_WAYS.fullmatch(digits) is not None)


def _spelled(text: str) -> list[Quantity]:
    tokens, at, found = tokens_of(text), 0, []
    while at < len(tokens):
        read = cardinal(tokens, at)
        if read is None or (tokens[at - 1].kind == "digits" and at > 0 and tokens[at].start - tokens[at - 1].end < 2):
            at += 1
            continue
        value, behind = read
        found.append(Quantity(value, "", tokens[at].start, tokens[behind - 1].end))
        at = behind
    return found


def _measured(text: str, each: Quantity) -> Quantity:
    """With the unit and the currency beside it."""
    start, end, unit = each.start, each.end, ""
    if match := _MONEY_BEFORE.search(text, max(0, start - _NEAR), start):
        start, unit = match.start(), "money"
    if match := _MONEY_AFTER.match(text, end):
        end, unit = match.end(), "money"
    elif match := _UNIT.match(text, end):
        end, unit = match.end(), _singular(match[1])
    return replace(each, unit=unit, span=(start, end))


def _singular(unit: str) -> str:
    low = unit.lower().removesuffix("s")
    return {"mth": "month", "yr": "year", "%": "percent", "per cent": "percent"}.get(low, low)


def _ranges(text: str, found: list[Quantity]) -> list[Quantity]:
    """Two ends in their order, the first with the scale and the unit of the second: between 2 and 3 thousand."""
    done: list[Quantity] = []
    at = 0
    while at < len(found):
        pair = _range(text, found[at], found[at + 1]) if at + 1 < len(found) else None
        done += pair or (found[at],)
        at += 2 if pair else 1
    return done


def _range(text: str, one: Quantity, other: Quantity) -> tuple[Quantity, Quantity] | None:
    gap = text[one.span[1] : other.span[0]]
    led = _BETWEEN.search(text, max(0, one.span[0] - _NEAR), one.span[0])
    if not (_TO.fullmatch(gap) if led else _DASH_OR_TO.fullmatch(gap)):
        return None
    low = _scaled_alike(text, one, other)
    if low.value > other.value or (low.unit and other.unit and low.unit != other.unit):
        return None
    start = led.start() if led else low.span[0]
    low = replace(low, op=">=", unit=low.unit or other.unit, span=(start, low.span[1]))
    return low, replace(other, op="<=", unit=other.unit or low.unit, span=(low.span[1], other.span[1]))


def _scaled_alike(text: str, one: Quantity, other: Quantity) -> Quantity:
    """Of `2 and 3 thousand` both are thousands, where the first is the smaller number as it is written."""
    bare = re.fullmatch(r"[0-9]+(?:\.[0-9]+)?|[a-z]+(?:-[a-z]+)?", text[one.start : one.end], re.IGNORECASE)
    scale = re.search(rf"({_SCALES})\W*$", text[other.start : other.end], re.IGNORECASE)
    if not bare or not scale or re.search(rf"(?:{_SCALES})$", text[one.start : one.end], re.IGNORECASE):
        return one
    by = _SCALE[scale[1].lower()]
    return replace(one, value=one.value * by, ambiguous=False) if one.value < other.value / by else one


def _compared(text: str, each: Quantity) -> Quantity:
    if (before := before_number(text[: each.span[0]])) is not None:
        each = replace(each, op=before.op, kind=before.kind, span=(before.at, each.span[1]))
    if (after := after_number(text[each.span[1] :])) is not None:
        end = each.span[1] + after.at
        each = replace(each, op=each.op or after.op, kind=each.kind or after.kind, span=(each.span[0], end))
        if not each.unit and (unit := _UNIT.match(text, end)):
            each = replace(each, unit=_singular(unit[1]), span=(each.span[0], unit.end()))
    return each


def _is_small_word(text: str, each: Quantity) -> bool:
    """`two` alone: mostly no number that is meant."""
    return each.value < 13 and text[each.start].isalpha() and not each.unit
