"""A limit is never exceeded, whoever decides at the same moment; and an action counts once, whatever is cut off."""

from __future__ import annotations

import os
import threading
from datetime import timedelta
from typing import Any

import pytest

SMALL, LARGE = 5_000, 200_000


@pytest.fixture
def limited(desk: Any) -> Any:
    """Sets a limit of so much per day on what the desk pays."""

    def set_limit(maximum: int, effect: str = "escalate", more: str = "") -> Any:
        limit = (
            f"limits:\n  - {{id: budget, for: action.name == 'pay', sum: action.args.amount_cents, per: day, "
            f"max: {maximum}, else: {effect}{more}}}\n"
        )
        desk.edit("policy.yaml", "rules:\n", f"{limit}rules:\n")
        return desk

    return set_limit


def used(desk: Any) -> list[tuple[Any, ...]]:
    counts: list[tuple[Any, ...]] = desk.sql('SELECT "window", used FROM usage ORDER BY "window"')
    return counts


def decide_many(desk: Any, count: int) -> list[str]:
    return [desk.decide(request_id=f"R-{number}")["status"] for number in range(count)]


def test_what_exceeds_the_budget_goes_to_a_person(limited: Any) -> None:
    desk = limited(3 * SMALL)
    assert decide_many(desk, 5) == ["executed"] * 3 + ["awaiting_review"] * 2
    assert used(desk) == [("2026-11-02T00:00:00+00:00", 3 * SMALL)]


def test_the_ledger_names_what_was_counted(limited: Any) -> None:
    desk = limited(SMALL)
    events = desk.engine.events_of(desk.decide()["decision_id"])
    (planned,) = [event.draft for event in events if event.draft.type == "effect.planned"]
    [counted] = planned.body["counted"]
    assert (counted["limit"], counted["window"]) == ("budget", "2026-11-02T00:00:00+00:00")
    with desk.engine.store.read() as unit:
        run = unit.decisions.get(planned.decision_id).run
    assert counted["amount_commit"] == run.commit(["budget", SMALL]), "the amount itself is a fact of the case"


def test_the_finding_names_window_use_amount_and_maximum(limited: Any) -> None:
    desk = limited(2 * SMALL - 1)
    decide_many(desk, 1)
    finding = desk.decide()["verdict"]["findings"][0]
    assert (finding["rule"], finding["effect"]) == ("budget", "escalate")
    assert finding["clause"] == "5000 used since 2026-11-02T00:00:00+00:00 + 5000 > 9999 per day"


def test_a_limit_that_denies_is_not_for_a_person_to_lift(limited: Any) -> None:
    assert decide_many(limited(SMALL, "deny"), 2) == ["executed", "denied"]


def test_the_next_day_has_a_budget_of_its_own(limited: Any) -> None:
    desk = limited(SMALL)
    decide_many(desk, 2)
    desk.clock.advance(timedelta(days=1))
    assert decide_many(desk, 1) == ["executed"]
    assert [count for _, count in used(desk)] == [SMALL, SMALL]


def test_what_was_approved_counts_but_is_not_stopped(limited: Any) -> None:
    desk = limited(SMALL)
    waiting = desk.decide(amount_cents=2 * SMALL)
    desk.vote(waiting["review_id"], role="reviewer")
    assert desk.booked() == [("pay", 2 * SMALL)]
    assert (used(desk)[0][1], decide_many(desk, 1)) == (2 * SMALL, ["awaiting_review"])


def test_advice_and_a_quarantined_case_count_nothing(limited: Any) -> None:
    desk = limited(SMALL)
    desk.edit("pack.yaml", "autonomy: act", "autonomy: advise")
    assert (desk.decide()["status"], desk.decide(topic="gossip")["status"]) == ("advised", "quarantined")
    assert used(desk) == []


def test_every_key_has_a_budget_of_its_own(limited: Any) -> None:
    desk = limited(SMALL, more=", by: [case.topic]")
    statuses = [desk.decide(topic=topic)["status"] for topic in ("none", "none", "travel", "travel")]
    assert statuses == ["executed", "awaiting_review"] * 2


def blind(*_: Any) -> dict[str, Any]:
    """A look at the usage that comes too early to see anything."""
    return {}


@pytest.mark.parametrize(("effect", "status"), [("escalate", "awaiting_review"), ("deny", "denied")])
def test_what_others_used_after_the_verdict_stops_the_commit(
    limited: Any, monkeypatch: pytest.MonkeyPatch, effect: str, status: str
) -> None:
    desk = limited(SMALL, effect)
    decide_many(desk, 1)
    monkeypatch.setattr("remit.agents.guard.usage_of", blind)
    late = desk.decide()
    assert (late["status"], late["verdict"]["findings"][0]["rule"], used(desk)[0][1]) == (status, "budget", SMALL)
    assert (len(desk.booked()), desk.is_sound()) == (1, True)


@pytest.mark.parametrize(("effect", "status"), [("escalate", "awaiting_review"), ("deny", "denied")])
def test_an_approval_that_never_saw_the_limit_does_not_lift_it(
    limited: Any, monkeypatch: pytest.MonkeyPatch, effect: str, status: str
) -> None:
    desk = limited(LARGE, effect)
    waiting = desk.decide(amount_cents=LARGE)
    decide_many(desk, 1)
    monkeypatch.setattr("remit.agents.escalation.usage_of", blind)
    desk.vote(waiting["review_id"])
    assert desk.engine.explain(waiting["decision_id"])["status"] == status
    assert "review.stale" in desk.history(waiting["decision_id"])
    assert desk.booked() == [("pay", SMALL)]


def test_a_review_that_was_opened_by_the_limit_shows_it_and_lifts_it(
    limited: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = limited(SMALL)
    decide_many(desk, 1)
    monkeypatch.setattr("remit.agents.guard.usage_of", blind)
    late = desk.decide()
    desk.vote(late["review_id"], role="reviewer")
    assert desk.booked() == [("pay", SMALL)] * 2
    assert used(desk)[0][1] == 2 * SMALL


def test_decisions_under_a_limit_replay_to_the_byte(limited: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = limited(2 * SMALL)
    decide_many(desk, 3)
    monkeypatch.setattr("remit.agents.guard.usage_of", blind)
    late = desk.decide()
    monkeypatch.undo()
    desk.vote(late["review_id"], role="reviewer")
    assert [replayed.same for replayed in desk.engine.replay_all()] == [True] * 4


@pytest.mark.parametrize("crash", ["decision.received", "effect.planned", "effect.attempted", "effect.confirmed"])
def test_a_decision_that_was_cut_off_counts_once(limited: Any, processes: Any, crash: str) -> None:
    desk = limited(SMALL)
    assert processes.decide(desk, key="k", die_after=crash).wait() == -9
    assert desk.decide(key="k")["status"] == "executed"
    assert used(desk)[0][1] == SMALL


MANY = 32 if "REMIT_SOAK" in os.environ else 8
"""How many decide at the same moment. Three of them, or ten of 32, have room in the budget."""
ROOM = 10 if MANY == 32 else 3


def test_many_threads_never_exceed_a_budget(limited: Any) -> None:
    desk = limited(ROOM * SMALL)
    desk.decide(kind="advice")
    statuses: list[str] = []
    threads = [
        threading.Thread(target=lambda number=number: statuses.append(desk.decide(request_id=f"R-{number}")["status"]))
        for number in range(MANY)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == ["awaiting_review"] * (MANY - ROOM) + ["executed"] * ROOM
    assert (used(desk)[0][1], len(desk.booked()), desk.is_sound()) == (ROOM * SMALL, ROOM, True)


def test_many_processes_never_exceed_a_budget(limited: Any, processes: Any) -> None:
    desk = limited(ROOM * SMALL)
    desk.decide(kind="advice")
    desk.close()
    jobs = [processes.decide(desk, request_id=f"R-{number}") for number in range(MANY)]
    assert [job.wait() for job in jobs] == [0] * MANY
    assert sorted(job.answer["status"] for job in jobs) == ["awaiting_review"] * (MANY - ROOM) + ["executed"] * ROOM
    assert (used(desk)[0][1], len(desk.booked())) == (ROOM * SMALL, ROOM)
