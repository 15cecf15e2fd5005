"""A question that is nothing but a slot goes on with the one before it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from remit.chat.followups import going_on, inherited
from remit.chat.ports import Turn
from remit.chat.tools import Call
from remit.chat.vocabulary import DecisionWords, Vocabulary
from remit.core.schema import Field

FIELDS = (
    Field("applicant_id", "string"),
    Field("amount_cents", "integer"),
    Field("housing", "string", values=("own",)),
)
CREDIT = DecisionWords("credit", "credit.application", ("approve", "decline"), FIELDS, "applicant_id")
QUALITY = DecisionWords("quality", "quality.disposition", ("scrap", "hold"), (Field("plate_id", "string"),), "plate_id")
WORDS = Vocabulary((CREDIT, QUALITY), datetime(2026, 11, 2, 12, tzinfo=UTC))
SEARCH = Call("search_decisions", {"action": "decline", "since": "2026-11-02T00:00:00+00:00"})
RATE = Call("kpis", {"metric": "automation", "pack": "credit"})
WEEK = Call(
    "search_decisions", {"pack": "credit", "since": "2026-10-26T00:00:00+00:00", "until": "2026-11-02T00:00:00+00:00"}
)
BEFORE = {"since": "2026-10-19T00:00:00+00:00", "until": "2026-10-26T00:00:00+00:00"}
CLAIMED = Call("search_reviews", {"state": "claimed", "pack": "credit"})
WHY = Call("explain", {"decision": "C-1"})
OCTOBER = {"since": "2026-10-01T00:00:00+00:00", "until": "2026-11-01T00:00:00+00:00"}
ABOVE = {"conditions": [{"field": "amount", "op": ">", "value": 5000}]}


def after(before: Call | None, question: str) -> Call | None:
    found = going_on(Turn(question, WORDS, (before,) if before else ()))
    return None if found is None else found.call


@pytest.mark.parametrize(
    ("before", "question", "expect"),
    [
        (SEARCH, "and last month?", {"action": "decline", **OCTOBER}),
        (SEARCH, "only those above 5,000", {**SEARCH.args, **ABOVE}),
        (SEARCH, "what about the scrapped ones?", {"action": "scrap", "since": SEARCH.args["since"]}),
        (RATE, "and for quality?", {"metric": "automation", "pack": "quality"}),
        (RATE, "last month?", {"metric": "automation", "pack": "credit", **OCTOBER}),
        (Call("search_reviews", {"state": "open"}), "now the rejected ones", {"state": "rejected"}),
        (WHY, "and C-2?", {"decision": "C-2"}),
        (WEEK, "and the week before that?", {"pack": "credit", **BEFORE}),
        (WEEK, "what did it look like the week before?", {"pack": "credit", **BEFORE}),
        (RATE, "ok and what about the ones in quality?", {"metric": "automation", "pack": "quality"}),
        (RATE, "and the escalation rate?", {"metric": "escalation", "pack": "credit"}),
        (CLAIMED, "and the ones that got rejected?", {"state": "rejected", "pack": "credit"}),
        (CLAIMED, "could you show me the open ones instead?", {"state": "open", "pack": "credit"}),
        (SEARCH, "only the ones larger than EUR 5,000", {**SEARCH.args, **ABOVE}),
    ],
)
def test_what_is_said_takes_the_place_of_what_was(before: Call, question: str, expect: dict[str, Any]) -> None:
    assert after(before, question) == Call(before.tool, expect)


@pytest.mark.parametrize("question", ["and with 2,000?", "2,000 then?", "housing own?"])
def test_a_value_after_a_decision_is_a_supposition(question: str) -> None:
    found = after(WHY, question)
    assert found is not None
    assert (found.tool, found.args["decision"]) == ("what_if", "C-1")


@pytest.mark.parametrize(
    ("before", "question"),
    [
        (None, "and last month?"),
        (SEARCH, "and then?"),
        (SEARCH, "approve them all"),
        (SEARCH, "decline the ones above 5,000"),
        (SEARCH, "who won last month?"),
        (RATE, "and C-2?"),
        (WHY, "and last month?"),
        (WHY, "and with 10.000?"),
        (RATE, "show me the declined decisions of last week"),
        (SEARCH, "but not the declined ones above 5,000, thanks to whom?"),
    ],
)
def test_what_says_anything_else_is_a_question_of_its_own(before: Call | None, question: str) -> None:
    assert after(before, question) is None


def test_what_of_a_time_is_not_read_is_asked_back_and_not_left_as_it_was() -> None:
    found = going_on(Turn("and in August and October?", WORDS, (SEARCH,)))
    assert found is not None
    assert found.answer is not None
    assert "“in August and October”" in found.answer.text


def test_a_longer_question_that_goes_on_keeps_pack_and_period() -> None:
    turn = Turn("and how many of those went to a person in the end?", WORDS, (WEEK,))
    assert inherited(turn, {}) == WEEK.args
    assert inherited(replace(turn, question="and how many in October?"), OCTOBER) == {"pack": "credit", **OCTOBER}
    assert inherited(replace(turn, question="how many decisions are there?"), {}) == {}
