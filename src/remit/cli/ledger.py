"""`remit ledger`: verify and export the log."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from remit.cli.common import AsJson, note, open_engine, print_json, say

app = typer.Typer(help="Verify and export the ledger.", no_args_is_help=True)


@app.command("verify")
def verify(as_json: AsJson = False) -> None:
    """Verify every event against the signed checkpoint. Exit 0: sound. 1: tampered with, and where. 2: unusable."""
    from remit.core.errors import InputError, SystemFailed

    try:
        with open_engine() as engine:
            report = engine.verify()
    except SystemFailed as error:
        # What cannot be read is neither sound nor tampered with: it is no input to verify.
        raise InputError(error.message, code=error.code, mend=error.mend) from error
    if as_json:
        print_json(report.to_json())
    elif report.sound:
        covered = f"{report.checkpointed} under the checkpoint outside"
        say(f"sound: {report.size} events, {covered}, root {report.root[:16]}…")
    else:
        say(f"TAMPERED WITH at event {report.seq}: {report.why}")
    raise typer.Exit(0 if report.sound else 1)


@app.command("export")
def export(
    out: Annotated[Path, typer.Option("--out", metavar="FOLDER", help="Where to put events, checkpoint and key.")],
    as_json: AsJson = False,
) -> None:
    """Export the ledger with its checkpoint, public key and the one-file verifier, for an auditor to take away."""
    with open_engine() as engine:
        written = engine.export_ledger(out)
    if as_json:
        print_json(written)
        return
    note(f"wrote {written['events']} events to {out}")
    say(f"verify anywhere: cd {out} && python verifier.py events.jsonl checkpoint ledger.pub")
