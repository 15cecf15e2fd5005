"""Expressions that stand in a YAML file: compiled there, and their faults told at the file's line and column."""

from __future__ import annotations

from collections.abc import Collection

from remit.core.errors import SourceError
from remit.core.problems import Problem
from remit.core.source import Path, Source
from remit.policies.cel import Environment, ExpressionError, Program
from remit.policies.types import CelType, Kind


def compile_at(
    environment: Environment, source: Source, path: Path, *, expect: CelType | Collection[Kind] | None = None
) -> Program:
    """Compile the text at `path` of a file.

    Raises:
        SourceError: every fault of the expression, at its line and column.
    """
    text = source.value(path)
    if not isinstance(text, str):
        raise SourceError([source.problem("must be an expression, written as text", path, code="cel.text")])
    try:
        return environment.compile(text, expect=expect)
    except ExpressionError as error:
        raise SourceError(fault_problems(error, source, path)) from None


def fault_problems(error: ExpressionError, source: Source, path: Path) -> list[Problem]:
    """The faults of the expression at `path`, each at its own line and column."""
    return [
        source.problem(fault.message, path, code=fault.code, mend=fault.mend, offset=fault.offset)
        for fault in error.faults
    ]
