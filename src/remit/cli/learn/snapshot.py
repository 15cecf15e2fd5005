"""`remit learn snapshot`: keep what was decided and what was known of it, named by its content."""

from __future__ import annotations

from typing import Annotated

import typer

from remit.cli.common import As, AsJson, DecisionName, PackName, Roles, actor, moment, open_existing, print_json, say

Since = Annotated[str | None, typer.Option("--since", metavar="TIME", help="Decisions made from then on.")]
Until = Annotated[str | None, typer.Option("--until", metavar="TIME", help="Decisions made before then.")]
AsOf = Annotated[
    str | None, typer.Option("--as-of", metavar="TIME", help="Only what was reported by then (default: now).")
]


def command(
    pack: PackName,
    since: Since = None,
    until: Until = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
    decision: DecisionName = None,
    name: As = None,
    role: Roles = None,
) -> None:
    """Write final decisions and their outcomes as Parquet into REMIT_HOME/learning/snapshots."""
    from remit.service.learning.shown import shown
    from remit.service.learning.take_snapshot import take_snapshot

    with open_existing() as engine:
        made, new = take_snapshot(
            engine.services,
            pack,
            actor(engine, name, role),
            decision=decision,
            since=moment(since) if since else None,
            until=moment(until) if until else None,
            as_of=moment(as_of) if as_of else None,
        )
    if as_json:
        print_json({**shown(made), "new": new})
        return
    say(f"snapshot {made.sha256}" + ("" if new else " (made before)"))
    for word, count in made.manifest["counts"].items():
        say(f"{count:>9}  {word}")
