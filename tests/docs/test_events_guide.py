"""The guide of events names every event that can be recorded, once, and no other; and there is one who records it."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from remit.ledger.event import EVENT_TYPES

ROOT = Path(__file__).parents[2]
NAMED = re.findall(r"^\| `([a-z_]+\.[a-z_]+)` \|", (ROOT / "docs" / "guides" / "events.md").read_text("utf-8"), re.M)


def test_every_event_has_its_row_once() -> None:
    assert sorted(NAMED) == sorted(EVENT_TYPES)


@pytest.mark.parametrize("event", sorted(EVENT_TYPES))
def test_something_records_the(event: str, said: set[str]) -> None:
    noun, verb = event.split(".")
    assert event in said or {f"{noun}.", verb} <= said or {noun, f".{verb}"} <= said


@pytest.fixture(scope="module")
def said() -> set[str]:
    """Every text in the code, but those of the list itself and of what is only shown."""
    folders = (ROOT / "src" / "remit", ROOT / "agents")
    left_out = {ROOT / "src" / "remit" / each for each in ("ledger/event.py", "web/words.py", "webhooks/told.py")}
    trees = (
        ast.parse(path.read_text("utf-8")) for each in folders for path in each.rglob("*.py") if path not in left_out
    )
    return {
        node.value
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
