"""When to ask a person, by a snapshot: a promise where the outcomes bear it out, and none where they do not."""

from __future__ import annotations

import pytest
from tests.integration.learning.conftest import ANA, PIA, Bank
from typer.testing import CliRunner

from remit.cli.learn import app
from remit.core.errors import Conflict, InputError, Refused
from remit.service.learning.acknowledge import acknowledge
from remit.service.learning.choose_threshold import choose_threshold, rule_of
from remit.service.learning.take_snapshot import take_snapshot
from remit.service.learning.watch_drift import watch_drift
from remit.service.learning.watch_threshold import watch_threshold
from remit.service.runs import stored_decision


def snapshot_of(bank: Bank, cases: int, told: int) -> str:
    """A snapshot of so many mature cases, of which so many have an outcome; in this world the weak model is right."""
    turned = [(decision_id, "false" if outcome == "true" else "true") for decision_id, outcome in bank.decide(cases)]
    bank.learn_of(turned[:told])
    return take_snapshot(bank.engine.services, str(bank.pack), PIA)[0].sha256


def test_a_promise_that_holds_names_a_threshold_and_the_rule_for_the_contract(
    bank: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    snapshot = snapshot_of(bank, 150, 150)
    wide = choose_threshold(bank.engine.services, snapshot, bound=0.6, delta=0.1)
    assert wide["threshold"] is not None, wide["why"]
    assert wide["rule"] == rule_of(wide["threshold"])
    assert wide["wrong_among_automated"] <= 0.6
    full = choose_threshold(bank.engine.services, snapshot, bound=0.6, delta=0.1, capacity=0.0)
    assert full["threshold"] <= wide["threshold"], "nobody can be asked, so the loosest that holds is taken"
    for who, bound, why in ((ANA, 0.6, "roles"), (PIA, 0.001, "no threshold")):
        with pytest.raises(Refused, match=why):
            watch_threshold(bank.engine.services, snapshot, who, bound=bound, delta=0.1)

    monkeypatch.setenv("REMIT_HOME", str(bank.engine.home))
    bank.engine.close()
    asked = ["thresholds", snapshot, "--bound", "0.6", "--watch", "--as", "pia", "--role", "policy_author"]
    said = CliRunner().invoke(app, asked)
    assert (said.exit_code, wide["rule"] in said.output) == (0, True), said.output
    stands = CliRunner().invoke(app, ["status", str(bank.pack)]).output
    assert "at most 60% wrong: kept in 0 outcomes since" in stands, stands
    assert CliRunner().invoke(app, ["thresholds", snapshot, "--bound", "0.001"]).exit_code == 1


@pytest.mark.parametrize(
    ("threshold", "number"), [(1.0, "1.0"), (0.81, "0.81"), (0.8123452, "0.812346"), (0.976888, "0.976888"), (0, "0.0")]
)
def test_the_rule_is_one_that_loads_and_automates_nothing_below_the_threshold(threshold: float, number: str) -> None:
    assert rule_of(threshold) == f"when: proposal.confidence < {number}"


def test_where_too_many_outcomes_are_unknown_no_promise_is_made(bank: Bank) -> None:
    found = choose_threshold(bank.engine.services, snapshot_of(bank, 170, 150), bound=0.6, delta=0.1)
    assert (found["threshold"], found["rule"]) == (None, None)
    assert "unknown" in found["why"]


def test_too_few_cases_are_no_ground(bank: Bank) -> None:
    with pytest.raises(InputError, match="it takes 100"):
        choose_threshold(bank.engine.services, snapshot_of(bank, 20, 20), bound=0.1, delta=0.1)


def waiting(bank: Bank, count: int) -> dict[float, bool]:
    """By how sure the model is of each of so many new cases, whether it waits for a person."""
    made = [stored_decision(bank.engine.services, decision_id) for decision_id, _ in bank.decide(count)]
    return {each.judgement.proposal["confidence"]: each.stage == "awaiting_review" for each in made if each.judgement}


def test_a_promise_that_outcomes_break_sends_cases_to_people_until_somebody_has_said_so(bank: Bank) -> None:
    services, snapshot = bank.engine.services, snapshot_of(bank, 150, 150)
    assert not watch_threshold(services, snapshot, PIA, bound=0.6, delta=0.1)["is_broken"]
    assert not any(waiting(bank, 5).values())

    bank.show(bank.decide(40), right=False)
    assert watch_drift(services, bank.clock.now()) >= 1
    (alarm,) = [each for each in bank.status()["watch"]["alarms"] if each["series"] == "promise"]
    now = waiting(bank, 10)
    assert now == {confidence: confidence < alarm.get("holds_from", 2.0) for confidence in now}
    assert any(now.values())
    assert all(replayed.same for replayed in bank.engine.replay_all())
    with pytest.raises(Conflict, match="nobody has said so"):
        watch_threshold(services, snapshot, PIA, bound=0.6, delta=0.1)

    acknowledge(services, alarm["alarm_id"], PIA, "the contract asks for more by now")
    assert not any(waiting(bank, 5).values())
