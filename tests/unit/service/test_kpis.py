"""Measuring what a pack declares: over what was decided, and over whole cohorts where outcomes are asked."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.unit.service.conftest import NOW

from remit.core.system import FixedClock
from remit.core.words import Actor
from remit.service import kpis
from remit.service.kpis import Measured, first_day, measure_kpis
from remit.service.record_outcome import Report, record_outcome
from remit.wiring import Engine

ANA, BEN = Actor("ana", roles=("analyst",)), Actor("ben", roles=("analyst",))
KPIS = """    kpis:
      - {name: alone, description: Alone, counted: alone}
      - {name: lent, description: Lent, value: done && action.name == 'lend', target_min: 0.6}
      - {name: lost, description: Lost, when: done && action.name == 'lend', value: '!outcome.repaid'}
      - {name: days, description: Days, unit: days, value: days_after, weight: case.amount, each: case.id}
      - {name: cost, description: Cost, unit: cents, value: 'case.late ? 100 : 10', each: case.id, summed: true}
      - {name: worth, description: Worth, value: reward}
"""
HORIZON = timedelta(days=30)


@pytest.fixture
def desk(engine: Engine, write_pack: Callable[..., Path]) -> Desk:
    pack = str(write_pack(("    fairness:", f"{KPIS}    fairness:")))
    engine.index(pack, ANA)
    return Desk(engine, pack)


class Desk:
    """A lender with figures of its own."""

    def __init__(self, engine: Engine, pack: str) -> None:
        self.engine, self.pack = engine, pack

    def lend(self, number: int, repaid_after: int | None = None, by: Actor = ANA, **fields: Any) -> None:
        """A case that is lent on, or refused where it is `late`; and when it was repaid, if that is known."""
        case = {"id": f"L-{number}", "purpose": "car", "amount": 100, "late": False, "age": 40, **fields}
        decision_id = self.engine.decide(self.pack, case, by)["decision_id"]
        if repaid_after is not None:
            at = self.engine.clock.now()
            self.wait(repaid_after)
            report = Report("repaid", True, at + timedelta(days=repaid_after))
            record_outcome(self.engine.services, decision_id, report, by)
            self.wait(-repaid_after)

    def wait(self, days: int) -> None:
        assert isinstance(self.engine.clock, FixedClock)
        self.engine.clock.advance(timedelta(days=days))

    def measured(self, days: int = 1, **said: Any) -> dict[str, Measured]:
        since = first_day(self.engine.clock.now(), days)
        return {each.kpi.name: each for each in measure_kpis(self.engine.services, self.pack, since=since, **said)}

    def values(self, **said: Any) -> dict[str, float | None]:
        return {name: each.value for name, each in self.measured(**said).items()}


def test_what_is_decided_counts_at_once_and_what_rests_on_outcomes_does_not(desk: Desk) -> None:
    desk.lend(1, repaid_after=3)
    desk.lend(2, late=True)
    assert desk.values() == {"alone": 1.0, "lent": 0.5, "lost": None, "days": None, "cost": 55.0, "worth": None}


def test_prompt_payers_do_not_make_a_young_cohort_look_good(desk: Desk) -> None:
    desk.lend(1, repaid_after=2)
    desk.lend(2, repaid_after=28)
    desk.wait(10)
    assert desk.values(days=30)["days"] is None, "the second has not been repaid, and nobody can know"
    desk.wait(20)
    assert desk.values(days=1)["days"] == 15.0


def test_a_cohort_is_dated_by_the_day_on_which_it_matures(desk: Desk) -> None:
    desk.lend(1, repaid_after=2)
    desk.wait(31)
    days = desk.measured(days=3)["days"]
    assert [(each.value, each.count) for each in days.by_day] == [(None, 0), (2.0, 1), (None, 0)]
    assert (days.since, days.until) == (first_day(NOW, 2), NOW + timedelta(days=1))


def test_days_are_weighted_by_amount(desk: Desk) -> None:
    desk.lend(1, repaid_after=10, amount=300)
    desk.lend(2, repaid_after=20, amount=100)
    desk.wait(30)
    assert desk.values()["days"] == 12.5


def test_what_nobody_reported_counts_up_to_its_horizon_and_is_told(desk: Desk) -> None:
    desk.lend(1, repaid_after=10)
    desk.lend(2)
    desk.wait(30)
    found = desk.measured()
    assert (found["days"].value, found["days"].without_outcome) == (20.0, 1)
    assert "1 without an outcome count up to their horizon, so the value is a floor" in found["days"].notes
    assert (found["lost"].value, found["lost"].count, found["lost"].without_outcome) == (0.0, 1, 1)
    assert "1 without an outcome are left out" in found["lost"].notes


def test_a_late_correction_counts(desk: Desk) -> None:
    desk.lend(1, repaid_after=10)
    with desk.engine.services.store.read() as unit:
        (decision_id,) = unit.decisions.ids()
        (first,) = unit.outcomes.of(decision_id)
    desk.wait(40)
    again = Report("repaid", True, NOW + timedelta(days=16), corrects=first.id)
    record_outcome(desk.engine.services, decision_id, again, ANA)
    assert desk.values(days=20)["days"] == 16.0


def test_what_is_decided_twice_of_one_thing_is_one_unit_and_costs_twice(desk: Desk) -> None:
    desk.lend(1, repaid_after=4)
    desk.lend(2, repaid_after=4)
    desk.wait(1)
    desk.lend(1, repaid_after=1)
    assert (desk.measured(days=2)["cost"].value, desk.measured(days=2)["cost"].total) == (15.0, 30.0)
    desk.wait(30)
    assert (desk.measured(days=2)["days"].value, desk.measured(days=2)["days"].count) == (4.0, 2)


def test_a_figure_of_one_asker_is_of_theirs(desk: Desk) -> None:
    desk.lend(1)
    desk.lend(2, by=BEN, late=True)
    assert [desk.values(asker=who)["cost"] for who in ("ana", "ben", "eve")] == [10.0, 100.0, None]


def test_what_does_not_fit_todays_pack_is_left_out_and_told(desk: Desk) -> None:
    desk.lend(1)
    folder = Path(desk.pack)
    text = (folder / "pack.yaml").read_text().replace("'case.late ? 100 : 10'", "'100 / (case.amount - 100)'")
    (folder / "pack.yaml").write_text(text)
    cost = desk.measured()["cost"]
    assert (cost.value, cost.unmeasured) == (None, 1)
    assert "1 do not fit today's pack and are left out" in cost.notes


def test_decisions_are_read_in_parts_and_come_to_the_same(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(7):
        desk.lend(number, late=number % 3 == 0)
    whole = {name: each.to_json() for name, each in desk.measured().items()}
    monkeypatch.setattr(kpis, "AT_ONCE", 2)
    assert {name: each.to_json() for name, each in desk.measured().items()} == whole


def test_where_too_many_are_there_the_newest_days_are_read_and_that_is_said(desk: Desk) -> None:
    for day in range(3):
        desk.lend(2 * day, late=day < 2)
        desk.lend(2 * day + 1, late=day < 2)
        desk.wait(1)
    found = desk.measured(days=4, most=3)
    assert (found["cost"].value, found["cost"].count, found["cost"].partial) == (10.0, 2, True)
    assert (found["alone"].count, found["alone"].partial) == (6, False)
    assert desk.measured(days=4, most=6)["cost"].partial is False


def test_a_target_is_met_or_not_or_there_is_nothing_to_tell(desk: Desk) -> None:
    assert desk.measured()["lent"].met is None
    desk.lend(1)
    assert desk.measured()["lent"].met is True
    desk.lend(2, late=True)
    assert desk.measured()["lent"].met is False
