"""`remit policy generate-tests` and `remit policy mutate`: what a contract's tests are worth."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from remit.cli.common import AsJson, print_json, say

PolicyFile = Annotated[Path, typer.Argument(metavar="FILE", help="A policy contract inside its pack's folder.")]


def register(app: typer.Typer) -> None:
    """Add the verbs to `remit policy`."""
    app.command("generate-tests")(generate_tests)
    app.command("mutate")(mutate)


def generate_tests(file: PolicyFile, as_json: AsJson = False) -> None:
    """Print tests that reach what the contract's own do not, ready to paste.

    Read each before: it says what the contract does now, not what it should do.
    """
    from remit.service.policy_cases import generate_policy_tests

    found = generate_policy_tests(file)
    if as_json:
        print_json(found.to_json())
        return
    for test in found.tests:
        say(test.to_yaml().rstrip("\n"))
    say(f"# {len(found.tests)} tests add to those of {file}")
    for duty in found.unreached:
        say(f"# no facts were found that show {duty}")


def mutate(file: PolicyFile, as_json: AsJson = False) -> None:
    """Make the contract wrong in one place at a time. Exit 0 only when its tests notice every mistake that shows."""
    from remit.service.policy_cases import mutate_policy

    report = mutate_policy(file)
    if as_json:
        print_json(report.to_json())
    else:
        for survivor in report.survivors:
            say(f"no test notices {survivor.mutant}")
            say("  this one would:")
            say("".join(f"  {line}" for line in survivor.killer.to_yaml().splitlines(keepends=True)).rstrip("\n"))
        for mutant in report.not_distinguished:
            say(f"not distinguished: {mutant}")
        say(
            f"{file}: {report.killed} of {report.total} mutants are noticed, {len(report.survivors)} are not, "
            f"{len(report.not_distinguished)} are not distinguished by any generated test"
        )
    raise typer.Exit(0 if report.ok else 1)


def clause_lines(explanation: dict[str, Any]) -> Iterator[str]:
    """Every rule of an explanation with the clauses that decided: first those that spoke."""
    for rule in sorted(explanation["rules"], key=lambda rule: rule["spoke"] is False):
        spoke = {True: "spoke", False: "silent", None: "failed"}[rule["spoke"]]
        yield f"  {spoke:<7}{rule['id']} ({rule['effect']})"
        for clause in rule["because"]:
            value = "cannot be evaluated" if clause["value"] is None else str(clause["value"]).lower()
            looked_at = ", ".join(f"{name} = {_shown(seen)}" for name, seen in clause.get("facts", {}).items())
            yield f"           {clause['clause']} is {value}{f' ({looked_at})' if looked_at else ''}"


def _shown(value: Any) -> str:
    return "absent" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
