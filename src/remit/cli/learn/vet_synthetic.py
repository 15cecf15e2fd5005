"""`remit learn vet-synthetic`: is this synthetic data like the real, of use, and no copy?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from remit.cli.common import AsJson, print_json, say


def command(
    real: Annotated[Path, typer.Argument(metavar="REAL", help="Real rows as .csv, .jsonl or .parquet.")],
    synthetic: Annotated[Path, typer.Argument(metavar="SYNTH", help="Synthetic rows with the same columns.")],
    as_json: AsJson = False,
    label: Annotated[str | None, typer.Option("--label", metavar="COLUMN", help="What is predicted; the last.")] = None,
    leave_out: Annotated[list[str] | None, typer.Option("--leave-out", metavar="COLUMN", help="Not compared.")] = None,
    holdout: Annotated[Path | None, typer.Option("--holdout", help="Real rows that the generator never saw.")] = None,
) -> None:
    """Hold synthetic rows against real ones: distribution, dependence, utility, privacy. Exit 1 when one fails."""
    from remit.service.learning.vet_synthetic import vet_synthetic

    report = vet_synthetic(real, synthetic, label=label, left_out=leave_out or [], holdout=holdout)
    if as_json:
        print_json(report)
    else:
        for each in report["questions"]:
            say(f"{'passes' if each['passes'] else 'fails':<7} {each['question']:<13} {each['why']}")
        say(f"report {report['sha256'][:12]}")
    raise typer.Exit(0 if report["passes"] else 1)
