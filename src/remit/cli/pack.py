"""`remit pack`: check a decision pack."""

from __future__ import annotations

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
