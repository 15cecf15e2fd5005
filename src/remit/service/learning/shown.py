"""Snapshots as people see them, and the one that somebody means."""

from __future__ import annotations

from typing import Any

from remit.core.errors import InputError, NotFound
from remit.learning.lineage import lineage_of
from remit.learning.snapshot import MadeSnapshot
from remit.service.services import Services

SHORT = 8


def list_snapshots(services: Services) -> list[dict[str, Any]]:
    """Every snapshot that was ever made, the oldest first."""
    with services.store.read() as unit:
        return [each.to_json() for each in unit.snapshots.all()]


def find_snapshot(services: Services, name: str) -> MadeSnapshot:
    """The snapshot with that SHA-256, or whose SHA-256 begins so. Raises NotFound, InputError."""
    with services.store.read() as unit:
        exact = unit.snapshots.find(name)
        meant = [exact] if exact else [each for each in unit.snapshots.all() if each.sha256.startswith(name)]
    if len(name) < SHORT and exact is None:
        raise InputError("that is too short for a snapshot's name", mend=f"give at least {SHORT} digits")
    if len(meant) > 1:
        raise InputError("several snapshots begin so", mend="give more digits")
    if not meant:
        raise NotFound("there is no such snapshot", mend="`remit learn snapshot` makes one")
    return meant[0]


def shown(made: MadeSnapshot) -> dict[str, Any]:
    """One snapshot with its manifest and its lineage as an OpenLineage event."""
    return {**made.to_json(), "lineage": lineage_of(made)}
