"""The desk that `remit demo --serve` opens: what was lived through there is on record, and somebody finds work."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from remit.adapters.memory.embedder import HashingEmbedder
from remit.agents.records import Wanted
from remit.cli import sixty_days
from remit.core.system import FixedClock
from remit.service.kpis import first_day, measure_kpis
from remit.service.learning.status import learning_status
from remit.settings import Settings
from remit.wiring import Engine

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)


def lived(folder: Path, days: int) -> Engine:
    begins_at = NOW - timedelta(days=days)
    clock = FixedClock(begins_at)
    engine = Engine(Settings(home=folder), clock=clock, embedder=HashingEmbedder())
    clock.advance(-sixty_days.behind(engine))
    sixty_days.people(engine)
    sixty_days.live(engine, clock, seed=1, begins_at=begins_at)
    return engine


def test_a_few_days_leave_decisions_of_three_packs_and_reviews_with_time_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sixty_days, "DAYS", 3)
    monkeypatch.setattr(sixty_days, "EARLIER_DAYS", 3)
    with lived(tmp_path, 3) as engine:
        with engine.services.store.read() as unit:
            tallies = unit.decisions.tally(Wanted())
            person = unit.identities.get(sixty_days.PERSON)
        assert {each.pack for each in tallies} == set(sixty_days.A_DAY)
        assert len({each.day for each in tallies}) == 3 + 4
        since = first_day(engine.clock.now(), 5)
        figures = [each for pack in sixty_days.A_DAY for each in measure_kpis(engine.services, pack, since=since)]
        alive = {each.kpi.name for each in figures if each.count}
        assert {"approval_rate", "scrap_rate", "days_sales_outstanding", "cost_per_invoice"} <= alive
        assert any(each.stage == "executed" and each.asked for each in tallies), "somebody approved something"
        now = engine.clock.now()
        assert any(datetime.fromisoformat(each["due_at"]) > now for each in engine.reviews(limit=200) if each["due_at"])
        assert "admin" not in person.roles
        assert engine.verify().sound


@pytest.mark.soak
def test_sixty_days_bring_a_rollout_and_a_drift(tmp_path: Path) -> None:
    with lived(tmp_path, sixty_days.DAYS) as engine:
        status = learning_status(engine.services, sixty_days.LEARNS)
        assert status["rollouts"][0]["challenger"] == status["models"][-1]["sha256"]
        with engine.ledger.snapshot() as seen:
            assert any(b'"drift.alarmed"' in entry.body for entry in seen.entries)
        assert engine.verify().sound
