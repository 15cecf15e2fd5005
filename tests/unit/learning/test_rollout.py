"""A rollout moves on, holds, or goes back; and never back past a person."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from remit.core.errors import Conflict, InputError
from remit.learning.confidence import Bounds
from remit.learning.guards import Seen, weighed
from remit.learning.rollout import (
    LIVE,
    STEPS,
    Evidence,
    Plan,
    Rollout,
    judge,
    moved,
    moved_by_person,
    rolled_back_by_person,
    step_named,
)

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
PLAN = Plan(horizon_days=30)
ROLLOUT = Rollout("R1", "desk", "desk.request", "new", "old", "s", PLAN, 1, "running", 0, NOW, "try", "pia", NOW)
GOOD = Evidence(Bounds(0.05, 0.01, 0.09, 500), 500)
WORSE = Evidence(Bounds(-0.05, -0.09, -0.01, 500), 500)
OPEN = Evidence(Bounds(0.0, -0.1, 0.1, 500), 500)


def at(step: int, floor: int = -1) -> Rollout:
    return replace(ROLLOUT, step=step, floor=floor)


@pytest.mark.parametrize("step", range(LIVE))
def test_a_lower_bound_above_the_margin_moves_on(step: int) -> None:
    move = judge(at(step), GOOD)
    assert (move.verb, move.step) == ("promote" if step + 1 == LIVE else "advance", step + 1)


@pytest.mark.parametrize("step", range(len(STEPS)))
def test_an_upper_bound_below_zero_takes_it_back_from_any_step(step: int) -> None:
    move = judge(at(step), WORSE)
    assert (move.verb, move.alarms) == ("roll_back", True)
    assert moved(at(step), move, "remit", WORSE, NOW).state == "rolled_back"


@pytest.mark.parametrize(
    "evidence",
    [
        OPEN,
        replace(GOOD, bounds=replace(GOOD.bounds, count=99)),
        replace(GOOD, matured=1_001),
        Evidence(Bounds(0.0, -1.0, 1.0, 0), 0),
    ],
    ids=["undecided", "too few pairs", "too few outcomes", "nothing"],
)
def test_what_is_not_known_holds(evidence: Evidence) -> None:
    assert judge(at(2), evidence).verb == "hold"


@pytest.mark.parametrize(
    "evidence", [replace(GOOD, tripped={"error": "9 of 10 cases"}), replace(GOOD, turn=10_000.0)], ids=["guard", "turn"]
)
def test_a_guard_or_a_turn_takes_it_back_however_good_it_was(evidence: Evidence) -> None:
    assert judge(at(LIVE), evidence).verb == "roll_back"


def test_automation_goes_back_only_to_the_step_that_a_person_chose() -> None:
    further = moved(at(4, floor=3), judge(at(4, floor=3), WORSE), "remit", WORSE, NOW)
    assert (further.state, further.step) == ("running", 3)
    held = judge(at(3, floor=3), WORSE)
    assert (held.verb, held.alarms) == ("hold", True)


def test_a_person_moves_it_and_takes_it_back_from_anywhere() -> None:
    there = moved_by_person(ROLLOUT, step_named("25"), "pia", "in a hurry", NOW + timedelta(days=1))
    assert (there.step, there.floor, there.share) == (3, 3, 0.25)
    back = rolled_back_by_person(there, "pia", "a mistake", NOW)
    assert (back.state, back.share) == ("rolled_back", 0.0)
    with pytest.raises(Conflict):
        moved_by_person(back, LIVE, "pia", "again", NOW)


@pytest.mark.parametrize("name", ["10", "canary", ""])
def test_a_step_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(InputError):
        step_named(name)


@pytest.mark.parametrize("changes", [{"margin": 0.0}, {"alpha": 1.0}, {"pairs_min": 0}, {"horizon_days": -1}])
def test_a_plan_that_judges_by_nothing_is_refused(changes: Any) -> None:
    with pytest.raises(InputError):
        replace(PLAN, **changes)


def seen(count: int, **facts: Any) -> list[Seen]:
    usual = {"failed": False, "late": False, "matured": True, "champion": 0.5, "challenger": 0.5}
    return [Seen(**{**usual, **facts})] * count


@pytest.mark.parametrize(
    ("cases", "guard"),
    [
        (seen(95) + seen(5, failed=True), "error"),
        (seen(70) + seen(30, late=True), "latency"),
        (seen(300, challenger=0.0, champion=0.0), "kpi"),
        (seen(300, groups={"sex": "a"}) + seen(300, groups={"sex": "b"}, challenger=0.0), "group_gap"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_each_guard_trips(cases: list[Seen], guard: str) -> None:
    assert guard in (weighed(cases, replace(PLAN, reward_min=0.3)).tripped or {})


def test_no_guard_trips_over_good_cases_and_unmatured_ones_are_no_pairs() -> None:
    evidence = weighed(seen(300) + seen(50, matured=False, champion=None, challenger=None), PLAN)
    assert evidence.tripped == {}
    assert (evidence.matured, evidence.bounds.count) == (300, 300)


def test_a_guard_says_no_groups_value() -> None:
    cases = seen(300, groups={"sex": "secret"}, challenger=0.0)
    assert "secret" not in str(weighed(cases, PLAN).to_json())
