"""`remit bench`: measure Remit beside others."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from remit.cli.common import AsJson, note, print_json, say


def command(
    as_json: AsJson = False,
    rounds: Annotated[int, typer.Option("--rounds", min=1, max=100, help="How often each is measured.")] = 5,
    only: Annotated[
        list[str] | None,
        typer.Option(
            "--only",
            metavar="NAME",
            help="decision, cold, contract, proof, explain, ledger, callers, batch, growth, api or learning.",
        ),
    ] = None,
    write: Annotated[
        Path | None,
        typer.Option(
            "--write",
            metavar="FILE",
            help="Also write the report as Markdown; with --only, into its sections of the file.",
        ),
    ] = None,
) -> None:
    """Measure Remit beside others in one run: medians of interleaved rounds, as ratios. Takes some minutes."""
    from remit.core.errors import SystemFailed
    from remit.eval.bench.run import run

    names = only or []
    called = " ".join(["remit bench", f"--rounds {rounds}", *(f"--only {name}" for name in names)])
    report = run(rounds, names, command=called, on_start=lambda name: note(f"measuring: {name}"))
    if write is not None:
        try:
            page = write.read_text("utf-8") if names and write.exists() else None
            write.write_text(report.markdown() if page is None else report.put_into(page), "utf-8")
        except OSError as error:
            raise SystemFailed(f"cannot write {write}: {error.strerror}", mend="give another file") from error
    if as_json:
        print_json(report.to_json())
        return
    for name, value in report.machine.items():
        say(f"{name}: {value}")
    for line in report.lines():
        say(line)
