"""`remit learn check`: may anything be learnt from this snapshot?"""

from __future__ import annotations

from typing import Annotated

import typer

from remit.cli.common import AsJson, open_existing, print_json, say

SnapshotName = Annotated[str, typer.Argument(metavar="SNAPSHOT", help="A snapshot's SHA-256, or its beginning.")]


def command(snapshot: SnapshotName, as_json: AsJson = False) -> None:
    """Hold a snapshot against the gates that stand before training. Exit 1 when one refuses."""
    from remit.service.learning.check_snapshot import check_snapshot

    with open_existing() as engine:
        report = check_snapshot(engine.services, snapshot)
    if as_json:
        print_json(report)
    else:
        for gate in report["gates"]:
            say(f"{gate['verdict']:<7} {gate['gate']:<14} {gate['why']}")
        for group in report["fairness"]:
            say(f"        {group['attribute']}: impact ratio {group['impact_ratio']}, lowest {group['lowest']}")
    raise typer.Exit(0 if report["passes"] else 1)
