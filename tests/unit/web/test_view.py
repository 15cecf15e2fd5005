"""What a case rests on, as its page shows it: each passage once, each chip once, no title twice."""

from __future__ import annotations

from typing import Any

import pytest

from remit.web.queue.view import labels_of, numbered


def passage(name: str, need: str = "rule", text: str | None = "As it says.") -> dict[str, Any]:
    return {"id": name, "title": "The rule", "need": need, "text": text}


def test_a_passage_that_serves_two_needs_stands_once_and_is_cited_once() -> None:
    evidence = numbered([passage("a"), passage("b"), passage("a", "limit")])
    assert [(each["label"], each["needs"]) for each in evidence] == [("E1", ["rule", "limit"]), ("E2", ["rule"])]
    assert labels_of(["b", "a", "b", "gone"], evidence) == ["E2", "E1"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("# The rule\n\nNobody may.", "Nobody may."),
        ("## 2.1 Bands\n\nNobody may.", "## 2.1 Bands\n\nNobody may."),
        ("# The rule", "# The rule"),
        (None, None),
    ],
)
def test_a_text_does_not_begin_with_its_title_again(text: str | None, shown: str | None) -> None:
    assert numbered([passage("a", text=text)])[0]["text"] == shown
