"""`remit learn examples`: what past decisions teach a brain."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from remit.cli.common import As, AsJson, DecisionName, PackName, Roles, actor, open_engine, print_json, say
from remit.core.errors import InputError


def command(
    pack: PackName,
    out: Annotated[Path | None, typer.Option("--out", metavar="FOLDER", help="Write the folder anew.")] = None,
    check: Annotated[
        Path | None, typer.Option("--check", metavar="FOLDER", help="Hold the pack's brain against the folder.")
    ] = None,
    as_json: AsJson = False,
    decision: DecisionName = None,
    name: As = None,
    role: Roles = None,
) -> None:
    """Write examples, test cases and proposed rules from what was decided and said; or try a brain by them."""
    from remit.service.learning.teach import check_examples, write_examples

    if (out is None) == (check is None):
        raise InputError("one of --out and --check is wanted", mend="say where to write, or what to check against")
    with open_engine() as engine:
        if check is not None:
            found = check_examples(engine.services, pack, check, decision=decision)
        else:
            assert out is not None
            found = write_examples(engine.services, pack, out, actor(engine, name, role), decision=decision)
    if as_json:
        print_json(found)
    elif check is not None:
        _say_check(found)
    else:
        say(f"{found['decision']}: " + ", ".join(f"{count} {what}" for what, count in found["counts"].items()))
    raise typer.Exit(0 if found.get("passes", True) else 1)


def _say_check(found: dict[str, Any]) -> None:
    kept = found["regressions"] - len(found["worse"])
    say(f"{found['decision']}, brain {found['brain']}: {kept} of {found['regressions']} as before")
    say(f"  {len(found['improved'])} of {found['improvements']} that people turned down are proposed otherwise now")
    for decision_id in found["worse"]:
        say(f"  worse: {decision_id}")
