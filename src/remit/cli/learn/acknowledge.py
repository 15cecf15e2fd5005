"""`remit learn acknowledge`: a person has seen an alarm."""

from __future__ import annotations

from typing import Annotated

import typer

from remit.cli.common import As, AsJson, Roles, actor, open_engine, print_json, say


def command(
    alarm: Annotated[str, typer.Argument(metavar="ALARM", help="The alarm's id: `remit learn drift` says it.")],
    reason: Annotated[str, typer.Option("--reason", help="What it was, in a sentence.")],
    as_json: AsJson = False,
    name: As = None,
    role: Roles = None,
) -> None:
    """Close an alarm of the watch for drift; from now on what it was raised for is usual."""
    from remit.service.learning.acknowledge import acknowledge

    with open_engine() as engine:
        done = acknowledge(engine.services, alarm, actor(engine, name, role), reason)
    if as_json:
        print_json(done)
        return
    say(f"{done['decision']}: {done['series']} begins with a new reference")
