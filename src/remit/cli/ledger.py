"""`remit ledger`: verify and export the log."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from remit.cli.common import As, AsJson, Roles, actor, note, open_existing, print_json, say

app = typer.Typer(help="Verify and export the ledger.", no_args_is_help=True)


@app.command("verify")
def verify(as_json: AsJson = False) -> None:
    """Verify every event against the signed checkpoint, and every decision against its events.

    Exit 0: sound. 1: tampered with, and where. 2: unusable.
    """
    from remit.core.errors import InputError, SystemFailed

    try:
        with open_existing() as engine:
            report = engine.verify()
            looked_at, differing = engine.verify_records() if report.sound else (0, [])
    except SystemFailed as error:
        # What cannot be read is neither sound nor tampered with: it is no input to verify.
        raise InputError(error.message, code=error.code, mend=error.mend) from error
    if as_json:
        records = {"decisions": looked_at, "differing": [[each.decision_id, each.what] for each in differing]}
        print_json({**report.to_json(), "records": records})
    elif report.sound:
        covered = f"{report.checkpointed} under the checkpoint outside"
        say(f"sound: {report.size} events, {covered}, root {report.root[:16]}…")
        say(f"{looked_at - len({each.decision_id for each in differing})} of {looked_at} decisions are as recorded")
        for each in differing:
            say(f"TAMPERED WITH: the {each.what} of decision {each.decision_id} is not the recorded one")
    else:
        say(f"TAMPERED WITH at event {report.seq}: {report.why}")
    raise typer.Exit(0 if report.sound and not differing else 1)


@app.command("export")
def export(
    out: Annotated[Path, typer.Option("--out", metavar="FOLDER", help="Where to put events, checkpoint and key.")],
    with_cases: Annotated[
        bool, typer.Option("--with-cases", help="Add cases and judgements in plain text, for `remit replay --export`.")
    ] = False,
    as_json: AsJson = False,
    name: As = None,
    role: Roles = None,
) -> None:
    """Export the ledger with its checkpoint, public key and the one-file verifier, for an auditor to take away."""
    with open_existing() as engine:
        written = engine.export_ledger(out, cases_for=actor(engine, name, role) if with_cases else None)
    if as_json:
        print_json(written)
        return
    note(f"wrote {written['events']} events to {out}")
    say(f"verify anywhere: cd {out} && python verifier.py events.jsonl checkpoint ledger.pub")
    if with_cases:
        say(f"replay anywhere: remit replay --export {out} --all")
        note(f"it holds {written['replay']['decisions']} cases in plain text: guard it as you guard the data folder")
    else:
        note("it holds no cases, so decisions cannot be replayed from it; --with-cases adds them")
    for decision_id, why in written["replay"]["left_out"].items():
        note(f"left out: {decision_id}: {why}")
