"""The arguments of the tools, as a question's words give them."""

from __future__ import annotations

import re
from typing import Any

from remit.chat.moments import period_in
from remit.chat.slots import amount_in, conditions_in, packs_meant, references_in, standing_in, values_in
from remit.chat.vocabulary import Vocabulary

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
    named = words.pack_in(text)
    args = _said(pack=named and named.name)
    args |= standing_in(text, (named,) if named else words.packs)
    args |= span_in(text, words)
    if conditions := conditions_in(text, named or words.pack(None), period_in(text, words.now)):
        args["conditions"] = conditions
    if subject := references_in(text):
        args["subject"] = subject[0]
    return args


def review_args(text: str, words: Vocabulary) -> dict[str, Any]:
    """Which reviews a text asks for: the open ones where it does not say."""
    pack = words.pack_in(text)
    return _said(state=review_state_in(text) or "open", pack=pack and pack.name) | span_in(text, words)


def review_state_in(text: str) -> str | None:
    """The state of reviews that a text names; None where it names none."""
    low = text.lower()
    if _UNCLAIMED.search(low):
        return "open"
    return next((state for state, pattern in _STATES if re.search(pattern, low)), None)


def figure_args(text: str, words: Vocabulary) -> dict[str, Any]:
    """Which figures a text asks for: how many there are where it does not say."""
    pack, figure = words.figure_in(text) or (words.pack_in(text), None)
    said = _said(metric=metric_in(text) or "volume", pack=pack and pack.name, figure=figure)
    return said | span_in(text, words)


def metric_in(text: str) -> str | None:
    """The share that a text names; None where it names none."""
    low = text.lower()
    return next((name for name, pattern in _METRICS if re.search(pattern, low)), None)


def knowledge_args(text: str, words: Vocabulary) -> dict[str, Any]:
    """What to look for in the documents, and in which pack's."""
    pack = words.named_as_pack(text)
    return _said(query=_ASKING.sub("", text).strip(" ?.!") or text, pack=pack and pack.name)


def changes_in(text: str, words: Vocabulary) -> tuple[dict[str, Any], list[str]]:
    """The values that a case is supposed to have instead, over the packs that may be meant; and what is doubtful."""
    packs = packs_meant(text, words)
    read = [values_in(text, pack) for pack in packs]
    if not any(said for said, _ in read):
        read = [amount_in(text, pack) for pack in packs]
    changes: dict[str, Any] = {}
    for said, _ in reversed(read):
        changes |= said
    for pack in packs:
        changes.pop(pack.subject, None)
    return changes, [doubt for _, doubts in read for doubt in doubts]


def span_in(text: str, words: Vocabulary) -> dict[str, Any]:
    """The ends of the period that a text names."""
    period = period_in(text, words.now)
    since, until = period.since, period.until
    return _said(since=since and since.isoformat(), until=until and until.isoformat())


def _said(**slots: Any) -> dict[str, Any]:
    return {name: value for name, value in slots.items() if value is not None}
