"""The words that questions may use: the packs that there are, their actions, and the fields of their cases."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from remit.core.schema import Field

CENTS = ("_cents", "_minor")
_UNITS = ("cents", "minor", "months", "days", "class", "um", "mm", "pct")
_MONEY = ("amount", "sum", "loan", "value", "total")


@dataclass(frozen=True, slots=True)
class PackWords:
    """What a pack is called, and what its only (or first) decision and its cases are made of."""

    name: str
    decision: str
    actions: tuple[str, ...]
    fields: tuple[Field, ...]
    subject: str
    figures: tuple[str, ...] = ()
    """The names of the figures that it declares, but for those that every pack has."""

    def field(self, name: str) -> Field | None:
        return next((field for field in self.fields if field.name == name), None)

    @property
    def money(self) -> Field | None:
        """The field that `amount` alone means."""
        return next((field for field in self.fields if field.name.endswith(CENTS)), None)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Every pack's words, and what time it is."""

    packs: tuple[PackWords, ...]
    now: datetime

    def pack(self, name: str | None) -> PackWords | None:
        """The pack of that name; the only one, where none is named."""
        if name is None:
            return self.packs[0] if len(self.packs) == 1 else None
        return next((pack for pack in self.packs if pack.name == name), None)

    def pack_in(self, text: str) -> PackWords | None:
        """The pack that a text names, by its own name or its decision's."""
        low = text.lower()
        for pack in self.packs:
            if any(re.search(rf"\b{re.escape(word)}s?\b", low) for word in (pack.name, pack.decision)):
                return pack
        return None

    def named_as_pack(self, text: str) -> PackWords | None:
        """The pack that a text names, and not a thing that is called alike: "the credit handbook", not "a credit"."""
        for pack in self.packs:
            for word in (pack.name, pack.decision):
                if re.search(rf"(?<!\ba )(?<!\ban )(?<!\bany )\b{re.escape(word)}\b", text.lower()):
                    return pack
        return None

    def figure_in(self, text: str) -> tuple[PackWords, str] | None:
        """The figure that a text names in full or by its initials, where only one pack is meant."""
        low, named = text.lower(), self.pack_in(text)
        found = [
            (pack, figure)
            for pack in ([named] if named else self.packs)
            for figure in pack.figures
            if re.search(rf"\b(?:{'|'.join(map(re.escape, called(figure)))})\b", low)
        ]
        return found[0] if len(found) == 1 else None


def called(figure: str) -> list[str]:
    """How people call a figure: its name in words, and its initials."""
    words = figure.split("_")
    return [" ".join(words), *(["".join(word[0] for word in words)] if len(words) > 2 else [])]


def aliases(field: Field) -> Iterator[str]:
    """How people call a field: its name in words, with and without its unit; the longest first."""
    words = field.name.split("_")
    yield " ".join(words)
    if field.name != " ".join(words):
        yield field.name
    if words[-1] in _UNITS and len(words) > 1:
        yield " ".join(words[:-1])
    if field.name.endswith(CENTS):
        yield from _MONEY
    if field.name.startswith("is_") or field.name.startswith("has_"):
        yield " ".join(words[1:])
