"""Finds a suite, runs it, and puts its result together: figures, floors, and what changed since the last run."""

from __future__ import annotations

import importlib
import pkgutil
from pathlib import Path

from remit.core.errors import InputError
from remit.core.problems import did_you_mean
from remit.eval import suites
from remit.eval.bench.run import machine
from remit.eval.declared import read_suite
from remit.eval.report import Result
from remit.eval.suite import Suite

SEED = 20260101


def known() -> list[str]:
    """The suites that ship."""
    return sorted(module.name for module in pkgutil.iter_modules(suites.__path__))


def find(name: str) -> Suite:
    """The suite of that name, or the one that a YAML file declares. Raises InputError."""
    if name.endswith((".yaml", ".yml")):
        return read_suite(Path(name), _shipped)
    return _shipped(name)


def _shipped(name: str) -> Suite:
    if name not in known():
        hint = did_you_mean(name, known())
        raise InputError(f"there is no suite `{name[:80]}`", mend=hint or f"known: {', '.join(known())}")
    module = importlib.import_module(f"remit.eval.suites.{name}")
    if hasattr(module, "__path__"):
        module = importlib.import_module(f"remit.eval.suites.{name}.suite")
    suite: Suite = module.SUITE
    return suite


def run(
    suite: Suite, *, quick: bool = False, seed: int = SEED, command: str = "", last: Result | None = None
) -> Result:
    """Run a suite and hold it against its floors; `last` is the run that it is compared with.

    Two rows of one case and metric are a mistake of the suite: ValueError.
    """
    rows = tuple(suite.run(quick, seed))
    if len({(row.case, row.metric) for row in rows}) < len(rows):
        raise ValueError(f"the suite {suite.name} measures something twice")
    floors = [floor for floor in suite.floors if floor.quick or not quick]
    return Result(
        suite=suite.name,
        question=suite.question,
        command=command,
        machine=machine(),
        quick=quick,
        seed=seed,
        rows=rows,
        floors=tuple(floor.words for floor in floors),
        broken=tuple(words for floor in floors for words in floor.broken_by(rows)),
        last=last,
    )
