"""Forget conversations in which nobody has asked for long."""

from __future__ import annotations

from datetime import datetime, timedelta

from remit.service.services import Services


def forget_old(services: Services, now: datetime, days: int) -> int:
    """Delete conversations whose last question is so many days old; says how many."""
    with services.store.write() as unit:
        return unit.chats.forget(now - timedelta(days=days))
