"""The `remit` command as people run it: a process of its own, real packs, the real embedding model.

The processes are forked from one that has imported everything, which saves most of their time; `anew` starts true ones.

The model is compiled once and kept with pytest's cache. `lived_in` is one data folder in which sixty credit cases were
decided. Tests that only read it ask by `remit`; `ours` and `own` are copies, of a module and of one test.
"""

from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, Any

import pytest
from alone import alone
from warm import SCRIPT, Process, Warm

from remit.settings import Settings
from remit.wiring import Engine

PACKS = Path(__file__).parents[2] / "examples" / "packs"
CASES = 60


@dataclass(frozen=True)
class Done:
    """How a process ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one JSON document that is all of standard output."""
        return json.loads(self.out)


@dataclass(frozen=True)
class Remit:
    """The command, with its data folder and working folder."""

    home: Path
    folder: Path
    settings: dict[str, str] = field(default_factory=dict)
    warm: Warm | None = None

    def __call__(self, *arguments: str | Path, stdin: bytes = b"", **settings: str) -> Done:
        return self.end_of(self.start(*arguments, **settings), stdin)

    def start(
        self, *arguments: str | Path, stdout: int | IO[bytes] = subprocess.PIPE, **settings: str
    ) -> subprocess.Popen[bytes] | Process:
        """The process, begun and not waited for."""
        words, environment = [*map(str, arguments)], {**self.environment, **settings}
        forked = self.warm and self.warm.start(words, self.folder, environment, stdout)
        return forked or subprocess.Popen(
            [SCRIPT, *words],
            cwd=self.folder,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=stdout,
            stderr=subprocess.PIPE,
        )

    def anew(self) -> Remit:
        """The console script itself, by an interpreter that is started anew."""
        return replace(self, warm=None)

    @property
    def environment(self) -> dict[str, str]:
        """What the command finds in its environment."""
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
        ours = {"REMIT_HOME": str(self.home), "REMIT_ACTOR": "ana", "LC_ALL": "C.UTF-8", "COLUMNS": "160"}
        return {**kept, **ours, **self.settings}

    @staticmethod
    def end_of(process: subprocess.Popen[bytes] | Process, stdin: bytes = b"") -> Done:
        with process:
            out, err = process.communicate(stdin, timeout=300)
        return Done(process.returncode, (out or b"").decode(), err.decode())

    def at(self, home: Path) -> Remit:
        return replace(self, home=home)

    def write(self, name: str, content: str | bytes | dict[str, Any]) -> Path:
        """A file in the working folder; a dictionary is written as JSON."""
        path = self.folder / name
        data = json.dumps(content) if isinstance(content, dict) else content
        path.write_bytes(data.encode() if isinstance(data, str) else data)
        return path

    def pack(self, name: str = "credit") -> Path:
        """A copy of a shipped pack, to be changed."""
        return Path(shutil.copytree(PACKS / name, self.folder / "packs" / name))

    def ledger_is_sound(self) -> bool:
        with Engine(Settings(home=self.home)) as engine:
            return engine.verify().sound


@pytest.fixture(scope="session")
def lived_in(shared: Path, models: Path, warm: Warm) -> Path:
    """A data folder with a history. Only for reading."""
    home = shared / "lived-in"
    with alone(shared / "lived-in.lock"):
        if not home.exists():
            made = shared / "lived-in.being-made"
            _new_home(made, models)
            remit = Remit(made, shared, warm=warm)
            history = PACKS / "credit" / "history.csv"
            done = remit("batch", "credit", "--input", history, "--limit", str(CASES), "--out", made / "results.jsonl")
            assert done.code == 0, done.err
            made.rename(home)
    return home


@pytest.fixture
def remit(lived_in: Path, tmp_path: Path, warm: Warm) -> Remit:
    """The command on the shared data folder: ask, change nothing."""
    return Remit(lived_in, tmp_path, warm=warm)


@pytest.fixture
def own(lived_in: Path, tmp_path: Path, warm: Warm) -> Remit:
    """The command on a copy of that data folder, to be changed."""
    return Remit(_copied(lived_in, tmp_path / "home"), tmp_path, warm=warm)


@pytest.fixture(scope="module")
def ours(lived_in: Path, tmp_path_factory: pytest.TempPathFactory, warm: Warm) -> Remit:
    """The command on a copy that the tests of one module share: each adds to it, none breaks it."""
    folder = tmp_path_factory.mktemp("ours")
    return Remit(_copied(lived_in, folder / "home"), folder, warm=warm)


@pytest.fixture
def fresh(models: Path, tmp_path: Path, warm: Warm) -> Remit:
    """The command on a data folder where nothing has happened; only the model has been compiled."""
    return Remit(_new_home(tmp_path / "home", models), tmp_path, warm=warm)


@pytest.fixture(scope="session")
def case() -> Callable[..., dict[str, Any]]:
    """A routine credit case, with whatever a test changes about it."""
    with (PACKS / "credit" / "history.csv").open(newline="") as file:
        first = next(csv.DictReader(file))
    usual = {name: _typed(text) for name, text in first.items() if not name.startswith("outcome.")}
    return lambda **changes: {**usual, **changes}


@pytest.fixture(scope="session")
def decided(lived_in: Path) -> Callable[..., dict[str, Any]]:
    """The first past decision that is as the test says."""
    lines = (lived_in / "results.jsonl").read_bytes().splitlines()
    results: list[dict[str, Any]] = [json.loads(line) for line in lines]

    def find(**wanted: Any) -> dict[str, Any]:
        return next(result for result in results if all(result.get(name) == it for name, it in wanted.items()))

    return find


def _typed(text: str) -> Any:
    return text == "true" if text in ("true", "false") else int(text) if text.isdigit() else text


def _new_home(home: Path, models: Path) -> Path:
    home.mkdir()
    shutil.copytree(models, home / "models", copy_function=_linked)
    return home


def _copied(home: Path, target: Path) -> Path:
    shutil.copytree(home, target, ignore=shutil.ignore_patterns("models"))
    shutil.copytree(home / "models", target / "models", copy_function=_linked)
    return target


def _linked(source: str, target: str) -> None:
    """A hard link where the file system has them. So a test replaces such a file, and never writes into it."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)
