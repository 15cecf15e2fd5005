"""`remit worker`: decide what was accepted to be decided later, and do what is due."""

from __future__ import annotations

import contextlib
import logging
import signal
import threading
from types import FrameType
from typing import Annotated

import typer

from remit.cli.common import note, note_misspelt_settings, open_engine


def command(
    concurrency: Annotated[
        int | None,
        typer.Option(
            "--concurrency", min=1, max=64, help="How many decisions a worker holds at once, from now on (at first 8)."
        ),
    ] = None,
    drain: Annotated[bool, typer.Option("--drain", "--once", help="Stop when nothing is queued any more.")] = False,
) -> None:
    """Work until told to stop: SIGTERM and Ctrl-C let it finish what it holds, a second one ends it at once."""
    _tell_of_warnings()
    note_misspelt_settings()
    work_until_told(concurrency=concurrency, drain=drain)


def work_until_told(*, concurrency: int | None = None, drain: bool = False) -> None:
    """Work in this process, and by its signals, until told to stop; see `Worker.run`."""
    from remit.wiring.operate import heard_by
    from remit.wiring.telemetry import listening

    stop = threading.Event()

    def told(number: int, _frame: FrameType | None) -> None:
        signal.signal(number, signal.SIG_DFL)
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, told)
    with open_engine() as engine, contextlib.closing(listening(engine.settings)) as heard:
        heard_by(engine, heard)
        worker = engine.worker()
        note(f"worker {worker.me.id} at work on {engine.database.place}")
        worker.run(stop, concurrency=concurrency, drain=drain)
        note(f"worker {worker.me.id} is done")


def _tell_of_warnings() -> None:
    """What Remit's own rooms warn of goes to standard error; other packages' chatter does not."""
    told = logging.StreamHandler()
    told.setFormatter(logging.Formatter("remit: %(message)s"))
    logging.getLogger("remit").addHandler(told)
