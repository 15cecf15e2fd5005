"""What every store of trials must do: SQLite, PostgreSQL, and their twin in memory."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from remit.agents.ports import Store
from remit.agents.records import Run, Versions
from remit.core.errors import Conflict
from remit.core.words import Actor
from remit.learning.registry import RegisteredModel

CALLS: list[dict[str, Any]] = [{"version": "v1", "wording": 0, "answer": "pay", "took_ms": 3, "verdict": "heeded"}]


@pytest.fixture
def store(empty_store: Store) -> Store:
    """With two decisions and a prompt version."""
    at = datetime(2026, 3, 1, 12, tzinfo=UTC)
    versions = Versions("desk", "1.0.0", "0" * 64, "1" * 64, None, "2" * 64, "1")
    with empty_store.write() as unit:
        for name in ("D1", "D2"):
            run = Run(name, "desk.request", {"id": name}, "ok", (), name, Actor("ana"), at, "salt")
            unit.decisions.receive(run, versions)
        unit.models.register(
            RegisteredModel("v1", "desk", "desk.request", "c", None, "registered", "pia", at), b"{", b""
        )
        unit.trials.keep("v1", "D1", CALLS)
    return empty_store


def test_a_trial_comes_back_as_it_was_for_its_version_and_its_decision(store: Store) -> None:
    with store.read() as unit:
        assert unit.trials.of("v1", ["D1", "D2"]) == {"D1": CALLS}
        assert unit.trials.of("v2", ["D1"]) == {}


def test_a_version_is_tried_on_a_decision_once(store: Store) -> None:
    with pytest.raises(Conflict), store.write() as unit:
        unit.trials.keep("v1", "D1", [])
    with store.read() as unit:
        assert unit.trials.of("v1", ["D1"]) == {"D1": CALLS}
