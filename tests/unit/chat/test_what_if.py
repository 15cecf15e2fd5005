"""A change that is supposed in words, where there are packs of different fields."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from remit.adapters.memory.embedder import HashingEmbedder
from remit.chat.intents import Recogniser
from remit.chat.ports import Turn
from remit.chat.tools import Call
from remit.chat.understand import understand
from remit.chat.vocabulary import DecisionWords, Vocabulary
from remit.core.schema import Field

AMOUNT, MONTHS = Field("amount_cents", "integer"), Field("duration_months", "integer")
CREDIT = DecisionWords("credit", "credit.application", ("approve",), (AMOUNT, MONTHS), "applicant_id")
INVOICES = DecisionWords("receivables", "receivables.step", ("wait",), (AMOUNT,), "invoice_id")
WORDS = Vocabulary((CREDIT, INVOICES), datetime(2026, 11, 2, 12, tzinfo=UTC))
BEFORE = (Call("explain", {"decision": "C-1042"}),)
RECOGNISER = Recogniser(HashingEmbedder())


@pytest.mark.parametrize(
    ("question", "changes"),
    [
        ("what if the duration were 12 months?", {"duration_months": 12}),
        ("what if it were 8,000?", {"amount_cents": 800_000}),
        ("what if the amount were 8,000?", {"amount_cents": 800_000}),
    ],
)
def test_a_number_that_one_pack_knows_is_no_amount_of_another(question: str, changes: dict[str, Any]) -> None:
    thought = understand(Turn(question, WORDS, BEFORE), RECOGNISER)
    assert thought.call == Call("what_if", {"decision": "C-1042", "changes": changes})
