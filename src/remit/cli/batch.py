"""`remit batch`: decide the cases of a file, each exactly once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from remit.cli.common import (
    As,
    AsJson,
    DecisionName,
    PackName,
    Roles,
    actor,
    note,
    note_first_use,
    open_engine,
    print_json,
    say,
)


def command(
    pack: PackName,
    source: Annotated[Path, typer.Option("--input", metavar="FILE", help="Cases as .csv, .jsonl or .parquet.")],
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="Results as JSON lines, one for each case.")],
    as_json: AsJson = False,
    decision: DecisionName = None,
    batch_name: Annotated[
        str | None, typer.Option("--name", help="The batch's name (default: the file's content names it).")
    ] = None,
    limit: Annotated[int | None, typer.Option("--limit", min=1, help="Only the first so many rows.")] = None,
    name: As = None,
    role: Roles = None,
) -> None:
    """Decide many cases. Cut off and started again, it goes on where it was; no case is decided twice."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    bar = Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=console
    )
    with open_engine() as engine, bar:
        note_first_use(engine)
        task = bar.add_task(f"deciding {pack}", total=None)
        report = engine.batch(
            pack,
            source,
            out,
            actor(engine, name, role),
            decision=decision,
            name=batch_name,
            limit=limit,
            on_row=lambda done, rows: bar.update(task, completed=done, total=rows),
        )
    if as_json:
        print_json(report.to_json())
    else:
        note(f"wrote {report.out}")
        for status, count in report.statuses.most_common():
            say(f"{count:>7}  {status.replace('_', ' ')}")
    if report.statuses["invalid"]:
        note(f"what is wrong with an invalid row stands in its line of {report.out}, under `error`")
