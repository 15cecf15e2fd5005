"""`remit pack`: check a decision pack, and import cases for it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from remit.cli.common import AsJson, PackName, open_engine, print_json, say

app = typer.Typer(help="Work on decision packs.", no_args_is_help=True)


@app.callback()
def pack_() -> None:
    """Work on decision packs."""


@app.command("check")
def check(pack: PackName, as_json: AsJson = False) -> None:
    """Load a pack, run its policy tests and golden cases, and report every problem at once with its place."""
    with open_engine() as engine:
        report = engine.check_pack(pack)
    if as_json:
        print_json(report.to_json())
    else:
        for problem in report.problems:
            say(problem.render())
        for warning in report.warnings:
            say(f"warning: {warning.render()}")
        say(
            f"{report.pack}: {len(report.problems)} problems, {len(report.warnings)} warnings,"
            f" {report.policy_tests} policy tests, {report.golden_cases} golden cases, {report.documents} documents"
        )
    raise typer.Exit(0 if report.ok else 1)


@app.command("import")
def import_(
    pack: Annotated[str, typer.Argument(metavar="PACK", help="The pack whose cases they become: receivables.")],
    source: Annotated[Path, typer.Option("--csv", metavar="FILE", help="An export of accounts receivable.")],
    out: Annotated[Path, typer.Option("--out", help="Where the cases go, with their outcomes.")] = Path("cases.csv"),
    names: Annotated[
        list[str] | None, typer.Option("--map", metavar="OURS=THEIRS", help="Whose column is what.")
    ] = None,
    look_days: Annotated[int, typer.Option("--look-days", min=0, max=365, help="Days after the due date.")] = 1,
    as_of: Annotated[datetime | None, typer.Option("--as-of", formats=["%Y-%m-%d"], help="Day of the export.")] = None,
    month_first: Annotated[bool, typer.Option("--month-first", help="Dates such as 12/31/2026.")] = False,
    decimal: Annotated[str | None, typer.Option("--decimal", metavar="SIGN", help="`.` or `,` in amounts.")] = None,
    as_json: AsJson = False,
) -> None:
    """Make cases and outcomes of a real export; every cell that cannot be read is named by row and column."""
    from remit.service.import_receivables import import_receivables

    done = import_receivables(
        pack,
        source,
        out,
        names=names or [],
        look_days=look_days,
        as_of=as_of.date() if as_of else None,
        month_first=month_first,
        decimal=decimal,
    )
    if as_json:
        print_json(done)
        return
    say(f"{done['cases']} cases in {out}, {done['outcomes']} of them with their outcome")
    say(f"left out: {done['paid_before']} paid before they were looked at, {done['too_early']} too early to look at")
