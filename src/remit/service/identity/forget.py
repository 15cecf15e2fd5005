"""Forget sessions that are long over, and attempts to sign in that were long ago. The ledger has their events."""

from __future__ import annotations

from datetime import timedelta

from remit.service.services import Services

KEPT = timedelta(days=8)
"""Longer than any session lasts."""


def forget_old_sessions(services: Services) -> int:
    """Delete what is old; says how much. It is no event: nothing that anybody may still do depends on it."""
    with services.store.write() as unit:
        return unit.identities.forget(services.clock.now() - KEPT)
