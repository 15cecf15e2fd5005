"""The rooms keep to their layers, and what is dangerous or peculiar has one door or none."""

from __future__ import annotations

import ast
import functools
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("agents", "retrieval", "policies", "eval")
LINES_MAX = 400
LINES_MAX_OF = {"src/remit/ledger/verifier.py": 560}
"""An auditor carries that file away by itself, so it cannot be split."""
FUNCTION_LINES_MAX = 70


def _files(*folders: str) -> list[Path]:
    """Python files, each once: the rooms are real folders at the top and links under src/remit."""
    found = (
        Path(folder, name)
        for top in folders
        for folder, _, names in os.walk(ROOT / top, followlinks=False)
        for name in names
        if name.endswith(".py")
    )
    return sorted(found)


SOURCES = _files("src", *ROOMS)
EVERYTHING = [*SOURCES, *_files("tests", "examples")]
IDS = [str(file.relative_to(ROOT)) for file in SOURCES]


def _trees(files: list[Path]) -> Iterator[tuple[str, ast.Module]]:
    for file in files:
        yield str(file.relative_to(ROOT)), _tree(file)


@functools.cache
def _tree(file: Path) -> ast.Module:
    return ast.parse(file.read_text("utf-8"))


@functools.cache
def _imported(tree: ast.Module) -> frozenset[str]:
    """The full names of what a file imports, wherever in it."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module)
    return frozenset(names)


def _importers(package: str) -> list[str]:
    return [name for name, tree in _trees(SOURCES) if package in {each.split(".")[0] for each in _imported(tree)}]


def test_arrows_point_down() -> None:
    command = [Path(sys.executable).with_name("lint-imports"), "--no-cache"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_langgraph_is_imported_by_the_graphs_and_their_checkpointers_alone() -> None:
    doors = [
        "agents/chat_graph.py",
        "agents/graph.py",
        "src/remit/adapters/checkpoints.py",
        "src/remit/adapters/postgres/checkpoints.py",
    ]
    assert [name for name in _importers("langgraph") if not name.startswith("eval/bench/")] == doors


def test_dbos_is_imported_in_one_folder() -> None:
    assert {str(Path(name).parent) for name in _importers("dbos")} == {"src/remit/adapters/dbos"}


def test_the_cel_library_is_imported_in_one_file() -> None:
    assert _importers("cel_expr_python") == ["policies/cel.py"]


def test_no_room_is_imported_by_its_bare_name() -> None:
    bare = {name: _imported(tree) & {*ROOMS} for name, tree in _trees(EVERYTHING)}
    dotted = {
        name: {each for each in _imported(tree) if each.split(".")[0] in ROOMS} for name, tree in _trees(EVERYTHING)
    }
    assert {name: found for name, found in {**bare, **dotted}.items() if found} == {}


def test_imports_are_absolute() -> None:
    relative = [
        name
        for name, tree in _trees(EVERYTHING)
        if any(isinstance(node, ast.ImportFrom) and node.level for node in ast.walk(tree))
    ]
    assert relative == []


@pytest.mark.parametrize(
    "module", ["pickle", "cPickle", "_pickle", "dill", "cloudpickle", "joblib", "shelve", "marshal"]
)
def test_nothing_is_unpickled(module: str) -> None:
    assert _importers(module) == []


def test_no_text_is_run_as_code_and_no_yaml_makes_objects() -> None:
    assert [place for name, tree in _trees(SOURCES) for place in _runs_text(name, tree)] == []


def _runs_text(name: str, tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            if called in ("eval", "exec", "compile", "__import__") or re.fullmatch(r"yaml\.\w*load\w*", called):
                yield f"{name}:{node.lineno}: {called}"


@pytest.mark.parametrize("file", SOURCES, ids=IDS)
def test_a_file_and_its_functions_can_be_read_in_one_go(file: Path) -> None:
    text = file.read_text("utf-8")
    assert len(text.splitlines()) <= LINES_MAX_OF.get(str(file.relative_to(ROOT)), LINES_MAX)
    if "migrations" in file.parts:
        return  # a list of tables, as long as there are tables
    functions = (node for node in ast.walk(_tree(file)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    assert [each.name for each in functions if (each.end_lineno or 0) - each.lineno >= FUNCTION_LINES_MAX] == []


@pytest.mark.parametrize(
    "file", [file for file in SOURCES if file.name == "__init__.py"], ids=lambda file: file.parent.name
)
def test_a_room_opens_with_its_law(file: Path) -> None:
    assert ast.get_docstring(ast.parse(file.read_text("utf-8")))


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_is_linked_relatively(room: str) -> None:
    link = ROOT / "src" / "remit" / room
    assert os.readlink(link) == f"../../{room}"
    assert link.resolve() == ROOT / room
