"""Every way that a case can take through the graph, with real SQLite, real LangGraph and the real checkpointer."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

LARGE, VERY_LARGE, TOO_LARGE = 200_000, 600_000, 2_000_000


@pytest.mark.parametrize(
    ("case", "status", "booked"),
    [
        ({}, "executed", [("pay", 5_000)]),
        ({"amount_cents": TOO_LARGE}, "denied", []),
        ({"amount_cents": LARGE}, "awaiting_review", []),
        ({"kind": "advice"}, "advised", []),
        ({"topic": "gossip"}, "quarantined", []),
        ({"divisor": 0}, "quarantined", []),
        ({"kind": "order", "parts": 0}, "failed", []),
    ],
    ids=["allow", "deny", "escalate", "advice", "bad data", "no feature", "no argument"],
)
def test_a_case_goes_the_way_that_its_verdict_says(desk: Any, case: Any, status: str, booked: Any) -> None:
    assert desk.decide(**case)["status"] == status
    assert desk.booked() == booked


@pytest.mark.parametrize(
    ("case", "history"),
    [
        ({}, ["received", "judged", "effect.planned", "effect.attempted", "effect.confirmed", "executed"]),
        ({"amount_cents": TOO_LARGE}, ["received", "judged", "denied"]),
        ({"amount_cents": LARGE}, ["received", "judged", "review.opened"]),
        ({"kind": "advice"}, ["received", "judged", "advised"]),
        ({"topic": "gossip"}, ["received", "quarantined"]),
        ({"kind": "order", "parts": 0}, ["received", "failed"]),
    ],
    ids=["allow", "deny", "escalate", "advice", "bad data", "no argument"],
)
def test_every_step_that_matters_is_in_the_ledger_once(desk: Any, case: Any, history: list[str]) -> None:
    result = desk.decide(**case)
    told = [name.removeprefix("decision.") for name in desk.history(result["decision_id"])]
    assert told == history
    assert desk.is_sound()


@pytest.mark.parametrize("autonomy", ["advise", "shadow"])
def test_a_pack_that_may_only_advise_has_no_effect(desk: Any, autonomy: str) -> None:
    desk.edit("pack.yaml", "autonomy: act", f"autonomy: {autonomy}")
    assert desk.decide()["status"] == "advised"
    assert desk.booked() == []


@pytest.mark.parametrize("autonomy", ["advise", "shadow"])
def test_an_approval_gives_a_pack_that_may_only_advise_no_effect(desk: Any, autonomy: str) -> None:
    desk.edit("pack.yaml", "autonomy: act", f"autonomy: {autonomy}")
    waiting = desk.decide(amount_cents=LARGE)
    assert desk.vote(waiting["review_id"])["decision"]["status"] == "advised"
    assert desk.booked() == []


def test_under_approve_all_every_allow_needs_a_person(desk: Any) -> None:
    desk.edit("pack.yaml", "autonomy: act", "autonomy: approve_all")
    waiting = desk.decide()
    assert (waiting["status"], waiting["verdict"]["findings"][0]["rule"]) == ("awaiting_review", "autonomy")
    assert desk.vote(waiting["review_id"], role="reviewer")["decision"]["status"] == "executed"


def test_under_approve_all_a_deny_stays_a_deny(desk: Any) -> None:
    desk.edit("pack.yaml", "autonomy: act", "autonomy: approve_all")
    assert desk.decide(amount_cents=TOO_LARGE)["status"] == "denied"


def test_a_quarantined_case_never_reaches_the_planner(desk: Any) -> None:
    told = desk.engine.explain(desk.decide(topic="gossip")["decision_id"])
    assert (told["plan"], told["evidence"], told["verdict"]) == (None, [], None)


def test_what_was_looked_for_in_vain_is_asked_twice_more_in_wider_words(desk: Any, asked: list[list[str]]) -> None:
    result = desk.decide(topic="unwritten")
    assert asked == [["payment_rule", "unwritten_rule"], ["unwritten_rule"], ["unwritten_rule"]]
    assert desk.engine.explain(result["decision_id"])["plan"]["wording"] == 2


def test_nothing_is_asked_again_when_every_need_is_met(desk: Any, asked: list[list[str]]) -> None:
    desk.decide(topic="travel")
    assert asked == [["payment_rule", "travel_rule"]]


def test_a_denied_case_is_not_looked_up_again(desk: Any, asked: list[list[str]]) -> None:
    desk.decide(topic="unwritten", amount_cents=TOO_LARGE)
    assert len(asked) == 1


def test_a_need_that_no_wording_meets_goes_to_a_person(desk: Any) -> None:
    result = desk.decide(topic="unwritten")
    assert result["status"] == "awaiting_review"
    assert "rule-not-found" in [finding["rule"] for finding in result["verdict"]["findings"]]


def test_untrusted_text_is_shown_but_never_cited(desk: Any) -> None:
    told = desk.engine.explain(desk.decide()["decision_id"])
    assert {item["id"]: item["trust"] for item in told["evidence"]} == {
        "desk/limits@1#1": "trusted",
        "desk/hearsay@1#1": "untrusted",
    }
    assert told["cites"] == ["desk/limits@1#1"]


def test_a_search_that_fails_leaves_the_needs_unmet_and_calls_a_person(desk: Any, monkeypatch: Any) -> None:
    from remit.core.errors import SystemFailed

    def fail(*_: Any, **__: Any) -> None:
        raise SystemFailed("the model is gone", code="model_gone")

    monkeypatch.setattr("remit.service.evidence.gather", fail)
    told = desk.engine.explain(desk.decide()["decision_id"])
    assert (told["status"], told["needs"][0]["reason"]) == ("awaiting_review", "search failed: model_gone")


def test_a_passing_fault_of_the_search_is_tried_again(desk: Any, monkeypatch: Any) -> None:
    from remit.core.errors import Transient
    from remit.service import evidence

    real, calls = evidence.gather, []

    def fail_twice(*arguments: Any, **options: Any) -> Any:
        calls.append(1)
        if len(calls) < 3:
            raise Transient("busy")
        return real(*arguments, **options)

    monkeypatch.setattr(evidence, "gather", fail_twice)
    assert desk.decide()["status"] == "executed"


@pytest.fixture
def asked(desk: Any, monkeypatch: Any) -> list[list[str]]:
    """The needs that each look into the documents was for."""
    found: list[list[str]] = []
    real = desk.engine.services.trial_deps

    class Counting:
        def __init__(self, source: Any) -> None:
            self._source = source

        def gather(self, needs: Any, case: Any, at: Any) -> Any:
            found.append([need.need for need, _ in needs])
            return self._source.gather(needs, case, at)

    def deps(*arguments: Any) -> Any:
        made = real(*arguments)
        return replace(made, knowledge=Counting(made.knowledge))

    monkeypatch.setattr(desk.engine.services, "trial_deps", deps)
    return found


def test_no_decision_pays_for_an_explanation_that_nobody_asked_for(desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def taken_apart(*_: Any) -> None:
        raise AssertionError("a contract was taken apart into its clauses")

    monkeypatch.setattr("remit.policies.explain.Anatomy.__init__", taken_apart)
    results = [desk.decide(amount_cents=cents) for cents in (5_000, 200_000, 2_000_000)]
    assert [result["status"] for result in results] == ["executed", "awaiting_review", "denied"]
    with pytest.raises(AssertionError, match="taken apart"):
        desk.engine.explain(results[-1]["decision_id"])
