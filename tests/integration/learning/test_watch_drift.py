"""The watch for drift on a pack that decides: every decision once, in order, whoever feeds it, and alarms that act."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from tests.integration.learning.conftest import ANA, PIA, PLAN, Bank, card, history, trained

from remit.core.errors import Conflict, InputError, Refused
from remit.learning import watch as rules
from remit.learning.watch import DriftAlarm, Watch
from remit.service.learning import watch_drift as chore
from remit.service.learning.acknowledge import acknowledge
from remit.service.learning.register import register_candidate
from remit.service.learning.rollout import start_rollout
from remit.service.learning.watch_drift import watch_drift

OF = ("credit", "credit.application")


@pytest.fixture(autouse=True)
def quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    """So short a reference that a hundred decisions say something, fed in batches that do not divide them."""
    monkeypatch.setattr(rules, "REFERENCE", 100)
    monkeypatch.setattr(chore, "AT_ONCE", 7)


def look(bank: Bank) -> int:
    return watch_drift(bank.engine.services, bank.clock.now())


def seen(bank: Bank) -> Watch:
    with bank.engine.services.store.read() as unit:
        return unit.watches.get(*OF)


def alarms(bank: Bank) -> list[dict[str, Any]]:
    return bank.status()["watch"]["alarms"]  # type: ignore[no-any-return]


def test_each_decision_is_fed_once_and_its_outcome_when_it_is_due(bank: Bank) -> None:
    made = bank.decide(10)
    assert look(bank) == look(bank) == 0
    assert (seen(bank).decisions, seen(bank).labels) == (10, 0)
    bank.learn_of(made[:6])
    look(bank)
    look(bank)
    assert (seen(bank).decisions, seen(bank).labels) == (10, 6)
    bank.learn_of(made[6:])
    look(bank)
    assert (seen(bank).decisions, seen(bank).labels) == (10, 10)


def test_of_two_workers_at_once_one_feeds_and_the_other_has_done_nothing(
    bank: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    bank.decide(10)
    save, inner = chore._save, []

    def in_between(*args: Any, **options: Any) -> int:
        monkeypatch.setattr(chore, "_save", save)
        return save(*args, **options)

    def meanwhile(services: Any, final: Any, stored: Any) -> Any:
        monkeypatch.setattr(chore, "_due_at", due)
        inner.append(look(bank))  # another worker looks between our reading and our writing
        return due(services, final, stored)

    due = chore._due_at
    monkeypatch.setattr(chore, "_due_at", meanwhile)
    monkeypatch.setattr(chore, "_save", in_between)
    assert look(bank) == 0
    assert inner == [0]
    assert seen(bank).decisions == 10
    look(bank)
    assert seen(bank).decisions == 10


def test_what_a_crash_cuts_off_is_fed_again_from_where_it_was(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    bank.decide(10)
    whole = chore._save
    calls = iter([False, True])

    def falls(*args: Any, **options: Any) -> int:
        if next(calls, False):
            raise KeyboardInterrupt
        return whole(*args, **options)

    monkeypatch.setattr(chore, "_save", falls)
    with pytest.raises(KeyboardInterrupt):
        look(bank)
    assert seen(bank).decisions == 7
    look(bank)
    assert seen(bank).decisions == 10


def test_a_regression_alarms_once_and_a_person_acknowledges_it(bank: Bank) -> None:
    bank.show(bank.decide(104), right=True)
    assert look(bank) == 0
    bank.show(bank.decide(30), right=False)
    assert look(bank) > 0
    assert look(bank) == 0
    raised = alarms(bank)
    assert {"loss", "calibration"} <= {each["series"] for each in raised}
    assert bank.events() == ["drift.alarmed"] * len(raised)
    with pytest.raises(Refused):
        acknowledge(bank.engine.services, raised[0]["alarm_id"], ANA, "I have seen it.")
    with pytest.raises(InputError):
        acknowledge(bank.engine.services, raised[0]["alarm_id"], PIA, " ")
    for each in raised:
        acknowledge(bank.engine.services, each["alarm_id"], PIA, "A new product.")
    with pytest.raises(Conflict, match="pia has acknowledged"):
        acknowledge(bank.engine.services, raised[0]["alarm_id"], PIA, "Once more.")
    assert alarms(bank) == []
    assert bank.events()[len(raised) :] == ["drift.acknowledged"] * len(raised)
    assert "loss" not in seen(bank).detectors


def alarmed(bank: Bank, series: str) -> None:
    """The watch has raised an alarm, a moment ago."""
    now = bank.clock.now()
    bank.clock.advance(timedelta(seconds=1))
    with bank.engine.services.store.write() as unit:
        unit.watches.put_alarm(DriftAlarm(bank.engine.services.ids.new(), *OF, series, {}, now))


def test_an_alarm_takes_a_challenger_back_that_decides_and_not_one_in_its_shadow(bank: Bank) -> None:
    services, pack = bank.engine.services, str(bank.pack)
    good = trained(history()[0][:300])
    register_candidate(services, pack, good.onnx, card(good), PIA)
    start_rollout(services, pack, good.sha256, PIA, "to look", plan=PLAN, despite_gate=True)
    bank.clock.advance(timedelta(seconds=1))
    alarmed(bank, "loss")
    bank.learn_of(bank.decide(32))
    assert (bank.look()["step"], bank.look()["state"]) == ("canary 1 %", "running")
    bank.clock.advance(timedelta(seconds=1))
    alarmed(bank, "concentration")
    assert bank.look()["state"] == "running", "that something is another way than it was is not yet worse"
    alarmed(bank, "loss")
    assert bank.look()["state"] == "rolled_back"
    assert bank.status()["rollouts"][-1]["last_look"]["why"] == "drift: loss got worse at this step"
