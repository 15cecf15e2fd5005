"""`remit policy`: check, evaluate and change policy contracts."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from remit.cli import policy_cases, policy_changes, policy_proofs
from remit.cli.common import AsJson, print_json, read_text, say

app = typer.Typer(help="Check, evaluate and change policy contracts.", no_args_is_help=True)
PolicyFile = Annotated[Path, typer.Argument(metavar="FILE", help="A policy contract inside its pack's folder.")]


@app.command("check")
def check(file: PolicyFile, timeout: policy_proofs.Timeout = policy_proofs.TIMEOUT, as_json: AsJson = False) -> None:
    """Load a contract, check every type, run its tests, prove it. Exit 0 only when all of it holds."""
    from remit.service.policies import check_policy
    from remit.service.policy_proofs import prove_policy

    report, proof = check_policy(file), prove_policy(file, timeout, overlaps=False)
    if as_json:
        print_json({**report.to_json(), "ok": report.ok and proof.ok, "proof": proof.to_json()})
    else:
        for warning in report.warnings:
            say(f"warning: {warning.render()}")
        for test in report.tests:
            if not test.passed:
                say(f"FAILED line {test.line}, {test.name}: {test.why}")
        for untested in report.untested:
            say(f"untested: {untested.render()}")
        clauses = report.coverage.clauses
        for duty in clauses.unreached:
            say(f"no test shows {duty}, deciding its rule")
        passed = sum(test.passed for test in report.tests)
        reached = f"{report.coverage.reached} of {report.coverage.total} rules reached"
        reached += f", {clauses.reached} of {clauses.total} clause values decide in a test"
        for line in policy_proofs.proof_lines(proof):
            say(line)
        say(f"{file}: {passed} of {len(report.tests)} tests pass, {reached}")
    raise typer.Exit(0 if report.ok and proof.ok else 1)


@app.command("eval")
def evaluate(
    file: PolicyFile,
    facts: Annotated[str, typer.Option("--input", metavar="FILE", help="Case, action and facts as JSON; - for stdin.")],
    explain: Annotated[bool, typer.Option("--explain", help="Show what every clause of every rule came to.")] = False,
    as_json: AsJson = False,
) -> None:
    """Give one verdict with its findings, and what would have turned it. Exit 0: allow. 1: escalate or deny."""
    from remit.core.system import SystemClock
    from remit.service.policy_cases import explain_policy

    text = read_text(facts, "the facts")
    explanation, found = explain_policy(file, text, facts, SystemClock().now())
    verdict: dict[str, Any] = explanation.verdict.to_json()
    if as_json:
        counterfactual = None if found is None else found.to_json()
        print_json({**verdict, "explanation": explanation.to_json(), "counterfactual": counterfactual})
    else:
        say(f"{verdict['effect']} (policy {verdict['policy']['name']} version {verdict['policy']['version']})")
        for finding in verdict["findings"]:
            say(f"  {finding['effect']:<8} {finding['rule']}: {finding['reason']}")
            say(f"           because {finding['clause']}")
        if found is not None and verdict["effect"] != "allow":
            say(f"  {found.sentence()}")
        for line in policy_cases.clause_lines(explanation.to_json()) if explain else ():
            say(line)
    raise typer.Exit(0 if verdict["effect"] == "allow" else 1)


@app.command("schema")
def schema() -> None:
    """Print the JSON Schema (draft 2020-12) of the format, for editors."""
    from remit.policies.schema import contract_schema

    print_json(contract_schema())


@app.command("fmt")
def fmt(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A policy contract, or a rule file that it imports.")],
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; exit 1 when the file is not formatted.")
    ] = False,
) -> None:
    """Write a contract in its one spelling: keys in order, comments kept, the meaning untouched."""
    from remit.adapters.files import write_atomically
    from remit.policies.fmt import format_contract

    text = read_text(str(file), "a policy contract")
    formatted = format_contract(text, str(file))
    changed = formatted != text
    if changed and not check:
        write_atomically(file.resolve(), formatted.encode(), mode=file.stat().st_mode & 0o777)
    if changed:
        say(f"{file} is not formatted" if check else f"{file} was formatted")
    raise typer.Exit(1 if check and changed else 0)


policy_cases.register(app)
policy_changes.register(app)
policy_proofs.register(app)
