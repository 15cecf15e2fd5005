"""A reviewer sees how the run got to them, as `remit explain` tells it; and a test item gives nothing away by it."""

from __future__ import annotations

from typing import Any

import pytest

from remit.core.errors import SystemFailed
from remit.core.words import Actor
from remit.service.reviews.seed import seed_review

LARGE = 200_000
OTTO, RITA = Actor("otto", roles=("officer",)), Actor("rita", roles=("auditor",))


def trace(desk: Any, review_id: str) -> dict[str, Any]:
    found: dict[str, Any] = desk.engine.review(review_id, OTTO)["trace"]
    return found


def types(told: dict[str, Any]) -> list[str]:
    return [step["type"] for step in told["ledger"]]


def test_the_steps_of_the_run_are_shown_with_their_times(desk: Any) -> None:
    waiting = desk.decide(amount_cents=LARGE)
    told = trace(desk, waiting["review_id"])
    assert types(told) == ["decision.received", "decision.judged", "review.opened"]
    assert told["ledger"][:2] == desk.engine.explain(waiting["decision_id"])["ledger"][:2]
    assert {step["at"][:16] for step in told["ledger"]} == {"2026-11-02T12:00"}


@pytest.mark.parametrize(("topic", "times"), [("none", 0), ("unwritten", 2)])
def test_how_often_it_asked_in_other_words_is_told(desk: Any, topic: str, times: int) -> None:
    waiting = desk.decide(amount_cents=LARGE, topic=topic)
    assert trace(desk, waiting["review_id"])["replans"] == times
    assert desk.engine.explain(waiting["decision_id"])["replans"] == times


def test_why_search_failed_is_told(desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise SystemFailed("the model is gone", code="model_gone")

    monkeypatch.setattr("remit.service.evidence.gather", broken)
    told = trace(desk, desk.decide(amount_cents=LARGE)["review_id"])
    assert set(told["search_failures"]) == {"search failed: model_gone"}


def test_a_settled_review_has_the_whole_way_to_the_end(desk: Any) -> None:
    waiting = desk.decide(amount_cents=LARGE)
    desk.vote(waiting["review_id"])
    assert trace(desk, waiting["review_id"])["ledger"] == desk.engine.explain(waiting["decision_id"])["ledger"]


def test_a_test_item_shows_the_way_of_an_open_review(desk: Any) -> None:
    model = desk.decide(amount_cents=LARGE)
    desk.vote(model["review_id"])
    seeded = seed_review(desk.engine.services, model["decision_id"], RITA, {}, "reject", "the amount is wrong")
    desk.engine.review(seeded["review_id"], OTTO)
    told = trace(desk, seeded["review_id"])
    assert types(told) == ["decision.received", "decision.judged", "review.opened"]
    assert told["ledger"][-1]["at"] == desk.engine.review(seeded["review_id"])["opened_at"]
