"""The security pages: every requirement once, with a status; every test that is named exists; the counts are right.

`python -m tests.docs.test_security_page` writes the table of counts anew.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FRONT = ROOT / "docs" / "security.md"
CHECKLISTS = [ROOT / "docs" / "security" / f"checklist-{chapters}.md" for chapters in ("1-5", "6-10", "11-17")]
THREATS = ROOT / "docs" / "security" / "threats.md"
PAGES = [FRONT, *CHECKLISTS, THREATS]
NUMBERS = [
    line.split(",")[0]
    for line in (Path(__file__).parent / "asvs-5.0.0-l2.csv").read_text("utf-8").splitlines()
    if not line.startswith("#")
]
STATUSES = ("met", "operator", "not met", "does not apply")
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for page in CHECKLISTS
    for line in page.read_text("utf-8").splitlines()
    if re.match(r"\| \d+\.\d+\.\d+ \|", line)
]
BETWEEN = re.compile(r"(<!-- counts: .*? -->\n).*?(<!-- end of counts -->)", re.DOTALL)


@cache
def functions_of(path: str) -> set[str]:
    tree = ast.parse((ROOT / path).read_text("utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def counts() -> str:
    """For each chapter, how many requirements are met, left to the operator, not met, and beside the point."""
    found = Counter((int(number.split(".")[0]), status) for number, _, status, _ in ROWS)
    lines = [["chapter", *STATUSES], ["---"] * 5]
    for chapter in range(1, 18):
        lines.append([str(chapter), *(str(found[chapter, status]) for status in STATUSES)])
    lines.append(["all", *(str(sum(row[2] == status for row in ROWS)) for status in STATUSES)])
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_test_that_is_named_exists(page: Path) -> None:
    text = page.read_text("utf-8")
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", text)
    assert len(named) == text.count("::")
    assert [f"{path}::{name}" for path, name in named if name not in functions_of(path)] == []


def test_every_requirement_of_both_levels_is_there_once_and_in_order() -> None:
    assert len(NUMBERS) == 253
    assert [row[0] for row in ROWS] == NUMBERS


def test_every_row_has_a_status_and_what_is_met_has_a_test() -> None:
    for row in ROWS:
        assert len(row) == 4
        assert row[2] in STATUSES, row
        assert row[3], row
        assert row[2] != "met" or "::" in row[3], row
        assert row[2] != "operator" or "guides/harden.md" in row[3], row


def test_the_counts_are_those_of_the_rows() -> None:
    found = BETWEEN.search(FRONT.read_text("utf-8"))
    assert found is not None
    assert found[0] == f"{found[1]}{counts()}{found[2]}", "run `python -m tests.docs.test_security_page`"


@pytest.mark.parametrize("prefix", ["LLM", "ASI"])
def test_the_lists_of_ten_are_gone_through(prefix: str) -> None:
    found = re.findall(rf"^\| {prefix}(\d\d) ", THREATS.read_text("utf-8"), re.MULTILINE)
    assert found == [f"{number:02}" for number in range(1, 11)]


if __name__ == "__main__":
    FRONT.write_text(BETWEEN.sub(lambda found: f"{found[1]}{counts()}{found[2]}", FRONT.read_text("utf-8")), "utf-8")
