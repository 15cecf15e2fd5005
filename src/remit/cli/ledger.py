"""`remit ledger`: verify, prove and export the log; rotate its keys; hold, erase and retain what is known of people."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from remit.cli import subjects
from remit.cli.common import As, AsJson, Roles, actor, note, open_existing, print_json, read_json, read_text, say

app = typer.Typer(help="Verify, prove and export the ledger; erase and retain cases.", no_args_is_help=True)
app.command("hold")(subjects.hold)
app.command("release")(subjects.release)
app.command("erase")(subjects.erase)
app.command("retention")(subjects.retention)


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
            say(f"TAMPERED WITH: the {each.what} of decision {each.decision_id} {_is_not(each.what)}")
    else:
        say(f"TAMPERED WITH at event {report.seq}: {report.why}")
    raise typer.Exit(0 if report.sound and not differing else 1)


def _is_not(what: str) -> str:
    return "are not the recorded ones" if what == "votes" else "is not the recorded one"


@app.command("proof")
def proof(
    name: Annotated[
        str,
        typer.Argument(
            metavar="ID", help="An event's place or id, a decision's id, or a file with a receipt; - reads it."
        ),
    ],
    as_json: AsJson = False,
) -> None:
    """Prove that events are in the log, for whoever has the public key: see verifier.py in an export."""
    with open_existing() as engine:
        if name == "-" or Path(name).is_file():
            found = engine.safekeeping.prove_receipt(read_json(name, "the receipt"))
        else:
            found = engine.safekeeping.prove(name)
    if as_json:
        print_json(found)
        return
    for event in found["events"]:
        say(f"event {event['seq']}, proved by {len(event['path'])} hashes: {event['body']}")
    _say_checkpoint(found["checkpoint"])


@app.command("consistency")
def consistency(
    old: Annotated[str, typer.Argument(metavar="OLD_NOTE", help="A file with an older signed checkpoint; - reads it.")],
    as_json: AsJson = False,
) -> None:
    """Prove that the log only grew since an older signed checkpoint: nothing was cut off, nothing rewritten."""
    with open_existing() as engine:
        found = engine.safekeeping.prove_growth(read_text(old, "the older checkpoint"))
    if as_json:
        print_json(found)
        return
    say(f"consistent: the log begins with the {_size(found['old'])} events that were signed before")
    _say_checkpoint(found["checkpoint"])


@app.command("checkpoint")
def checkpoint(as_json: AsJson = False) -> None:
    """Print the newest signed checkpoint, and see to it that it stands in the database and outside."""
    with open_existing() as engine:
        text = engine.safekeeping.take_checkpoint()
    if as_json:
        print_json({"events": _size(text), "checkpoint": text})
    else:
        say(text.rstrip("\n"))


@app.command("rotate-key")
def rotate_key(
    reason: Annotated[str, typer.Option("--reason", help="Why; it stays in the ledger.")],
    subjects: Annotated[
        bool, typer.Option("--subjects", help="Rotate the key that wraps the keys of subjects, not the signing one.")
    ] = False,
    as_json: AsJson = False,
    name: As = None,
    role: Roles = None,
) -> None:
    """Let a new key sign the ledger; the old one names it in the last event that it signs, and is gone."""
    with open_existing() as engine:
        who = actor(engine, name, role)
        keeping = engine.safekeeping
        done = keeping.rotate_subject_keys(reason, who) if subjects else keeping.rotate_ledger_key(reason, who)
    if as_json:
        print_json(done)
    elif subjects:
        say(f"{done['keys']} subjects' keys are wrapped by a new key; the older one is gone")
    else:
        say(f"the ledger is signed by {done['verifier_key']} from now on")
        say("whoever trusts the first key, or any later one, still verifies everything")


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


def _say_checkpoint(text: str) -> None:
    say(f"under the signed checkpoint of {_size(text)} events")
    note("add --json for the proof itself: python verifier.py PROOF.json ledger.pub")


def _size(checkpoint: Any) -> int:
    return int(checkpoint.split("\n")[1])
