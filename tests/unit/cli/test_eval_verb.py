"""`remit eval` ends as its guide says."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from remit.cli.main import app
from remit.core.errors import InputError
from remit.eval.suite import Floor, Row, Suite


def _suite(at_most: float) -> Suite:
    rows = [Row("ours", "delay", 2.0)]
    return Suite("drift", "How soon?", lambda quick, seed: rows, (Floor("ours", "delay", at_most=at_most),))


def remit(monkeypatch: pytest.MonkeyPatch, at_most: float, *words: str | Path) -> Result:
    monkeypatch.setattr("remit.eval.run.find", lambda name: _suite(at_most))
    return CliRunner().invoke(app, ["eval", "drift", *map(str, words)])


@pytest.mark.parametrize(("at_most", "code", "said"), [(2.0, 0, "all 1 floors hold"), (1.0, 1, "below the floor")])
def test_a_broken_floor_ends_with_one(monkeypatch: pytest.MonkeyPatch, at_most: float, code: int, said: str) -> None:
    done = remit(monkeypatch, at_most)
    assert (done.exit_code, said in done.output) == (code, True)


def test_a_run_is_written_as_json_page_and_section(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    done = remit(monkeypatch, 2.0, "--json", "--seed", 0, "--write", tmp_path / "runs", "--results", tmp_path / "R.md")
    assert json.loads(done.stdout)["command"] == "remit eval drift --seed 0"
    assert sorted(file.name for file in (tmp_path / "runs").iterdir()) == ["drift.html", "drift.json"]
    assert "## drift" in (tmp_path / "R.md").read_text("utf-8")


def test_an_unknown_suite_is_the_callers_mistake() -> None:
    done = CliRunner().invoke(app, ["eval", "gat"])
    assert isinstance(done.exception, InputError)
    assert done.exception.mend == "did you mean `gate`?"
