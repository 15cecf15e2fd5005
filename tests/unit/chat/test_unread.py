"""What was said of a time or of an amount is read or asked back: it is never left out."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.chat.reading import Asked, figure_args, is_counted_by_amount, left_of, review_args, search_args, simply_put
from remit.chat.vocabulary import DecisionWords, Vocabulary
from remit.core.schema import Field

CREDIT = DecisionWords(
    "credit",
    "credit.application",
    ("approve", "decline"),
    (
        Field("applicant_id", "string"),
        Field("purpose", "string", values=("car_new", "car_used", "repairs")),
        Field("amount_cents", "integer"),
        Field("duration_months", "integer"),
        Field("savings", "string", values=("below_100", "100_to_500")),
        Field("dependants", "integer"),
        Field("age", "integer", description="Age in years."),
        Field("has_telephone", "boolean"),
    ),
    "applicant_id",
    figures=("days_sales_outstanding",),
)
QUALITY = DecisionWords(
    "quality",
    "quality.disposition",
    ("scrap", "hold"),
    (
        Field("plate_id", "string"),
        Field("steel_type", "string", values=("A300", "A400")),
        Field("thickness", "integer"),
    ),
    "plate_id",
)
WORDS = Vocabulary((CREDIT, QUALITY), datetime(2026, 11, 2, 12, tzinfo=UTC))


def asked_back(asked: Asked) -> str:
    return "" if asked.unclear is None else asked.unclear.text


def one(field: str, op: str, value: Any) -> list[dict[str, Any]]:
    return [{"field": field, "op": op, "value": value}]


@pytest.mark.parametrize(
    ("text", "conditions"),
    [
        ("plates thicker than 80", one("thickness", ">", 80)),
        ("A300 plates", one("steel_type", "==", "A300")),
        ("applications for a new car", one("purpose", "==", "car_new")),
        ("credits for repairs", one("purpose", "==", "repairs")),
        ("applicants older than 60", one("age", ">", 60)),
        ("credits longer than three years", one("duration_months", ">", 36)),
        ("24-month credits", one("duration_months", "==", 24)),
        ("credits with more than two dependants", one("dependants", ">", 2)),
        ("applicants without a telephone", one("has_telephone", "==", False)),
        ("savings below 100", one("savings", "==", "below_100")),
        ("credits of 5,000", one("amount", "==", 5_000)),
        ("plates between 60 and 80 thick", [*one("thickness", ">=", 60), *one("thickness", "<=", 80)]),
        ("plates with a thickness of 80", one("thickness", "==", 80)),
    ],
)
def test_a_search_reads_what_is_said_of_the_cases(text: str, conditions: list[dict[str, Any]]) -> None:
    found = search_args(text, WORDS)
    assert (found.args["conditions"], found.args.get("subject"), found.unclear) == (conditions, None, None)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("declined last spring", "“last spring”"),
        ("declined next week", "“next week”"),
        ("declined since the audit", "“since”"),
        ("declined overnight", "“overnight”"),
        ("declined in two weeks", "“in two weeks”"),
        ("what waits for more than 3 days", "“more than 3 days”"),
        ("everything from early October", "“early October”"),
        ("plates of week 40", "“of week 40”"),
        ("plates above 80", "“above 80”"),
        ("cases with more than two reviewers", "“more than”"),
        ("the bigger credits", "“the bigger”"),
        ("credits around 5,000", "“around 5,000”"),
        ("credits between 5,000 and 2,000", "“between 5,000 and 2,000”"),
        ("the first 10 decisions", "“the first 10”"),
        ("declined on 03/10", "03/10"),
        ("declined in August and October", "“in August and October”"),
        ("credits above 8.000,50", "8.000,50"),
        ("credits below 2,000 or above 5,000", "“below 2,000 or above 5,000”"),
        ("applications for a car", "“car”"),
        ("plates with a K_Scratch", "“K_Scratch”"),
    ],
)
def test_a_search_asks_back_what_it_did_not_read(text: str, words: str) -> None:
    assert words in asked_back(search_args(text, WORDS))


@pytest.mark.parametrize("text", ["what was not approved?", "weren't declined", "everything except the escalated ones"])
def test_the_opposite_of_what_was_asked_is_never_found(text: str) -> None:
    assert "the other way round" in asked_back(search_args(text, WORDS))


@pytest.mark.parametrize(
    "text",
    [
        "the last 10 decisions",
        "decisions over time",
        "decisions in awaiting_review with duration_months above 36",
        "the difference between credit and quality",
        "what may be declined?",
    ],
)
def test_what_narrows_nothing_is_no_time_and_no_amount(text: str) -> None:
    assert asked_back(search_args(text, WORDS)) == ""


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("how many decisions per day in October", ""),
        ("escalations by week", ""),
        ("what is our days sales outstanding?", ""),
        ("how many days does a review take?", "“days”"),
        ("what share of credits above 10,000 was declined", "“above 10,000”"),
        ("how many out of a hundred were denied", ""),
        ("how many of batch 100 were denied", "100”"),
    ],
)
def test_figures_say_by_what_they_cannot_be_narrowed(text: str, words: str) -> None:
    found = asked_back(figure_args(text, WORDS))
    assert words in found
    assert bool(found) is bool(words)


def test_decisions_above_an_amount_are_counted_by_a_search() -> None:
    assert is_counted_by_amount("how many credits above 10,000 were declined?", WORDS)
    assert not is_counted_by_amount("what share of how many above 10,000?", WORDS)
    assert not is_counted_by_amount("how many were declined since 2026-10-01?", WORDS)


@pytest.mark.parametrize("text", ["reviews above 10,000", "open reviews older than 3 days", "reviews due next week"])
def test_reviews_say_by_what_they_cannot_be_narrowed(text: str) -> None:
    assert asked_back(review_args(text, WORDS)).startswith("I did not understand")


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("what if the amount were 8,000 instead of 10,000?", None),
        ("C-35 with 8,000", None),
        ("what if it were 8,000 in 3 instalments?", "3"),
    ],
)
def test_a_supposition_leaves_no_number_out(text: str, left: str | None) -> None:
    assert left_of(text, {"amount_cents": 800_000}, WORDS) == left


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("reviews that nobody has taken", "open"),
        ("reviews that were not approved yet", "open"),
        ("which reviews did people approve?", "approved"),
        ("which reviews did people turn down?", "rejected"),
        ("denied reviews", "rejected"),
        ("reviews that were picked up", "claimed"),
    ],
)
def test_a_review_stands_where_its_words_say(text: str, state: str) -> None:
    assert review_args(text, WORDS).args["state"] == state


def test_the_same_words_stand_for_every_time_and_comparison_that_was_read() -> None:
    assert simply_put("credits not more than EUR 5,000 since the 3rd of May", WORDS) == "credits above 1000 last week"
    assert simply_put("decisions on A300 and P-1001", WORDS) == "decisions on a300 and P-1001"


TIMES = [
    "last {}",
    "two {}s ago",
    "in {}s",
    "every {}",
    "the {} of the audit",
    "since that {}",
    "{} 12",
    "half a {}",
    "this {}",
]
UNITS = ["hour", "day", "week", "fortnight", "month", "quarter", "year", "decade", "weekend"]


@given(st.sampled_from(TIMES), st.sampled_from(UNITS), st.sampled_from(["declined {}", "{}: what was escalated?"]))
def test_no_unit_of_time_is_ever_dropped(time: str, unit: str, question: str) -> None:
    found = search_args(question.format(time.format(unit)), WORDS)
    assert found.unclear is not None or {"since", "until"} & found.args.keys()


@given(st.integers(13, 10**7), st.sampled_from(["{}", "{:,}", "about {}", "~{:,}", "{}x", "no. {}", "level {}", "±{}"]))
def test_no_number_is_ever_dropped(number: int, written: str) -> None:
    found = search_args(f"declined {written.format(number)}", WORDS)
    assert found.unclear is not None or found.args.keys() & {"conditions", "since", "subject"}
