"""Vet a file of synthetic rows against a file of real ones."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from math import isfinite
from pathlib import Path
from typing import Any

from remit.core.canonical import digest, sha256_hex
from remit.core.errors import InputError
from remit.learning.synthetic import Value, vet
from remit.service.tables import plain_rows

SEED = 20261126


def vet_synthetic(
    real: Path, synthetic: Path, *, label: str | None, left_out: Sequence[str], holdout: Path | None
) -> dict[str, Any]:
    """The report: the verdict, an answer to each question, the files' digests, and under `sha256` the report's own.

    Without `label` the last column is what utility is judged by. It reads and stores nothing else.

    Raises:
        InputError: a file is no table, has gaps, or cannot be compared.
    """
    files = {"real": real, "synthetic": synthetic} | ({"holdout": holdout} if holdout else {})
    tables = {name: _columns(path, left_out) for name, path in files.items()}
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
        "files": {name: sha256_hex(path.read_bytes()) for name, path in files.items()},
        "left_out": sorted(left_out),
        "seed": SEED,
    }
    return {"sha256": digest(_texts(report)), **report}


def _columns(path: Path, left_out: Sequence[str]) -> dict[str, list[Any]]:
    rows = plain_rows(path)
    names = [name for name in rows[0] if name not in left_out]
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
