"""`remit policy prove` and `diff`: what holds for all facts, and what a change does to the verdicts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from remit.cli.common import AsJson, print_json, say

if TYPE_CHECKING:
    from remit.policies.diff import DiffReport
    from remit.policies.lint import Weakness
    from remit.policies.prove import ProofReport

PolicyFile = Annotated[Path, typer.Argument(metavar="FILE", help="A policy contract inside its pack's folder.")]
Timeout = Annotated[
    float, typer.Option("--timeout", metavar="SECONDS", min=0.0, max=3600.0, help="How long the proof may take.")
]
TIMEOUT = 5.0


def register(app: typer.Typer) -> None:
    """Add these verbs to `remit policy`."""
    app.command("prove")(prove)
    app.command("diff")(diff)


def prove(
    file: PolicyFile,
    timeout: Timeout = TIMEOUT,
    show_all: Annotated[bool, typer.Option("--all", help="Show notes, too, such as rules that overlap.")] = False,
    as_json: AsJson = False,
) -> None:
    """Prove a contract over all facts. Exit 1: a rule is idle, or an invariant violated or not verified."""
    from remit.service.policy_proofs import prove_policy

    report = prove_policy(file, timeout)
    if as_json:
        print_json(report.to_json())
    else:
        for line in proof_lines(report, show_all=show_all):
            say(line)
    raise typer.Exit(0 if report.ok else 1)


def diff(
    old: Annotated[Path, typer.Argument(metavar="OLD", help="The contract as it was.")],
    new: Annotated[Path, typer.Argument(metavar="NEW", help="The contract as it would be.")],
    timeout: Timeout = TIMEOUT,
    as_json: AsJson = False,
) -> None:
    """Show facts on which two contracts differ. Exit 0 only when it is proved that there are none."""
    from remit.service.policy_proofs import diff_policies

    report = diff_policies(old, new, timeout)
    if as_json:
        print_json(report.to_json())
    else:
        for line in diff_lines(report):
            say(line)
    raise typer.Exit(0 if report.same else 1)


def proof_lines(report: ProofReport, *, show_all: bool = False) -> Iterator[str]:
    """The findings for a person, each with its facts, and the counts."""
    for each in report.findings:
        if show_all or each.level != "info":
            yield from _weakness_lines(each, report)
    count = report.counted()
    told = f"{count['error']} errors, {count['unverified']} not verified, {count['warning']} warnings"
    notes = f", {count['info']} notes" + ("" if show_all else " (prove --all shows them)") if count["info"] else ""
    if report.answered < report.asked:
        yield f"{report.answered} of {report.asked} questions were answered"
    yield f"proof in {report.seconds:.1f} s: {told}, {count['proved']} invariants proved{notes}"


def _weakness_lines(each: Weakness, report: ProofReport) -> Iterator[str]:
    word = {"unverified": "unknown", "info": "note"}.get(each.level, each.level)
    yield f"{word}: {each.problem.render()}"
    if each.witness is not None:
        yield f"  for example {each.witness.in_words(report.usual)}"
        yield f"  gives {each.witness.effect} by {', '.join(each.witness.deciding)}"


def diff_lines(report: DiffReport) -> Iterator[str]:
    """The changes for a person, what becomes possible first."""
    before = ""
    for change in report.changes:
        heading = f"{change.old.effect} -> {change.new.effect}"
        if heading != before:
            yield heading
        before = heading
        yield f"  {change.new.in_words(report.usual)}"
        yield f"    was by {', '.join(change.old.deciding)}; is by {', '.join(change.new.deciding)}"
    for note in report.notes:
        yield f"note: {note}"
    for unknown in report.unverified:
        yield f"not verified: {unknown}"
    if report.same:
        yield f"no difference on any facts (proved in {report.seconds:.1f} s)"
