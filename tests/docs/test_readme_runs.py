"""The README's commands do what the README says."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text("utf-8")
Run = Callable[[list[str], Path], subprocess.CompletedProcess[str]]


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, models: Path) -> Path:
    """A folder as a reader has it after cloning, with the encoder compiled already."""
    folder = tmp_path_factory.mktemp("clone")
    (folder / "examples").symlink_to(ROOT / "examples")
    shutil.copytree(models, folder / ".remit" / "models")
    return folder


@pytest.fixture(scope="module")
def run(warm: Any) -> Run:
    """Runs a command where `remit` is the forked one, which a test of the command line holds against a true one."""
    path = os.pathsep.join((str(warm.shims), str(Path(sys.executable).parent), os.environ["PATH"]))

    def in_folder(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
        environment = {**warm.environment, "PATH": path}
        return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=300)

    return in_folder


def test_every_shell_block_of_the_readme_runs_in_order(run: Run, folder: Path) -> None:
    script = "set -euo pipefail\n" + "\n".join(blocks("bash"))
    done = run(["bash", "-c", script], folder)
    assert done.returncode == 0, done.stderr
    assert "sound" in done.stdout
    assert "0 different" in done.stdout


def test_the_python_block_of_the_readme_runs(run: Run, folder: Path) -> None:
    done = run([sys.executable, "-c", blocks("python")[0]], folder)
    assert done.stdout.startswith("executed"), done.stderr


def test_the_error_that_the_readme_shows_is_the_one_that_is_given(run: Run, tmp_path: Path) -> None:
    pack = tmp_path / "credit"
    shutil.copytree(ROOT / "examples" / "packs" / "credit", pack)
    policy = pack / "policy.yaml"
    policy.write_text(
        policy.read_text("utf-8").replace("variables.granted_cents > 1500000", "case.amuont_cents > 1000000")
    )
    done = run(["remit", "policy", "check", str(policy)], tmp_path)
    assert done.returncode == 2
    assert "undeclared field `amuont_cents` of Case; did you mean `amount_cents`?" in done.stderr


@pytest.mark.parametrize(
    "page", ["README.md", "CONTRIBUTING.md", *sorted(str(p.relative_to(ROOT)) for p in (ROOT / "docs").rglob("*.md"))]
)
def test_no_link_leads_nowhere(page: str) -> None:
    file = ROOT / page
    targets = re.findall(r"\]\((?!https?:|#)([^)#]+)", file.read_text("utf-8"))
    missing = [target for target in targets if not (file.parent / target).exists()]
    assert missing == []
