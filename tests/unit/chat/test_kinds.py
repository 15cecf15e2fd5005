"""A pack that makes several decisions: which of them a text means, and what is asked where it does not tell."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from remit.adapters.memory.embedder import HashingEmbedder
from remit.chat.followups import going_on, inherited
from remit.chat.intents import Recogniser
from remit.chat.ports import Turn
from remit.chat.reading import changes_in, figure_args, review_args, search_args
from remit.chat.tools import Call
from remit.chat.understand import understand
from remit.chat.vocabulary import DecisionWords, Vocabulary
from remit.core.schema import Field

SALE = DecisionWords("shop", "shop.sale", ("sell",), (Field("grade", "integer"), Field("price", "integer")), "deal_id")
REFUND = DecisionWords(
    "shop", "shop.late_refund", ("repay",), (Field("grade", "string", values=("5", "good")),), "deal_id"
)
CREDIT = DecisionWords(
    "credit", "credit.application", ("approve",), (Field("amount_cents", "integer"),), "applicant_id"
)
CLOSE = tuple(
    DecisionWords("month_end", name, ("close",), (Field("ledger_id", "string"),), "ledger_id")
    for name in ("month_end.hard_close", "month_end.soft_close")
)
WORDS = Vocabulary((CREDIT, SALE, REFUND), datetime(2026, 11, 2, 12, tzinfo=UTC))
BOOKS = Vocabulary(CLOSE, WORDS.now)
WEEK = {"since": "2026-10-26T00:00:00+00:00", "until": "2026-11-02T00:00:00+00:00"}
OCTOBER = {"since": "2026-10-01T00:00:00+00:00", "until": "2026-11-01T00:00:00+00:00"}
RECOGNISER = Recogniser(HashingEmbedder())


@pytest.mark.parametrize(
    ("text", "pack", "kind"),
    [
        ("the late refunds", "shop", "shop.late_refund"),
        ("shop.sale of last week", "shop", "shop.sale"),
        ("sales and late refunds of the shop", "shop", None),
        ("what did the shop do?", "shop", None),
        ("credit applications", "credit", None),
        ("applications", None, None),
    ],
)
def test_a_pack_is_named_by_its_decisions_and_of_several_the_one_that_is_said(
    text: str, pack: str | None, kind: str | None
) -> None:
    named = WORDS.named_in(text)
    assert (named and named.pack, named and named.kind) == (pack, kind)


def test_lists_are_narrowed_to_the_one_that_is_said() -> None:
    assert search_args("late refunds above 5", WORDS).args["kind"] == "shop.late_refund"
    assert review_args("open reviews of sales", WORDS).args == {"state": "open", "pack": "shop", "kind": "shop.sale"}
    assert search_args("all credit decisions", WORDS).args == {"pack": "credit"}


def test_fields_of_every_decision_of_the_pack_that_is_named_are_known() -> None:
    text = "shop decisions with price above 5 and grade good"
    fields = [each["field"] for each in search_args(text, WORDS).args["conditions"]]
    assert fields == ["price", "grade"]


@pytest.mark.parametrize(
    "text",
    [
        "month_end.hard_close of last week",
        "hard_close decisions",
        "the month end hard closes",
        "soft closes since Monday",
    ],
)
def test_a_time_in_what_a_decision_is_called_is_not_asked_back(text: str) -> None:
    for read in (search_args, review_args, figure_args):
        assert read(text, BOOKS).unclear is None


@pytest.mark.parametrize(
    ("said", "expect"),
    [
        ({}, {"pack": "shop", "kind": "shop.sale", **WEEK}),
        (OCTOBER, {"pack": "shop", "kind": "shop.sale", **OCTOBER}),
        ({"pack": "shop", "kind": "shop.late_refund"}, {"pack": "shop", "kind": "shop.late_refund", **WEEK}),
        ({"pack": "credit"}, {"pack": "credit", **WEEK}),
    ],
)
def test_a_longer_question_that_goes_on_keeps_the_kind_but_where_it_names_another_pack(
    said: dict[str, str], expect: dict[str, str]
) -> None:
    before = Call("search_decisions", {"pack": "shop", "kind": "shop.sale", **WEEK})
    assert inherited(Turn("and how many of those went to a person in the end?", WORDS, (before,)), said) == expect


@pytest.mark.parametrize(
    ("question", "told"),
    [("the sale, with grade 5 and 7?", "“7”"), ("D-2 with grade 10.000?", "two ways")],
)
def test_of_a_kind_no_number_is_left_out_either(question: str, told: str) -> None:
    found = going_on(Turn(question, WORDS, (Call("explain", {"decision": "D-1", "kind": "shop.sale"}),)))
    assert found is not None
    assert found.answer is not None
    assert told in found.answer.text


@pytest.mark.parametrize(
    ("before", "question", "expect"),
    [
        ({"decision": "D-1"}, "the late refund", {"decision": "D-1", "kind": "shop.late_refund"}),
        ({"decision": "D-1", "kind": "shop.sale"}, "and D-2?", {"decision": "D-2"}),
        ({"decision": "D-1", "kind": "shop.sale"}, "and the sale?", None),
    ],
)
def test_a_kind_alone_goes_on_with_the_decision_before(
    before: dict[str, Any], question: str, expect: dict[str, Any] | None
) -> None:
    found = going_on(Turn(question, WORDS, (Call("explain", before),)))
    assert (found and found.call) == (expect and Call("explain", expect))


def test_a_kind_that_was_said_holds_for_the_questions_after_it() -> None:
    before = (Call("explain", {"decision": "D-1", "kind": "shop.sale"}),)
    thought = understand(Turn("which rule, which clause?", WORDS, before), RECOGNISER)
    assert thought.call == Call("rules", {"decision": "D-1", "kind": "shop.sale"})


def test_a_value_that_two_decisions_read_differently_is_asked_back() -> None:
    _, (doubt,) = changes_in("what if the grade were 5?", WORDS)
    assert (
        doubt.text
        == "The grade is something else in shop.late_refund than elsewhere. Say which decision you mean, too."
    )
    assert changes_in("what if, for the sale, the grade were 5?", WORDS) == ({"grade": 5}, [])
    assert changes_in("what if the grade were 5?", WORDS, "shop.late_refund") == ({"grade": "5"}, [])


def test_what_a_decision_is_called_does_not_tell_what_is_wanted() -> None:
    assert WORDS.without_kinds("Why was the late refund denied, unlike sales?") == (
        "Why was the decision denied, unlike decisions?"
    )
    assert WORDS.without_kinds("list the shop.sale decisions of credit") == "list the decisions of credit"
