"""A question that is nothing but a slot goes on with the one before it: "and last month?", "only those above 5,000"."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from remit.chat.moments import without_periods
from remit.chat.numbers import without_quantities
from remit.chat.ports import Turn
from remit.chat.reading import changes_in, metric_in, review_state_in, search_args, span_in, whose_in
from remit.chat.slots import references_in, without_references, without_standing
from remit.chat.tools import Call
from remit.chat.vocabulary import Vocabulary, aliases

OF_A_DECISION = ("explain", "rules", "sources")
_FILLING = re.compile(
    r"\b(?:and|or|but|now|then|please|so|ok(?:ay)?|what about|how about|how (?:was|is) it|(?:the )?same|again|instead|"
    r"too|also|only|"
    r"just|those|these|them|ones?|which(?: of)?|all|narrow (?:it|that|this)|limit (?:it|that|this)|show(?: me)?|"
    r"compared?|versus|vs|cases?|decisions?|"
    r"if|it|its|is|are|was|were|be|had|with|without|for|to|in|on|at|of|by|from|the|a|an|that|this|just|pack|packs)\b",
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


def going_on(turn: Turn) -> Call | None:
    """The call of the question before, with what this one says in place of it; None where it says anything else."""
    if not turn.before or not _is_a_slot_alone(turn.question, turn.vocabulary):
        return None
    last, text, words = turn.before[-1], turn.question, turn.vocabulary
    if last.tool in (*OF_A_DECISION, "what_if"):
        return _of_a_decision(last, text, words)
    if references_in(text):
        return None
    said = _of_many(last.tool, text, words)
    if not said:
        return None
    kept = dict(last.args)
    if "pack" in said:
        kept = _without(kept, "kind")
    if "since" in said or "until" in said:
        kept = _without(kept, "since", "until")
    if said.keys() & {"status", "action", "escalated"}:
        kept = _without(kept, "status", "action", "escalated")
    if "conditions" in said:
        new = {(each["field"], each["op"]) for each in said["conditions"]}
        old = [each for each in kept.get("conditions", ()) if (each["field"], each["op"]) not in new]
        said["conditions"] = [*old, *said["conditions"]]
    return Call(last.tool, {**kept, **said})


def _of_a_decision(last: Call, text: str, words: Vocabulary) -> Call | None:
    named = references_in(text)
    kept = {"kind": last.args["kind"]} if not named and "kind" in last.args else {}
    whose = whose_in(text, words)
    kind = {"kind": whose["kind"]} if "kind" in whose else kept
    about = {"decision": named[0] if named else str(last.args["decision"]), **kind}
    changes, unsure = changes_in(text, words, kind.get("kind"))
    if changes and not unsure:
        return Call("what_if", {**about, "changes": changes})
    if named or kind != kept:
        return Call(last.tool, {**about, "changes": last.args["changes"]} if last.tool == "what_if" else about)
    return None


def _of_many(tool: str, text: str, words: Vocabulary) -> dict[str, Any]:
    own = whose_in(text, words)
    if tool == "search_decisions":
        return search_args(text, words)
    if tool == "search_reviews":
        state = review_state_in(text)
        return {**own, **span_in(text, words), **({"state": state} if state else {})}
    if tool == "kpis":
        metric = metric_in(text)
        return {**own, **span_in(text, words), **({"metric": metric} if metric else {})}
    return {}


def _is_a_slot_alone(text: str, words: Vocabulary) -> bool:
    """Whether nothing is left of a text without its slots and the small words around them, and a slot was there."""
    if _ORDER.search(text):
        return False
    rest = without_references(text)
    rest = without_standing(without_quantities(without_periods(rest)), words.decisions)
    for name in _names(words):
        rest = re.sub(rf"\b{re.escape(name)}s?\b", " ", rest, flags=re.IGNORECASE)
    left = re.sub(r"[\W_]+", "", _FILLING.sub(" ", _COMPARED.sub(" ", rest)))
    return not left and rest.split() != text.split()


def _names(words: Vocabulary) -> list[str]:
    """What packs, their fields and the fields' values are called, the longest first."""
    found = {name for each in words.decisions for name in (each.pack, each.decision)}
    for each in words.decisions:
        found |= set(each.called) if len(words.of(each.pack)) > 1 else set()
        for field in each.fields:
            found |= {*aliases(field), *field.values, *(value.replace("_", " ") for value in field.values)}
    return sorted((each for each in found if len(each) > 2), key=lambda each: (-len(each), each))


def _without(args: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in args.items() if name not in names}
