"""The arguments of the tools, as a question's words give them."""

from __future__ import annotations

import re
from typing import Any

from remit.chat.conversation import Answer
from remit.chat.moments import period_in
from remit.chat.slots import amount_in, conditions_in, meant_in, references_in, standing_in, values_in
from remit.chat.vocabulary import Named, Vocabulary
from remit.chat.wording import two_meanings, two_ways

_METRICS = (
    (
        "automation",
        r"automat|without (?:a |any )?(?:person|human|people)|straight.through|by (?:itself|themselves|machine)|"
        r"touchless|\balone\b|on (?:its|their) own|no human",
    ),
    (
        "escalation",
        r"escalat|to (?:a |an )?(?:person|human|people|reviewers?|officers?)\b|"
        r"need(?:s|ed|ing)? (?:a |any )?(?:person|human|people|review)",
    ),
    ("denial", r"\bden(?:y|ie|ial)|declin|refus|turn(?:ed)? down|blocked"),
)
_STATES = (
    ("claimed", r"claimed|taken|someone|in progress|work(?:s|ing) on|is at\b"),
    ("open", r"\bopen\b|pending|waiting|undecided|outstanding"),
    ("approved", r"approved|accepted|granted|signed off"),
    ("rejected", r"reject|declined|turned down|refused"),
    ("all", r"\ball\b|\bevery\b"),
)
_UNCLAIMED = re.compile(r"unclaimed|nobody|no one|not (?:yet )?(?:claimed|taken)|without an? owner", re.IGNORECASE)
_ASKING = re.compile(
    r"^\W*(?:please |can you |could you )?(?:search|look up|find|show me|tell me|what (?:does|do)"
    r" (?:the|our) (?:[\w-]+ )?(?:handbook|guidelines?|documents?|manual|knowledge base) say (?:about|on)|"
    r"look in)\s*(?:the |our )?(?:documents?|handbook|knowledge(?: base)?|passages?|guidelines?)?"
    r"\s*(?:for|about|on)?\s+",
    re.IGNORECASE,
)


def search_args(text: str, words: Vocabulary) -> dict[str, Any]:
    """Which decisions a text asks for. Empty where it narrows nothing."""
    named = words.named_in(text)
    args = whose_in(text, words)
    args |= standing_in(text, named.words if named else words.decisions)
    args |= span_in(text, words)
    fields = [field for each in (named.words if named else words.sole) for field in each.fields]
    if conditions := conditions_in(text, fields, period_in(text, words.now)):
        args["conditions"] = conditions
    if subject := references_in(text):
        args["subject"] = subject[0]
    return args


def review_args(text: str, words: Vocabulary) -> dict[str, Any]:
    """Which reviews a text asks for: the open ones where it does not say."""
    return {"state": review_state_in(text) or "open"} | whose_in(text, words) | span_in(text, words)


def review_state_in(text: str) -> str | None:
    """The state of reviews that a text names; None where it names none."""
    low = text.lower()
    if _UNCLAIMED.search(low):
        return "open"
    return next((state for state, pattern in _STATES if re.search(pattern, low)), None)


def figure_args(text: str, words: Vocabulary) -> dict[str, Any]:
    """Which figures a text asks for: how many there are where it does not say."""
    named, figure = words.figure_in(text) or (words.named_in(text), None)
    said = _said(metric=metric_in(text) or "volume", figure=figure)
    return said | _whose(named) | span_in(text, words)


def metric_in(text: str) -> str | None:
    """The share that a text names; None where it names none."""
    low = text.lower()
    return next((name for name, pattern in _METRICS if re.search(pattern, low)), None)


def knowledge_args(text: str, words: Vocabulary) -> dict[str, Any]:
    """What to look for in the documents, and in which pack's."""
    return _said(query=_ASKING.sub("", text).strip(" ?.!") or text, pack=words.named_as_pack(text))


def whose_in(text: str, words: Vocabulary) -> dict[str, Any]:
    """The pack that a text names, and which of its decisions, where it has several."""
    return _whose(words.named_in(text))


def changes_in(text: str, words: Vocabulary, kind: str | None = None) -> tuple[dict[str, Any], list[Answer]]:
    """The values that a case is supposed to have instead, over the decisions that may be meant; and what has to be
    asked first. `kind` is the decision's name, where it is known.
    """
    meant = meant_in(text, words)
    meant = tuple(each for each in meant if kind == each.decision) or meant
    read = [values_in(text, each) for each in meant]
    if not any(said for said, _ in read):
        read = [amount_in(text, each) for each in meant]
    changes: dict[str, Any] = {}
    unsure = [two_ways(doubt) for _, doubts in read for doubt in doubts]
    for each, (said, _) in zip(meant, read, strict=True):
        others = [name for name, value in said.items() if name in changes and changes[name] != value]
        unsure += [two_meanings(name, each.decision) for name in others]
        changes = said | changes
    for each in meant:
        changes.pop(each.subject, None)
    return changes, unsure


def span_in(text: str, words: Vocabulary) -> dict[str, Any]:
    """The ends of the period that a text names."""
    period = period_in(text, words.now)
    since, until = period.since, period.until
    return _said(since=since and since.isoformat(), until=until and until.isoformat())


def _whose(named: Named | None) -> dict[str, Any]:
    return {} if named is None else _said(pack=named.pack, kind=named.kind)


def _said(**slots: Any) -> dict[str, Any]:
    return {name: value for name, value in slots.items() if value is not None}
