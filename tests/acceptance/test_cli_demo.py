"""The demo is the first thing that a newcomer sees: it has to work, and to say what happened."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conftest import Remit

CHAPTERS = [
    "CREDIT: 20 real",
    "QUALITY: 20 real",
    "RECEIVABLES: 20 generated",
    "ONE DECISION IN FULL",
    "ONE REVIEW",
    "PROOF",
    "TRY NEXT",
]


def test_the_demo_tells_its_story_and_proves_it(fresh: Remit) -> None:
    (fresh.home / ".made-by-remit-demo").touch()
    done = fresh("demo", "--home", fresh.home, "--cases", "20")
    assert done.code == 0, done.err
    places = [done.out.index(chapter) for chapter in CHAPTERS]
    assert places == sorted(places)
    assert "and is sound" in done.out
    assert "60 decisions thought again: 60 came out the same to the byte" in done.out


def test_the_demo_leaves_a_folder_alone_that_is_not_its_own(fresh: Remit) -> None:
    (fresh.folder / "work").mkdir()
    (fresh.folder / "work" / "thesis.txt").write_text("years of it")
    done = fresh("demo", "--home", "work")
    assert (done.code, done.out) == (2, "")
    assert "--home" in done.err
    assert (fresh.folder / "work" / "thesis.txt").exists()
