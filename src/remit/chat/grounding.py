"""What a language model says is held against what is known: its calls by the question, its words by the results."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

import Stemmer

from remit.chat.conversation import Result
from remit.chat.numbers import quantities
from remit.chat.ports import Turn
from remit.chat.slots import json_in, references_in
from remit.chat.tools import TOOLS, Call

_WORD = re.compile(r"[a-z]+")
_MARK = re.compile(r"\[(\d{1,3})\]")
_DIGITS = re.compile(r"\d[\d,.]*")
_FENCED = re.compile(r"```(?:json)?\s*(.*?)```", re.DOTALL)
_OUTCOME = re.compile(
    r"\b(?:approved|accepted|granted|authori[sz]ed|rejected|declined|denied|refused|allowed|permitted|escalated|executed|"
    r"released|paid|cancell?ed|deleted|erased|activated)\b"
)
_NOUNS = {"escalated": "escalation", "denied": "denial"}
_CLAIM = re.compile(
    r"\b(?:I|[Ww]e)(?:'(?:ve|ll|m|re))?\b(?! found)[^.;]{0,40}?"
    r"\b(?:approv|accept|grant|authori|reject|declin|den[yi]|refus|allow|permit|escalat|execut|releas|pay|paid|cancel|"
    r"delet|eras|activat)"
)
"""The model says that it did, or does, something: it has done nothing."""
_NAMED = ("decision", "subject")


def said_in(text: str) -> dict[str, Any] | None:
    """The object that a model was asked to answer with, fenced or not; None where there is none."""
    fenced = _FENCED.search(text)
    return json_in(fenced[1] if fenced else text)


def called(said: Mapping[str, Any], turn: Turn) -> Call | None:
    """The call that a model asks for, if it is one of a tool, and the question bears out what the tool is given.

    A number or an id that nobody said is a model's own: it does not enter a tool.
    """
    name, args = said.get("tool"), said.get("args", {})
    if not isinstance(name, str) or name not in TOOLS or not isinstance(args, dict):
        return None
    call = Call(name, args)
    return call if _borne_out(call, turn) else None


def grounded(text: str, result: Result) -> bool:
    """Whether a text says no number, no mark and no outcome that the result does not have, nor that the model did
    something, and cites the result where there is a source.
    """
    marks = [int(mark) for mark in _MARK.findall(text)]
    known = len(result.answer.citations)
    if any(not 1 <= mark <= known for mark in marks) or (known and not marks):
        return False
    told = json.dumps(dict(result.told), default=str) + result.answer.text
    record = _without(result.foreign, told).lower()
    of_documents = result.tool == "search_knowledge"
    if _CLAIM.search(text) or not _came_out_so(text.lower(), record, of_documents=of_documents):
        return False
    there = {_number(each) for each in _DIGITS.findall(told)}
    ids = references_in(text)
    return {_number(each) for each in _DIGITS.findall(_MARK.sub(" ", text))} <= there and all(
        each.lower() in told.lower() for each in ids
    )


def _came_out_so(text: str, record: str, *, of_documents: bool) -> bool:
    """Whether the record has every outcome that a text tells of. What was proposed (`approve`) is none, but what
    documents say of it may be put in other words (`is approved`).
    """
    told = set(_OUTCOME.findall(text))
    if of_documents:
        stem = Stemmer.Stemmer("english")
        return set(stem.stemWords(list(told))) <= set(stem.stemWords(_WORD.findall(record)))
    return all(re.search(rf"\b(?:{each}|{_NOUNS.get(each, each)})\b", record) for each in told)


def _without(foreign: tuple[str, ...], told: str) -> str:
    for each in sorted(foreign, key=len, reverse=True):
        written = {re.escape(each), re.escape(json.dumps(each)[1:-1])}
        told = re.sub(rf"(?<!\w)(?:{'|'.join(written)})(?!\w)", " ", told)
    return told


def _borne_out(call: Call, turn: Turn) -> bool:
    pasted = json.dumps(json_in(turn.question) or {})
    spoken = {each.value for each in quantities(turn.question) if not each.ambiguous}
    spoken |= {Decimal(_number(each)) for each in _DIGITS.findall(pasted) if _number(each)}
    spoken |= {each * 100 for each in set(spoken)}
    earlier = {str(value) for before in turn.before for value in before.args.values()}
    named = {each.upper() for each in references_in(turn.question)} | {each.upper() for each in earlier}
    for key in _NAMED:
        if key in call.args and str(call.args[key]).upper() not in named:
            return False
    # A period is the model's reading of words; it is shown with its dates.
    rest = {name: value for name, value in call.args.items() if name not in (*_NAMED, "since", "until", "query")}
    return all(Decimal(str(each)) in spoken for each in _numbers(rest))


def _numbers(value: Any) -> Iterator[int | float]:
    if isinstance(value, Mapping):
        for each in value.values():
            yield from _numbers(each)
    elif isinstance(value, list):
        for each in value:
            yield from _numbers(each)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield value


def _number(text: str) -> str:
    """A number's digits, however its thousands are set apart and whatever zeros end it."""
    plain = text.replace(",", "").rstrip(".")
    return plain.rstrip("0").rstrip(".") if "." in plain else plain
