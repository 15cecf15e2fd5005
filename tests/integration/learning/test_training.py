"""Training from a snapshot: strategies compete, the best becomes a candidate with its card, and it can be repeated."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from tests.integration.learning.conftest import ANA, PIA, Bank
from typer.testing import CliRunner

from remit.cli.learn import app
from remit.core.canonical import sha256_hex
from remit.core.errors import InputError, Refused
from remit.service.learning.take_snapshot import take_snapshot
from remit.service.learning.train import train_from_snapshot
from remit.service.learning.trainings import Train, ask_for_training, training_of


@pytest.fixture
def learnt(bank: Bank) -> tuple[Bank, str]:
    """A bank, and a snapshot of its first 130 applicants with what became of them."""
    bank.learn_of(bank.decide(130))
    return bank, take_snapshot(bank.engine.services, str(bank.pack), PIA)[0].sha256


def trained(bank: Bank, snapshot: str, **options: Any) -> dict[str, Any]:
    return train_from_snapshot(bank.engine.services, str(bank.pack), snapshot, PIA, **options)


def test_the_best_of_several_is_registered_and_the_same_again_is_the_same(learnt: tuple[Bank, str]) -> None:
    bank, snapshot = learnt
    made = trained(bank, snapshot)
    card = made["card"]
    values = {each["strategy"]: float(each["value"]) for each in card["competition"] if each["can_be_served"]}
    assert set(values) == {"logistic", "forest", "random_trees", "lightgbm"}
    assert values[card["strategy"]] == max(values.values())
    assert (made["state"], made["snapshot"], made["new"]) == ("registered", snapshot, True)
    again = trained(bank, snapshot)
    assert (again["sha256"], again["new"], again["card"]) == (made["sha256"], False, card)
    assert [kind for kind in bank.events() if kind.startswith("model")] == ["model.trained", "model.registered"]

    with bank.engine.services.store.read() as unit:
        onnx, kept = unit.models.artefact(made["sha256"])
    assert (sha256_hex(onnx), orjson.loads(kept)) == (made["sha256"], card)
    assert bank.engine.verify().sound


def test_the_card_tells_of_data_features_figures_calibration_fairness_and_limits(learnt: tuple[Bank, str]) -> None:
    bank, snapshot = learnt
    card = trained(bank, snapshot, strategy="logistic", seed=7)["card"]
    assert (card["snapshot"], card["seed"], card["rows"]) == (snapshot, 7, 130)
    assert "strained" in card["features"]["numbers"]
    assert float(card["held_out"]["interval"][0]) < float(card["held_out"]["value"])
    assert card["calibration"]["slope"] > 0
    assert {each["attribute"] for each in card["fairness"]} == {"age", "is_foreign_worker", "status_and_sex"}
    assert any("chosen by the figures" in each for each in card["limits"])
    assert card["libraries"]["scikit-learn"]


def test_the_verb_tells_who_won_and_how_sure_that_is(learnt: tuple[Bank, str], monkeypatch: pytest.MonkeyPatch) -> None:
    bank, snapshot = learnt
    monkeypatch.setenv("REMIT_HOME", str(bank.engine.settings.home))
    wanted = ["train", str(bank.pack), "--snapshot", snapshot[:12], "--as", "pia", "--role", "policy_author"]
    said = CliRunner().invoke(app, wanted)
    card = bank.status()["models"][-1]
    assert said.exit_code == 0
    assert f"won on 130 rows; {card['sha256'][:12]} is registered" in said.output
    assert "a yardstick: it cannot be served" in said.output
    assert "calibration error 0." in said.output


def test_what_cannot_be_served_is_not_there_or_may_not_be_done_is_refused(learnt: tuple[Bank, str]) -> None:
    bank, snapshot = learnt
    with pytest.raises(InputError, match="cannot be served"):
        trained(bank, snapshot, strategy="vowpal")
    with pytest.raises(InputError, match="there is no strategy `oracle`"):
        trained(bank, snapshot, strategy="oracle")
    with pytest.raises(Refused, match="none of the roles"):
        train_from_snapshot(bank.engine.services, str(bank.pack), snapshot, ANA)


def test_nothing_is_learnt_from_a_snapshot_that_its_gates_refuse(bank: Bank) -> None:
    bank.decide(5)
    made, _ = take_snapshot(bank.engine.services, str(bank.pack), PIA)
    with pytest.raises(Refused, match="labels: no mature decision has a known outcome"):
        trained(bank, made.sha256)


def test_a_worker_trains_what_was_asked_for_and_the_same_wish_is_open_once(learnt: tuple[Bank, str]) -> None:
    bank, snapshot = learnt
    services = bank.engine.services
    asked = ask_for_training(services, "credit", snapshot[:12], PIA, strategy="logistic", seed=7)
    assert ask_for_training(services, "credit", snapshot, PIA, strategy="logistic", seed=7) == asked
    chore = Train(services)
    assert chore.run(bank.clock.now()) == 1
    chore.finish()
    ended = training_of(services, asked.id)
    assert (ended.state, ended.holder, ended.tries) == ("trained", None, 1)
    assert trained(bank, snapshot, strategy="logistic", seed=7)["sha256"] == ended.model
    assert chore.run(bank.clock.now()) == 0
    assert bank.engine.verify().sound
