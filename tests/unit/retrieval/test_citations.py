"""Claims are held against what was read."""

from __future__ import annotations

import pytest

from remit.core.words import Proposal
from remit.retrieval.citations import check_citations

PASSAGES = {"p/rule@1#1": "No credit above 5,000 and 36 months.", "p/rule@1#2": "At most 29.5 % of income."}
CASE = {"amount_cents": 250_000, "duration": 24, "asked_at": "2026-03-01", "employed": True, "note": None}


def proposal(reason: str, *cites: str) -> Proposal:
    return Proposal("approve", {}, 0.9, 1.0, (reason,), cites, "rules")


def problems(reason: str, *cites: str) -> list[tuple[str, str]]:
    return [(each.kind, each.what) for each in check_citations(proposal(reason, *cites), PASSAGES, CASE)]


@pytest.mark.parametrize(
    "reason",
    [
        "Below 5000.00 [p/rule@1#1]",
        "24 of 36 months at 29.50 % [p/rule@1#1] [p/rule@1#2]",
        "2,500 is asked [p/rule@1#1]",
        "Since 2026 [p/rule@1#2]",
        "A reason without a citation may say 99",
    ],
)
def test_a_supported_claim_stands(reason: str) -> None:
    assert problems(reason, "p/rule@1#1") == []


def test_a_passage_that_was_not_retrieved_cannot_be_cited() -> None:
    assert problems("as the rule says [p/rule@9#1]", "p/other@1#1") == [
        ("not_retrieved", "p/other@1#1"),
        ("not_retrieved", "p/rule@9#1"),
    ]


def test_a_number_must_stand_in_the_passage_it_leans_on() -> None:
    assert problems("36 months [p/rule@1#2]") == [("number_unsupported", "36")]


def test_a_number_of_a_passage_that_was_not_retrieved_has_no_support() -> None:
    assert ("number_unsupported", "7") in problems("7 years [p/rule@9#1]")


def test_true_is_not_the_number_one() -> None:
    assert problems("1 job [p/rule@1#1]") == [("number_unsupported", "1")]
