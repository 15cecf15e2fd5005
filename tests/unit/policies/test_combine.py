"""The strictest terms of each seat win, whatever the order of the rules."""

from __future__ import annotations

from typing import Any

import pytest

from remit.core.words import ApprovalTerms
from remit.policies.combine import merge_terms

OFFICER = ApprovalTerms("officer")


@pytest.mark.parametrize(
    ("one", "other", "merged"),
    [
        ({"quorum": 2}, {"quorum": 3}, {"quorum": 3}),
        ({"within_minutes": 60}, {}, {"within_minutes": 60}),
        ({"within_minutes": 60}, {"within_minutes": 30}, {"within_minutes": 30}),
        ({"within_minutes": 60, "warn_minutes": 40}, {"within_minutes": 30}, {"within_minutes": 30}),
        ({"on_timeout": "deny"}, {}, {"on_timeout": "deny"}),
        ({"hours": "always"}, {}, {"hours": "always"}),
        ({"chain": ("a", "b")}, {"chain": ("c",)}, {"chain": ("a", "b")}),
    ],
)
def test_the_stricter_of_two_wins(one: Any, other: Any, merged: Any) -> None:
    both = [ApprovalTerms("officer", **one), ApprovalTerms("officer", **other)]
    assert merge_terms(both) == merge_terms(both[::-1]) == (ApprovalTerms("officer", **merged),)


def test_stages_and_groups_are_seats_of_their_own() -> None:
    seats = [ApprovalTerms("officer", stage=2), ApprovalTerms("officer", group="north"), OFFICER, ApprovalTerms("a")]
    assert [terms.seat for terms in merge_terms(seats)] == ["1/a", "1/officer", "1/officer/north", "2/officer"]


def test_terms_of_before_there_were_stages_keep_their_words() -> None:
    assert OFFICER.to_json() == {"role": "officer", "quorum": 1, "within_minutes": None, "on_timeout": "hold"}


@pytest.mark.parametrize("terms", [OFFICER, ApprovalTerms("a", 2, 60, "deny", 3, "north", 30, ("b",), "always")])
def test_terms_come_back_as_they_were_written(terms: ApprovalTerms) -> None:
    assert ApprovalTerms.from_json(terms.to_json()) == terms
