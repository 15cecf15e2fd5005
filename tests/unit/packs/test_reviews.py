"""How a pack declares the work on its reviews, and what it may not say."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from remit.core.problems import Problem
from remit.packs.pack import Decision
from remit.packs.review_rules import BulkCaps, Money, WorkingHours

Load = Callable[..., Decision]
Problems = Callable[..., list[Problem]]
HOURS = "hours: {zone: Europe/Berlin, days: [mon, fri], opens: '08:30', closes: '24:00', holidays: ['2026-12-25']}"


def saying(reviews: str) -> tuple[str, str]:
    return "    autonomy: act\n", f"    autonomy: act\n    reviews: {{{reviews}}}\n"


def test_everything_that_can_be_said(load: Load) -> None:
    said = f"money: args.amount, reasons: {{late: Too late.}}, {HOURS}, bulk: {{reviews_max: 5, amount_max: 9}}"
    rules = load(saying(said)).reviews
    assert (rules.money, rules.reasons, rules.bulk) == (Money("args", "amount"), {"late": "Too late."}, BulkCaps(5, 9))
    assert rules.hours == WorkingHours("Europe/Berlin", (0, 4), 510, 1440, (date(2026, 12, 25),))
    assert rules.hours is not None
    assert WorkingHours.from_json(rules.hours.to_json()) == rules.hours


def test_a_pack_that_says_nothing_has_no_caps_no_codes_and_no_closing_time(load: Load) -> None:
    rules = load().reviews
    assert (rules.money, rules.reasons, rules.bulk, rules.hours, rules.verdict_hidden_first) == (
        None,
        {},
        None,
        None,
        False,
    )


@pytest.mark.parametrize(
    ("reviews", "message"),
    [
        ("money: args.amuont", "`args.amuont` is no whole number of this decision"),
        ("money: case.purpose", "`case.purpose` is no whole number of this decision"),
        ("money: args.amount, bulk: {reviews_max: 5}", "a cap on the amount and `money` belong together"),
        ("bulk: {reviews_max: 5, amount_max: 5}", "a cap on the amount and `money` belong together"),
        ("bulk: {reviews_max: 1}", "greater than or equal to 2"),
        (HOURS.replace("Europe/Berlin", "Europe/Bärlin"), "must be a time zone such as Europe/Berlin"),
        (HOURS.replace("24:00", "08:30"), "`closes` must be later than `opens`"),
        (HOURS.replace("mon", "monday"), "must be 'mon'"),
        (HOURS.replace("2026-12-25", "2026-12-32"), "day is out of range"),
        ("calender: office", "undeclared field `calender`"),
    ],
)
def test_what_cannot_be_meant_is_told(problems: Problems, reviews: str, message: str) -> None:
    found = problems(saying(reviews))
    assert any(message in each.message and each.line == 11 for each in found), [each.render() for each in found]


@pytest.mark.parametrize(
    ("money", "case", "args", "amount"),
    [
        (Money("args", "cents"), {"cents": 1}, {"cents": 2}, 2),
        (Money("case", "cents"), {"cents": 1}, {"cents": 2}, 1),
        (Money("args", "cents"), {"cents": 1}, {}, None),
        (Money("args", "cents"), {}, {"cents": True}, None),
    ],
)
def test_money_is_found_where_the_pack_says(money: Money, case: Any, args: Any, amount: Any) -> None:
    assert money.of(case, args) == amount
