"""``python -m tests.integration.topology [PORT]``: what compose.yaml starts, as processes, until Ctrl-C."""

from __future__ import annotations

import signal
import sys
import tempfile
import threading
from pathlib import Path

from tests.integration.topology.topology import Topology, running

from remit.adapters.postgres.temporary import temporary_server


def main(port: int = 8000) -> None:
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with tempfile.TemporaryDirectory(prefix="remit-topology-") as folder, temporary_server(durable=True) as server:
        topology = Topology(Path(folder), server.create("remit"))
        with running(topology, port):
            print(f"serving on {topology.url}: {', '.join(topology.running)}; the data is in {folder}")
            print("a key for it, in another shell:")
            print(f"  REMIT_HOME={topology.home} REMIT_DATABASE_URL={topology.database_url} remit keys create --help")
            stop.wait()
            topology.stop_all()


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
