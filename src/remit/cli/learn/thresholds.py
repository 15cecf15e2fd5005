"""`remit learn thresholds`: from which confidence on may decisions be automated?"""

from __future__ import annotations

from typing import Annotated

import typer

from remit.cli.common import As, AsJson, Roles, actor, open_existing, print_json, say
from remit.cli.learn.check import SnapshotName


def command(
    snapshot: SnapshotName,
    bound: Annotated[
        float, typer.Option("--bound", min=0.001, max=0.999, help="The share of automated decisions that may be wrong.")
    ] = 0.1,
    delta: Annotated[float, typer.Option("--delta", min=0.001, max=0.5, help="How often the promise may fail.")] = 0.1,
    capacity: Annotated[
        float | None, typer.Option("--capacity", min=0.0, max=1.0, help="The share of all cases that people can take.")
    ] = None,
    watch: Annotated[
        bool, typer.Option("--watch", help="It is in use: hold its promise against every outcome from now on.")
    ] = False,
    as_json: AsJson = False,
    name: As = None,
    role: Roles = None,
) -> None:
    """Find the confidence from which on decisions may be automated, with a promise. Exit 1 when there is none."""
    from remit.service.learning.choose_threshold import choose_threshold
    from remit.service.learning.watch_threshold import watch_threshold

    with open_existing() as engine:
        found = choose_threshold(engine.services, snapshot, bound=bound, delta=delta, capacity=capacity)
        if watch and found["threshold"] is not None:
            who = actor(engine, name, role)
            watch_threshold(engine.services, snapshot, who, bound=bound, delta=delta, capacity=capacity)
    if as_json:
        print_json(found)
    else:
        say(f"{found['why']} ({found['judged']} cases were judged)")
        if found["threshold"] is not None:
            wrong, asked = found["wrong_among_automated"], found["escalated"]
            threshold = f"threshold {found['threshold']:.6g}"
            say(f"{threshold}: {asked:.1%} of all cases for people, {wrong:.1%} of the others wrong")
            say("to put it in force, propose a contract with this rule and `effect: escalate`:")
            say(f"  {found['rule']}")
            if watch:
                say("its promise is watched: once outcomes break it, an alarm is raised and people are asked again")
    raise typer.Exit(0 if found["threshold"] is not None else 1)
