"""`remit learn`: turn what came of decisions into better proposals, under gates. One verb a file."""

from __future__ import annotations

import typer

from remit.cli.learn import check, snapshot, train

app = typer.Typer(help="Snapshot, check and train.", no_args_is_help=True)
app.command("snapshot")(snapshot.command)
app.command("check")(check.command)
app.command("train")(train.command)


@app.callback()
def learn() -> None:
    """Snapshot, check and train."""
