"""Typed slots out of a question: ids, what came of it, which pack, values of a case, conditions on them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from remit.chat.numbers import Quantity, minor, quantities
from remit.chat.tokens import blanked
from remit.chat.vocabulary import CENTS, DecisionWords, Vocabulary, aliases
from remit.core.schema import Field

ULID = re.compile(r"\b[0-7][0-9A-HJKMNP-TV-Za-hjkmnp-tv-z]{25}\b")
REFERENCE = re.compile(
    r"\b(?!(?:q[1-4]|h[12]|[a-z]{3,4})-(?:19|20)[0-9]{2}\b)(?!(?i:eur|usd|gbp|chf|dem|dm)[0-9])"
    r"(?:[A-Za-z]{1,6}[0-9]{0,4}(?:-[A-Za-z0-9]{1,8}){0,3}-[0-9]{1,12}\b|[A-Z]{1,4}[0-9]{3,12}\b)"
)
_STATUS: tuple[tuple[str, dict[str, str]], ...] = (
    (r"quarantined?|in quarantine", {"status": "quarantined"}),
    (
        r"(?:waiting|awaiting|pending)\b.{0,24}|(?:still|currently) (?:open|undecided)|undecided|"
        r"open (?:cases|decisions)",
        {"status": "awaiting_review"},
    ),
    (
        r"escalat(?:ed|es|ing|ions?|e)|(?:sent|went|go|gone|passed|handed) to (?:a |an )?"
        r"(?:person|human|people|reviewer|officer|somebody|review)s?",
        {"escalated": "yes"},
    ),
    (r"den(?:ied|ials?|y)|blocked|forbidden by (?:the )?policy", {"status": "denied"}),
    (r"rejected|rejections?|turned down by (?:a )?reviewers?", {"status": "rejected"}),
    (r"executed|carried out|completed|went through", {"status": "executed"}),
    (r"fail(?:ed|ures?|s|ing)?|broke(?:n)?", {"status": "failed"}),
)
_ACTION_WORDS = {
    r"declin(?:e|es|ed|ing)|turn(?:ed|ing)? (?:\w+ )?down|refus(?:e|ed|als?)": "decline",
    r"approv(?:ed|als?)|grant(?:ed)?|accepted": "approve",
    r"lowered|reduced": "approve_lower",
    r"shipped": "release",
    r"wired": "wire",
    r"ordered": "order",
}
_WITHOUT_ACTION = {"decline": {"status": "denied"}, "approve": {"status": "executed"}}
_PAST = {"hold": "held|holds|on hold", "pay": "paid", "send": "sent", "write_off": "written off"}
_LINK = r"\s*(?:is|are|was|were|had been|of|=|:|to|at|becomes?|would be|instead of [\w.,]+ )?\s*(?:only |just )?"
_YES, _NO = ("yes", "true"), ("no", "false")


def references_in(text: str, words: Iterable[DecisionWords] = ()) -> list[str]:
    """The ids in a text: decisions' own first, then those of whom or what cases are about.

    A code that is a value of a field of these decisions (a grade of steel), or is said to be a field's, is no id.
    """
    own, others = _references(text, words)
    return [*(each.group().upper() for each in own), *dict.fromkeys(each.group().upper() for each in others)]


def without_references(text: str, words: Iterable[DecisionWords] = ()) -> str:
    """The text without its ids, everything else in its place."""
    own, others = _references(text, words)
    return blanked(text, [each.span() for each in (*own, *others)])


def _references(text: str, words: Iterable[DecisionWords]) -> tuple[list[re.Match[str]], list[re.Match[str]]]:
    own = list(ULID.finditer(text))
    rest = blanked(text, [each.span() for each in own])
    fields = [field for each in words for field in each.fields if field.type == "string" and field.name != each.subject]
    known = {value.upper() for field in fields for value in field.values}
    found = [each for each in REFERENCE.finditer(rest) if each.group().upper() not in known]
    return own, [each for each in found if not _is_of_a_field(rest[max(0, each.start() - 60) : each.start()], fields)]


def _is_of_a_field(before: str, fields: Iterable[Field]) -> bool:
    """Whether the name of a field ends a text: what follows is its value."""
    names = (re.escape(alias) for field in fields for alias in aliases(field))
    return re.search(rf"\b(?:{'|'.join(names) or '(?!)'})s?\b{_LINK}$", before, re.IGNORECASE) is not None


def without_object(text: str) -> str:
    """The text without what stands in braces."""
    return re.sub(r"\{.*\}", " ", text, flags=re.DOTALL)


def json_in(text: str) -> dict[str, Any] | None:
    """The first object of JSON in a text, if there is one."""
    decoder = json.JSONDecoder()
    for match in list(re.finditer(r"\{", text))[:20]:
        try:
            found, _ = decoder.raw_decode(text, match.start())
        except (ValueError, RecursionError):
            continue
        return found if isinstance(found, dict) else None
    return None


def standing_in(text: str, words: tuple[DecisionWords, ...]) -> dict[str, str]:
    """What came of the decisions that are meant: a status, an action that one of these has, or an escalation."""
    low = text.lower()
    actions = {action for each in words for action in each.actions}
    for action in sorted(actions, key=len, reverse=True):
        if re.search(rf"\b(?:{re.escape(action)}|{re.escape(action.replace('_', ' '))}|{_done(action)})\b", low):
            return {"action": action}
    for said, action in _ACTION_WORDS.items():
        if re.search(rf"\b(?:{said})\b", low):
            return {"action": action} if action in actions else dict(_WITHOUT_ACTION.get(action, {}))
    for pattern, meant in _STATUS:
        if re.search(rf"\b(?:{pattern})\b", low):
            return dict(meant)
    return {}


def without_standing(text: str, words: tuple[DecisionWords, ...]) -> str:
    """The text without words for what came of decisions. An action by its name alone stays: it may be an order."""
    return re.sub(rf"\b(?:{_outcomes(words)})\b", " ", text, flags=re.IGNORECASE)


def negated_in(text: str, words: tuple[DecisionWords, ...]) -> str | None:
    """Words such as `not approved`: the opposite of what came of decisions, by which none can be found."""
    small = r"(?:been|be|yet|get|got|the|those|ones|that|were|was|are|being|actually|finally)"
    but = r"(?:\b(?:not|never|except(?: for)?|excluding|without|other than|besides|apart from)|n['’]t)"
    before = rf"{but} (?:{small} ){{0,3}}"
    match = re.search(rf"{before}(?:{_outcomes(words)})\b", text, re.IGNORECASE)
    return None if match is None else match[0]


def _outcomes(words: tuple[DecisionWords, ...]) -> str:
    """The pattern of words for what came of decisions, but for the plain names of actions."""
    done = [_done(action) for each in words for action in each.actions]
    return "|".join([*done, *_ACTION_WORDS, *(pattern for pattern, _ in _STATUS)])


def _done(action: str) -> str:
    """How people say that an action was done: `scrapped`, `released`, `held`."""
    if action in _PAST:
        return _PAST[action]
    if action.endswith("e"):
        return f"{action}[ds]"
    if action.endswith("y"):
        return f"{action[:-1]}ied"
    return f"{action}(?:{action[-1]})?ed|{action}s"


def values_in(text: str, words: DecisionWords) -> tuple[dict[str, Any], list[str]]:
    """Values of a case's fields as a text gives them, in the fields' own units; and what could be read in two ways."""
    values: dict[str, Any] = {}
    unsure: list[str] = []
    numbers = quantities(text, words=True)
    for field in words.fields:
        for alias in aliases(field):
            match = re.search(rf"\b{re.escape(alias)}s?\b{_LINK}", text, re.IGNORECASE)
            if match and (read := _value_at(text, match, field, numbers)) is not None:
                quantity, value = read
                if quantity is not None and quantity.ambiguous:
                    unsure.append(text[quantity.start : quantity.end])
                values[field.name] = value
                break
    for field in words.fields:
        if field.name not in values and field.values and (value := _unique_value(text, field, words.fields)):
            values[field.name] = value
    _months(text, words, values)
    return values, unsure


def amount_in(text: str, words: DecisionWords) -> tuple[dict[str, Any], list[str]]:
    """The only number of a text as the amount of a case; nothing where there are none or several."""
    numbers = [each for each in quantities(text) if each.unit in ("", "money")]
    field = words.money
    if field is None or len(numbers) != 1:
        return {}, []
    cents = minor(numbers[0].value)
    unsure = [text[numbers[0].start : numbers[0].end]] if numbers[0].ambiguous else []
    return ({} if cents is None else {field.name: cents}), unsure


def _value_at(
    text: str, named: re.Match[str], field: Field, numbers: list[Quantity]
) -> tuple[Quantity | None, Any] | None:
    """The value behind a field's name, as the field's type; None where there is none that fits."""
    at = named.end()
    rest = text[at:]
    if field.type in ("integer", "number"):
        quantity = next((each for each in numbers if at <= each.start and each.span[0] - at <= 3), None)
        if quantity is None:
            return None
        value = minor(quantity.value) if field.name.endswith(CENTS) else plain(quantity.value)
        return None if value is None or (field.type == "integer" and not isinstance(value, int)) else (quantity, value)
    if field.type == "boolean":
        word = re.match(r"(yes|no|true|false)\b", rest, re.IGNORECASE)
        return (None, word.group().lower() in _YES) if word else None
    if field.values:
        for each in sorted(field.values, key=len, reverse=True):
            if re.match(rf"(?:{re.escape(each)}|{re.escape(each.replace('_', ' '))})\b", rest, re.IGNORECASE):
                return None, each
        return None
    word = re.match(r"[\"']?([A-Za-z0-9][\w./-]{0,60})", rest)
    if word is None or field.type != "string":
        return None
    # A word like any other is a value only where it is said to be one.
    is_said = any(sign in named.group() for sign in "=:")
    return (None, word[1]) if is_said or any(each.isdigit() for each in word[1]) else None


def _unique_value(text: str, field: Field, fields: Sequence[Field]) -> str | None:
    """A value of the field that stands in the text by itself, and that no other field has."""
    others = {value for other in fields if other.name != field.name for value in other.values}
    for value in sorted(field.values, key=len, reverse=True):
        if len(value) < 4 or value in others:
            continue
        if re.search(rf"\b(?:{re.escape(value)}|{re.escape(value.replace('_', ' '))})\b", text, re.IGNORECASE):
            return value
    return None


def _months(text: str, words: DecisionWords, values: dict[str, Any]) -> None:
    """`24 months` says its field by its unit."""
    field = next((each for each in words.fields if each.name.endswith("_months")), None)
    match = re.search(r"\b([0-9]{1,3})[\s-]months?\b", text, re.IGNORECASE)
    if field is not None and match and field.name not in values:
        values[field.name] = int(match[1])


def plain(value: Decimal) -> int | float:
    """A number as JSON has it: whole where it is whole."""
    return int(value) if value == value.to_integral_value() else float(value)


def meant_in(text: str, vocabulary: Vocabulary) -> tuple[DecisionWords, ...]:
    """The decisions that a text names, else all."""
    named = vocabulary.named_in(text)
    return named.words if named else vocabulary.decisions


def as_written(case: Mapping[str, Any], words: DecisionWords) -> list[dict[str, Any]]:
    """A case as a list of names and values to look at, in the contract's order."""
    order = {field.name: at for at, field in enumerate(words.fields)}
    names = sorted(case, key=lambda name: (order.get(name, len(order)), name))
    return [{"field": name, "value": case[name]} for name in names]
