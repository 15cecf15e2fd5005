"""`remit outcomes`: report what became of decisions."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from remit.cli.common import As, AsJson, Roles, actor, note, open_existing, print_json, say

app = typer.Typer(help="Report what became of decisions.", no_args_is_help=True)


@app.command("import")
def import_(
    source: Annotated[Path, typer.Argument(metavar="FILE", help="Outcomes as .csv, .jsonl or .parquet.")],
    as_json: AsJson = False,
    name: As = None,
    role: Roles = None,
) -> None:
    """Record outcomes from a file with the columns decision_id, outcome, value and event_at."""
    from remit.service.import_outcomes import import_outcomes

    with open_existing() as engine:
        done = import_outcomes(engine.services, source, actor(engine, name, role))
    if as_json:
        print_json(done.to_json())
    else:
        for row in done.refused:
            note(f"row {row['row']}: {row['why']}" + (f"\n  = {row['mend']}" if row["mend"] else ""))
        for word, count in done.counts.most_common():
            say(f"{count:>7}  {word}")
    raise typer.Exit(1 if done.refused else 0)
