"""Numbers as people write them: 8,000, 7.5k, 1.2 million, € 10 000.50. What can be read in two ways is not read."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

_SCALE = {
    "k": 1_000,
    "thousand": 1_000,
    "grand": 1_000,
    "m": 1_000_000,
    "mio": 1_000_000,
    "million": 1_000_000,
    "millions": 1_000_000,
}
_NUMBER = re.compile(
    r"(?<![\w.,-])(?:[$€£]\s?)?(?P<digits>[0-9]{1,3}(?:[,' ][0-9]{3})+(?:\.[0-9]+)?|[0-9]{1,15}(?:\.[0-9]+)?)"
    r"\s?(?P<scale>k|thousand|grand|mio|millions?|m)?(?![\w-]|[.,:][0-9])",
    re.IGNORECASE,
)
_TWO_WAYS = re.compile(r"[0-9]{1,3}\.[0-9]{3}")
_WORDS = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
    "eleven": 11, "twelve": 12, "fifteen": 15, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50,
}  # fmt: skip
_SPELLED = re.compile(rf"\b(?P<word>{'|'.join(_WORDS)})\s(?P<scale>hundred|thousand|million)\b", re.IGNORECASE)
_SPELLED_SCALE = {"hundred": 100, "thousand": 1_000, "million": 1_000_000}
_ABOVE, _FROM = (
    r"above|over|more than|greater than|larger than|bigger than|longer than|higher than|exceed(?:ing|s|ed)?|beyond|>",
    r"at least|>=",
)
_BELOW, _UP_TO = (
    r"below|under|less than|smaller than|lower than|shorter than|fewer than|<",
    r"at most|up to|no more than|<=",
)
_BEFORE = re.compile(
    rf"(?:(?P<ge>{_FROM})|(?P<le>{_UP_TO})|(?P<gt>{_ABOVE})|(?P<lt>{_BELOW}))\s*(?:[$€£]|eur|euros?|marks?|dm)?\s*$",
    re.IGNORECASE,
)
_OPS = {"gt": ">", "ge": ">=", "lt": "<", "le": "<="}
_BETWEEN = re.compile(r"between\s*$", re.IGNORECASE)
_AND = re.compile(r"^\s*(?:and|to|-)\s*$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number in a text: its value, how it is compared (empty where it is not), and where it stands.

    `ambiguous` is one such as 10.000, which some mean as ten and others as ten thousand.
    """

    value: Decimal
    op: str
    start: int
    end: int
    ambiguous: bool = False


def quantities(text: str) -> list[Quantity]:
    """Every number in a text, in order. Those within ids and dates are none."""
    found = sorted([*_written(text), *_spelled(text)], key=lambda each: each.start)
    return [_compared(text, found, at) for at in range(len(found))]


def without_quantities(text: str) -> str:
    """The text without its numbers."""
    return _SPELLED.sub(" ", _NUMBER.sub(" ", text))


def minor(value: Decimal) -> int | None:
    """A sum of money in minor units; None when it has more than two decimals."""
    cents = value * 100
    return int(cents) if cents == cents.to_integral_value() else None


def _written(text: str) -> list[Quantity]:
    found = []
    for match in _NUMBER.finditer(text):
        digits = match["digits"]
        scale = _SCALE[match["scale"].lower()] if match["scale"] else 1
        value = Decimal(re.sub(r"[,' ]", "", digits)) * scale
        two_ways = scale == 1 and _TWO_WAYS.fullmatch(digits) is not None
        found.append(Quantity(value, "", match.start(), match.end(), two_ways))
    return found


def _spelled(text: str) -> list[Quantity]:
    return [
        Quantity(
            Decimal(_WORDS[match["word"].lower()] * _SPELLED_SCALE[match["scale"].lower()]),
            "",
            match.start(),
            match.end(),
        )
        for match in _SPELLED.finditer(text)
    ]


def _compared(text: str, found: list[Quantity], at: int) -> Quantity:
    here = found[at]
    before = text[max(0, here.start - 40) : here.start]
    op = ""
    if match := _BEFORE.search(before):
        op = next(_OPS[name] for name, said in match.groupdict().items() if said)
    elif _BETWEEN.search(before) and at + 1 < len(found):
        op = ">="
    elif at and _AND.match(text[found[at - 1].end : here.start]) and _is_between(text, found[at - 1]):
        op = "<="
    return Quantity(here.value, op, here.start, here.end, here.ambiguous)


def _is_between(text: str, before: Quantity) -> bool:
    return _BETWEEN.search(text[max(0, before.start - 40) : before.start]) is not None
