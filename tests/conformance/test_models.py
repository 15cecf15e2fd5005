"""What every store of models must do: SQLite, PostgreSQL, and their twin in memory."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from remit.agents.ports import Store
from remit.agents.records import Run, Versions
from remit.core.errors import Conflict, NotFound
from remit.core.words import Actor
from remit.learning.registry import Champion, Comparison, GateResult, RegisteredModel
from remit.learning.rollout import Plan, Rollout

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
LATER = NOW + timedelta(seconds=1)
OF = ("desk", "desk.request")
MODEL = RegisteredModel("m1", *OF, "c1", None, "registered", "pia", NOW)
CHAMPION = Champion(*OF, 1, "m1", None, "pia", "pinned by the pack", NOW)
ROLLOUT = Rollout("R1", *OF, "m2", "m1", "s", Plan(horizon_days=30), 1, "running", 0, NOW, "try it", "pia", NOW)
GATE = GateResult("G1", *OF, "m2", "m1", "promote", {"reasons": ["e = 30"]}, "r1", "pia", NOW)
COMPARISON = Comparison("R1", "D1", 0, "champion", "approve", "decline", None, 800, NOW)


@pytest.fixture
def store(empty_store: Store) -> Store:
    """With two models, the first of which is the champion."""
    with empty_store.write() as unit:
        unit.models.register(MODEL, b"onnx 1", b"{}")
        unit.models.register(replace(MODEL, sha256="m2", snapshot="s1", registered_at=LATER), b"onnx 2", b"{}")
        unit.models.point(CHAMPION)
    return empty_store


def test_a_model_comes_back_with_its_bytes(store: Store) -> None:
    with store.read() as unit:
        assert unit.models.get(*OF, "m1") == MODEL
        assert [each.sha256 for each in unit.models.of(*OF)] == ["m1", "m2"]
        assert unit.models.artefact("m2") == (b"onnx 2", b"{}")


def test_a_model_is_registered_once_for_a_decision_and_its_bytes_once_for_all(store: Store) -> None:
    with pytest.raises(Conflict), store.write() as unit:
        unit.models.register(MODEL, b"onnx 1", b"{}")
    with store.write() as unit:
        unit.models.register(replace(MODEL, decision="desk.other"), b"ignored", b"{}")
        assert unit.models.artefact("m1") == (b"onnx 1", b"{}")


def test_a_model_is_marked(store: Store) -> None:
    with store.write() as unit:
        unit.models.mark(*OF, "m1", "champion")
    with store.read() as unit:
        assert [each.state for each in unit.models.of(*OF)] == ["champion", "registered"]


@pytest.mark.parametrize("ask", ["get", "artefact", "rollout"])
def test_what_is_not_there_is_not_found(store: Store, ask: str) -> None:
    with pytest.raises(NotFound), store.read() as unit:
        getattr(unit.models, ask)(*(OF if ask == "get" else ()), "nothing")


def test_the_newest_pointer_counts_and_the_older_ones_stay(store: Store) -> None:
    second = replace(CHAMPION, version=2, sha256="m2", rollout="R1")
    with store.write() as unit:
        unit.models.point(second)
    with store.read() as unit:
        assert unit.models.champions() == [second]
        assert unit.models.succession(*OF) == [CHAMPION, second]


@pytest.mark.parametrize("version", [1, 3])
def test_a_pointer_moves_only_from_the_version_that_was_read(store: Store, version: int) -> None:
    with pytest.raises(Conflict), store.write() as unit:
        unit.models.point(replace(CHAMPION, version=version, sha256="m2"))
    with store.read() as unit:
        assert unit.models.champions() == [CHAMPION]


def test_what_the_gate_said_comes_back(store: Store) -> None:
    with store.write() as unit:
        unit.models.add_gate(GATE)
    with store.read() as unit:
        assert unit.models.gates(*OF) == [GATE]
        assert unit.models.gates("desk", "desk.other") == []


def test_a_rollout_comes_back_as_it_was_moved(store: Store) -> None:
    moved = replace(ROLLOUT, version=2, state="rolled_back", step=3, ended_by="pia", ended_at=LATER, said={"why": "x"})
    with store.write() as unit:
        unit.models.add_rollout(ROLLOUT)
        assert unit.models.running() == [ROLLOUT] == unit.models.rollouts(*OF)
        unit.models.save_rollout(moved)
    with store.read() as unit:
        assert unit.models.rollout("R1") == moved
        assert unit.models.running() == []


def test_of_two_moves_from_one_version_one_wins(store: Store) -> None:
    with store.write() as unit:
        unit.models.add_rollout(ROLLOUT)
        unit.models.save_rollout(replace(ROLLOUT, version=2, step=1))
    with pytest.raises(Conflict), store.write() as unit:
        unit.models.save_rollout(replace(ROLLOUT, version=2, step=2))


def test_of_a_decision_one_rollout_runs_at_a_time(store: Store) -> None:
    with store.write() as unit:
        unit.models.add_rollout(ROLLOUT)
        unit.models.add_rollout(replace(ROLLOUT, id="R2", decision="desk.other"))
    with pytest.raises(Conflict), store.write() as unit:
        unit.models.add_rollout(replace(ROLLOUT, id="R3"))


def test_comparisons_of_a_step_come_in_the_order_of_their_decisions_and_the_last_word_counts(store: Store) -> None:
    run = Run("D1", "desk.request", {}, "ok", (), "R-1", Actor("ana"), NOW, "salt")
    second = replace(COMPARISON, decision_id="D2", at=NOW - timedelta(microseconds=1), failed="model", challenger=None)
    with store.write() as unit:
        unit.models.add_rollout(ROLLOUT)
        for decision_id in ("D1", "D2", "D3"):
            unit.decisions.receive(
                replace(run, decision_id=decision_id), Versions("desk", "1", "p", "c", None, "k", "1")
            )
        unit.models.compared(replace(COMPARISON, challenger="approve"))
        for each in (COMPARISON, second, replace(COMPARISON, decision_id="D3", step=1)):
            unit.models.compared(each)
    with store.read() as unit:
        assert unit.models.comparisons("R1", 0, NOW - timedelta(days=1)) == [second, COMPARISON]
        assert unit.models.comparisons("R1", 0, NOW) == [COMPARISON]
