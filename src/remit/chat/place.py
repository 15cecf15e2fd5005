"""Reading along the tokens of a text: what stands at a place, and the small numbers that times are made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from remit.chat.calendar import UNITS, Stretch, Unit
from remit.chat.cardinals import cardinal
from remit.chat.tokens import Token

Found = tuple[Stretch, int]
"""What was read, and the place behind it."""

NTH = {
    "first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "ninth": 9,
    "tenth": 10, "1st": 1, "2nd": 2, "3rd": 3, "4th": 4,
}  # fmt: skip
LEADING = frozenset({
    "in", "on", "during", "for", "of", "at", "over", "from", "within", "since", "before", "until", "till", "after",
    "between", "by", "through", "last", "past", "previous", "this", "and", "to", "or", "early", "late", "mid", "each",
})  # fmt: skip
"""Behind these a word that may be a month or a day is one."""


@dataclass(frozen=True, slots=True)
class Place:
    """Tokens, what time it is, and the period that was spoken of before."""

    tokens: Sequence[Token]
    now: datetime
    earlier: Stretch | None = None
    depth: int = 0
    """How many times of times are being read: the end of the first half of a year has two."""

    def word(self, at: int) -> str:
        return self.tokens[at].text if 0 <= at < len(self.tokens) else ""

    def kind(self, at: int) -> str:
        return self.tokens[at].kind if 0 <= at < len(self.tokens) else ""

    def number(self, at: int) -> int | None:
        return int(self.word(at)) if self.kind(at) == "digits" and self.word(at).isdecimal() else None

    def is_led(self, at: int) -> bool:
        """Whether a word of time, or the number of a day, stands before this place."""
        before = self.word(at - 1)
        return before in LEADING or (before == "the" and self.word(at - 2) in LEADING) or self.kind(at - 1) == "nth"


def count(place: Place, at: int) -> tuple[int, int] | None:
    """How many: 3, three, a, a few, a couple of, half a dozen."""
    if (number := place.number(at)) is not None:
        return min(number, 100_000), at + 1
    if place.word(at) == "a" and place.word(at + 1) in ("few", "couple"):
        at += 1
    if place.word(at) == "few":
        return 3, at + 1
    if place.word(at) == "couple":
        return 2, at + 1 + (place.word(at + 1) == "of")
    if (found := cardinal(place.tokens, at)) is not None and found[0] == int(found[0]):
        return min(int(found[0]), 100_000), found[1]
    return (1, at + 1) if place.word(at) in ("a", "an") else None


def unit_at(place: Place, at: int) -> Unit | None:
    word = place.word(at)
    return UNITS.get(word) or UNITS.get(word.removesuffix("s"))


def day_number(place: Place, at: int) -> int | None:
    """The 3rd, the third, 3: a day of a month."""
    word = place.word(at)
    number = int(word[:-2]) if place.kind(at) == "nth" else NTH.get(word, place.number(at))
    return number if number is not None and 1 <= number <= 31 else None


def year_number(place: Place, at: int) -> int | None:
    number = place.number(at)
    return number if number is not None and 1_990 <= number <= 2_099 else None


def found_at(stretch: Stretch | None, behind: int) -> Found | None:
    return None if stretch is None else (stretch, behind)
