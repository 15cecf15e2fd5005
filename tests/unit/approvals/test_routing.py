"""Order and filters of the queue."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from remit.approvals.routing import Filter, checked, matches, priority
from remit.core.errors import InputError
from remit.core.words import ApprovalTerms

Make = Callable[..., Any]
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("more", "less"),
    [
        ({"risk": "high"}, {"risk": "medium"}),
        ({"money": 1_000_000}, {"money": 1_000}),
        ({"money": 1}, {"money": None}),
        ({"opened_at": NOW - timedelta(days=2)}, {"opened_at": NOW}),
        ({"risk": "high", "money": 10_000}, {"risk": "low", "money": 10_000_000}),
    ],
)
def test_risk_money_and_age_weigh(make: Make, more: Any, less: Any) -> None:
    assert priority(make(**more), NOW) > priority(make(**less), NOW)


def test_a_review_of_a_clock_that_was_set_back_is_not_younger_than_new(make: Make) -> None:
    assert priority(make(opened_at=NOW + timedelta(days=9)), NOW) == priority(make(opened_at=NOW), NOW)


MATCHING: list[dict[str, Any]] = [
    {},
    {"decision": "desk.request"},
    {"action": "pay", "risk": "high"},
    {"rule": "large"},
    {"role": "officer"},
    {"role": "chief"},
    {"group": "north"},
    {"amount_min": 500},
    {"waiting": False},
]


@pytest.mark.parametrize("wanted", MATCHING)
def test_what_is_asked_for_is_found(make: Make, wanted: Any) -> None:
    assert matches(_review(make), Filter(**wanted), NOW)


@pytest.mark.parametrize(
    "wanted",
    [
        {"states": ("approved",)},
        {"decision": "desk.other"},
        {"action": "wire"},
        {"rule": "larger"},
        {"role": "auditor"},
        {"group": "south"},
        {"amount_min": 501},
        {"waiting": True},
        {"claimed_by": "otto"},
        {"assigned_to": "otto"},
    ],
)
def test_what_is_not_asked_for_is_left_out(make: Make, wanted: Any) -> None:
    assert not matches(_review(make), Filter(**wanted), NOW)


def test_what_is_put_aside_is_only_shown_when_asked_for(make: Make) -> None:
    aside = replace(_review(make), snoozed_until=NOW + timedelta(hours=1))
    assert not matches(aside, Filter(), NOW)
    assert matches(aside, Filter(snoozed=True), NOW)
    assert matches(aside, Filter(), NOW + timedelta(hours=1))


@pytest.mark.parametrize("wanted", [*MATCHING, {"states": ("approved", "stale"), "mine": True, "order": "priority"}])
def test_a_filter_can_be_kept(wanted: Any) -> None:
    kept = Filter(**wanted).to_json()
    assert Filter.from_json(kept) == Filter(**wanted)
    assert kept.keys() <= wanted.keys()


@pytest.mark.parametrize(
    ("wanted", "said"), [({"states": ("opne",)}, "opne"), ({"risk": "hihg"}, "hihg"), ({"order": "age"}, "age")]
)
def test_a_word_that_matches_nothing_is_refused(wanted: Any, said: str) -> None:
    with pytest.raises(InputError, match=said):
        checked(Filter(**wanted))


def _review(make: Make) -> Any:
    terms = (ApprovalTerms("officer", group="north", chain=("chief",), within_minutes=60),)
    return make(terms=terms, decision="desk.request", action="pay", rules=("large",), risk="high", money=500)
