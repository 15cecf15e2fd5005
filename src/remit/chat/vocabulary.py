"""The words that questions may use: packs and their decisions, what can come of those, the fields of their cases."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from remit.core.schema import Field

CENTS = ("_cents", "_minor")
_UNITS = ("cents", "minor", "months", "days", "class", "um", "mm", "pct")
_MONEY = ("amount", "sum", "loan", "value", "total")


@dataclass(frozen=True, slots=True)
class DecisionWords:
    """What a pack and one of its decisions are called, and what the decision's cases are made of."""

    pack: str
    decision: str
    actions: tuple[str, ...]
    fields: tuple[Field, ...]
    subject: str
    figures: tuple[str, ...] = ()
    """The names of the figures that it declares, but for those that every decision has."""

    def field(self, name: str) -> Field | None:
        return next((field for field in self.fields if field.name == name), None)

    @property
    def money(self) -> Field | None:
        """The field that `amount` alone means."""
        return next((field for field in self.fields if field.name.endswith(CENTS)), None)

    @property
    def called(self) -> tuple[str, ...]:
        """How people call the decision within its pack: `shop.late_refund` is a late refund there."""
        last = self.decision.rpartition(".")[2]
        return tuple(dict.fromkeys((self.decision, re.sub(r"[._]", " ", self.decision), last, last.replace("_", " "))))


@dataclass(frozen=True, slots=True)
class Named:
    """The pack that a text names; with `kind` its decision of that name, where it has several and the text tells."""

    pack: str
    kind: str | None
    words: tuple[DecisionWords, ...]


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The words of every decision of every pack, pack by pack, and what time it is."""

    decisions: tuple[DecisionWords, ...]
    now: datetime

    @property
    def packs(self) -> tuple[str, ...]:
        """The packs' names."""
        return tuple(dict.fromkeys(each.pack for each in self.decisions))

    def of(self, pack: str, kind: str | None = None) -> tuple[DecisionWords, ...]:
        """The decisions of a pack; the one of that name, where one is given."""
        return tuple(each for each in self.decisions if each.pack == pack and kind in (None, each.decision))

    @property
    def kinds(self) -> tuple[str, ...]:
        """What the decisions of packs that have several are called in them, the longest first."""
        own = {name for each in self.decisions if len(self.of(each.pack)) > 1 for name in each.called}
        return _longest_first(own)

    @property
    def names(self) -> tuple[str, ...]:
        """What packs and their decisions are called, the longest first."""
        return _longest_first({*self.kinds, *self.packs, *(each.decision for each in self.decisions)})

    def named_in(self, text: str) -> Named | None:
        """The pack that a text names: by its own name or one of its decisions', or, where it has several, by what one
        of them is called in it.
        """
        low = text.lower()
        for pack in self.packs:
            if any(_says(low, word) for word in (pack, *(each.decision for each in self.of(pack)))):
                return self._named(pack, low)
        own = (pack for pack in self.packs if len(self.of(pack)) > 1)
        return next((named for pack in own if (named := self._named(pack, low)).kind is not None), None)

    def _named(self, pack: str, low: str) -> Named:
        own = self.of(pack)
        said = [each for each in own if any(_says(low, word) for word in each.called)] if len(own) > 1 else []
        return Named(pack, said[0].decision, tuple(said)) if len(said) == 1 else Named(pack, None, own)

    def without_kinds(self, text: str) -> str:
        """The text with `decision` for what the decisions of a pack that has several are called in it: which kind is
        meant does not tell what is wanted.
        """
        if not self.kinds:
            return text
        kinds = rf"\b(?:{'|'.join(map(re.escape, self.kinds))})(s?)\b(?: (decisions?)\b)?"
        return re.sub(kinds, lambda said: said[2] or f"decision{said[1]}", text, flags=re.IGNORECASE)

    def named_as_pack(self, text: str) -> str | None:
        """The pack that a text names, and not a thing that is called alike: "the credit handbook", not "a credit"."""
        for each in self.decisions:
            for word in (each.pack, each.decision):
                if re.search(rf"(?<!\ba )(?<!\ban )(?<!\bany )\b{re.escape(word)}\b", text.lower()):
                    return each.pack
        return None

    def figure_in(self, text: str) -> tuple[Named, str] | None:
        """The figure that a text names in full or by its initials, where only one pack is meant."""
        low, named = text.lower(), self.named_in(text)
        found = [
            (each, figure)
            for each in (named.words if named else self.decisions)
            for figure in each.figures
            if re.search(rf"\b(?:{'|'.join(map(re.escape, called(figure)))})\b", low)
        ]
        if len({(each.pack, figure) for each, figure in found}) != 1:
            return None
        pack, figure = found[0][0].pack, found[0][1]
        alone = len(found) == 1 and len(self.of(pack)) > 1
        return Named(pack, found[0][0].decision if alone else None, tuple(each for each, _ in found)), figure


def _says(low: str, word: str) -> bool:
    return re.search(rf"\b{re.escape(word)}s?\b", low) is not None


def _longest_first(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(names, key=lambda each: (-len(each), each)))


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
