"""What a language model answered is held against what it was given, before anything of it counts.

An action has to be one of those that are permitted here; a reason has to cite what was given, and every number in it
has to be in what it cites. Arguments are never asked for: the pack computes them. So no number of a model's own gets
into a decision.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from remit.agents.brains.prompting import REASON_CHARACTERS_MAX, REASONS_MAX, UNSURE
from remit.chat.grounding import said_in
from remit.chat.numbers import quantities

_NAME = re.compile(r"\b[A-Za-z_]\w*")
"""A word may have a digit in it, such as a mark or the name of a feature: that is no number."""
_MARKS = "().,;:!?'\"[]"


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer that holds: the action, the reasons in words, and the marks of the passages that it cites."""

    action: str
    reasons: tuple[str, ...]
    marks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Wrong:
    """Why an answer does not hold: its code, and what the model may be told."""

    code: str
    why: str


def checked(
    text: str, permitted: Sequence[str], facts: Mapping[str, Any], passages: Mapping[str, str]
) -> Answer | Wrong:
    """The answer in a model's words, or what is wrong with it. `facts` are the features as they were shown."""
    said = said_in(text)
    if said is None:
        return Wrong("malformed", "there is no JSON object")
    action, reasons = said.get("action"), said.get("reasons")
    if not isinstance(action, str) or not _are_reasons(reasons):
        return Wrong("malformed", "it has to have `action` and one to three `reasons`, each with `text` and `cites`")
    if action == UNSURE:
        return Wrong("unsure", "a person is asked")
    if action not in permitted:
        return Wrong("unpermitted", "this action is not permitted here")
    for reason in reasons or ():
        wrong = _wrong_in(reason, facts, passages)
        if wrong is not None:
            return wrong
    cited = {mark for reason in reasons or () for mark in reason["cites"]}
    marks = tuple(mark for mark in passages if mark in cited)
    if passages and not marks:
        return Wrong("uncited", "at least one passage has to be cited")
    return Answer(action, tuple(clean(reason["text"]) for reason in reasons or ()), marks)


def as_recorded(text: str) -> Answer | Wrong:
    """An answer that was found to hold when it was given, where what it was given is not at hand any more."""
    said = said_in(text) or {}
    action, reasons = said.get("action"), said.get("reasons")
    if not isinstance(action, str) or not _are_reasons(reasons):
        return Wrong("malformed", "")
    marks = dict.fromkeys(mark for reason in reasons or () for mark in reason["cites"])
    return Answer(action, tuple(clean(reason["text"]) for reason in reasons or ()), tuple(marks))


def clean(text: str) -> str:
    """A model's words as they are kept: on one line, and nothing in them that does not show."""
    visible = "".join(each if unicodedata.category(each)[0] != "C" else " " for each in text)
    return " ".join(visible.split())[:REASON_CHARACTERS_MAX]


def _are_reasons(reasons: Any) -> bool:
    return (
        isinstance(reasons, list)
        and 1 <= len(reasons) <= REASONS_MAX
        and all(
            isinstance(each, dict)
            and isinstance(each.get("text"), str)
            and each["text"].strip()
            and isinstance(each.get("cites"), list)
            for each in reasons
        )
    )


def _wrong_in(reason: Mapping[str, Any], facts: Mapping[str, Any], passages: Mapping[str, str]) -> Wrong | None:
    cites = reason["cites"]
    if not cites or any(not isinstance(each, str) or (each not in facts and each not in passages) for each in cites):
        return Wrong("uncited", "each reason has to cite something that was given, and nothing else")
    sources = [passages[each] if each in passages else str(facts[each]) for each in cites]
    if not _borne_out(clean(reason["text"]), sources):
        return Wrong("ungrounded", "a number is in nothing that the reason cites")
    return None


def _borne_out(text: str, sources: Sequence[str]) -> bool:
    """Whether every number of a text is read by the typed parser, and is one of the sources'.

    What can be read in two ways (10.000), or not at all, has to stand there word for word.
    """
    there = {each.value for source in sources for each in quantities(source)} | set(filter(None, map(_plain, sources)))
    rest = list(_NAME.sub(lambda name: " " * len(name[0]), text))
    for each in quantities(text):
        written = text[each.start : each.end].strip()
        if each.value not in there or (each.ambiguous and not any(written in source for source in sources)):
            return False
        rest[each.start : each.end] = " " * (each.end - each.start)
    unread = [word for word in "".join(rest).split() if any(sign.isdigit() for sign in word)]
    return all(any(word.strip(_MARKS) in source for source in sources) for word in unread)


def _plain(source: str) -> Decimal | None:
    try:
        return Decimal(source)
    except InvalidOperation:
        return None
