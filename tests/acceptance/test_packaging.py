"""What is built can be installed, and works where nothing of the source tree is."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
HEAVY = {"torch", "chromadb", "langgraph", "sqlalchemy", "numpy", "onnxruntime", "pydantic", "sentence_transformers"}
Place = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built with what is installed."""
    out = tmp_path_factory.mktemp("dist")
    if importlib.util.find_spec("hatchling") is None:
        pytest.skip("building without a network needs hatchling, which is not installed here")
    _ok([sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", out, ROOT], ROOT)
    return next(out.glob("*.whl"))


@pytest.fixture(scope="module", params=["wheel", "editable"])
def installed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, models: Path) -> Place:
    """A command of a fresh environment, run in an empty folder.

    Its dependencies are those of this environment, behind its own packages: nothing is downloaded.
    """
    place = tmp_path_factory.mktemp(request.param)
    venv.create(place / "venv", with_pip=True)
    python = place / "venv" / "bin" / "python"
    site = Path(_ok([python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"], place).strip())
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    what = [request.getfixturevalue("wheel")] if request.param == "wheel" else ["--no-build-isolation", "-e", ROOT]
    _ok([python, "-m", "pip", "install", "--no-deps", "--no-index", "--force-reinstall", "--quiet", *what], place)
    (place / "empty").mkdir()
    (place / "home").mkdir()
    (place / "home" / "models").symlink_to(models)  # compiled before: only looked at

    def run(program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        environment = {"PATH": os.environ["PATH"], "REMIT_HOME": str(place / "home"), "COLUMNS": "200"}
        return subprocess.run(
            [python.with_name(program), *arguments],
            cwd=place / "empty",
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def test_every_room_and_the_packs_are_in_the_wheel_once(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert [name for name, count in Counter(names).items() if count > 1] == []
    wanted = {
        "remit/py.typed",
        "remit/agents/graph.py",
        "remit/policies/cel.py",
        "remit/retrieval/search.py",
        "remit/eval/__init__.py",
        "remit/shipped_packs/credit/pack.yaml",
        "remit/shipped_packs/credit/models/credit-application.onnx",
        "remit/shipped_packs/quality/history.csv",
        "remit/shipped_packs/receivables/models/receivables-collect.onnx",
        "remit/eval/receivables/invoices.py",
    }
    assert wanted - set(names) == set()
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"remit"}


def test_no_test_no_picture_and_no_trace_of_running_is_in_the_wheel(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    unwanted = ("test_", "__pycache__", ".remit", ".png")
    assert [name for name in names if any(each in name for each in unwanted)] == []


def test_the_command_answers(installed: Place) -> None:
    done = installed("remit", "--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert "decide" in done.stdout


def test_its_own_files_serve_and_not_another_installation(installed: Place, request: pytest.FixtureRequest) -> None:
    found = Path(installed("python", "-c", "import remit; print(remit.__file__)").stdout.strip())
    editable = "editable" in request.node.name
    assert found.is_relative_to(ROOT / "src") == editable


def test_a_shipped_pack_is_found_and_has_no_problem(installed: Place) -> None:
    done = installed("remit", "pack", "check", "credit", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["problems"] == []


def test_help_imports_nothing_heavy() -> None:
    program = (
        "import json, sys\n"
        "sys.argv = ['remit', '--help']\n"
        "from remit.cli.main import run\n"
        "try:\n    run()\nexcept SystemExit:\n    print(json.dumps(sorted(sys.modules)), file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    imported = {name.split(".")[0] for name in json.loads(done.stderr)}
    assert imported & HEAVY == set()


def _ok(command: list[str | Path], folder: Path) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
