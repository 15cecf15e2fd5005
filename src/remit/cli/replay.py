"""`remit replay`: think past decisions again, and compare byte for byte."""

from __future__ import annotations

from typing import Annotated

import typer

from remit.cli.common import AsJson, open_engine, print_json, say


def command(
    decision_id: Annotated[str | None, typer.Argument(metavar="[ID]", help="A decision's id.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Replay every decision.")] = False,
    as_json: AsJson = False,
) -> None:
    """Replay a decision under its own versions: same plan, evidence, proposal and verdict, or what differs."""
    from remit.core.errors import InputError

    if (decision_id is None) == (not everything):
        raise InputError("name one decision, or say --all", code="usage")
    with open_engine() as engine:
        replayed = list(engine.replay_all()) if decision_id is None else [engine.replay(decision_id)]
    differing = [item for item in replayed if not item.same]
    if as_json:
        print_json(
            {
                "replayed": len(replayed),
                "same": len(replayed) - len(differing),
                "different": [item.to_json() for item in differing],
            }
        )
    else:
        say(f"{len(replayed)} replayed, {len(replayed) - len(differing)} the same, {len(differing)} different")
        for item in differing:
            say(f"  {item.decision_id}: {', '.join(item.differs)} {item.note}")
    raise typer.Exit(1 if differing else 0)
