"""The day's budget of exploration: however many ask at once, no more is spent than there is."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from remit.packs.pack import Exploration
from remit.service.exploring import budget_of, exploration_now

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
LOSS = 999
"""In millionths: ten of them fit into a hundredth."""


@pytest.fixture
def budget(desk: Any) -> Any:
    """The budget of a decision that may lose a hundredth each day, and what is said of it at a moment."""
    services = desk.engine.services
    pack = services.pack(str(desk.pack))
    decision = replace(services.decision(pack, None), exploration=Exploration(0.1, 0.01))
    spent = lambda at: exploration_now(services.store, pack, decision, at)["spent"]  # noqa: E731
    return budget_of(services.store, pack, decision), spent


def test_many_at_once_spend_no_more_than_there_is(budget: Any) -> None:
    grant, spent = budget
    with ThreadPoolExecutor(8) as pool:
        granted = list(pool.map(lambda _: grant(NOON, LOSS), range(40)))
    assert (sum(granted), spent(NOON)) == (10, 10 * LOSS / 1e6)


def test_each_day_has_its_own_in_utc(budget: Any) -> None:
    grant, spent = budget
    assert grant(NOON, 10_000)
    assert not grant(NOON + timedelta(hours=11), 1)
    assert grant(NOON + timedelta(hours=12), 1)
    assert (spent(NOON), spent(NOON + timedelta(days=1))) == (0.01, 1e-6)
