"""`remit learn gate`: may a candidate be rolled out?"""

from __future__ import annotations

from typing import Annotated

import typer

from remit.cli.common import As, AsJson, DecisionName, PackName, Roles, actor, open_engine, print_json, say

Model = Annotated[
    str, typer.Option("--model", metavar="SHA256", help="The registered model, or how its digest begins.")
]


def command(
    pack: PackName,
    model: Model,
    alpha: Annotated[float, typer.Option("--alpha", help="How often one that is no better may ever pass.")] = 0.05,
    rows_min: Annotated[int, typer.Option("--rows-min", help="So many matured cases at least.")] = 200,
    as_json: AsJson = False,
    decision: DecisionName = None,
    name: As = None,
    role: Roles = None,
) -> None:
    """Hold a candidate against the champion by what was decided since it was registered."""
    from remit.service.learning.gate import run_gate

    with open_engine() as engine:
        who = actor(engine, name, role)
        said = run_gate(engine.services, pack, model, who, decision=decision, alpha=alpha, rows_min=rows_min)
    if as_json:
        print_json(said)
    else:
        say(f"{said['word']}: {said['challenger'][:12]} against {said['champion'][:12]}")
        for reason in said["report"]["reasons"]:
            say(f"  {reason}")
    raise typer.Exit(0 if said["word"] == "promote" else 1)
