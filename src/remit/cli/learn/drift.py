"""`remit learn drift`: how a decision does lately."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from remit.cli.common import As, AsJson, DecisionName, PackName, Roles, actor, open_engine, print_json, say
from remit.cli.learn.status import say_watch


def command(
    pack: PackName,
    tell: Annotated[bool, typer.Option("--tell", help="Put each alarm into the ledger, and tell webhooks.")] = False,
    as_json: AsJson = False,
    decision: DecisionName = None,
    name: As = None,
    role: Roles = None,
) -> None:
    """Say what has shifted, compare the holdout with all others, and count the labels that the model itself caused."""
    from remit.service.learning.drift import drift_of, tell_drift

    with open_engine() as engine:
        found = drift_of(engine.services, pack, decision=decision)
        if tell:
            tell_drift(engine.services, found, actor(engine, name, role))
    if as_json:
        print_json(found)
    else:
        _say(found)
    is_open = any(alarm["acknowledged"] is None for alarm in found["watch"]["alarms"])
    raise typer.Exit(1 if found["alarms"] or found["holdout"]["alarm"] or is_open else 0)


def _say(found: dict[str, Any]) -> None:
    gap = found["holdout"]
    say(f"{found['decision']}: {found['cases']} cases whose outcome is known, {gap['cases']} of them held out")
    if gap["cases"]:
        say(f"  others less holdout: {gap['difference']:+.4f}, between {gap['lower']:+.4f} and {gap['upper']:+.4f}")
    for alarm in found["alarms"]:
        say(f"  {alarm['series']} has shifted: usually {alarm['usual_rate']:.3f}, evidence {alarm['evidence']:.0f}")
    say(f"  labels that the model itself caused: {found['self_caused_share']:.0%}")
    say_watch(found["watch"])
