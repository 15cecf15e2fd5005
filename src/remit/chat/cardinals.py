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
HUNDREDS = {"dozen": 12, "hundred": 100}
THOUSANDS = {
    "thousand": 1_000, "grand": 1_000, "million": 1_000_000, "millions": 1_000_000, "billion": 1_000_000_000,
}  # fmt: skip
SCALES = {**HUNDREDS, **THOUSANDS}


def cardinal(tokens: Sequence[Token], at: int) -> tuple[Decimal, int] | None:
    """The number whose words begin here, and the place behind them; None where there is none.

    Behind `between` an `and` leads to the other end of the range: it joins no two parts of one number.
    """
    if (found := _half(tokens, at)) is not None:
        return found
    joins = _word(tokens, at - 1) != "between"
    total, last_scale, here = Decimal(0), 0, at
    while (part := _part(tokens, here, last_scale, joins)) is not None:
        value, last_scale, here = part
        total += value
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


def _part(tokens: Sequence[Token], at: int, last_scale: int, joins: bool) -> tuple[Decimal, int, int] | None:
    """A number below a thousand with its scale (1 without one), smaller than the last, and the place behind it."""
    is_joined = last_scale > 0 and _word(tokens, at) == "and"
    if is_joined and not joins:
        return None
    group = _group(tokens, at + is_joined, joins)
    if group is None:
        return None
    value, behind = group
    scale = THOUSANDS.get(_word(tokens, behind), 1)
    if last_scale and scale >= last_scale:
        return None
    return value * scale, scale, behind + (scale > 1)


def _group(tokens: Sequence[Token], at: int, joins: bool) -> tuple[Decimal, int] | None:
    """From one to nine hundred and ninety-nine, a dozen, a couple of; `a` alone only before a scale."""
    word, following = _word(tokens, at), _word(tokens, at + 1)
    if word in ("a", "an") and following in THOUSANDS:
        return Decimal(1), at + 1
    if (word, following) == ("a", "couple"):
        behind = at + 2 + (_word(tokens, at + 2) == "of")
        if _word(tokens, behind) not in SCALES:
            return None
        hundreds = HUNDREDS.get(_word(tokens, behind), 1)
        return Decimal(2 * hundreds), behind + (hundreds > 1)
    if word == "dozen":
        return Decimal(12), at + 1
    if word in ("a", "an") and following in HUNDREDS:
        small: tuple[Decimal, int] | None = (Decimal(1), at + 1)
    else:
        small = _small(tokens, at)
    if small is None or _word(tokens, small[1]) not in HUNDREDS:
        return small
    value, behind = small[0] * HUNDREDS[_word(tokens, small[1])], small[1] + 1
    is_joined = _word(tokens, behind) == "and"
    rest = _small(tokens, behind + is_joined) if joins or not is_joined else None
    if rest is None or _word(tokens, rest[1]) in HUNDREDS or rest[0] >= 100:
        return value, behind
    return value + rest[0], rest[1]


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
