"""`remit index`: take in a pack's documents."""

from __future__ import annotations

from remit.cli.common import As, AsJson, PackName, Roles, actor, note, note_first_use, open_engine, print_json, say


def command(pack: PackName, as_json: AsJson = False, name: As = None, role: Roles = None) -> None:
    """Index a pack's knowledge folder. Unchanged documents cost nothing."""
    with open_engine() as engine:
        note_first_use(engine)
        report = engine.index(pack, actor(engine, name, role))
    for file in report["refused"]:
        note(f"not taken in, somebody whom it is about was erased: {file}; delete it, or take them out of it")
    if as_json:
        print_json(report)
        return
    changes = ", ".join(f"{len(report[kind])} {kind}" for kind in ("added", "changed", "removed", "unchanged"))
    say(f"{report['documents']} documents ({changes}), {report['chunks']} passages, snapshot {report['snapshot'][:12]}")
