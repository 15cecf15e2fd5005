"""`remit eval`: run a suite, hold it against its floors, and compare it with its last run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from remit.cli.common import AsJson, note, print_json, say

if TYPE_CHECKING:
    from remit.eval.report import Result


def command(
    suite: Annotated[str, typer.Argument(metavar="SUITE", help="Its name, or a YAML file with floors of your own.")],
    as_json: AsJson = False,
    quick: Annotated[bool, typer.Option("--quick", help="A small run, in seconds.")] = False,
    seed: Annotated[int | None, typer.Option("--seed", min=0, help="Where its chance begins.")] = None,
    write: Annotated[
        Path | None,
        typer.Option("--write", metavar="FOLDER", help="Compare with the last run in this folder, and write this one."),
    ] = None,
    results: Annotated[
        Path | None, typer.Option("--results", metavar="FILE", help="Also renew the suite's section of this page.")
    ] = None,
) -> None:
    """Run a suite: figures with intervals, floors, and what changed since the last run."""
    from remit.eval.keep import last_run, renew, write_run
    from remit.eval.run import SEED, find, run

    found = find(suite)
    chosen = SEED if seed is None else seed
    called = " ".join(["remit eval", suite, *(["--quick"] if quick else []), *([f"--seed {seed}"] if seed else [])])
    note(f"running: {found.name}")
    last = last_run(write, found.name) if write is not None else None
    result = run(found, quick=quick, seed=chosen, command=called, last=last)
    if write is not None:
        write_run(write, result)
    if results is not None:
        renew(results, result)
    _print(result, as_json)
    if result.broken:
        raise typer.Exit(1)


def _print(result: Result, as_json: bool) -> None:
    if as_json:
        print_json(result.to_json())
        return
    for line in result.lines():
        say(line)
