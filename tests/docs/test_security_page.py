"""The security page names tests that exist, and gives every requirement once, with a status."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "security.md").read_text("utf-8")
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")] for line in PAGE.splitlines() if re.match(r"\| *\d", line)
]


def test_every_test_that_is_named_exists() -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE)

    assert len(named) == PAGE.count("::") > 0
    for path, name in named:
        tree = ast.parse((ROOT / path).read_text("utf-8"))
        assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}, f"{path}::{name}"


def test_every_requirement_is_there_once_and_in_order() -> None:
    numbers = [row[0] for row in ROWS]

    assert all(re.fullmatch(r"\d{1,2}\.\d\.\d{1,2}", number) for number in numbers)
    keys = [tuple(map(int, number.split("."))) for number in numbers]
    assert keys == sorted(set(keys))


def test_every_row_has_a_status_and_what_is_met_has_a_test() -> None:
    for row in ROWS:
        assert len(row) == 4
        assert row[2] in ("met", "partly", "not met", "does not apply"), row
        assert row[3], row
        assert row[2] != "met" or "::" in row[3], row
