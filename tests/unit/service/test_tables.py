"""Case files: CSV, JSON lines and Parquet give the same cases, and what is wrong is told with its line."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet
import pytest

from remit.core.errors import InputError
from remit.core.schema import Field, Record
from remit.service.tables import CaseFile

RECORD = Record(
    "Case",
    (
        Field("id", "string"),
        Field("amount", "integer"),
        Field("rate", "number"),
        Field("late", "boolean"),
        Field("asked_at", "timestamp"),
    ),
)
CASES = [
    {"id": "L-1", "amount": 5, "rate": 0.5, "late": True, "asked_at": "2026-11-01T12:00:00+00:00"},
    {"id": "007", "amount": -3, "late": False},
]
CSV = """id,amount,rate,late,asked_at,outcome.repaid
L-1,5,0.5,true,2026-11-01T12:00:00+00:00,True
007,-3,,FALSE,,
"""
JSONL = (
    '{"id": "L-1", "amount": 5, "rate": 0.5, "late": true, "asked_at": "2026-11-01T12:00:00+00:00",'
    ' "outcome.repaid": true}\n\n{"id": "007", "amount": -3, "rate": null, "late": false}\n'
)


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., CaseFile]:
    def make(content: Any, name: str = "cases.csv") -> CaseFile:
        (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
        return CaseFile(tmp_path / name, RECORD)

    return make


def parquet() -> bytes:
    moment = pyarrow.array([datetime(2026, 11, 1, 12, tzinfo=UTC), None], pyarrow.timestamp("us", "UTC"))
    table = pyarrow.table(
        {
            "id": ["L-1", "007"],
            "amount": pyarrow.array([Decimal(5), Decimal(-3)]),
            "rate": [0.5, None],
            "late": [True, False],
            "asked_at": moment,
            "outcome.repaid": [True, None],
        }
    )
    sink = pyarrow.BufferOutputStream()
    pyarrow.parquet.write_table(table, sink)
    return bytes(sink.getvalue())


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("cases.csv", CSV),
        ("cases.csv", "\ufeff" + CSV.replace("\n", "\r\n")),
        ("cases.jsonl", JSONL),
        ("cases.jsonl", "\ufeff" + JSONL),
        ("cases.ndjson", JSONL),
        ("cases.parquet", parquet()),
    ],
)
def test_every_format_gives_the_same_cases_without_outcomes(
    read: Callable[..., CaseFile], name: str, content: Any
) -> None:
    file = read(content, name)
    assert [dict(case) for _, case in file.cases()] == CASES
    assert file.outcomes("repaid") == ["true", None]


def test_rows_are_counted_from_one(read: Callable[..., CaseFile]) -> None:
    file = read(CSV)
    assert ([number for number, _ in file.cases()], len(file)) == ([1, 2], 2)


def test_the_content_names_a_file(read: Callable[..., CaseFile]) -> None:
    assert read(CSV).sha256 == read(CSV, "other.csv").sha256 != read(CSV + "L-2,1,1,true,,\n").sha256


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        *(("amount", cell) for cell in ("1_000", " 5", "5.0", "٥", "0x5", "five", "9" * 5_000)),
        *(("rate", cell) for cell in ("nan", "inf", "Infinity", "1_0.5", "٥", "1,5", "--1")),
        *(("late", cell) for cell in ("yes", "1", "T", "tRue")),
        ("id", "12"),
    ],
)
def test_a_cell_that_is_not_plainly_of_its_type_stays_text(
    read: Callable[..., CaseFile], column: str, cell: str
) -> None:
    ((_, case),) = read(f'{column}\n"{cell}"\n').cases()
    assert case == {column: cell}


@pytest.mark.parametrize(("cell", "value"), [("1e3", 1000.0), ("-.5", -0.5), ("+7", 7.0), ("7.", 7.0)])
def test_a_number_may_be_written_in_the_usual_ways(read: Callable[..., CaseFile], cell: str, value: float) -> None:
    ((_, case),) = read(f"rate\n{cell}\n").cases()
    assert case == {"rate": value}


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("cases.csv", "id,late\nL-1,true\nL-2\n", r"line 3: 1 cells for 2 columns"),
        ("cases.csv", "id\nL-1,true\n", r"line 2: 2 cells for 1 columns"),
        ("cases.csv", 'id\nL-1\n"L-2\n', r"line 3: not valid CSV"),
        ("cases.csv", 'id\n"' + "x" * 1_000_000 + '"\n', r"line 2: not valid CSV: field larger"),
        ("cases.csv", "id;late\nL-1;true\n", r"separates its columns by `;`, not by commas"),
        ("cases.csv", "id\tlate\nL-1\ttrue\n", r"separates its columns by tabs, not by commas"),
        ("cases.csv", "id,id\n1,2\n", r"has the column `id` twice"),
        ("cases.csv", b"id\nL-1\n\xff\n", r"line 3: not UTF-8 text"),
        ("cases.csv", "id,late\n", r"has no rows"),
        ("cases.csv", " \n\n", r"is empty"),
        ("cases.jsonl", '{"id": "L-1"}\n{"id": \n', r"line 2: not valid JSON"),
        ("cases.jsonl", '{"id": NaN}\n', r"line 1: not valid JSON"),
        ("cases.jsonl", '{}\n\n["id"]\n', r"line 3: a case is an object"),
        ("cases.jsonl", b'{"id": "\xff"}', r"line 1: not valid JSON"),
        ("cases.parquet", "PAR1 nothing", r"is not a Parquet file"),
        ("cases.parquet", parquet()[:-20], r"is not a Parquet file"),
        ("cases.xlsx", "x", r"is not a \.csv, \.jsonl or \.parquet file"),
    ],
)
def test_a_broken_file_is_refused_with_the_line(
    read: Callable[..., CaseFile], name: str, content: Any, said: str
) -> None:
    with pytest.raises(InputError, match=said):
        read(content, name)


def test_a_file_that_is_not_there_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read: No such file"):
        CaseFile(tmp_path / "cases.csv", RECORD)
