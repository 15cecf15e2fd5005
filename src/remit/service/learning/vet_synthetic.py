"""Vet a table of synthetic rows against a table of real ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from math import isfinite
from pathlib import Path
from typing import Any

from remit.core.canonical import digest, sha256_hex
from remit.core.errors import InputError
from remit.learning.synthetic import Value, vet
from remit.service.tables import data_of, plain_rows

SEED = 20261126


def vet_synthetic(
    real: Path, synthetic: Path, *, label: str | None, left_out: Sequence[str], holdout: Path | None
) -> dict[str, Any]:
    """Vet files, .csv, .jsonl or .parquet; see `vet_tables`. Raises InputError: one cannot be read, too."""
    files = {"real": real, "synthetic": synthetic} | ({"holdout": holdout} if holdout else {})
    return vet_tables({name: (data_of(path), path) for name, path in files.items()}, label=label, left_out=left_out)


def vet_tables(
    given: Mapping[str, tuple[bytes, Path]], *, label: str | None, left_out: Sequence[str]
) -> dict[str, Any]:
    """The report: the verdict, an answer to each question, the tables' digests, and under `sha256` the report's own.

    Args:
        given: `real`, `synthetic`, and perhaps `holdout`: its bytes, and a path whose suffix tells its kind.
        label: the column that utility is judged by; the last one unless told.
        left_out: columns that are not compared, such as ids.

    Raises:
        InputError: one is no table, has gaps, or cannot be compared.
    """
    tables = {name: _columns(*table, left_out) for name, table in given.items()}
    kinds = {
        name: all(_number(value) is not None for table in tables.values() for value in table.get(name, []))
        for name in tables["real"]
    }
    ready = {
        name: {each: _parsed(values, kinds.get(each, False)) for each, values in table.items()}
        for name, table in tables.items()
    }
    label = label or list(ready["real"])[-1]
    answers = vet(ready["real"], ready["synthetic"], SEED, label, ready.get("holdout"))
    report = {
        "passes": all(each.passes for each in answers),
        "questions": [each.to_json() for each in answers],
        "files": {name: sha256_hex(data) for name, (data, _) in given.items()},
        "left_out": sorted(left_out),
        "seed": SEED,
    }
    return {"sha256": digest(_texts(report)), **report}


def _columns(data: bytes, path: Path, left_out: Sequence[str]) -> dict[str, list[Any]]:
    rows = plain_rows(data, path)
    names = [name for name in dict.fromkeys(name for row in rows for name in row) if name not in left_out]
    if not names:
        raise InputError(f"{path} has no column left to compare")
    for number, row in enumerate(rows, start=1):
        if gap := [name for name in names if row.get(name) in (None, "")]:
            raise InputError(f"{path}, row {number}: `{gap[0]}` is empty", mend="fill it, or leave the column out")
    return {name: [row[name] for row in rows] for name in names}


def _number(value: Any) -> float | None:
    """A number, or a day as the number of days; None for other texts and for truth values."""
    if isinstance(value, bool):
        return None
    try:
        found = float(value)
    except (TypeError, ValueError):
        try:
            return float(date.fromisoformat(str(value)).toordinal())
        except ValueError:
            return None
    return found if isfinite(found) else None


def _parsed(values: Sequence[Any], numbers: bool) -> list[Value]:
    return [_number(each) or 0.0 if numbers else str(each) for each in values]


def _texts(value: Any) -> Any:
    """With numbers as texts: what is hashed has no floats."""
    if isinstance(value, dict):
        return {name: _texts(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_texts(each) for each in value]
    return repr(value) if isinstance(value, float) else value
