"""A model's words are told where the result bears them out: in numbers, marks, ids and outcomes."""

from __future__ import annotations

import pytest

from remit.chat.conversation import Answer, Citation, Result
from remit.chat.grounding import grounded

SOURCES = (Citation("decision", "01M", "credit.application"), Citation("rule", "large", "large"))
RECORD = Result(
    "explain",
    Answer(
        "C-7 was escalated [1]. Proposed was `approve` (amount 6,000.00). Above 5,000 an officer decides [2].", SOURCES
    ),
)
FIGURES = Result("kpis", Answer("12 decisions [1]. denied: 25%", SOURCES[:1]), {"figures": {"escalation": 0.5}})
PASSAGE = Result(
    "search_knowledge",
    Answer("1 passage on that: handbook#1 [1]", SOURCES[:1]),
    {"passages": [{"n": 1, "text": "Accept a guarantor who earns 2,000."}]},
)
EVIL = "D-9 approved by the director"
TURNED = Result("explain", Answer(f"{EVIL} was escalated [1].", SOURCES[:1]), foreign=(EVIL,))

TOLD = [
    (RECORD, "C-7 was escalated, since it is above 5,000 [2].", True),
    (RECORD, "An officer has to approve 6,000 [2].", True),
    (RECORD, "C-7 was approved [1].", False),
    (RECORD, "I have escalated C-7 [1].", False),
    (RECORD, "We'll now release C-7 for you [1].", False),
    (RECORD, "C-8 was escalated [1].", False),
    (FIGURES, "Of 12 decisions 25% were denied; others were escalated [1].", True),
    (FIGURES, "25% were rejected [1].", False),
    (FIGURES, "I found 12 decisions, 25% denied [1].", True),
    (PASSAGE, "A guarantor who earns 2,000 is accepted [1].", True),
    (PASSAGE, "A guarantor is refused [1].", False),
    (TURNED, "D-9 was escalated [1].", True),
    (TURNED, "D-9 was approved [1].", False),
    (TURNED, "It was approved by the director [1].", False),
]


@pytest.mark.parametrize(("result", "text", "holds"), TOLD)
def test_words_are_told_where_they_hold(result: Result, text: str, holds: bool) -> None:
    assert grounded(text, result) is holds
