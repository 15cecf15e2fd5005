"""Conditions on the values of cases: which field a number, a name or a code in a question is said of."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from remit.chat.numbers import Quantity, quantities
from remit.chat.slots import plain
from remit.chat.tokens import Reach, blanked
from remit.chat.vocabulary import CENTS, DecisionWords, aliases
from remit.core.schema import Field

_LINK = r"\s*(?:(?:is|are|was|were|of|=|==|:|being|set to)\s*)?(?:an?\s+|the\s+)?[\"']?"
_OF_KIND = {"long": ("duration", "term", "length"), "thick": ("thickness",), "wide": ("width",), "old": ("age",)}
_THINGS = re.compile(
    r"\s+(?!this\b|was\b|has\b|does\b|always\b|plus\b|across\b|versus\b|besides\b|perhaps\b|its\b|yes\b)[a-z]{3,}s\b",
    re.IGNORECASE,
)
"""More than two reviewers: a number of things, and no amount."""

_ADJECTIVES = {"thick": "thick", "wide": "wide", "old": "old", "long": "long"}
_COUNTED = ("integer", "number")
_VAGUE = frozenset(
    {"other", "others", "none", "unknown", "yes", "no", "any", "all", "more", "less", "existing", "paid"}
)
_SMALL = frozenset({"and", "or", "the", "not", "non", "for", "with", "this", "that", "below", "above", "year", "years"})


@dataclass(frozen=True, slots=True)
class Conditions:
    """What was read of a question, where it stands, and the words that can be said of several values of a field.

    The amount's value is what people say (8,000), not minor units: which field it is depends on each decision's pack.
    """

    all: tuple[dict[str, Any], ...] = ()
    spans: tuple[Reach, ...] = ()
    unsure: tuple[tuple[str, tuple[str, ...]], ...] = ()


def conditions_of(text: str, meant: Sequence[DecisionWords]) -> Conditions:
    """What a question says of cases of these decisions. Times and ids have to be blanked out of it before."""
    found, spans = [], []
    for field, value, start, end in _named_values(text, meant):
        found.append({"field": field.name, "op": "==", "value": value})
        spans.append((start, end))
    rest = blanked(text, spans)
    measured = [(each, _field_of(rest, each, meant)) for each in quantities(rest)]
    for at, (quantity, own) in enumerate(measured):
        said_of = own or _of_the_other_end(measured, at)
        if (condition := _compared(rest, quantity, said_of, meant)) is not None:
            found.append(condition)
            spans.append(quantity.span)
    unsure = tuple(_of_several(blanked(text, spans), meant))
    found.sort(key=lambda each: each["op"] == "==" and isinstance(each["value"], str | bool))
    return Conditions(tuple(found), tuple(spans), unsure)


def contradicted(conditions: Sequence[dict[str, Any]]) -> bool:
    """Whether no value of a field can meet all that is asked of it: below 2,000 and above 5,000."""
    least: dict[str, float] = {}
    most: dict[str, float] = {}
    for each in conditions:
        if each["op"] in (">", ">="):
            least[each["field"]] = max(each["value"], least.get(each["field"], each["value"]))
        elif each["op"] in ("<", "<="):
            most[each["field"]] = min(each["value"], most.get(each["field"], each["value"]))
    return any(least[name] > most[name] for name in least.keys() & most.keys())


def _have_money(text: str, meant: Sequence[DecisionWords]) -> bool:
    """Whether what the text is about can have an amount: plates have none."""
    about = [
        each for each in meant if re.search(rf"\b{re.escape(each.subject.split('_')[0])}s?\b", text, re.IGNORECASE)
    ]
    return any(each.money is not None for each in about or meant) or not meant


def _of_the_other_end(measured: Sequence[tuple[Quantity, Field | None]], at: int) -> Field | None:
    """Of a range that says at one end what it is of, both ends are."""
    quantity = measured[at][0]
    for other, field in (*measured[max(0, at - 1) : at], *measured[at + 1 : at + 2]):
        if quantity.span[1] == other.span[0] or other.span[1] == quantity.span[0]:
            return field
    return None


def _compared(
    text: str, quantity: Quantity, field: Field | None, meant: Sequence[DecisionWords]
) -> dict[str, Any] | None:
    """The condition that a number makes; None where nothing says of what, or how."""
    op = quantity.op or ("==" if field is not None and _is_linked(text, quantity, field) else "")
    if not op and quantity.unit in ("", "money") and re.search(r"\b(?<!out )(?:of|for) $", text[: quantity.span[0]]):
        op = "=="
    if not op:
        return None
    value = quantity.value
    if field is None or field.name.endswith(CENTS):
        counts_things = _THINGS.match(text[quantity.span[1] :]) is not None and not quantity.unit
        of_money = (
            quantity.unit in ("", "money") and not quantity.kind and not counts_things and _have_money(text, meant)
        )
        return {"field": "amount", "op": op, "value": plain(value)} if of_money else None
    if quantity.unit == "year" and field.name.endswith("_months"):
        value *= 12
    return {"field": field.name, "op": op, "value": plain(value)}


def _field_of(text: str, quantity: Quantity, meant: Sequence[DecisionWords]) -> Field | None:
    """By the unit, by the kind of comparison, by the name right behind, else by the name that stands nearest before."""
    fields = [field for each in meant for field in each.fields if field.type in _COUNTED]
    if quantity.unit == "month" or (quantity.unit == "year" and quantity.kind != "old"):
        found = next((field for field in fields if field.name.endswith("_months")), None)
        if found is not None and not (quantity.unit == "year" and _nearest(text, quantity, fields, of="years")):
            return found
    behind = text[quantity.span[1] : quantity.span[1] + 40]
    kind = quantity.kind or _ADJECTIVES.get(behind.split()[0].lower() if behind.split() else "", "")
    if kind:
        stems = _OF_KIND[kind]
        return next((field for field in fields if any(stem in field.name.split("_") for stem in stems)), None)
    for field in fields:
        if any(re.match(rf"\W*(?:of )?{re.escape(alias)}\b", behind, re.IGNORECASE) for alias in aliases(field)):
            return field
    return _nearest(text, quantity, fields)


def _nearest(text: str, quantity: Quantity, fields: Sequence[Field], of: str = "") -> Field | None:
    """The field whose name stands nearest before; `of`: one that counts these, by what it is said to be."""
    before = text[max(0, quantity.start - 60) : quantity.start]
    found = [
        (match.start(), len(alias), field)
        for field in fields
        if not of or of in field.description.lower()
        for alias in aliases(field)
        for match in re.finditer(rf"\b{re.escape(alias)}s?\b", before, re.IGNORECASE)
    ]
    return max(found, key=lambda each: each[:2])[2] if found else None


def _is_linked(text: str, quantity: Quantity, field: Field) -> bool:
    """Whether nothing but `of`, `is` or the like stands between the field's name and the number, or the unit tells."""
    before = text[: quantity.span[0]]
    if quantity.unit in ("month", "year") and field.name.endswith("_months"):
        return True
    return any(re.search(rf"\b{re.escape(alias)}s?\b{_LINK}$", before, re.IGNORECASE) for alias in aliases(field))


def _named_values(text: str, meant: Sequence[DecisionWords]) -> Iterator[tuple[Field, Any, int, int]]:
    """Values by their names: behind the name of their field, else by themselves where only one field has them."""
    seen: set[str] = set()
    for each in meant:
        for field in each.fields:
            if field.name not in seen and (read := _by_field(text, field) or _by_itself(text, field, meant)):
                seen.add(field.name)
                yield (field, *read)


def _by_field(text: str, field: Field) -> tuple[Any, int, int] | None:
    for alias in aliases(field):
        if field.type == "boolean":
            match = re.search(rf"\b(with|without|no|having|has) (?:an? )?{re.escape(alias)}s?\b", text, re.IGNORECASE)
            if match:
                return match[1].lower() not in ("without", "no"), match.start(), match.end()
        for value in sorted(field.values, key=len, reverse=True):
            link = rf"\b{re.escape(alias)}s?\b{_LINK}(?:{_spelt(value)})(?!\w)"
            if match := re.search(link, text, re.IGNORECASE):
                return value, match.start(), match.end()
    return None


def _by_itself(text: str, field: Field, meant: Sequence[DecisionWords]) -> tuple[Any, int, int] | None:
    others = {value for each in meant for other in each.fields if other.name != field.name for value in other.values}
    for value in sorted(field.values, key=len, reverse=True):
        is_of_numbers = "_" in value and any(each.isdigit() for each in value)
        if len(value) < 4 or value in others or value in _VAGUE or is_of_numbers:
            continue
        if match := re.search(rf"(?<!\w)(?:{_spelt(value)})(?!\w)", text, re.IGNORECASE):
            return value, match.start(), match.end()
    words = _telling(meant)
    for match in re.finditer(r"[^\W\d_]{5,}", text):
        if (told := words.get(match[0].lower())) and told == {(field.name, told_value(told))}:
            return told_value(told), match.start(), match.end()
    return None


def told_value(told: set[tuple[str, str]]) -> str:
    """The value that a word tells."""
    return next(iter(told))[1]


def _spelt(value: str) -> str:
    """How a value is written: with blanks for its underscores; two words also the other way round, with or between."""
    words = [re.escape(each) for each in value.split("_")]
    ways = [re.escape(value), r"[ -]".join(words)]
    if len(words) == 2:
        ways += [rf"{words[1]}[ -]{words[0]}s?", rf"{words[0]} (?:and|or|/) {words[1]}"]
    if len(words) == 1 and value.isalpha():
        ways.append(rf"{words[0]}s" if not value.endswith("s") else words[0].removesuffix("s"))
    return "|".join(ways)


def _telling(meant: Sequence[DecisionWords]) -> dict[str, set[tuple[str, str]]]:
    """The words that values are made of, each with the values that have it; but for those that name anything else."""
    named = {word for each in meant for field in each.fields for word in field.name.split("_")}
    named |= {
        word for each in meant for name in (each.pack, each.decision, *each.actions) for word in re.split(r"\W|_", name)
    }
    told: dict[str, set[tuple[str, str]]] = {}
    for each in meant:
        for field in each.fields:
            for value in field.values:
                for word in value.lower().split("_"):
                    if len(word) > 2 and word.isalpha() and word not in named | _VAGUE | _SMALL:
                        told.setdefault(word, set()).add((field.name, value))
    return told


def _of_several(text: str, meant: Sequence[DecisionWords]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Words that are part of several values: which one is meant has to be asked."""
    told = _telling(meant)
    for match in re.finditer(r"(?<![\w-])[^\W\d_]{3,}(?![\w-])", text):
        low = match[0].lower()
        values = told.get(low) or told.get(low.removesuffix("s")) or set()
        if len({value for _, value in values}) > 1 and len({name for name, _ in values}) <= 2:
            yield match[0], tuple(sorted(f"{name.replace('_', ' ')} {value}" for name, value in values))
