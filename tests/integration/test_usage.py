"""A rule that reads what a limit has counted holds at the moment of the commit, whoever decides at the same moment."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest

SMALL, LARGE = 5_000, 200_000
RULE = """rules:
  - id: thrifty
    when: action.name != 'advise' && usage['paid-in-a-day'] >= {most}
    effect: {effect}
    reason: Enough was paid today.
"""
LIMIT = """limits:
  - {id: paid-in-a-day, for: action.name == 'pay', sum: action.args.amount_cents, per: day, max: 900000, else: deny}
"""


@pytest.fixture
def thrifty(desk: Any) -> Any:
    """Sets a rule that speaks once so much was paid in a day; the limit itself leaves room for more."""

    def set_rule(most: int, effect: str = "escalate") -> Any:
        desk.edit("policy.yaml", "rules:\n", LIMIT + RULE.format(most=most, effect=effect))
        return desk

    return set_rule


def decide_many(desk: Any, count: int) -> list[str]:
    return [desk.decide(request_id=f"R-{number}")["status"] for number in range(count)]


def blind(*_: Any) -> dict[str, Any]:
    """A look at the usage that comes too early to see anything."""
    return {}


def test_a_rule_sees_what_was_committed_to_before(thrifty: Any) -> None:
    desk = thrifty(2 * SMALL)
    assert decide_many(desk, 3) == ["executed", "executed", "awaiting_review"]
    desk.clock.advance(timedelta(days=1))
    assert decide_many(desk, 1) == ["executed"]


def test_a_rule_sees_what_other_actions_were_counted_for(thrifty: Any) -> None:
    desk = thrifty(SMALL)
    assert [desk.decide(kind=kind)["status"] for kind in ("wire", "payment", "wire", "advice")] == [
        *("executed", "executed", "awaiting_review", "advised")
    ]


@pytest.mark.parametrize(("effect", "status"), [("escalate", "awaiting_review"), ("deny", "denied")])
def test_what_others_used_after_the_verdict_is_seen_by_the_commit(
    thrifty: Any, monkeypatch: pytest.MonkeyPatch, effect: str, status: str
) -> None:
    desk = thrifty(SMALL, effect)
    decide_many(desk, 1)
    monkeypatch.setattr("remit.agents.guard.usage_of", blind)
    late = desk.decide(kind="wire")
    assert (late["status"], late["verdict"]["findings"][0]["rule"]) == (status, "thrifty")
    assert (desk.booked(), desk.is_sound()) == ([("pay", SMALL)], True)


def test_an_approval_that_was_not_shown_what_the_rule_says_now_is_void(
    thrifty: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = thrifty(SMALL)
    waiting = desk.decide(amount_cents=LARGE)
    decide_many(desk, 1)
    monkeypatch.setattr("remit.agents.escalation.usage_of", blind)
    desk.vote(waiting["review_id"])
    told = desk.engine.explain(waiting["decision_id"])
    assert (told["status"], desk.booked()) == ("awaiting_review", [("pay", SMALL)])
    assert "thrifty" in [finding["rule"] for finding in told["verdict"]["findings"]]


def test_what_is_recorded_is_what_the_commit_saw(thrifty: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = thrifty(9 * SMALL)
    decide_many(desk, 1)
    monkeypatch.setattr("remit.agents.guard.usage_of", blind)
    late = desk.decide(kind="wire")
    with desk.engine.store.read() as unit:
        judgement = unit.decisions.get(late["decision_id"]).judgement
    assert judgement.usage == {"paid-in-a-day": {"window": "2026-11-02T00:00:00+00:00", "used": "5000"}}


def test_decisions_by_what_was_counted_replay_to_the_byte(thrifty: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = thrifty(2 * SMALL)
    statuses = [desk.decide(kind=kind)["status"] for kind in ("payment", "payment", "wire", "payment")]
    assert statuses == ["executed", "executed", "awaiting_review", "awaiting_review"]
    monkeypatch.setattr("remit.agents.guard.usage_of", blind)
    desk.decide(kind="wire")
    monkeypatch.undo()
    assert [replayed.same for replayed in desk.engine.replay_all()] == [True] * 5


def test_of_thirty_two_threads_none_passes_a_rule_that_others_made_speak(thrifty: Any) -> None:
    desk = thrifty(10 * SMALL)
    desk.decide(kind="advice")
    statuses: list[str] = []
    threads = [
        threading.Thread(target=lambda number=number: statuses.append(desk.decide(request_id=f"R-{number}")["status"]))
        for number in range(32)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == ["awaiting_review"] * 22 + ["executed"] * 10
    assert (len(desk.booked()), desk.is_sound()) == (10, True)
