"""`remit serve`: the API and the pages, by several processes and with a worker beside them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from remit.settings import Settings


def command(
    host: Annotated[str, typer.Option("--host", help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="The port; 0 takes a free one.")] = 8000,
    workers: Annotated[int, typer.Option("--workers", min=1, max=64, help="How many processes serve.")] = 1,
    no_work: Annotated[
        bool, typer.Option("--no-work", help="Leave what is queued to `remit worker` elsewhere.")
    ] = False,
) -> None:
    """Serve the API and the pages. SIGTERM and Ctrl-C let it finish what it has begun, a second one does not."""
    from remit.cli.common import note_misspelt_settings
    from remit.settings import load_settings

    note_misspelt_settings()
    serve(load_settings(), host, port, workers=workers, work=not no_work)


def serve(
    settings: Settings,
    host: str,
    port: int,
    *,
    workers: int = 1,
    work: bool = True,
    welcome: Callable[[str], None] = lambda where: None,
) -> None:
    """Serve until told to stop. `welcome` is called with the address before anything is started."""
    from remit.cli.supervisor import Supervisor, listening, server_command, shared_counts, worker_command

    with listening(host, port) as socket, shared_counts():
        where = "http://{}:{}".format(*socket.getsockname()[:2])
        welcome(where)
        supervisor = Supervisor(patience_seconds=settings.drain_notice_seconds + settings.drain_seconds)
        supervisor.run(
            [server_command(socket)] * workers,
            [worker_command()] if work else [],
            ready=f"serving on {where} with {workers} process{'es' if workers > 1 else ''}",
        )
