"""An event has one spelling, and what cannot be spelled is refused."""

import json

import pytest

from remit.core.errors import Corrupted, InputError
from remit.core.words import Actor
from remit.ledger.event import Draft, Event

DRAFT = Draft(
    "decision.judged",
    {"confidence": 0.1, "findings": [{"rule": "limit", "effect": "escalate"}]},
    decision_id="D1",
    step="guard",
    actor=Actor("ann", "user", ("clerk",)),
    versions={"pack": "credit"},
)


def event(draft: Draft = DRAFT) -> Event:
    return Event(draft, "remit/test", 7, "01J00000000000000000000000", "2026-01-31T12:00:00.000000Z")


def test_an_event_reads_back_as_it_was_written() -> None:
    again = Event.from_bytes(event().to_bytes())
    assert again.to_bytes() == event().to_bytes()
    assert again.draft.actor == DRAFT.actor


def test_floats_are_recorded_as_their_shortest_text() -> None:
    assert json.loads(event().to_bytes())["body"]["confidence"] == "0.1"


def test_keys_are_sorted_and_empty_fields_are_left_out() -> None:
    record = json.loads(event(Draft("ledger.exported")).to_bytes())
    assert list(record) == ["event_id", "log_id", "seq", "ts", "type", "v"]


def deep(levels: int) -> dict[str, object]:
    return {"in": deep(levels - 1)} if levels else {}


@pytest.mark.parametrize(
    "body",
    [
        {"x": float("nan")},
        {"x": float("inf")},
        {"x": 2**53},
        {"größe": 1},
        {"x": "\ud800"},
        {"x": object()},
        {"x": b"bytes"},
        deep(400),
    ],
    ids=["nan", "infinity", "big", "key", "surrogate", "object", "bytes", "deep"],
)
def test_what_has_no_single_spelling_is_refused(body: dict[str, object]) -> None:
    with pytest.raises(InputError, match=r"decision\.judged"):
        event(Draft("decision.judged", body)).to_bytes()


def test_an_unknown_type_is_refused_with_a_hint() -> None:
    with pytest.raises(InputError, match=r"decision\.juged") as error:
        event(Draft("decision.juged")).to_bytes()
    assert error.value.mend == "did you mean `decision.judged`?"


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b"\xff", b"[" * 100_000, event().to_bytes()[:-1] + b',"new":1}'])
def test_bytes_that_are_no_event_are_called_corrupted(data: bytes) -> None:
    with pytest.raises(Corrupted):
        Event.from_bytes(data)
