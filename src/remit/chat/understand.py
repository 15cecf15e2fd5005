"""A question becomes a call, a plain answer, or a question back; nothing is guessed that was not said."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from remit.chat.conversation import About, Answer
from remit.chat.cues import CUES
from remit.chat.intents import Recogniser
from remit.chat.moments import Period, period_in
from remit.chat.numbers import quantities
from remit.chat.ports import Thought, Turn
from remit.chat.slots import (
    amount_in,
    conditions_in,
    json_in,
    packs_meant,
    references_in,
    standing_in,
    values_in,
)
from remit.chat.tools import Call
from remit.chat.vocabulary import CENTS, PackWords, Vocabulary

CAN_ASK = (
    "why was C-1042 escalated?",
    "which rule, which clause?",
    "declined above 10,000 last week",
    "what if the amount were 8,000?",
    "what does the handbook say about guarantors?",
    "how many decisions were escalated this month?",
)
"""What the chat offers whoever was not understood."""

_OF_A_DECISION = ("explain", "rules", "sources")
_YES = re.compile(
    r"\W*(?:yes|confirm(?:ed)?|yes,? (?:please|decide( it)?|go ahead)|go ahead|do it|decide it|ok(?:ay)?)\W*"
)
_NO = re.compile(r"\W*(?:no|cancel|stop|don'?t|never mind|forget it|no,? thanks?)\W*")
_METRICS = (
    ("automation", r"automat|without (?:a |any )?(?:person|human|people)|straight.through|by itself|touchless"),
    ("escalation", r"escalat|to (?:a |an )?(?:person|human|people|reviewers?)\b|needed (?:a )?(?:person|review)"),
    ("denial", r"deni|declin|refus|turned down|blocked"),
)
_ASKING = re.compile(
    r"^\W*(?:please |can you |could you )?(?:search|look up|find|show me|tell me|what (?:does|do)"
    r" (?:the|our) (?:[\w-]+ )?(?:handbook|guidelines?|documents?|manual|knowledge base) say (?:about|on)|"
    r"look in)\s*(?:the |our )?(?:documents?|handbook|knowledge(?: base)?|passages?|guidelines?)?"
    r"\s*(?:for|about|on)?\s+",
    re.IGNORECASE,
)


def confirmed(text: str, pending: Call | None) -> bool | None:
    """Whether a text says yes or no to a case that waits for it; None where nothing waits, or it says neither."""
    if pending is None or pending.tool != "propose_case":
        return None
    low = text.strip().lower()
    return True if _YES.fullmatch(low) else False if _NO.fullmatch(low) else None


def understand(turn: Turn, recogniser: Recogniser) -> Thought:
    """What a question calls for. Below the threshold it is not understood, and the answer says so."""
    pasted = json_in(turn.question)
    guess = recogniser.guess(turn.question)
    intent = guess.intent if guess.understood else ""
    if pasted is not None and intent not in ("what_if", *_OF_A_DECISION):
        intent = "propose_case"
    if _goes_on_with_a_case(turn) and (not intent or not CUES[intent].search(turn.question)):
        intent = "propose_case"
    if intent in ("", "search_knowledge") and turn.vocabulary.figure_in(turn.question):
        intent = "kpis"
    facts = {"intent": intent or None, "score": round(guess.score, 3)}
    found = _filled(intent, turn, pasted)
    return Thought(found.call, found.answer, found.note, facts)


def _filled(intent: str, turn: Turn, pasted: dict[str, Any] | None) -> Thought:
    text, words = turn.question, turn.vocabulary
    if intent == "":
        return Thought(answer=not_understood())
    if intent == "help":
        return Thought(answer=Answer("I answer questions about decisions, from the records. " + offer()))
    if intent == "approve":
        return Thought(answer=never_approves())
    if intent in _OF_A_DECISION:
        return _of_a_decision(intent, turn)
    if intent == "what_if":
        return _what_if(turn)
    if intent == "propose_case":
        return _case(turn, pasted)
    period = period_in(text, words.now)
    if intent == "search_knowledge":
        return Thought(Call(intent, _said(query=_query(text), pack=_name(words.pack_in(text)))))
    if intent == "search_reviews":
        return Thought(Call(intent, _said(state=_review_state(text), pack=_name(words.pack_in(text)), **_span(period))))
    if intent == "kpis":
        metric = next((name for name, pattern in _METRICS if re.search(pattern, text.lower())), "volume")
        pack, figure = words.figure_in(text) or (words.pack_in(text), None)
        return Thought(Call(intent, _said(metric=metric, pack=_name(pack), figure=figure, **_span(period))))
    return _decisions(text, words, period)


def _of_a_decision(intent: str, turn: Turn) -> Thought:
    named = references_in(turn.question)
    decision = named[0] if named else _before(turn, "decision")
    if decision is None:
        return Thought(answer=asks_back("Which decision do you mean? Give its id, or the id of the case."))
    return Thought(Call(intent, {"decision": decision}))


def _what_if(turn: Turn) -> Thought:
    named = references_in(turn.question)
    decision = named[0] if named else _before(turn, "decision")
    if decision is None:
        return Thought(answer=asks_back("Which decision shall I think again? Give its id, or the id of the case."))
    changes: dict[str, Any] = {}
    unsure: list[str] = []
    for pack in packs_meant(turn.question, turn.vocabulary):
        said, doubts = values_in(turn.question, pack)
        if not said:
            said, doubts = amount_in(turn.question, pack)
        said.pop(pack.subject, None)
        changes = {**said, **changes}
        unsure += doubts
    if unsure:
        return Thought(answer=two_ways(unsure[0]))
    if not changes:
        return Thought(answer=asks_back("What shall be different? Say a field and its value: the amount were 8,000."))
    return Thought(Call("what_if", {"decision": decision, "changes": changes}))


def _case(turn: Turn, pasted: dict[str, Any] | None) -> Thought:
    words, text = turn.vocabulary, turn.question
    earlier = turn.before[-1] if _goes_on_with_a_case(turn) else None
    name = str(earlier.args["pack"]) if earlier else None
    pack = words.pack_in(text) or words.pack(name) or _fitting(text, pasted, words)
    if pack is None:
        names = ", ".join(each.name for each in words.packs)
        return Thought(answer=asks_back(f"Which pack is this case for? There are: {names}."))
    case = dict(pasted) if pasted is not None else {}
    if pasted is None:
        case, unsure = values_in(text, pack)
        if unsure:
            return Thought(answer=two_ways(unsure[0]))
        ids = references_in(text)
        if ids and pack.subject not in case:
            case[pack.subject] = ids[0]
        if earlier is None and not any(type(value) in (int, float) for value in case.values()):
            case.update(amount_in(text, pack)[0])
    if earlier is not None and earlier.args["pack"] == pack.name:
        case = {**earlier.args["case"], **case}
    return Thought(Call("propose_case", {"pack": pack.name, "case": case}))


def _decisions(text: str, words: Vocabulary, period: Period) -> Thought:
    named = words.pack_in(text)
    doubtful = [each for each in quantities(text) if each.op and each.ambiguous]
    if doubtful:
        return Thought(answer=two_ways(text[doubtful[0].start : doubtful[0].end]))
    pack = named or words.pack(None)
    conditions = conditions_in(text, pack, period)
    standing = standing_in(text, (named,) if named else words.packs)
    subject = references_in(text)
    args = _said(pack=_name(named), **standing, **_span(period))
    if conditions:
        args["conditions"] = conditions
    if subject and "decision" not in args:
        args["subject"] = subject[0]
    return Thought(Call("search_decisions", args))


def _fitting(text: str, pasted: Mapping[str, Any] | None, words: Vocabulary) -> PackWords | None:
    """The pack whose fields a case has: the only one, or the one that most of what is said fits."""
    if (only := words.pack(None)) is not None:
        return only
    said = {pack.name: set(pasted) & {each.name for each in pack.fields} for pack in words.packs} if pasted else {}
    counts = [(len(said[pack.name]) if pasted else len(values_in(text, pack)[0]), pack) for pack in words.packs]
    ranked = sorted(counts, key=lambda each: -each[0])
    if not ranked or ranked[0][0] == 0 or (len(ranked) > 1 and ranked[0][0] == ranked[1][0]):
        return None
    return ranked[0][1]


def _goes_on_with_a_case(turn: Turn) -> bool:
    """Whether the last thing was a case that lacks something, and this says more of it."""
    last = turn.before[-1] if turn.before else None
    if last is None or last.tool != "propose_case":
        return False
    pack = turn.vocabulary.pack(str(last.args["pack"]))
    return pack is not None and bool(values_in(turn.question, pack)[0] or references_in(turn.question))


def _before(turn: Turn, slot: str) -> str | None:
    """What an earlier question of the conversation was about."""
    return next((str(call.args[slot]) for call in reversed(turn.before) if slot in call.args), None)


def _review_state(text: str) -> str:
    low = text.lower()
    for state in ("approved", "rejected", "claimed"):
        if state in low:
            return state
    return "all" if re.search(r"\ball\b|\bevery\b", low) else "open"


def _query(text: str) -> str:
    return _ASKING.sub("", text).strip(" ?.!") or text


def _span(period: Period) -> dict[str, Any]:
    since, until = period.since, period.until
    return {"since": since and since.isoformat(), "until": until and until.isoformat()}


def _name(pack: PackWords | None) -> str | None:
    return None if pack is None else pack.name


def _said(**slots: Any) -> dict[str, Any]:
    return {name: value for name, value in slots.items() if value is not None}


# What is said where no tool is used


def not_understood() -> Answer:
    """Honest words for a question that is near to none."""
    return Answer("I did not understand that. " + offer(), outcome="unclear")


def offer() -> str:
    """What can be asked, by examples."""
    return "You can ask, for example: " + "; ".join(f"“{each}”" for each in CAN_ASK) + "."


def never_approves() -> Answer:
    """The chat has no tool for it, and says where it is done."""
    return Answer(
        "I never approve or reject anything: a person does, in the approval queue. I can tell you what a review is "
        "about, and why it is needed.",
        outcome="refused",
    )


def asks_back(question: str) -> Answer:
    """A question that lacks something."""
    return Answer(question, outcome="unclear")


def two_ways(number: str) -> Answer:
    """A number that two people read differently is not read at all."""
    whole, _, rest = number.partition(".")
    return asks_back(f"I can read {number} in two ways. Write {whole}{rest} or {whole}.{rest.rstrip('0') or '0'}.")


def about_case(call: Call, vocabulary: Vocabulary) -> About:
    """Whom a call tells of, before its tool has looked anything up."""
    if call.tool not in ("propose_case", "decide"):
        return About()
    pack = vocabulary.pack(str(call.args["pack"]))
    subject = call.args["case"].get(pack.subject) if pack else None
    return About(subject=str(subject)) if isinstance(subject, str | int) else About()


def in_words(field: str, value: Any) -> str:
    """A field and its value as people read it: minor units as money."""
    name = field.removesuffix("_cents").removesuffix("_minor").replace("_", " ")
    if field.endswith(CENTS) and isinstance(value, int):
        return f"{name} {value / 100:,.2f}"
    return f"{name} {value}".replace("_", " ")
