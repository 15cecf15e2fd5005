"""`remit search`: ask a pack's documents."""

from __future__ import annotations

from typing import Annotated

import typer

from remit.cli.common import As, AsJson, PackName, Roles, actor, note_first_use, open_engine, print_json, say


def command(
    pack: PackName,
    query: Annotated[str, typer.Argument(metavar="QUERY", help="What to look for, in words.")],
    limit: Annotated[int, typer.Option("--limit", min=1, max=50, help="How many passages.")] = 5,
    as_json: AsJson = False,
    name: As = None,
    role: Roles = None,
) -> None:
    """Search a pack's documents as its agents do, with their trust labels and ages."""
    with open_engine() as engine:
        note_first_use(engine)
        hits = engine.search(pack, query, actor(engine, name, role), limit=limit)
    if as_json:
        print_json(hits)
        return
    for hit in hits:
        labels = f"{hit['trust']}, {hit['age_days']} days old, similarity {hit['similarity']:.2f}"
        say(f"[{hit['id']}] {hit['title']} ({labels})")
        say(f"    {' '.join(hit['text'].split())[:240]}")
    if not hits:
        say("nothing found")
