"""The page of the ML Test Score has 28 rows, its sums are right, and every test that is named exists."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "ml-test-score.md").read_text("utf-8")
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in PAGE.splitlines()
    if re.match(r"\| [DMIO]\d", line)
]
SECTIONS = {"Data": "D", "Model": "M", "Infrastructure": "I", "Monitoring": "O"}


def test_each_section_has_its_seven_in_order() -> None:
    assert [row[0] for row in ROWS] == [f"{letter}{number}" for letter in "DMIO" for number in range(1, 8)]
    assert all(len(row) == 4 and row[3] for row in ROWS)


def test_every_sum_is_right_and_the_score_is_the_smallest() -> None:
    sums = {letter: sum(float(row[2]) for row in ROWS if row[0][0] == letter) for letter in "DMIO"}
    assert {row[2] for row in ROWS} <= {"0", "0.5", "1"}
    assert {name: float(told) for name, told in re.findall(r"^## (\w+): ([\d.]+)$", PAGE, re.M)} == {
        name: sums[letter] for name, letter in SECTIONS.items()
    }
    assert re.findall(r"^\*\*Score: ([\d.]+)\*\*$", PAGE, re.M) == [str(min(sums.values()))]


def test_a_whole_point_names_a_test() -> None:
    assert [row[0] for row in ROWS if row[2] == "1" and "::" not in row[3]] == []


def test_every_test_that_is_named_exists() -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE)
    assert len(named) == PAGE.count("::") > 28
    for path, name in named:
        tree = ast.parse((ROOT / path).read_text("utf-8"))
        assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}, f"{path}::{name}"
