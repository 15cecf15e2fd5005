"""`remit serve`: the API and the pages, by several processes and with a worker beside them."""

from __future__ import annotations

from typing import Annotated

import typer


def command(
    host: Annotated[str, typer.Option("--host", help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="The port; 0 takes a free one.")] = 8000,
    workers: Annotated[int, typer.Option("--workers", min=1, max=64, help="How many processes serve.")] = 1,
    no_work: Annotated[
        bool, typer.Option("--no-work", help="Leave what is queued to `remit worker` elsewhere.")
    ] = False,
) -> None:
    """Serve the API and the pages. SIGTERM and Ctrl-C let it finish what it has begun, a second one does not."""
    from remit.cli.supervisor import Supervisor, listening, server_command, shared_counts, worker_command
    from remit.settings import load_settings

    settings = load_settings()
    with listening(host, port) as socket, shared_counts():
        where = "http://{}:{}".format(*socket.getsockname()[:2])
        supervisor = Supervisor(patience_seconds=settings.drain_notice_seconds + settings.drain_seconds)
        supervisor.run(
            [server_command(socket)] * workers,
            [] if no_work else [worker_command()],
            ready=f"serving on {where} with {workers} process{'es' if workers > 1 else ''}",
        )
