"""The shipped contracts are proved, and the commands say so."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from remit.cli.policy import app

PACKS = Path(__file__).parents[3] / "examples" / "packs"
SHIPPED = sorted(PACKS.glob("*/policy.yaml"))


def remit(*words: str | Path) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.parent.name)
def test_a_shipped_contract_has_no_finding_and_its_invariants_are_proved(file: Path) -> None:
    found = remit("check", file, "--timeout", "120", "--json")
    report = json.loads(found.output)
    assert (found.exit_code, report["ok"], report["proof"]["verified"]) == (0, True, True)
    assert {each["level"] for each in report["proof"]["findings"]} <= {"proved", "info"}


def test_prove_shows_overlaps_only_when_asked() -> None:
    few, all_ = (remit("prove", SHIPPED[0], "--timeout", "120", *more) for more in ((), ("--all",)))
    assert (few.exit_code, "overrules" in few.output, "overrules" in all_.output) == (0, False, True)


def test_diff_names_both_sides_and_fails_when_they_differ(tmp_path: Path) -> None:
    changed = tmp_path / "new.yaml"
    text = SHIPPED[0].read_text(encoding="utf-8")
    changed.write_text(text.replace("case.duration_months > 60", "case.duration_months > 72"), encoding="utf-8")
    found = remit("diff", SHIPPED[0], changed, "--timeout", "120")
    assert found.exit_code == 1
    assert found.output.startswith("deny -> allow\n")
    assert "was by never-beyond-the-longest-term; is by" in found.output


def test_diff_of_a_contract_with_itself_is_proved_to_be_none() -> None:
    found = remit("diff", SHIPPED[0], SHIPPED[0], "--timeout", "120", "--json")
    assert (found.exit_code, json.loads(found.output)["same"]) == (0, True)
