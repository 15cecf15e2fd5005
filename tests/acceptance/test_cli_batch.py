"""Many cases from a file: every row once, in order, whatever the format."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow
import pyarrow.parquet
import pytest

if TYPE_CHECKING:
    from conftest import Done, Remit


Case = Callable[..., dict[str, Any]]


def _as_csv(cases: list[dict[str, Any]], path: Path) -> None:
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, cases[0].keys())
        writer.writeheader()
        writer.writerows(cases)


def _as_lines(cases: list[dict[str, Any]], path: Path) -> None:
    path.write_text("".join(json.dumps(case) + "\n" for case in cases))


def _as_parquet(cases: list[dict[str, Any]], path: Path) -> None:
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(cases), path)


@pytest.fixture(scope="module")
def cases(case: Case) -> list[dict[str, Any]]:
    """One that is granted, one for a person, one that is no case."""
    return [case(), case(applicant_id="C-9002", amount_cents=900_000), case(duration_months=-3)]


@pytest.mark.parametrize(
    ("suffix", "write"), [("csv", _as_csv), ("jsonl", _as_lines), ("parquet", _as_parquet)], ids=["csv", "jsonl", "pq"]
)
def test_every_row_has_its_result_in_order(
    ours: Remit, cases: list[dict[str, Any]], suffix: str, write: Callable[[list[dict[str, Any]], Path], None]
) -> None:
    write(cases, ours.folder / f"cases.{suffix}")
    out = ours.folder / f"{suffix}.jsonl"
    done = ours("batch", "credit", "--input", f"cases.{suffix}", "--out", out, "--json")
    assert (done.code, done.json["statuses"]) == (0, {"awaiting_review": 1, "executed": 1, "invalid": 1})
    results = [json.loads(line) for line in out.read_bytes().splitlines()]
    assert [(each["row"], each["status"]) for each in results] == [
        (1, "executed"),
        (2, "awaiting_review"),
        (3, "invalid"),
    ]
    assert results[2]["error"]["violations"][0]["field"] == "duration_months"


@pytest.fixture(scope="module")
def again(ours: Remit, lived_in: Path) -> Done:
    """The sixty cases of this data folder once more."""
    history = Path(__file__).parents[2] / "examples/packs/credit/history.csv"
    return ours("batch", "credit", "--input", history, "--limit", "60", "--out", "again.jsonl")


def test_a_batch_that_is_run_again_decides_nothing_twice(ours: Remit, again: Done, lived_in: Path) -> None:
    then, now = (
        [json.loads(line)["decision_id"] for line in path.read_bytes().splitlines()]
        for path in (lived_in / "results.jsonl", ours.folder / "again.jsonl")
    )
    assert now == then


def test_progress_goes_to_standard_error_and_counts_to_standard_output(again: Done) -> None:
    assert "60/60" in again.err
    assert again.out.splitlines()[0].split() == ["32", "executed"]
