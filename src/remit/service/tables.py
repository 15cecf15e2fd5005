"""Cases from files: CSV, JSON lines or Parquet, row by row, typed by the data contract.

Columns whose names begin with ``outcome.`` tell what happened later. They are never input to a decision.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from remit.core.canonical import sha256_hex
from remit.core.errors import InputError
from remit.core.schema import Field, Record

OUTCOME_PREFIX = "outcome."
_TRUE, _FALSE = ("true", "True", "TRUE"), ("false", "False", "FALSE")


class CaseFile:
    """A file of cases. `sha256` names its content; `len()` counts its rows.

    Raises:
        InputError: the file is missing, empty, or not of a known format.
    """

    def __init__(self, path: Path, record: Record) -> None:
        readers = {".csv": _csv_rows, ".jsonl": _json_rows, ".ndjson": _json_rows, ".parquet": _parquet_rows}
        if path.suffix not in readers:
            raise InputError(f"{path} is not a .csv, .jsonl or .parquet file", mend="convert it to one of these")
        try:
            data = path.read_bytes()
        except OSError as error:
            raise InputError(f"{path} cannot be read: {error.strerror}", mend="give an existing file") from error
        if not data.strip():
            raise InputError(f"{path} is empty", mend="give a file with at least one case")
        self.sha256 = sha256_hex(data)
        self._rows = [_split(row) for row in readers[path.suffix](data, path, record)]

    def __len__(self) -> int:
        return len(self._rows)

    def cases(self) -> Iterator[tuple[int, dict[str, Any]]]:
        """Row number (from 1) and raw case, outcomes left out."""
        for number, (case, _) in enumerate(self._rows, start=1):
            yield number, case

    def outcomes(self, name: str) -> list[str | None]:
        """The outcome column as text (booleans as ``true`` and ``false``), None where it is not known."""
        return [_outcome_text(outcomes.get(OUTCOME_PREFIX + name)) for _, outcomes in self._rows]


def _split(row: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    case = {name: value for name, value in row.items() if not name.startswith(OUTCOME_PREFIX)}
    return case, {name: value for name, value in row.items() if name.startswith(OUTCOME_PREFIX)}


def _csv_rows(data: bytes, path: Path, record: Record) -> Iterator[dict[str, Any]]:
    try:
        reader = csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True)
        for row in reader:
            if None in row:
                raise InputError(f"{path}, line {reader.line_num}: more cells than columns")
            yield {name: _typed(record.field(name), text) for name, text in row.items() if text not in ("", None)}
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not UTF-8 text", mend="save it as UTF-8") from error
    except csv.Error as error:
        raise InputError(f"{path} is not valid CSV: {error}") from error


def _typed(field: Field | None, text: str) -> Any:
    """A cell as its field's type; what does not fit stays text, and admission says so with the field's name."""
    if field is None:
        return text
    try:
        if field.type == "integer":
            return int(text)
        if field.type == "number":
            return float(text)
    except ValueError:
        return text
    if field.type == "boolean" and text in _TRUE + _FALSE:
        return text in _TRUE
    return text


def _json_rows(data: bytes, path: Path, record: Record) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(data.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            row = orjson.loads(line)
        except orjson.JSONDecodeError as error:
            raise InputError(f"{path}, line {number}: not valid JSON: {error}") from error
        if not isinstance(row, dict):
            raise InputError(f"{path}, line {number}: a case is an object of fields")
        yield row


def _parquet_rows(data: bytes, path: Path, record: Record) -> Iterator[dict[str, Any]]:
    import pyarrow
    import pyarrow.parquet

    try:
        table = pyarrow.parquet.read_table(pyarrow.BufferReader(data))
    except (pyarrow.ArrowException, OSError) as error:
        raise InputError(f"{path} is not a Parquet file: {error}") from error
    yield from table.to_pylist()


def _outcome_text(value: Any) -> str | None:
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value)
    return text.lower() if text in _TRUE + _FALSE else text
