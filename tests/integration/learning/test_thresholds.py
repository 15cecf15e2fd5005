"""When to ask a person, by a snapshot: a promise where the outcomes bear it out, and none where they do not."""

from __future__ import annotations

import pytest
from tests.integration.learning.conftest import PIA, Bank
from typer.testing import CliRunner

from remit.cli.learn import app
from remit.core.errors import InputError
from remit.service.learning.choose_threshold import choose_threshold
from remit.service.learning.take_snapshot import take_snapshot


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
    assert wide["rule"] == f"when: proposal.confidence < {wide['threshold']:.6g}"
    assert wide["wrong_among_automated"] <= 0.6
    full = choose_threshold(bank.engine.services, snapshot, bound=0.6, delta=0.1, capacity=0.0)
    assert full["threshold"] <= wide["threshold"], "nobody can be asked, so the loosest that holds is taken"

    monkeypatch.setenv("REMIT_HOME", str(bank.engine.home))
    bank.engine.close()
    said = CliRunner().invoke(app, ["thresholds", snapshot, "--bound", "0.6"])
    assert (said.exit_code, wide["rule"] in said.output) == (0, True), said.output
    assert CliRunner().invoke(app, ["thresholds", snapshot, "--bound", "0.001"]).exit_code == 1


def test_where_too_many_outcomes_are_unknown_no_promise_is_made(bank: Bank) -> None:
    found = choose_threshold(bank.engine.services, snapshot_of(bank, 170, 150), bound=0.6, delta=0.1)
    assert (found["threshold"], found["rule"]) == (None, None)
    assert "unknown" in found["why"]


def test_too_few_cases_are_no_ground(bank: Bank) -> None:
    with pytest.raises(InputError, match="it takes 100"):
        choose_threshold(bank.engine.services, snapshot_of(bank, 20, 20), bound=0.1, delta=0.1)
