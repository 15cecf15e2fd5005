"""`remit policy`: check and evaluate policy contracts."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from remit.cli.common import AsJson, print_json, read_text, say

app = typer.Typer(help="Check and evaluate policy contracts.", no_args_is_help=True)
PolicyFile = Annotated[Path, typer.Argument(metavar="FILE", help="A policy contract inside its pack's folder.")]


@app.command("check")
def check(file: PolicyFile, as_json: AsJson = False) -> None:
    """Load a contract, check every type, run its tests. Exit 0 only when all of it holds."""
    from remit.service.policies import check_policy

    report = check_policy(file)
    if as_json:
        print_json(report.to_json())
    else:
        for warning in report.warnings:
            say(f"warning: {warning.render()}")
        for test in report.tests:
            if not test.passed:
                say(f"FAILED line {test.line}, {test.name}: {test.why}")
        if report.coverage.unreached:
            say(f"no test reaches: {', '.join(report.coverage.unreached)}")
        passed = sum(test.passed for test in report.tests)
        reached = f"{report.coverage.reached} of {report.coverage.total} rules reached"
        say(f"{file}: {passed} of {len(report.tests)} tests pass, {reached}")
    raise typer.Exit(0 if report.ok else 1)


@app.command("eval")
def evaluate(
    file: PolicyFile,
    facts: Annotated[str, typer.Option("--input", metavar="FILE", help="Case, action and facts as JSON; - for stdin.")],
    as_json: AsJson = False,
) -> None:
    """Give one verdict with its findings. Exit 0: allow. 1: escalate or deny."""
    from remit.core.system import SystemClock
    from remit.service.policies import eval_policy

    text = read_text(facts, "the facts")
    verdict: dict[str, Any] = eval_policy(file, text, facts, SystemClock().now()).to_json()
    if as_json:
        print_json(verdict)
    else:
        say(f"{verdict['effect']} (policy {verdict['policy']['name']} version {verdict['policy']['version']})")
        for finding in verdict["findings"]:
            say(f"  {finding['effect']:<8} {finding['rule']}: {finding['reason']}")
            say(f"           because {finding['clause']}")
    raise typer.Exit(0 if verdict["effect"] == "allow" else 1)
