"""`remit replay`: think past decisions again, here or from an export, and compare byte for byte."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from remit.cli.common import AsJson, DecisionName, moment, note, open_engine, print_json, say

if TYPE_CHECKING:
    from remit.adapters.exported import Export
    from remit.service.replay import Replayed
    from remit.wiring import Engine

CHANGES_MAX = 20


def command(
    decision_id: Annotated[str | None, typer.Argument(metavar="[ID]", help="A decision's id.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Replay every decision.")] = False,
    since: Annotated[
        str | None,
        typer.Option("--since", metavar="TIME", help="Only what was asked from then on, such as 2026-11-01."),
    ] = None,
    until: Annotated[
        str | None, typer.Option("--until", metavar="TIME", help="Only what was asked before then.")
    ] = None,
    decision: DecisionName = None,
    export: Annotated[
        Path | None,
        typer.Option("--export", metavar="FOLDER", help="Replay from what `remit ledger export --with-cases` wrote."),
    ] = None,
    key: Annotated[
        Path | None,
        typer.Option(
            "--key", metavar="FILE", help="With --export: the public key that you kept, not the one in there."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Replay decisions under their own versions: same plan, evidence, proposal and verdict, or what differs."""
    from remit.core.errors import InputError

    which: dict[str, Any] = {
        "since": moment(since) if since else None,
        "until": moment(until) if until else None,
        "decision": decision,
    }
    some = everything or any(which.values())
    if (decision_id is None) != some:
        raise InputError("name one decision, or say --all, --since, --until or --decision", code="usage")
    with _opened(export, key) as records:
        replayed = list(records.replay_all(**which)) if decision_id is None else [records.replay(decision_id)]
    lost = [item for item in replayed if item.lost]
    differing = [item for item in replayed if not item.same and not item.lost]
    same = len(replayed) - len(differing) - len(lost)
    if as_json:
        print_json(
            {
                "replayed": len(replayed),
                "same": same,
                "different": [item.to_json() for item in differing],
                "lost": [item.to_json() for item in lost],
            }
        )
    else:
        say(f"{len(replayed)} replayed, {same} the same, {len(differing)} different{_lost(lost)}")
        for item in differing + lost:
            for line in _lines(item):
                say(line)
    raise typer.Exit(1 if differing else 0)


@contextlib.contextmanager
def _opened(export: Path | None, key: Path | None) -> Iterator[Engine | Export]:
    """The data folder of the settings, or an export, which needs none."""
    if export is None:
        with open_engine() as engine:
            yield engine
        return
    from remit.adapters.exported import open_export

    opened = open_export(export, key)
    for decision_id, why in opened.left_out.items():
        note(f"not in this export: {decision_id}: {why}")
    yield opened


def _lost(lost: list[Replayed]) -> str:
    return f", {len(lost)} not to be thought again" if lost else ""


def _lines(item: Replayed) -> Iterator[str]:
    yield f"  {item.decision_id}: {', '.join(item.differs)} {item.note}".rstrip()
    for change in item.changes[:CHANGES_MAX]:
        yield f"    {change.sentence()}"
    if len(item.changes) > CHANGES_MAX:
        yield f"    … and {len(item.changes) - CHANGES_MAX} more; --json shows them all"
