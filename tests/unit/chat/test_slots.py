"""Numbers, times, ids and values as people write them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from remit.chat.moments import period_in
from remit.chat.numbers import quantities
from remit.chat.slots import json_in, references_in, standing_in, values_in
from remit.chat.vocabulary import DecisionWords
from remit.core.schema import Field

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
PACK = DecisionWords(
    "credit",
    "credit.application",
    ("approve", "decline"),
    (
        Field("applicant_id", "string"),
        Field("amount_cents", "integer"),
        Field("duration_months", "integer"),
        Field("housing", "string", values=("own", "rent", "for_free")),
        Field("is_foreign_worker", "boolean"),
    ),
    "applicant_id",
)


@pytest.mark.parametrize(
    ("text", "value", "op"),
    [
        ("above 10,000", 10_000, ">"),
        ("at least 7.5k", 7_500, ">="),
        ("under €1,200.50", 1200.5, "<"),
        ("up to 2 million", 2_000_000, "<="),
        ("ten thousand", 10_000, ""),
        ("no more than 36", 36, "<="),
    ],
)
def test_a_number_is_read_as_it_is_meant(text: str, value: float, op: str) -> None:
    (found,) = quantities(text)
    assert (float(found.value), found.op, found.ambiguous) == (value, op, False)


def test_a_number_that_can_be_read_in_two_ways_is_told_apart() -> None:
    assert [each.ambiguous for each in quantities("10.000 and 10,000 and 10.5")] == [True, False, False]


@pytest.mark.parametrize("text", ["C-1042", "2026-10-31", "01M832VBTANGPPSM8E6ND743RG", "v1.2.3"])
def test_what_is_part_of_an_id_or_a_date_is_no_number(text: str) -> None:
    assert quantities(text) == []


def test_between_has_two_ends() -> None:
    assert [(int(each.value), each.op) for each in quantities("between 5k and 7k")] == [(5000, ">="), (7000, "<=")]


@pytest.mark.parametrize(
    ("text", "since", "until"),
    [
        ("last week", "2026-10-26T00:00", "2026-11-02T00:00"),
        ("yesterday", "2026-11-01T00:00", "2026-11-02T00:00"),
        ("in the past 3 days", "2026-10-30T12:00", None),
        ("since Friday", "2026-10-30T00:00", None),
        ("in October", "2026-10-01T00:00", "2026-11-01T00:00"),
        ("in December", "2025-12-01T00:00", "2026-01-01T00:00"),
        ("on 2026-10-31", "2026-10-31T00:00", "2026-11-01T00:00"),
        ("between 2026-10-01 and 2026-10-03", "2026-10-01T00:00", "2026-10-04T00:00"),
        ("in 2026-13-45", None, None),
        ("whenever", None, None),
    ],
)
def test_a_period_has_the_ends_that_people_mean(text: str, since: str | None, until: str | None) -> None:
    found = period_in(text, NOW)
    ends = [each and each.strftime("%Y-%m-%dT%H:%M") for each in (found.since, found.until)]
    assert ends == [since, until]


def test_a_decisions_own_id_comes_before_that_of_its_case() -> None:
    text = "C-1042 and 01m832vbtangppsm8e6nd743rg"
    assert references_in(text) == ["01M832VBTANGPPSM8E6ND743RG", "C-1042"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (
            "amount 4,000 over 24 months, housing own",
            {"amount_cents": 400_000, "duration_months": 24, "housing": "own"},
        ),
        ("the applicant id is C-1042", {"applicant_id": "C-1042"}),
        ("foreign worker: yes, housing for free", {"is_foreign_worker": True, "housing": "for_free"}),
        ("nothing of it", {}),
    ],
)
def test_a_cases_values_are_read_in_its_fields_own_units(text: str, found: dict[str, Any]) -> None:
    assert values_in(text, PACK) == (found, [])


def test_an_amount_that_can_be_read_in_two_ways_is_asked_back() -> None:
    assert values_in("amount 10.000", PACK)[1] == ["10.000"]


@pytest.mark.parametrize("text", ["{", "{not json}", "[1]", "{" * 10_000])
def test_what_is_no_object_of_json_is_none(text: str) -> None:
    assert json_in(text) is None


def test_a_word_means_an_action_where_a_pack_has_it_and_else_a_status() -> None:
    assert standing_in("declined last week", (PACK,)) == {"action": "decline"}
    assert standing_in("declined last week", ()) == {"status": "denied"}
