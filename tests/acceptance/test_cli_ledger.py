"""The ledger at the terminal: verified here, carried away and verified there."""

from __future__ import annotations

import contextlib
import sqlite3
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Remit


def test_a_sound_ledger_exits_0_and_names_its_root(remit: Remit) -> None:
    done = remit("ledger", "verify", "--json")
    assert (done.code, done.err) == (0, "")
    report = done.json
    assert (report["sound"], report["size"]) == (True, report["checkpointed"])
    assert len(report["root"]) == 64


def test_a_changed_event_exits_1_and_names_its_place(own: Remit) -> None:
    _change_event(own.home / "remit.db", 7)
    done = own("ledger", "verify", "--json")
    assert (done.code, done.json["sound"], done.json["seq"]) == (1, False, 7)


def test_a_data_folder_that_is_not_there_is_not_called_sound(fresh: Remit) -> None:
    done = fresh("ledger", "verify")
    assert done.code == 2
    assert "there is no database" in done.err
    assert not (fresh.home / "remit.db").exists(), "asking must not make one"


def test_a_changed_decision_exits_1_although_the_log_is_sound(own: Remit) -> None:
    with contextlib.closing(sqlite3.connect(own.home / "remit.db")) as connection:
        connection.execute("UPDATE decision SET stage = 'advised' WHERE stage = 'executed'")
        connection.commit()
    done = own("ledger", "verify", "--json")
    assert (done.code, done.json["sound"]) == (1, True)
    assert {what for _, what in done.json["records"]["differing"]} == {"stage"}


@pytest.fixture(scope="module")
def exported(ours: Remit) -> Path:
    done = ours("ledger", "export", "--out", "audit", "--json")
    assert (done.code, done.err) == (0, "")
    assert done.json["events"] == len((ours.folder / "audit" / "events.jsonl").read_bytes().splitlines())
    return ours.folder / "audit"


def test_the_exported_verifier_finds_the_export_sound_without_remit(exported: Path) -> None:
    done = _verify(exported, "events.jsonl")
    assert (done.returncode, done.stdout[:7]) == (0, "sound: ")


def test_the_exported_verifier_names_the_first_changed_event(exported: Path) -> None:
    lines = (exported / "events.jsonl").read_text().splitlines(keepends=True)
    lines[5] = lines[5].replace("2", "3", 1)
    (exported / "changed.jsonl").write_text("".join(lines))
    done = _verify(exported, "changed.jsonl")
    assert done.returncode == 1
    assert "first at event 5" in done.stdout


def test_the_exported_verifier_calls_what_is_no_export_unusable(exported: Path) -> None:
    (exported / "noise.jsonl").write_text("noise\n")
    done = _verify(exported, "noise.jsonl")
    assert (done.returncode, done.stdout) == (2, "")
    assert "Traceback" not in done.stderr


def _verify(folder: Path, events: str) -> subprocess.CompletedProcess[str]:
    """The verifier alone: -I keeps the working folder and every setting out, -S would also take `cryptography` away."""
    return subprocess.run(
        [sys.executable, "-I", "verifier.py", events, "checkpoint", "ledger.pub"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


def _change_event(database: Path, seq: int) -> None:
    """As somebody would who holds the file: without the triggers."""
    with contextlib.closing(sqlite3.connect(database)) as connection:
        triggers = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for (name,) in triggers:
            connection.execute(f'DROP TRIGGER "{name}"')
        connection.execute("UPDATE event SET body = replace(body, '2026', '2027') WHERE seq = ?", (seq,))
        connection.commit()


def test_an_export_with_cases_is_replayed_where_nothing_else_is(ours: Remit, tmp_path: Path) -> None:
    done = ours("ledger", "export", "--out", tmp_path / "audit", "--with-cases", "--as", "kim")
    assert done.code == 0, done.err
    assert "in plain text" in done.err
    elsewhere = replace(ours.at(tmp_path / "home"), folder=tmp_path)
    replayed = elsewhere("replay", "--export", "audit", "--all", "--json")
    assert (replayed.code, replayed.json["different"]) == (0, [])
    assert replayed.json["replayed"] == replayed.json["same"] > 50
    assert not (tmp_path / "home").exists(), "an export needs no data folder"


def test_an_export_without_cases_says_that_it_cannot_be_replayed(exported: Path, ours: Remit) -> None:
    done = ours("replay", "--export", exported, "--all")
    assert done.code == 2
    assert "without the cases" in done.err
    assert "--with-cases" in done.err
