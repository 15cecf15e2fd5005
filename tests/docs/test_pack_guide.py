"""The guide to packs: the smallest pack that it shows is one that `remit pack check` has nothing against."""

from __future__ import annotations

import re
from pathlib import Path

from remit.adapters.memory.embedder import HashingEmbedder
from remit.settings import Settings
from remit.wiring import Engine

GUIDE = Path(__file__).parents[2] / "docs" / "guides" / "write-a-pack.md"
FILE = re.compile(r"^```\w+\n# (leave/\S+)\n(.*?)^```", re.DOTALL | re.MULTILINE)


def test_the_smallest_pack_of_the_guide_has_no_problem_and_decides(tmp_path: Path) -> None:
    for name, text in FILE.findall(GUIDE.read_text("utf-8")):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, "utf-8")
    with Engine(Settings(home=tmp_path / "home"), embedder=HashingEmbedder()) as engine:
        report = engine.check_pack(str(tmp_path / "leave"))
    assert ([each.render() for each in report.problems], [each.render() for each in report.warnings]) == ([], [])
    assert (report.policy_tests, report.golden_cases, report.documents) == (2, 1, 1)
