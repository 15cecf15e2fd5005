"""The pictures of the guides: those that are shown are there, are small, and say in words what they show."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
IMAGES = ROOT / "docs" / "images"
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
SHOWN = [
    (page, words, page.parent / target)
    for page in PAGES
    for words, target in re.findall(r"!\[([^\]]*)\]\((?!https?:)([^)]+)\)", page.read_text("utf-8"))
]
BYTES_MAX, ALL_BYTES_MAX, WORDS_MIN = 150_000, 3_000_000, 4


@pytest.mark.parametrize(("page", "words", "picture"), SHOWN, ids=[f"{page.stem}-{to.stem}" for page, _, to in SHOWN])
def test_a_picture_that_is_shown_is_there_is_small_and_is_told_in_words(page: Path, words: str, picture: Path) -> None:
    content = picture.read_bytes()
    assert (content[:8], len(content) <= BYTES_MAX) == (b"\x89PNG\r\n\x1a\n", True)
    assert len(words.split()) >= WORDS_MIN


def test_no_picture_is_kept_that_no_page_shows_and_all_are_small_together() -> None:
    kept = {path.resolve() for path in IMAGES.iterdir()}
    assert kept == {picture.resolve() for _, _, picture in SHOWN}
    assert sum(path.stat().st_size for path in kept) <= ALL_BYTES_MAX


def test_the_readme_and_the_guides_of_the_desk_have_pictures() -> None:
    assert {"README.md", "web.md", "chat.md"} <= {page.name for page, _, _ in SHOWN}
