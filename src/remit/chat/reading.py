"""The arguments of the tools, as a question's words give them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from remit.chat.conditions import Conditions, conditions_of, contradicted
from remit.chat.conversation import Answer
from remit.chat.moments import Period, times_in
from remit.chat.numbers import quantities
from remit.chat.slots import (
    REFERENCE,
    amount_in,
    meant_in,
    negated_in,
    references_in,
    standing_in,
    values_in,
    without_references,
)
from remit.chat.tokens import Reach, blanked
from remit.chat.unread import CODE, unread_in
from remit.chat.vocabulary import Named, Vocabulary, aliases, called
from remit.chat.wording import (
    no_such_value,
    not_narrowed,
    not_read,
    not_the_opposite,
    nothing_can_be,
    one_time_only,
    two_meanings,
    two_ways,
    which_value,
)

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
    ("denial", r"\bden(?:y|ie|ial)|declin|refus|turn(?:ed)? down|block"),
)
_STATES = (
    ("claimed", r"claimed|taken|someone|in progress|work(?:s|ing|ed) on|is at\b|assigned|picked up|in hand\b"),
    ("open", r"\bopen\b|pending|waiting|undecided|outstanding"),
    ("approved", r"approved|accepted|granted|signed off|\bdid\b.{0,40}\bapprove\b|said yes|waved through"),
    (
        "rejected",
        r"reject|declined|turned down|refused|denied|said no\b|\bdid\b.{0,40}\b(?:decline|turn down|refuse|deny)\b",
    ),
    ("all", r"\ball\b|\bevery\b"),
)
_UNCLAIMED = re.compile(
    r"unclaimed|nobody|no one|(?:\bnot|n['’]t) (?:yet |been ){0,2}(?:claimed|taken|approved|decided|settled|done)|"
    r"without an? owner|(?:wait|need)(?:s|ing)? (?:for )?(?:someone|somebody)",
    re.IGNORECASE,
)
_NEWEST = re.compile(
    r"\b(?:last|latest|newest|most recent|top)\s+(?:[0-9]{1,4}|two|three|five|ten|twenty)\b(?!\s*(?:k\b|thousand))",
    re.IGNORECASE,
)
"""How many to show: a search shows the newest first, and says how many there are."""

_COUNTING = re.compile(r"\b(?:how many|number of|count)\b", re.IGNORECASE)
_SHARING = re.compile(
    r"\b(?:share|rate|ratio|per ?cent(?:age)?|proportion|fraction|out of|average|per)\b|%", re.IGNORECASE
)
_IN_A_HUNDRED = re.compile(
    r"\b(?:in|out of|per|of) (?:an? |every |each )?(?:hundred|100|ten|10)\b(?! (?:days|hours|weeks|months|years))",
    re.IGNORECASE,
)
"""How a share is said: it narrows nothing."""

_REPLACED = re.compile(r"\b(?:instead of|rather than|not|from)\s*$", re.IGNORECASE)
_ASKING = re.compile(
    r"^\W*(?:please |can you |could you )?(?:search|look up|find|show me|tell me|what (?:does|do)"
    r" (?:the|our) (?:[\w-]+ )?(?:handbook|guidelines?|documents?|manual|knowledge base) say (?:about|on)|"
    r"look in)\s*(?:the |our )?(?:documents?|handbook|knowledge(?: base)?|passages?|guidelines?)?"
    r"\s*(?:for|about|on)?\s+",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a text gives a tool; `unclear` is what has to be asked back, where it says more than was understood."""

    args: dict[str, Any]
    unclear: Answer | None = None


@dataclass(frozen=True, slots=True)
class _Timed:
    """A text with the period that it names; `rest` is without its ids and times, all else in its place."""

    span: dict[str, Any]
    rest: str
    unclear: Answer | None


def search_args(text: str, words: Vocabulary, earlier: Period | None = None) -> Asked:
    """Which decisions a text asks for. Without arguments where it narrows nothing."""
    meant, timed = meant_in(text, words), _timed(text, words, earlier)
    found = conditions_of(timed.rest, meant)
    args = whose_in(text, words) | standing_in(text, meant) | timed.span
    if found.all:
        args["conditions"] = list(found.all)
    if subject := references_in(text, words.decisions):
        args["subject"] = subject[0]
    rest = _without_names(_NEWEST.sub(_blank, timed.rest), words)
    if (negated := negated_in(text, meant)) is not None:
        return Asked(args, not_the_opposite(negated))
    return Asked(args, timed.unclear or _of_conditions(timed.rest, found) or _unread(rest, found.spans))


def review_args(text: str, words: Vocabulary, earlier: Period | None = None) -> Asked:
    """Which reviews a text asks for: the open ones where it does not say."""
    timed = _timed(text, words, earlier)
    said = {"state": review_state_in(text) or "open"} | whose_in(text, words) | timed.span
    return Asked(said, timed.unclear or _unread(_without_names(timed.rest, words)))


def review_state_in(text: str) -> str | None:
    """The state of reviews that a text names; None where it names none."""
    low = text.lower()
    if _UNCLAIMED.search(low):
        return "open"
    return next((state for state, pattern in _STATES if re.search(pattern, low)), None)


def figure_args(text: str, words: Vocabulary, earlier: Period | None = None) -> Asked:
    """Which figures a text asks for: how many there are where it does not say."""
    named, figure = words.figure_in(text) or (words.named_in(text), None)
    timed = _timed(text, words, earlier)
    rest = timed.rest
    for name in called(figure) if figure else ():
        rest = re.sub(rf"\b{re.escape(name)}\b", _blank, rest, flags=re.IGNORECASE)
    said = _said(metric=metric_in(text) or "volume", figure=figure) | _whose(named) | timed.span
    rest = _IN_A_HUNDRED.sub(_blank, rest)
    compared = [each for each in quantities(rest) if each.op]
    unclear = not_narrowed(rest[compared[0].span[0] : compared[-1].span[1]].strip()) if compared else None
    return Asked(said, timed.unclear or unclear or _unread(_without_names(rest, words), figures=True))


def is_counted_by_amount(text: str, words: Vocabulary) -> bool:
    """Whether decisions above an amount (below a term, …) are to be counted: figures cannot, a search does."""
    if not _COUNTING.search(text) or _SHARING.search(text) or words.figure_in(text):
        return False
    return any(each.op for each in quantities(_timed(text, words, None).rest))


def metric_in(text: str) -> str | None:
    """The share that a text names; None where it names none."""
    low = text.lower()
    return next((name for name, pattern in _METRICS if re.search(pattern, low)), None)


def without_states(text: str) -> str:
    """The text without words for the state of reviews."""
    patterns = "|".join([_UNCLAIMED.pattern, *(pattern for _, pattern in _STATES)])
    return re.sub(rf"\b\w*(?:{patterns})\w*", " ", text, flags=re.IGNORECASE)


def without_metrics(text: str) -> str:
    """The text without words for shares."""
    patterns = "|".join(pattern for _, pattern in _METRICS)
    return re.sub(rf"\b\w*(?:{patterns})\w*|\b(?:rates?|shares?|percentages?)\b", " ", text, flags=re.IGNORECASE)


def simply_put(text: str, words: Vocabulary) -> str:
    """The question with the same words for every kind of decision, every time and every comparison that was read: which
    one it is does not tell what is wanted. A code that is a value is written small, so that it is taken for no id.
    """
    text = words.without_kinds(text)
    rest = without_references(text, words.decisions)
    times = times_in(rest, words.now)
    amounts = [each for each in quantities(blanked(rest, times.spans)) if each.op]
    said = [*((span, "last week") for span in times.spans), *((each.span, "above 1000") for each in amounts)]
    for (start, end), instead in sorted(said, reverse=True):
        text = f"{text[:start]} {instead} {text[end:]}"
    values = {value for each in words.decisions for field in each.fields for value in field.values}
    for code in sorted(filter(REFERENCE.match, values)):
        text = text.replace(code, code.lower())
    return " ".join(text.split())


def knowledge_args(text: str, words: Vocabulary) -> dict[str, Any]:
    """What to look for in the documents, and in which pack's."""
    return _said(query=_ASKING.sub("", text).strip(" ?.!") or text, pack=words.named_as_pack(text))


def whose_in(text: str, words: Vocabulary) -> dict[str, Any]:
    """The pack that a text names, and which of its decisions, where it has several."""
    return _whose(words.named_in(text))


def _timed(text: str, words: Vocabulary, earlier: Period | None) -> _Timed:
    rest = without_references(text, words.decisions)
    times = times_in(rest, words.now, earlier)
    since, until = times.period.since, times.period.until
    span = _said(since=since and since.isoformat(), until=until and until.isoformat())
    unclear = None
    if times.doubts:
        doubt = times.doubts[0]
        unclear = one_time_only(doubt.words) if doubt.several else not_read(doubt.words, doubt.ways)
    return _Timed(span, blanked(rest, times.spans), unclear)


def _without_names(text: str, words: Vocabulary) -> str:
    """The text without what packs and their decisions are called, nor fields by several words (days since), and without
    the names of fields, actions and states that are written as the machine has them.
    """
    fields = [field for each in words.decisions for field in each.fields]
    phrases = {name for field in fields for name in aliases(field) if " " in name}
    for name in (*words.names, *sorted(phrases, key=lambda each: (-len(each), each))):
        text = re.sub(rf"\b{re.escape(name)}s?\b", _blank, text, flags=re.IGNORECASE)
    names = {action for each in words.decisions for action in each.actions} | {field.name for field in fields}
    names |= {"awaiting_review"}
    return CODE.sub(lambda match: _blank(match) if match[0].lower() in names else match[0], text)


def _of_conditions(text: str, found: Conditions) -> Answer | None:
    doubtful = next((each for each in quantities(text) if each.op and each.ambiguous), None)
    if doubtful is not None:
        return two_ways(text[doubtful.start : doubtful.end])
    if contradicted(found.all):
        return nothing_can_be(text[min(found.spans)[0] : max(found.spans)[1]].strip())
    return which_value(*found.unsure[0]) if found.unsure else None


def _unread(text: str, read: Sequence[Reach] = (), *, figures: bool = False) -> Answer | None:
    words = unread_in(text, read, figures=figures)
    if words is None:
        return None
    code = CODE.search(words)
    return not_read(words) if code is None else no_such_value(code[0])


def _blank(match: re.Match[str]) -> str:
    return " " * len(match[0])


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


def left_of(text: str, changes: Mapping[str, Any], words: Vocabulary) -> str | None:
    """A number of a supposition that is none of the values read from it, nor the one that they take the place of."""
    rest = without_references(text, words.decisions)
    values = {Decimal(str(each)) for each in changes.values() if type(each) in (int, float)}
    for each in quantities(rest):
        before = rest[: each.span[0]]
        if _REPLACED.search(before) or values & {each.value, each.value * 100, each.value * 12}:
            continue
        if not any(rest[each.start : each.end].lower() in str(value).lower() for value in changes.values()):
            return rest[slice(*each.span)].strip()
    return None


def _whose(named: Named | None) -> dict[str, Any]:
    return {} if named is None else _said(pack=named.pack, kind=named.kind)


def _said(**slots: Any) -> dict[str, Any]:
    return {name: value for name, value in slots.items() if value is not None}
