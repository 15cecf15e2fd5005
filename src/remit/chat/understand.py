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
    whose_in,
)
from remit.chat.slots import amount_in, json_in, references_in, values_in, without_object
from remit.chat.tools import Call
from remit.chat.vocabulary import CENTS, DecisionWords, Vocabulary
from remit.chat.wording import asks_back, never_approves, not_read, not_understood, offer, too_long, two_ways

_YES = re.compile(
    r"\W*(?:yes|confirm(?:ed)?|yes,? (?:please|decide( it)?|go ahead)|go ahead|do it|decide it|ok(?:ay)?)\W*"
)
_LETTERS = re.compile(r"[A-Za-z]*")
_NO = re.compile(r"\W*(?:no|cancel|stop|don'?t|never mind|forget it|no,? thanks?)\W*")


_ABOUT = ("decision", "kind")


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
    about = _named(turn)
    if about is None:
        return Thought(answer=asks_back("Which decision do you mean? Give its id, or the id of the case."))
    return Thought(Call(intent, about))


def _what_if(turn: Turn) -> Thought:
    about = _named(turn)
    if about is None:
        return Thought(answer=asks_back("Which decision shall I think again? Give its id, or the id of the case."))
    changes, unsure = changes_in(turn.question, turn.vocabulary, about.get("kind"))
    if unsure:
        return Thought(answer=unsure[0])
    if changes and (unread := left_of(turn.question, changes, turn.vocabulary)) is not None:
        return Thought(answer=not_read(unread))
    if not changes:
        return Thought(answer=asks_back("What shall be different? Say a field and its value: the amount were 8,000."))
    return Thought(Call("what_if", {**about, "changes": changes}))


def _named(turn: Turn) -> dict[str, str] | None:
    """The decision that a question names, or that an earlier one was about; which kind of one, where that was said."""
    named, whose = references_in(turn.question), whose_in(turn.question, turn.vocabulary)
    said = {"decision": named[0]} if named else _before(turn)
    return {**said, "kind": whose["kind"]} if said and "kind" in whose else said


def _before(turn: Turn) -> dict[str, str] | None:
    """The decision that an earlier question of the conversation was about."""
    earlier = next((call.args for call in reversed(turn.before) if "decision" in call.args), None)
    return None if earlier is None else {name: str(earlier[name]) for name in _ABOUT if name in earlier}


def _case(turn: Turn, pasted: dict[str, Any] | None) -> Thought:
    words, text = turn.vocabulary, turn.question
    earlier = turn.before[-1].args if _goes_on_with_a_case(turn) else None
    meant = _meant(text, words, earlier)
    one = _fitting(text, pasted, meant)
    if one is None and len({each.pack for each in meant}) != 1:
        return Thought(answer=asks_back(f"Which pack is this case for? There are: {', '.join(words.packs)}."))
    read = [_read(text, pasted, each, earlier) for each in ([one] if one else meant)]
    if unsure := [doubt for _, doubts in read for doubt in doubts]:
        return Thought(answer=two_ways(unsure[0]))
    pack = (one or meant[0]).pack
    case = _together([case for case, _ in read])
    if earlier is not None and earlier["pack"] == pack:
        case = {**earlier["case"], **case}
    if one is not None:
        others = {field.name for each in words.of(pack) for field in each.fields if one.field(field.name) is None}
        case = {name: value for name, value in case.items() if name not in others or name in (pasted or {})}
    kind = {"kind": one.decision} if one is not None and len(words.of(pack)) > 1 else {}
    return Thought(Call("propose_case", {"pack": pack, **kind, "case": case}))


def _meant(text: str, words: Vocabulary, earlier: Mapping[str, Any] | None) -> tuple[DecisionWords, ...]:
    """The decisions that a case may be for: those that the text names, else those of the case before it, else all."""
    named = words.named_in(text)
    if named is not None and (named.kind is not None or earlier is None or named.pack != earlier["pack"]):
        return named.words
    return words.of(str(earlier["pack"]), earlier.get("kind")) if earlier is not None else words.decisions


def _read(
    text: str, pasted: Mapping[str, Any] | None, one: DecisionWords, earlier: Mapping[str, Any] | None
) -> tuple[dict[str, Any], list[str]]:
    """A case as a text gives it, read as one of that decision's; and what could be read in two ways."""
    if pasted is not None:
        return dict(pasted), []
    case, unsure = values_in(text, one)
    ids = references_in(text, (one,))
    known = str(earlier["case"].get(one.subject, "")) if earlier is not None and earlier["pack"] == one.pack else ""
    if ids and one.subject not in case and (not known or _is_alike(ids[0], known)):
        case[one.subject] = ids[0]
    if earlier is None and not any(type(value) in (int, float) for value in case.values()):
        case.update(amount_in(text, one)[0])
    return case, unsure


def _together(cases: list[dict[str, Any]]) -> dict[str, Any]:
    """One case read as of several decisions: what two of them read differently is left out, and asked for later."""
    names = dict.fromkeys(name for case in cases for name in case)
    read = {name: [case[name] for case in cases if name in case] for name in names}
    return {name: values[0] for name, values in read.items() if all(each == values[0] for each in values)}


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
    return Thought(Call(intent, inherited(turn, asked.args)))


def _fitting(text: str, pasted: Mapping[str, Any] | None, meant: tuple[DecisionWords, ...]) -> DecisionWords | None:
    """The decision that a case is for: the only one that is meant, or the one whose fields fit most of what is said."""
    if len(meant) == 1:
        return meant[0]
    counts = [
        (len({*pasted} & {field.name for field in each.fields}) if pasted else _fit(values_in(text, each)[0]), each)
        for each in meant
    ]
    ranked = sorted(counts, key=lambda each: -each[0])
    if not ranked or ranked[0][0] == 0 or ranked[0][0] == ranked[1][0]:
        return None
    return ranked[0][1]


def _fit(case: Mapping[str, Any]) -> int:
    """How much of what is said a case takes up. One amount stands for every field of money, and counts once."""
    money = {name for name in case if name.endswith(CENTS)}
    return len(case) - len(money) + bool(money)


def _is_alike(one: str, other: str) -> bool:
    """Whether two ids are of one kind: any other code in a case that goes on is not whom it is about."""
    return _LETTERS.match(one)[0].upper() == _LETTERS.match(other)[0].upper()  # type: ignore[index]


def _goes_on_with_a_case(turn: Turn) -> bool:
    """Whether the last thing was a case that lacks something, and this says more of it."""
    last = turn.before[-1] if turn.before else None
    if last is None or last.tool != "propose_case":
        return False
    own = turn.vocabulary.of(str(last.args["pack"]), last.args.get("kind"))
    said = bool(references_in(turn.question)) or any(values_in(turn.question, each)[0] for each in own)
    return bool(own) and (said or _says_which(turn, last))


def _says_which(turn: Turn, last: Call) -> bool:
    """Whether this tells which decision of its pack a case is for."""
    named = turn.vocabulary.named_in(turn.question)
    return named is not None and named.pack == last.args["pack"] and named.kind not in (None, last.args.get("kind"))


def about_case(call: Call, vocabulary: Vocabulary) -> About:
    """Whom a call tells of, before its tool has looked anything up."""
    if call.tool not in ("propose_case", "decide"):
        return About()
    own = vocabulary.of(str(call.args["pack"]), call.args.get("kind"))
    subject = next((call.args["case"][each.subject] for each in own if each.subject in call.args["case"]), None)
    return About(subject=str(subject)) if isinstance(subject, str | int) else About()
