"""Whatever comes in place of a case: a clear word on standard error, exit 2, nothing decided, the ledger sound."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import orjson
import pytest

if TYPE_CHECKING:
    from conftest import Remit

Case = Callable[..., dict[str, Any]]
NESTED = '{"a":' * 200 + "1" + "}" * 200

NOT_EVEN_JSON: list[tuple[str, bytes, str]] = [
    ("an empty case", b"", "standard input is empty"),
    ("nothing but blanks", b" \n\t ", "standard input is empty"),
    ("half an object", b'{"amount_cents": 1', "is not valid JSON"),
    ("NaN", b'{"amount_cents": NaN}', "is not valid JSON"),
    ("Infinity", b'{"amount_cents": Infinity}', "is not valid JSON"),
    ("invalid UTF-8", b'{"purpose": "\xff\xfe"}', "is not valid JSON"),
    ("a lone surrogate", b'{"purpose": "\\ud800"}', "is not valid JSON"),
    ("a hundred thousand open brackets", b"[" * 100_000, "is not valid JSON"),
]

NO_CASE: list[tuple[str, dict[str, Any], str]] = [
    ("text in place of a number", {"amount_cents": "many"}, "amount_cents: must be a whole number"),
    ("a number in place of text", {"purpose": 7}, "purpose: must be text"),
    ("true in place of a number", {"age": True}, "age: must be a whole number"),
    ("a missing field", {"amount_cents": None}, "amount_cents: is missing"),
    ("a number out of range", {"duration_months": -3}, "duration_months: "),
    ("a number beyond 2**53", {"amount_cents": 2**60}, "amount_cents: "),
    ("a misspelt field", {"amuont_cents": 1}, "did you mean `amount_cents`?"),
    ("a million characters", {"applicant_id": "x" * 1_000_000}, "applicant_id: "),
    ("a name of a million characters", {"x" * 1_000_000: 1}, "is not a field of the case"),
    ("an object two hundred deep", {"purpose": json.loads(NESTED)}, "purpose: must be text"),
    ("a name that would clear the screen", {"\x1b[2J": 1}, "is not a field of the case"),
]


@pytest.mark.parametrize(
    ("data", "words"), [pytest.param(data, words, id=sentence) for sentence, data, words in NOT_EVEN_JSON]
)
def test_it_is_refused_before_anything_is_opened(ours: Remit, data: bytes, words: str) -> None:
    done = ours("decide", "credit", "--case", "-", stdin=data)
    assert (done.code, done.out) == (2, "")
    assert words in done.err
    assert _is_plain(done.err)


@pytest.mark.parametrize(
    ("changes", "words"), [pytest.param(changes, words, id=sentence) for sentence, changes, words in NO_CASE]
)
def test_it_is_refused_with_the_name_of_the_field(ours: Remit, case: Case, changes: dict[str, Any], words: str) -> None:
    done = ours("decide", "credit", "--case", "-", stdin=orjson.dumps(case(**changes)))
    assert (done.code, done.out) == (2, "")
    assert words in done.err
    assert _is_plain(done.err)
    assert ours.ledger_is_sound()


def test_a_list_in_place_of_a_case_is_refused(ours: Remit) -> None:
    done = ours("decide", "credit", "--case", "-", stdin=b"[]")
    assert (done.code, done.out) == (2, "")
    assert "a case is an object of fields" in done.err


def test_a_refused_case_is_an_event_that_tells_nothing_of_its_values(ours: Remit, case: Case) -> None:
    ours("decide", "credit", "--case", "-", stdin=orjson.dumps(case(applicant_id="Erika Mustermann" * 100)))
    ours("ledger", "export", "--out", "audit")
    lines = (ours.folder / "audit" / "events.jsonl").read_text().splitlines()
    assert "case.rejected" in lines[-1]
    assert "Mustermann" not in lines[-1]


def test_odd_rows_of_a_batch_are_invalid_each_and_the_others_are_decided(ours: Remit, case: Case) -> None:
    header = ",".join(case())
    odd = [case(amount_cents="NaN"), case(amount_cents="inf"), case(amount_cents="1_169"), case(amount_cents="")]
    rows = [",".join(str(value).lower() if value is True else str(value) for value in row.values()) for row in odd]
    ours.write("odd.csv", "\n".join([header, *rows]) + "\n")
    done = ours("batch", "credit", "--input", "odd.csv", "--out", "odd.jsonl", "--json")
    assert (done.code, done.json["statuses"]) == (0, {"invalid": 4})
    assert "stands in its line of odd.jsonl" in done.err
    errors = [json.loads(line)["error"]["violations"] for line in (ours.folder / "odd.jsonl").read_bytes().splitlines()]
    assert all("amount_cents" in [item["field"] for item in error] for error in errors)


def _is_plain(text: str) -> bool:
    """A few lines for a person: no traceback, no flood, nothing that a terminal would obey."""
    return text.startswith("remit: ") and "Traceback" not in text and len(text) < 2000 and "\x1b" not in text
