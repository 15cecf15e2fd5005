"""Reading a text column as bytes: one that is no UTF-8 any more must be found by the verifier, not stop reading."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Label, LargeBinary
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


class _Bytes(FunctionElement[bytes]):
    inherit_cache = True
    type = LargeBinary()


def as_bytes(column: ColumnElement[Any]) -> Label[bytes]:
    """The column's bytes, under the column's name."""
    return _Bytes(column).label(str(column.key))


@compiles(_Bytes)
def _sqlite(element: _Bytes, compiler: SQLCompiler, **options: Any) -> str:
    return f"CAST({compiler.process(element.clauses, **options)} AS BLOB)"


@compiles(_Bytes, "postgresql")
def _postgresql(element: _Bytes, compiler: SQLCompiler, **options: Any) -> str:
    # A cast from text to bytea would read backslashes as escapes.
    return f"convert_to({compiler.process(element.clauses, **options)}, 'UTF8')"
