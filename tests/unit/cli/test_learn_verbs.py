"""Every verb of `remit learn` on models answers as its guide says: what it prints, and how it exits."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from remit.adapters.sql.gauges import gauges
from remit.cli.common import open_engine
from remit.cli.learn import app
from remit.core.errors import Conflict, InputError, NotFound, RemitError
from remit.learning.watch import DriftAlarm, Watch

SHIPPED = Path(__file__).parents[3] / "examples" / "packs" / "credit"
MODEL = SHIPPED / "models" / "credit-application.onnx"
PIA = ("--as", "pia", "--role", "policy_author")
NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)


def remit(*words: str) -> Result:
    return CliRunner().invoke(app, list(words))


def json_of(*words: str) -> Any:
    return json.loads(remit(*words, "--json").output)


def error_of(*words: str) -> RemitError:
    error = remit(*words).exception
    assert isinstance(error, RemitError)
    return error


@pytest.fixture
def credit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The shipped pack, with its own model registered."""
    monkeypatch.setenv("REMIT_HOME", str(tmp_path / "home"))
    pack = str(shutil.copytree(SHIPPED, tmp_path / "credit"))
    assert remit("register", pack, "--model", str(MODEL), *PIA).exit_code == 0
    return pack


def test_a_registered_model_is_listed_with_whoever_registered_it(credit: str) -> None:
    (model,) = json_of("status", credit)["models"]
    assert (model["state"], model["registered_by"]) == ("registered", "pia")
    assert f"model {model['sha256'][:12]}  registered  registered by pia" in remit("status", credit).output


def test_a_gate_that_does_not_pass_exits_with_1_and_says_why(credit: str) -> None:
    sha256 = json_of("status", credit)["deciding"]
    said = remit("gate", credit, "--model", sha256, *PIA)
    assert said.exit_code == 1
    assert "0 matured cases are too few; at least 200 are needed" in said.output


def test_the_champion_cannot_challenge_itself(credit: str) -> None:
    sha256 = json_of("status", credit)["deciding"]
    assert isinstance(error_of("rollout", credit, "--model", sha256, "--reason", "to look", *PIA), Conflict)


def test_what_is_not_there_is_said(credit: str) -> None:
    assert isinstance(error_of("rollback", credit, "--reason", "to look", *PIA), NotFound)
    assert isinstance(error_of("rollout", credit, "--to", "25", "--reason", "to look", *PIA), NotFound)
    assert isinstance(error_of("gate", credit, "--model", "123456", *PIA), NotFound)
    assert isinstance(error_of("register", credit, "--model", "none.onnx", *PIA), InputError)
    assert isinstance(error_of("rollout", credit, "--reason", "to look", *PIA), InputError)
    assert isinstance(error_of("train", credit, "--snapshot", "f" * 64, *PIA), NotFound)
    assert isinstance(error_of("train", credit, "--strategy", "forest", *PIA), InputError)


def test_a_prompt_version_is_made_of_examples_where_a_language_model_is_set(
    credit: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, template = tmp_path / "lessons", tmp_path / "words.txt"
    template.write_text("Choose among\n$actions", "utf-8")
    assert remit("examples", credit, "--out", str(folder), *PIA).exit_code == 0
    making = ("train", credit, "--examples", str(folder), *PIA)
    assert error_of(*making).code == "prompt"
    monkeypatch.setenv("REMIT_LLM", "openai:tiny")
    said = remit(*making)
    assert (said.exit_code, "for openai:tiny is registered" in said.output) == (0, True)
    assert json_of(*making)["new"] is False
    assert json_of(*making, "--template", str(template))["new"] is True
    for wrong in (("--snapshot", "f" * 64), ("--template", str(tmp_path / "none.txt"))):
        assert isinstance(error_of(*making, *wrong), InputError)
    assert isinstance(error_of("train", credit, "--template", str(template), *PIA), InputError)


def test_without_cases_nothing_has_drifted(credit: str) -> None:
    said = remit("drift", credit)
    assert (said.exit_code, "0 cases whose outcome is known" in said.output) == (0, True)


def test_an_alarm_is_shown_until_a_person_has_acknowledged_it(credit: str) -> None:
    with open_engine() as engine, engine.services.store.write() as unit:
        unit.watches.save(Watch("credit", "credit.application", version=1))
        found = {"evidence": 7e6, "limit": 6e6, "usual_rate": 0.2}
        unit.watches.put_alarm(DriftAlarm("A1", "credit", "credit.application", "loss", found, NOW))
    for verb in ("status", "drift"):
        assert "ALARM A1: loss has shifted" in remit(verb, credit).output
    assert remit("drift", credit).exit_code == 1
    assert isinstance(error_of("acknowledge", "A2", "--reason", "a new product", *PIA), NotFound)
    assert json_of("acknowledge", "A1", "--reason", "a new product", *PIA)["acknowledged"]["by"] == "pia"
    assert remit("drift", credit).exit_code == 0
    assert "ALARM" not in remit("status", credit).output


def test_alarms_and_the_age_of_a_model_are_gauges(credit: str) -> None:
    with open_engine() as engine:
        with engine.services.store.write() as unit:
            unit.watches.save(Watch("credit", "credit.application", 1, labels=4, self_caused=3))
            for series in ("loss", "calibration"):
                unit.watches.put_alarm(DriftAlarm(series, "credit", "credit.application", series, {}, NOW))
            (model,) = unit.models.of("credit", "credit.application")
            unit.models.mark(model.pack, model.decision, model.sha256, "champion")
        with engine.database.read() as connection:
            seen = gauges(connection, model.registered_at + timedelta(days=2), None)
    found = {each.name: each.value for each in seen}
    assert (found["remit_drift_alarms"], found["remit_labels_self_caused_share"]) == (2, 0.75)
    assert found["remit_model_age_seconds"] == 2 * 86400


def test_what_cannot_be_compared_is_not_told_as_a_number(credit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "others less holdout" not in remit("drift", credit).output
    report = {
        "gates": [],
        "fairness": [{"attribute": "is_foreign_worker", "impact_ratio": None, "lowest": None}],
        "reviewers": {"double_review_share": 0},
        "accepted_failures": None,
        "contraction": {"why": None, "reviewers": []},
        "passes": True,
    }
    monkeypatch.setattr("remit.service.learning.check_snapshot.check_snapshot", lambda services, snapshot: report)
    assert "is_foreign_worker: too few to compare\n" in remit("check", "0" * 8).output
