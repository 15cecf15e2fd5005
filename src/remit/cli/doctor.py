"""`remit doctor`: is everything in order here?"""

from __future__ import annotations

from typing import Annotated

import typer

from remit.cli.common import AsJson, note, print_json, say


def command(
    as_json: AsJson = False,
    recover: Annotated[bool, typer.Option("--recover", help="Carry on what a crash cut off.")] = False,
) -> None:
    """Check versions, floors, models, database, disk and ledger, and say what to mend."""
    from remit.cli.doctor_checks import examine, recover_all

    if recover:
        for decision_id, what in recover_all():
            note(f"{decision_id}: {what}")
    checks = examine()
    failed = [check for check in checks if check.state == "fail"]
    if as_json:
        print_json({"ok": not failed, "checks": [check.to_json() for check in checks]})
    else:
        for check in checks:
            say(f"{check.state:<5} {check.name}: {check.message}")
            if check.mend:
                say(f"      = {check.mend}")
    raise typer.Exit(1 if failed else 0)
