"""What operators ask of an engine: that it is ready, that it tells what it does, and how much there is of what."""

from __future__ import annotations

from remit.adapters.sql import gauges
from remit.adapters.sql.migrate import hold_writable
from remit.core.telemetry import Gauge, Telemetry
from remit.service.heard import HeardEmbedder
from remit.wiring.engine import Engine


def hold_ready(engine: Engine) -> None:
    """Hold that a decision could be recorded now. Raises SystemFailed, Corrupted."""
    hold_writable(engine.database)


def heard_by(engine: Engine, telemetry: Telemetry) -> None:
    """Let an engine tell `telemetry` of what it does from now on. Said before its first decision."""
    engine.services.telemetry = telemetry
    engine.__dict__["embedder"] = HeardEmbedder(engine.embedder, telemetry)
    telemetry.gauged(lambda: gauges_of(engine))


def gauges_of(engine: Engine) -> list[Gauge]:
    """How much there is of what waits, is in doubt or is owed, and how far the ledger is. Raises SystemFailed."""
    with engine.database.read() as connection:
        return gauges.gauges(connection, engine.clock.now(), engine.checkpoint.written_at())


def queue_length(engine: Engine) -> tuple[int, int]:
    """How many reviews wait for a person, and how many of them for too long."""
    with engine.database.read() as connection:
        return gauges.queue_length(connection, engine.clock.now())
