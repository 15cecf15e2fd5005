"""A need is met, or it is said why not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from remit.core.words import Evidence, NeedResult
from remit.retrieval.documents import Document
from remit.retrieval.needs import Need, fill, gather
from remit.retrieval.search import Corpus

Make = Callable[..., Document]
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
STRICT = Need("lending_rule", "the loan rule", trusted=True, max_age_days=365)


def ask(corpus: Corpus, need: Need, floor: float = 0.25) -> tuple[tuple[Evidence, ...], NeedResult]:
    asked = replace(need, min_similarity=floor)
    evidence, (result,) = gather([asked], {}, corpus, audiences=frozenset(), as_of=NOW)
    return evidence, result


def test_a_need_with_a_fitting_document_is_met(library, document: Make) -> None:
    evidence, result = ask(library.corpus(document("rule", "the loan rule")), STRICT)
    assert (result.met, result.found, result.reason) == (True, 1, "")
    assert [(each.id, each.need) for each in evidence] == [("credit/rule@1#1", "lending_rule")]


@pytest.mark.parametrize(
    ("what", "reason"),
    [
        ({"trust": "untrusted"}, "0 of 1 sources found; 1 left out as not trusted"),
        ({"trust": "internal"}, "0 of 1 sources found; 1 left out as not trusted"),
        ({"valid_from": date(2024, 1, 1)}, "0 of 1 sources found; 1 left out as older than 365 days"),
    ],
)
def test_what_is_stale_or_untrusted_is_shown_but_does_not_count(
    library, document: Make, what: dict[str, object], reason: str
) -> None:
    evidence, result = ask(library.corpus(document("rule", "the loan rule", **what)), STRICT)
    assert (result.met, result.reason) == (False, reason)
    assert [each.id for each in evidence] == ["credit/rule@1#1"]


def test_a_crowd_of_rumours_does_not_hide_the_rule(library, document: Make) -> None:
    rumours = [document(f"r{n}", "the loan rule", trust="untrusted") for n in range(150)]
    evidence, result = ask(library.corpus(*rumours, document("z", "a loan rule there is")), STRICT)
    assert result.met
    assert evidence[0].id == "credit/z@1#1"
    assert [each.trust for each in evidence[1:]] == ["untrusted", "untrusted"]


def test_two_passages_of_one_document_are_one_source(library, document: Make) -> None:
    corpus = library.corpus(document("rule", "# A\n\nthe loan rule\n\n# B\n\nthe loan rule too"))
    _, result = ask(corpus, Need("rule", "the loan rule", min_sources=2))
    assert (result.met, result.reason) == (False, "1 of 2 sources found")


def test_every_source_that_counts_is_shown(library, document: Make) -> None:
    corpus = library.corpus(*(document(f"d{n}", f"the loan rule {n}") for n in range(9)))
    evidence, result = ask(corpus, Need("rule", "the loan rule", min_sources=5))
    assert (result.met, len({each.id for each in evidence})) == (True, 5)


def test_what_is_not_similar_is_no_evidence(library, document: Make) -> None:
    evidence, result = ask(library.corpus(document("plates", "steel is rolled hot")), STRICT)
    assert (evidence, result.met, result.reason) == ((), False, "nothing similar was found")


def test_a_need_is_asked_once_more_in_other_words(library, document: Make) -> None:
    corpus = library.corpus(document("rule", "affordability limit"))
    evidence, result = ask(corpus, Need("affordability_limit", "how much"))
    assert (result.met, result.query) == (True, "how much affordability limit")
    assert len(evidence) == 1


def test_values_of_the_case_go_into_the_query() -> None:
    query = "credit above {case.amount} for {case.purpose} {case.nothing} {case.missing} {other}"
    case = {"amount": 5000, "purpose": "a car", "nothing": None}
    assert fill(query, case) == "credit above 5000 for a car {other}"


def test_a_hostile_value_cannot_grow_the_query() -> None:
    assert len(fill("rule for {case.note}", {"note": "{case.note} " * 100_000})) < 250


def test_needs_keep_their_order_and_their_own_evidence(library, document: Make) -> None:
    corpus = library.corpus(document("rule", "the loan rule"), document("plates", "steel plates"))
    needs = [Need("steel", "steel plates"), Need("loan", "the loan rule")]
    evidence, results = gather(needs, {}, corpus, audiences=frozenset(), as_of=NOW)
    assert [result.need for result in results] == ["steel", "loan"]
    assert [(each.need, each.id) for each in evidence] == [
        ("steel", "credit/plates@1#1"),
        ("loan", "credit/rule@1#1"),
    ]
