"""What is kept in the repository, which versions it stands on, and that every word of the command is explained."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import pytest
import typer.main

from remit.cli.main import app
from remit.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
BYTES_MAX = 5_000_000
FLOORS = {
    "langgraph": "1.2",
    "langgraph-checkpoint": "4.0.0",
    "langgraph-checkpoint-sqlite": "3.0.1",
    "langchain-core": "1.3.3",
    "starlette": "1.3.1",
    "python-multipart": "0.0.30",
    "onnx": "1.21.0",
}
ONLY_IF_BROUGHT_IN = {"starlette", "python-multipart"}
# Spelt apart, so that this file does not name what it looks for.
WORKPLACE = re.compile("|".join(["/" + "work/", r"\.\./" + "shared", r"\." + "library/", "/tmp/" + "brief"]))


def _kept() -> list[Path]:
    """What git keeps or would keep, links aside."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip("this is no git repository: what it keeps cannot be asked")
    files = (ROOT / name for name in done.stdout.split("\0") if name)
    return [file for file in files if file.is_file() and not file.is_symlink()]


def test_no_large_file_is_kept() -> None:
    assert [file for file in _kept() if file.stat().st_size > BYTES_MAX] == []


def test_nothing_names_the_place_where_it_was_written() -> None:
    named = [
        f"{file.relative_to(ROOT)}:{number}: {line.strip()[:120]}"
        for file in _kept()
        for number, line in enumerate(file.read_bytes().decode("utf-8", "replace").splitlines(), start=1)
        if WORKPLACE.search(line)
    ]
    assert named == []


@pytest.mark.parametrize("package", FLOORS)
def test_the_installed_version_is_above_its_floor(package: str) -> None:
    try:
        found = version(package)
    except PackageNotFoundError:
        assert package in ONLY_IF_BROUGHT_IN
        return
    assert _numbers(found) >= _numbers(FLOORS[package])


@pytest.mark.parametrize("package", FLOORS)
def test_the_constraints_file_pins_above_the_floor(package: str) -> None:
    pins = dict(re.findall(r"^([A-Za-z0-9_.-]+)==(\S+)$", (ROOT / "constraints.txt").read_text("utf-8"), re.MULTILINE))
    pins = {name.lower().replace("_", "-"): pin for name, pin in pins.items()}
    if package not in pins:
        assert package in ONLY_IF_BROUGHT_IN
        return
    assert _numbers(pins[package]) >= _numbers(FLOORS[package])


def test_the_doctor_holds_the_same_floors() -> None:
    from remit.cli import doctor_checks

    assert {**doctor_checks.FLOORS, **doctor_checks.ABSENT_OR_FLOORS} == FLOORS


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", text.split("+")[0]))


def _verbs() -> Iterator[tuple[str, list[str]]]:
    """Every verb in full (`reviews list`), with its options."""

    def walk(command: Any, name: str) -> Iterator[tuple[str, list[str]]]:
        if hasattr(command, "commands"):
            for part, inner in command.commands.items():
                yield from walk(inner, f"{name} {part}".strip())
        else:
            yield name, [option for parameter in command.params for option in parameter.opts if option.startswith("--")]

    yield from walk(typer.main.get_command(app), "")


@pytest.mark.parametrize(("verb", "options"), [pytest.param(*verb, id=verb[0]) for verb in _verbs()])
def test_a_verb_is_explained_with_its_options_and_exit_codes(verb: str, options: list[str]) -> None:
    guide = (ROOT / "docs" / "guides" / "cli.md").read_text("utf-8")
    chapter = re.search(rf"^### `remit {verb}\b.*?(?=^###? |\Z)", guide, re.MULTILINE | re.DOTALL)
    assert chapter, f"docs/guides/cli.md has no chapter `remit {verb}`"
    assert [option for option in options if option not in chapter.group() and option not in COMMON] == []
    assert "Exit" in chapter.group()


COMMON = {"--json", "--as", "--role", "--decision", "--help"}
"""Options that the guide explains once for all verbs."""


@pytest.mark.parametrize("option", sorted(COMMON - {"--help"}))
def test_an_option_of_many_verbs_is_explained_once(option: str) -> None:
    assert f"`{option}" in (ROOT / "docs" / "guides" / "cli.md").read_text("utf-8").split("\n## ")[1]


@pytest.mark.parametrize("name", sorted(Settings.model_fields))
def test_a_setting_is_explained(name: str) -> None:
    assert f"`REMIT_{name.upper()}`" in (ROOT / "docs" / "guides" / "settings.md").read_text("utf-8")
