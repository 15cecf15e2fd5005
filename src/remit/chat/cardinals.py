"""Numbers in words: twelve, twenty-five, two hundred and fifty, half a million, a dozen, two and a half thousand."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from remit.chat.tokens import Token

UNITS = {
    "zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16,
    "seventeen": 17, "eighteen": 18, "nineteen": 19,
}  # fmt: skip
TENS = {
    "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90,
}  # fmt: skip
SCALES = {
    "dozen": 12, "hundred": 100, "thousand": 1_000, "grand": 1_000, "million": 1_000_000, "millions": 1_000_000,
    "billion": 1_000_000_000,
}  # fmt: skip
SMALL = frozenset({*UNITS, *TENS})


def cardinal(tokens: Sequence[Token], at: int) -> tuple[Decimal, int] | None:
    """The number whose words begin here, and the place behind them; None where there is none."""
    if (found := _half(tokens, at)) is not None:
        return found
    total, last_scale, here = Decimal(0), 0, at
    while (part := _part(tokens, here, at)) is not None:
        value, scale, behind = part
        if last_scale and (scale >= last_scale or value >= last_scale):
            break
        total, last_scale, here = total + value, scale or 1, behind
        if last_scale == 1:
            break
    return (total, here) if here > at else None


def _half(tokens: Sequence[Token], at: int) -> tuple[Decimal, int] | None:
    """Half a million, half a dozen."""
    if _word(tokens, at) != "half":
        return None
    here = at + 1
    here += _word(tokens, here) == "of"
    here += _word(tokens, here) == "a"
    scale = SCALES.get(_word(tokens, here))
    return (Decimal(scale) / 2, here + 1) if scale else None


def _part(tokens: Sequence[Token], at: int, first: int) -> tuple[Decimal, int, int] | None:
    """A number below a thousand with its scale (0 without one), and the place behind it."""
    here = at + 1 if at > first and _word(tokens, at) == "and" else at
    if _word(tokens, here) in ("a", "an") and _word(tokens, here + 1) in SCALES:
        value, behind = Decimal(1), here + 1
    elif _word(tokens, here) == "a" and _word(tokens, here + 1) == "couple":
        behind = here + 2 + (_word(tokens, here + 2) == "of")
        value = Decimal(2)
        if _word(tokens, behind) not in SCALES:
            return None
    elif _word(tokens, here) == "dozen":
        value, behind = Decimal(1), here
    elif (small := _small(tokens, here)) is not None:
        value, behind = small
    else:
        return None
    scale = 0
    while (next_scale := SCALES.get(_word(tokens, behind), 0)) > scale:
        scale = next_scale
        value, behind = value * scale, behind + 1
    return value, scale, behind


def _small(tokens: Sequence[Token], at: int) -> tuple[Decimal, int] | None:
    """From zero to ninety-nine, and so many and a half of a scale."""
    word, behind = _word(tokens, at), at + 1
    if word in TENS:
        value = Decimal(TENS[word])
        dash = behind + 1 if behind < len(tokens) and tokens[behind].text == "-" else behind
        unit = UNITS.get(_word(tokens, dash), 0)
        if 1 <= unit <= 9:
            value, behind = value + unit, dash + 1
    elif word in UNITS:
        value = Decimal(UNITS[word])
    else:
        return None
    half = [_word(tokens, behind + n) for n in range(4)]
    if half[:3] == ["and", "a", "half"] and half[3] in SCALES:
        return value + Decimal("0.5"), behind + 3
    return value, behind


def _word(tokens: Sequence[Token], at: int) -> str:
    return tokens[at].text if 0 <= at < len(tokens) and tokens[at].kind == "word" else ""
