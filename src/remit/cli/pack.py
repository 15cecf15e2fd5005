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
    forecasts: Annotated[
        Path | None, typer.Option("--forecasts", metavar="DIR", help="Cash forecasts; each case takes its day's.")
    ] = None,
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
        forecasts=forecasts,
    )
    if as_json:
        print_json(done)
        return
    say(f"{done['cases']} cases in {out}, {done['outcomes']} of them with their outcome")
    say(f"left out: {done['paid_before']} paid before they were looked at, {done['too_early']} too early to look at")
    if forecasts:
        say(f"{done['with_forecast']} carry a cash forecast that was made by their day")


@app.command("forecast")
def forecast(
    pack: Annotated[str, typer.Argument(metavar="PACK", help="The pack that forecasts payments: receivables.")],
    source: Annotated[Path, typer.Option("--csv", metavar="FILE", help="An export of accounts receivable.")],
    cash: Annotated[int, typer.Option("--cash", metavar="CENTS", help="What is in the bank.")],
    payables: Annotated[int, typer.Option("--payables", min=0, metavar="CENTS", help="To be paid within 28 days.")],
    floor: Annotated[int, typer.Option("--floor", metavar="CENTS", help="What is to be in the bank then.")] = 0,
    keep: Annotated[Path, typer.Option("--keep", metavar="DIR", help="Where forecasts are kept.")] = Path("forecasts"),
    names: Annotated[
        list[str] | None, typer.Option("--map", metavar="OURS=THEIRS", help="Whose column is what.")
    ] = None,
    as_of: Annotated[
        datetime | None, typer.Option("--as-of", formats=["%Y-%m-%d"], help="Day of the forecast.")
    ] = None,
    month_first: Annotated[bool, typer.Option("--month-first", help="Dates such as 12/31/2026.")] = False,
    decimal: Annotated[str | None, typer.Option("--decimal", metavar="SIGN", help="`.` or `,` in amounts.")] = None,
    as_json: AsJson = False,
) -> None:
    """Forecast the cash in 28 days, with an interval, as a file named by its SHA-256."""
    from remit.packs.receivables_export import last_day
    from remit.service.forecast_cash import Treasury, forecast_cash, keep_forecast
    from remit.service.import_receivables import invoices_of

    invoices = invoices_of(source, names=names or [], month_first=month_first, decimal=decimal)
    day = as_of.date() if as_of else last_day(invoices)
    with open_engine() as engine:
        made = forecast_cash(engine.services, pack, invoices, day, Treasury(cash, payables, floor))
    path = keep_forecast(made, keep)
    told = made.content
    if as_json:
        print_json({"sha256": made.sha256, "file": str(path), **told, "case_fields": made.seen_on(day)})
        return
    for what, name in (("come in by then", "inflow"), ("in the bank by then", "cash")):
        low, middle, high = (f"{told[f'{name}_{end}_cents'] / 100:,.2f}" for end in ("low", "expected", "high"))
        say(f"{what}: {middle} ({low} .. {high})")
    missing = told["cash_floor_cents"] - told["cash_low_cents"]
    say(f"at the low end {missing / 100:,.2f} are missing" if missing > 0 else "the floor holds at the low end")
    say(str(path))
