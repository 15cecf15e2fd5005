"""`remit learn rollback`: the champion before decides again."""

from __future__ import annotations

from typing import Annotated

import typer

from remit.cli.common import As, AsJson, DecisionName, PackName, Roles, actor, open_engine, print_json, say


def command(
    pack: PackName,
    reason: Annotated[str, typer.Option("--reason", help="Why, in a sentence.")],
    as_json: AsJson = False,
    decision: DecisionName = None,
    name: As = None,
    role: Roles = None,
) -> None:
    """Take the challenger back at once, whatever its step; what is under way keeps the model that it began with."""
    from remit.service.learning.rollout import roll_back

    with open_engine() as engine:
        done = roll_back(engine.services, pack, actor(engine, name, role), reason, decision=decision)
    if as_json:
        print_json(done)
        return
    say(f"{done['champion']['decision']}: model {done['champion']['sha256'][:12]} decides")
