"""A question that is nothing but a slot goes on with the one before it: "and last month?", "only those above 5,000"."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from remit.chat.conditions import conditions_of
from remit.chat.moments import Period, times_in
from remit.chat.numbers import quantities
from remit.chat.ports import Thought, Turn
from remit.chat.reading import (
    Asked,
    changes_in,
    figure_args,
    left_of,
    metric_in,
    review_args,
    review_state_in,
    search_args,
    whose_in,
    without_metrics,
    without_states,
)
from remit.chat.slots import references_in, without_references, without_standing
from remit.chat.tokens import blanked
from remit.chat.tools import Call
from remit.chat.vocabulary import Vocabulary, aliases
from remit.chat.wording import not_read

OF_A_DECISION = ("explain", "rules", "sources")
QUESTION_READ_MAX = 2_000
"""A longer text is no question about many things: of it nothing is read rather than a part."""

OF_MANY = ("search_decisions", "search_reviews", "kpis")
_GOING_ON = re.compile(
    r"^\W*(?:(?:ok(?:ay)?|so|well|and|but|now|then|right|fine|thanks?|good|hm+)\W+)*"
    r"(?:and|but|now|only|just|what about|how about|(?:the )?same|or|what of|how is it|compared|versus|vs)\b",
    re.IGNORECASE,
)
_POINTING = re.compile(r"\b(?:of|among|from) (?:those|these|them|that)\b|\b(?:those|these)\b", re.IGNORECASE)
_FILLING = re.compile(
    r"\b(?:and|or|but|now|then|please|so|ok(?:ay)?|well|right|thanks?|what|about|how|(?:was|is) it|same|again|instead|"
    r"too|also|only|just|alone|else|rather|"
    r"i|me|we|us|you|our|my|those|these|them|they|ones?|which|who|that|this|it|its|there|all|any|some|"
    r"narrow|limit|restrict|filter|reduce|keep|show|give|list|see|tell|look|like|take|let|want|need|would|could|can|will|"
    r"do|does|did|done|made|got|get|thing|list|figures?|alright|"
    r"compared?|versus|vs|cases?|decisions?|down|"
    r"if|is|are|was|were|be|been|had|has|have|with|for|to|in|on|at|of|by|from|the|an?|during|within|s|packs?)\b",
    re.IGNORECASE,
)
_ORDER = re.compile(
    r"^\W*(?:please )?(?:and )?(?:approve|accept|grant|release|decline|deny|refuse|reject|turn down|escalate)\b",
    re.IGNORECASE,
)
_COMPARED = re.compile(
    r"\b(?:above|over|more than|greater than|larger than|bigger than|exceeding|beyond|at least|below|under|less than|"
    r"smaller than|lower than|at most|up to|between)\b",
    re.IGNORECASE,
)
_NEW_LIST = re.compile(r"\b(?:show|list|find|which|give)\b.*\b(?:cases|decisions)\b", re.IGNORECASE)


def going_on(turn: Turn) -> Thought | None:
    """The call of the question before, with what this one says in place of it; None where it says anything else.

    Where of a time or an amount something was not understood, that is asked back instead.
    """
    if not turn.before or len(turn.question) > QUESTION_READ_MAX:
        return None
    last, text, words = turn.before[-1], turn.question, turn.vocabulary
    if not _is_a_slot_alone(turn, last):
        return None
    if last.tool in (*OF_A_DECISION, "what_if"):
        return _of_a_decision(last, text, words)
    if last.tool not in OF_MANY or references_in(text, words.decisions):
        return None
    if last.tool != "search_decisions" and _NEW_LIST.search(text):
        return None
    asked = _of_many(last.tool, turn)
    if asked.unclear is not None:
        return Thought(answer=asked.unclear)
    return Thought(Call(last.tool, _instead(last.args, asked.args))) if asked.args else None


def earlier_period(turn: Turn) -> Period | None:
    """The period that the question before was about."""
    args = turn.before[-1].args if turn.before else {}
    since, until = (datetime.fromisoformat(args[name]) if name in args else None for name in ("since", "until"))
    return Period(since, until) if since or until else None


def inherited(turn: Turn, said: Mapping[str, Any]) -> dict[str, Any]:
    """What a question says, of the pack, the kind and the period of the one before where it says that it goes on
    with it and names no others.
    """
    if not turn.before or turn.before[-1].tool not in OF_MANY:
        return dict(said)
    if not (_GOING_ON.search(turn.question) or _POINTING.search(turn.question)):
        return dict(said)
    args = turn.before[-1].args
    return _instead({name: args[name] for name in ("pack", "kind", "since", "until") if name in args}, said)


def _instead(before: Mapping[str, Any], said: Mapping[str, Any]) -> dict[str, Any]:
    kept = dict(before)
    if "pack" in said:
        kept = _without(kept, "kind")
    if "since" in said or "until" in said:
        kept = _without(kept, "since", "until")
    if said.keys() & {"status", "action", "escalated"}:
        kept = _without(kept, "status", "action", "escalated")
    if "conditions" in said:
        new = {(each["field"], each["op"]) for each in said["conditions"]}
        old = [each for each in kept.get("conditions", ()) if (each["field"], each["op"]) not in new]
        said = {**said, "conditions": [*old, *said["conditions"]]}
    return {**kept, **said}


def _of_a_decision(last: Call, text: str, words: Vocabulary) -> Thought | None:
    named = references_in(text)
    kept = {"kind": last.args["kind"]} if not named and "kind" in last.args else {}
    whose = whose_in(text, words)
    kind = {"kind": whose["kind"]} if "kind" in whose else kept
    about = {"decision": named[0] if named else str(last.args["decision"]), **kind}
    changes, unsure = changes_in(text, words, kind.get("kind"))
    if unsure:
        return Thought(answer=unsure[0])
    if changes and (unread := left_of(text, changes, words)) is not None:
        return Thought(answer=not_read(unread))
    if changes:
        return Thought(Call("what_if", {**about, "changes": changes}))
    if named or kind != kept:
        return Thought(Call(last.tool, {**about, "changes": last.args["changes"]} if last.tool == "what_if" else about))
    return None


def _of_many(tool: str, turn: Turn) -> Asked:
    """What this question says of decisions, reviews or figures; what it leaves open stays as it was."""
    text, words, earlier = turn.question, turn.vocabulary, earlier_period(turn)
    if tool == "search_decisions":
        return search_args(text, words, earlier)
    if tool == "search_reviews":
        asked = review_args(text, words, earlier)
        return asked if review_state_in(text) else replace(asked, args=_without(asked.args, "state"))
    asked = figure_args(text, words, earlier)
    return asked if metric_in(text) else replace(asked, args=_without(asked.args, "metric"))


def _is_a_slot_alone(turn: Turn, last: Call) -> bool:
    """Whether nothing is left of a text without its slots and the small words around them, and a slot was there."""
    text, words = turn.question, turn.vocabulary
    if _ORDER.search(text):
        return False
    rest = without_references(text, words.decisions)
    times = times_in(rest, words.now, earlier_period(turn))
    rest = blanked(rest, times.spans)
    for doubt in times.doubts:
        rest = rest.replace(doubt.words, " ")
    rest = blanked(rest, [*conditions_of(rest, words.decisions).spans, *(each.span for each in quantities(rest))])
    rest = without_standing(rest, words.decisions)
    if last.tool == "search_reviews":
        rest = re.sub(r"\breviews?\b", " ", without_states(rest), flags=re.IGNORECASE)
    if last.tool == "kpis":
        rest = without_metrics(rest)
    for name in _names(words):
        rest = re.sub(rf"\b{re.escape(name)}s?\b", " ", rest, flags=re.IGNORECASE)
    left = re.sub(r"[\W_]+", "", _FILLING.sub(" ", _COMPARED.sub(" ", rest)))
    return not left and rest.split() != text.split()


def _names(words: Vocabulary) -> list[str]:
    """What packs, their decisions, fields and the fields' values are called, the longest first."""
    found = set(words.names)
    for each in words.decisions:
        for field in each.fields:
            found |= {*aliases(field), *field.values, *(value.replace("_", " ") for value in field.values)}
    return sorted((each for each in found if len(each) > 2), key=lambda each: (-len(each), each))


def _without(args: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in args.items() if name not in names}
