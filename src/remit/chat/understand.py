"""A question becomes a call, a plain answer, or a question back; nothing is guessed that was not said."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from remit.chat.conversation import About, Answer
from remit.chat.followups import OF_A_DECISION, QUESTION_READ_MAX, earlier_period, going_on, inherited
from remit.chat.intents import Guess, Recogniser
from remit.chat.ports import Thought, Turn
from remit.chat.reading import (
    changes_in,
    figure_args,
    is_counted_by_amount,
    knowledge_args,
    left_of,
    review_args,
    search_args,
    simply_put,
)
from remit.chat.slots import amount_in, json_in, references_in, values_in, without_object
from remit.chat.tools import Call
from remit.chat.vocabulary import PackWords, Vocabulary
from remit.chat.wording import asks_back, never_approves, not_read, not_understood, offer, too_long, two_ways

_YES = re.compile(
    r"\W*(?:yes|confirm(?:ed)?|yes,? (?:please|decide( it)?|go ahead)|go ahead|do it|decide it|ok(?:ay)?)\W*"
)
_LETTERS = re.compile(r"[A-Za-z]*")
_NO = re.compile(r"\W*(?:no|cancel|stop|don'?t|never mind|forget it|no,? thanks?)\W*")


def confirmed(text: str, pending: Call | None) -> bool | None:
    """Whether a text says yes or no to a case that waits for it; None where nothing waits, or it says neither."""
    if pending is None or pending.tool != "propose_case":
        return None
    low = text.strip().lower()
    return True if _YES.fullmatch(low) else False if _NO.fullmatch(low) else None


def understand(turn: Turn, recogniser: Recogniser) -> Thought:
    """What a question calls for. Below the threshold it is not understood, and the answer says so."""
    if (found := going_on(turn)) is not None:
        facts = {"intent": turn.before[-1].tool if found.call is None else found.call.tool, "score": 1.0}
        return replace(found, facts=facts)
    pasted = json_in(turn.question)
    guess = recogniser.guess(simply_put(turn.question[:QUESTION_READ_MAX], turn.vocabulary))
    intent = _intent(turn, guess, pasted)
    facts = {"intent": intent or None, "score": round(guess.sureness, 3)}
    found = _filled(intent, turn, pasted)
    return Thought(found.call, found.answer, found.note, facts)


def _intent(turn: Turn, guess: Guess, pasted: dict[str, Any] | None) -> str:
    intent = guess.intent if guess.understood else ""
    if pasted is not None and not references_in(without_object(turn.question)) and intent != "what_if":
        return "propose_case"
    if _goes_on_with_a_case(turn) and intent in ("", "propose_case", "what_if", "search_decisions", "explain"):
        return "propose_case"
    if intent in ("", "search_knowledge") and turn.vocabulary.figure_in(turn.question):
        return "kpis"
    return intent


def _filled(intent: str, turn: Turn, pasted: dict[str, Any] | None) -> Thought:
    text, words = turn.question, turn.vocabulary
    if intent == "":
        return Thought(answer=not_understood())
    if intent == "help":
        return Thought(answer=Answer("I answer questions about decisions, from the records. " + offer()))
    if intent == "approve":
        return Thought(answer=never_approves())
    if intent in OF_A_DECISION:
        return _of_a_decision(intent, turn)
    if intent == "what_if":
        return _what_if(turn)
    if intent == "propose_case":
        return _case(turn, pasted)
    if intent == "search_knowledge":
        return Thought(Call(intent, knowledge_args(text, words)))
    return _of_many(intent, turn)


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
    changes, unsure = changes_in(turn.question, turn.vocabulary)
    if unsure:
        return Thought(answer=two_ways(unsure[0]))
    if changes and (unread := left_of(turn.question, changes, turn.vocabulary)) is not None:
        return Thought(answer=not_read(unread))
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
        ids = references_in(text, (pack,))
        known = str(earlier.args["case"].get(pack.subject, "")) if earlier and name == pack.name else ""
        if ids and pack.subject not in case and (not known or _is_alike(ids[0], known)):
            case[pack.subject] = ids[0]
        if earlier is None and not any(type(value) in (int, float) for value in case.values()):
            case.update(amount_in(text, pack)[0])
    if earlier is not None and earlier.args["pack"] == pack.name:
        case = {**earlier.args["case"], **case}
    return Thought(Call("propose_case", {"pack": pack.name, "case": case}))


def _of_many(intent: str, turn: Turn) -> Thought:
    """Decisions, reviews or figures. What of a time or an amount was not understood is asked back, never left out."""
    if len(turn.question) > QUESTION_READ_MAX:
        return Thought(answer=too_long())
    if intent == "kpis" and is_counted_by_amount(turn.question, turn.vocabulary):
        intent = "search_decisions"
    read = {"search_reviews": review_args, "kpis": figure_args}.get(intent, search_args)
    asked = read(turn.question, turn.vocabulary, earlier_period(turn))
    if asked.unclear is not None:
        return Thought(answer=asked.unclear)
    return Thought(Call(intent, {**inherited(turn), **asked.args}))


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


def _is_alike(one: str, other: str) -> bool:
    """Whether two ids are of one kind: any other code in a case that goes on is not whom it is about."""
    return _LETTERS.match(one)[0].upper() == _LETTERS.match(other)[0].upper()  # type: ignore[index]


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


def about_case(call: Call, vocabulary: Vocabulary) -> About:
    """Whom a call tells of, before its tool has looked anything up."""
    if call.tool not in ("propose_case", "decide"):
        return About()
    pack = vocabulary.pack(str(call.args["pack"]))
    subject = call.args["case"].get(pack.subject) if pack else None
    return About(subject=str(subject)) if isinstance(subject, str | int) else About()
