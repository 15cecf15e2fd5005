"""Every verb of `remit learn` on models answers as its guide says: what it prints, and how it exits."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from remit.cli.learn import app
from remit.core.errors import Conflict, InputError, NotFound, RemitError

SHIPPED = Path(__file__).parents[3] / "examples" / "packs" / "credit"
MODEL = SHIPPED / "models" / "credit-application.onnx"
PIA = ("--as", "pia", "--role", "policy_author")


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


def test_without_cases_nothing_has_drifted(credit: str) -> None:
    said = remit("drift", credit)
    assert (said.exit_code, "0 cases whose outcome is known" in said.output) == (0, True)
