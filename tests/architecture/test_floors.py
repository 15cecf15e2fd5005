"""No dependency is older than the release that closed a known hole in it: neither pinned nor installed."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path

import pytest

PINS = dict(
    line.strip().split("==", 1)
    for line in (Path(__file__).parents[2] / "constraints.txt").read_text("utf-8").splitlines()
    if "==" in line and not line.startswith("#")
)
FLOORS = {
    "langgraph-checkpoint": (4, 0, 0),
    "langgraph-checkpoint-sqlite": (3, 0, 1),
    "langchain-core": (1, 3, 3),
    "starlette": (1, 3, 1),
    "python-multipart": (0, 0, 30),
    "onnx": (1, 21, 0),
}


@pytest.mark.parametrize(("name", "floor"), FLOORS.items())
def test_what_is_pinned_and_what_is_installed_is_new_enough(name: str, floor: tuple[int, ...]) -> None:
    for found in (PINS[name], version(name)):
        assert tuple(map(int, found.split(".")[:3])) >= floor
