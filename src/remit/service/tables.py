"""Cases from files: CSV, JSON lines or Parquet, row by row, typed by the data contract.

Columns whose names begin with ``outcome.`` tell what happened later. They are never input to a decision.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson

from remit.core.canonical import sha256_hex
from remit.core.errors import InputError
from remit.core.schema import Field, Record

OUTCOME_PREFIX = "outcome."
_TRUE, _FALSE = ("true", "True", "TRUE"), ("false", "False", "FALSE")
# Python's int() and float() would also take `1_000`, `infinity` and digits of other scripts.
_INTEGER = re.compile(r"[-+]?[0-9]{1,40}")
_NUMBER = re.compile(r"[-+]?([0-9]{1,40}(\.[0-9]{0,40})?|\.[0-9]{1,40})([eE][-+]?[0-9]{1,4})?")


class CaseFile:
    """A file of cases. `sha256` names its content; `len()` counts its rows.

    Raises:
        InputError: the file is missing, empty, or not of a known format.
    """

    def __init__(self, path: Path, record: Record) -> None:
        data = data_of(path)
        self.sha256 = sha256_hex(data)
        self._rows = [_split(row) for row in rows_in(data, path, record)]

    def __len__(self) -> int:
        return len(self._rows)

    def cases(self) -> Iterator[tuple[int, dict[str, Any]]]:
        """Row number (from 1) and raw case, outcomes left out."""
        for number, (case, _) in enumerate(self._rows, start=1):
            yield number, case

    def outcomes(self, name: str) -> list[str | None]:
        """The outcome column as text (booleans as ``true`` and ``false``), None where it is not known."""
        return [_outcome_text(outcomes.get(OUTCOME_PREFIX + name)) for _, outcomes in self._rows]


def case_rows(data: bytes, suffix: str, record: Record) -> list[dict[str, Any]]:
    """The cases of a table that came without a file, outcomes left out. Raises InputError."""
    return [_split(row)[0] for row in rows_in(data, Path(f"cases{suffix}"), record)]


def plain_rows(data: bytes, path: Path) -> list[dict[str, Any]]:
    """The rows of a table of anything else than cases, without what is not known. A CSV's cells are texts.

    Raises:
        InputError: it is empty, or not of the format that the path's suffix names.
    """
    rows = rows_in(data, path, Record("Row", ()))
    return [{name: value for name, value in row.items() if value is not None} for row in rows]


def rows_in(data: bytes, path: Path, record: Record) -> list[dict[str, Any]]:
    """The rows of a table, whose kind the path's suffix names. Raises InputError: it is none, or has no rows."""
    if not data.strip():
        raise InputError(f"{path} is empty", mend="give at least one row")
    rows = list(_READERS[path.suffix](data, path, record))
    if not rows:
        raise InputError(f"{path} has no rows", mend="give at least one row")
    return rows


def data_of(path: Path) -> bytes:
    """The bytes of a table's file. Raises InputError: it cannot be read, or is of no kind that is known."""
    if path.suffix not in _READERS:
        raise InputError(f"{path} is not a .csv, .jsonl or .parquet file", mend="convert it to one of these")
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}", mend="give an existing file") from error


def _split(row: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """A row's case, without what is not known, and its outcomes."""
    case = {name: value for name, value in row.items() if value is not None and not name.startswith(OUTCOME_PREFIX)}
    return case, {name: value for name, value in row.items() if name.startswith(OUTCOME_PREFIX)}


def _csv_rows(data: bytes, path: Path, record: Record) -> Iterator[dict[str, Any]]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InputError(f"{path}, line {line}: not UTF-8 text", mend="save it as UTF-8") from error
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        columns = next(reader)
        _check_separator(columns, path)
        _check_columns(columns, path)
        fields = [record.field(name) for name in columns]
        for cells in reader:
            if not cells:
                continue
            if len(cells) != len(columns):
                raise InputError(
                    f"{path}, line {reader.line_num}: {len(cells)} cells for {len(columns)} columns",
                    mend="put a cell that has a comma in it between double quotes",
                )
            row = zip(columns, fields, cells, strict=True)
            yield {name: _typed(field, cell) for name, field, cell in row if cell}
    except csv.Error as error:
        raise InputError(f"{path}, line {reader.line_num}: not valid CSV: {error}") from error


def _check_separator(columns: Sequence[str], path: Path) -> None:
    """Spreadsheets of many countries write semicolons: each row would be one cell of an unknown column."""
    if len(columns) > 1:
        return
    for mark, name in ((";", "`;`"), ("\t", "tabs")):
        if any(mark in column for column in columns):
            raise InputError(f"{path} separates its columns by {name}, not by commas", mend="save it with commas")


def _check_columns(columns: Sequence[str], path: Path) -> None:
    twice = sorted({name for name in columns if columns.count(name) > 1})
    if twice:
        raise InputError(f"{path} has the column `{twice[0]}` twice", mend="every column needs a name of its own")


def _typed(field: Field | None, text: str) -> Any:
    """A cell as its field's type; what does not fit stays text, and admission says so with the field's name."""
    if field is None:
        return text
    if field.type == "integer" and _INTEGER.fullmatch(text):
        return int(text)
    if field.type == "number" and _NUMBER.fullmatch(text):
        return float(text)
    if field.type == "boolean" and text in _TRUE + _FALSE:
        return text in _TRUE
    return text


def _json_rows(data: bytes, path: Path, record: Record) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(data.removeprefix(codecs.BOM_UTF8).splitlines(), start=1):
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
    _check_columns(table.column_names, path)
    for row in table.to_pylist():
        yield {name: _plain(value) for name, value in row.items()}


_READERS: dict[str, Callable[[bytes, Path, Record], Iterator[dict[str, Any]]]] = {
    ".csv": _csv_rows,
    ".jsonl": _json_rows,
    ".ndjson": _json_rows,
    ".parquet": _parquet_rows,
}


def _plain(value: Any) -> Any:
    """A cell as JSON would hold it; what JSON cannot hold stays, and admission refuses it."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value


def _outcome_text(value: Any) -> str | None:
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value)
    return text.lower() if text in _TRUE + _FALSE else text
