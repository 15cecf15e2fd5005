"""`remit learn rollout`: let a candidate propose beside the champion, or move it to a step by hand."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from remit.cli.common import As, AsJson, DecisionName, PackName, Roles, actor, open_engine, print_json, say


def command(
    pack: PackName,
    reason: Annotated[str, typer.Option("--reason", help="Why, in a sentence.")],
    model: Annotated[
        str | None, typer.Option("--model", metavar="SHA256", help="Start with this registered model, in its shadow.")
    ] = None,
    to: Annotated[
        str | None, typer.Option("--to", metavar="STEP", help="Move the running one: shadow, 1, 5, 25, 50 or live.")
    ] = None,
    margin: Annotated[float | None, typer.Option("--margin", help="How much worse is still good enough.")] = None,
    pairs_min: Annotated[int | None, typer.Option("--pairs-min", help="Matured cases that each step takes.")] = None,
    horizon_days: Annotated[
        int | None, typer.Option("--horizon-days", help="Days until an outcome is due (default: as the pack says).")
    ] = None,
    updates_max: Annotated[
        int | None,
        typer.Option("--updates-max", help="How often a canary may update the challenger online (default: 0)."),
    ] = None,
    despite_gate: Annotated[
        bool, typer.Option("--despite-gate", help="Start although the gate has not passed it; it is on record.")
    ] = False,
    as_json: AsJson = False,
    decision: DecisionName = None,
    name: As = None,
    role: Roles = None,
) -> None:
    """Start a rollout in the shadow (--model), or move the running one to a step by hand (--to)."""
    from remit.core.errors import InputError
    from remit.service.learning.rollout import move_running, start_rollout

    if (model is None) == (to is None):
        raise InputError("say either --model, to start, or --to, to move", mend="give one of them")
    said = {"margin": margin, "pairs_min": pairs_min, "horizon_days": horizon_days, "updates_max": updates_max}
    plan = {part: value for part, value in said.items() if value is not None}
    with open_engine() as engine:
        who = actor(engine, name, role)
        found: dict[str, Any]
        if model is not None:
            found = start_rollout(
                engine.services, pack, model, who, reason, decision=decision, plan=plan, despite_gate=despite_gate
            )
        else:
            found = move_running(engine.services, pack, to or "", who, reason, decision=decision)
    if as_json:
        print_json(found)
        return
    say(f"rollout {found['rollout_id']}: {found['challenger'][:12]} in {found['step']}")
