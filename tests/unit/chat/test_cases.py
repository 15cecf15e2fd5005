"""A case that is typed piece by piece: what is said later adds to it, and no other code takes its id away."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from tests.unit.chat.test_unread import QUALITY

from remit.adapters.memory.embedder import HashingEmbedder
from remit.chat.intents import Recogniser
from remit.chat.ports import Turn
from remit.chat.tools import Call
from remit.chat.understand import understand
from remit.chat.vocabulary import Vocabulary

WORDS = Vocabulary((QUALITY,), datetime(2026, 11, 2, 12, tzinfo=UTC))
RECOGNISER = Recogniser(HashingEmbedder())
BEGUN = Call("propose_case", {"pack": "quality", "case": {"plate_id": "PL-7001"}})


@pytest.mark.parametrize(
    ("said", "case"),
    [
        ("steel type A400", {"plate_id": "PL-7001", "steel_type": "A400"}),
        ("it is A400, thickness 80", {"plate_id": "PL-7001", "steel_type": "A400", "thickness": 80}),
        ("steel type B500, thickness 80", {"plate_id": "PL-7001", "thickness": 80}),
        ("from batch X-99, thickness 80", {"plate_id": "PL-7001", "thickness": 80}),
        ("sorry, PL-7002, thickness 80", {"plate_id": "PL-7002", "thickness": 80}),
        ("the plate id is Z-1, thickness 80", {"plate_id": "Z-1", "thickness": 80}),
    ],
)
def test_a_case_that_goes_on_keeps_its_id(said: str, case: dict[str, Any]) -> None:
    thought = understand(Turn(said, WORDS, (BEGUN,)), RECOGNISER)
    assert thought.call == Call("propose_case", {"pack": "quality", "case": case})


@pytest.mark.parametrize(
    "many", ["end of ", "first half of ", "month of ", "12 ", "above 12 ", "two and ", "which plates "]
)
def test_a_text_without_end_is_read_no_deeper_than_any(many: str) -> None:
    thought = understand(Turn("show the decisions " + many * (19_000 // len(many)), WORDS, (BEGUN,)), RECOGNISER)
    assert thought.call is None or thought.call.tool != "search_decisions"
