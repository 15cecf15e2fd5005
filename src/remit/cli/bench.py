"""`remit bench`: measure Remit against its floors."""

from __future__ import annotations

from remit.cli.common import note


def command() -> None:
    """Measure Remit against its floors, side by side, as ratios."""
    note("the benchmarks are being built")
