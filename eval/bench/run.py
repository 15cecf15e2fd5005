"""Runs the benchmarks and puts their report together."""

from __future__ import annotations

import importlib
import os
import platform
import sqlite3
from collections.abc import Callable, Sequence
from importlib import metadata
from pathlib import Path

from remit.core.errors import InputError
from remit.core.problems import did_you_mean
from remit.eval.bench.report import Report, Section
from remit.eval.bench.workbench import workbench

BENCHMARKS = (
    "decision",
    "cold",
    "contract",
    "proof",
    "explain",
    "ledger",
    "callers",
    "batch",
    "growth",
    "api",
    "learning",
)
"""Each is a module of this folder with ``measure(bench, rounds) -> Section``."""

_VERSIONS = (
    "remit",
    "langgraph",
    "langgraph-checkpoint-sqlite",
    "fastapi",
    "uvicorn",
    "chromadb",
    "onnxruntime",
    "cel-expr-python",
    "SQLAlchemy",
    "zen-engine",
    "cedarpy",
)


def run(
    rounds: int,
    only: Sequence[str] = (),
    *,
    command: str = "remit bench",
    on_start: Callable[[str], None] = lambda _: None,
) -> Report:
    """Run the benchmarks, or only some of them.

    Args:
        rounds: how often each is measured; at least 1.
        on_start: told the name of each before it begins.

    Raises:
        InputError: there is no such benchmark.
        SystemFailed: a rival is not installed, or two contenders do not do the same.
    """
    for name in only:
        if name not in BENCHMARKS:
            hint = did_you_mean(name, BENCHMARKS)
            raise InputError(f"there is no benchmark `{name}`", mend=hint or f"known: {', '.join(BENCHMARKS)}")
    sections: list[Section] = []
    with workbench() as bench:
        for name in only or BENCHMARKS:
            on_start(name)
            # Imported when its turn comes, so that a rival that is missing stops nobody else.
            sections.append(importlib.import_module(f"remit.eval.bench.{name}").measure(bench, rounds))
    return Report(machine(), command, rounds, tuple(sections))


def machine() -> dict[str, str]:
    """What the figures were measured on."""
    return {
        "machine": f"{_processor()}, {os.cpu_count()} cores, {platform.system()} {platform.release()}",
        "Python": platform.python_version(),
        "SQLite": sqlite3.sqlite_version,
        **{name: version for name in _VERSIONS if (version := _version(name))},
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""
