"""What every store of governed policy changes must do: SQLite, PostgreSQL, and their twin in memory."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from remit.agents.ports import Store
from remit.agents.records import Run, Versions
from remit.approvals.policy_change import InForce, PolicyChange
from remit.core.errors import Conflict, NotFound
from remit.core.words import Actor, PolicyRef

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
OLD, NEW = PolicyRef("desk", 1, "sha1"), PolicyRef("desk", 2, "sha2")
CHANGE = PolicyChange("C1", "desk", "p", "desk.request", NEW, OLD, 1, "proposed", "why", "petra", NOW, {"check": "x"})
POINTER = InForce("desk", "desk.request", 1, NEW, "C1", "paul", NOW)


@pytest.fixture
def store(empty_store: Store) -> Store:
    """With one proposed change."""
    with empty_store.write() as unit:
        for ref in (OLD, NEW):
            unit.policy_changes.keep_text(ref.sha256, "policy.yaml", {"policy.yaml": f"version {ref.version}"})
        unit.policy_changes.add(CHANGE, {"check": "{}"})
    return empty_store


def test_a_change_comes_back_as_it_was_added(store: Store) -> None:
    with store.read() as unit:
        assert unit.policy_changes.get("C1") == CHANGE
        assert unit.policy_changes.of_pack("desk") == [CHANGE]
        assert unit.policy_changes.attachments("C1") == {"check": "{}"}


def test_a_change_comes_back_as_it_was_moved(store: Store) -> None:
    names = ("reviewed_by", "activated_by", "replaced", "ended_by")
    moments = ("reviewed_at", "activated_at", "ended_at")
    moved = replace(CHANGE, version=2, state="active", **dict.fromkeys(names, "x"), **dict.fromkeys(moments, NOW))
    with store.write() as unit:
        unit.policy_changes.save(moved)
    with store.read() as unit:
        assert unit.policy_changes.get("C1") == moved


def test_of_two_moves_from_one_version_one_wins(store: Store) -> None:
    with store.write() as unit:
        unit.policy_changes.save(replace(CHANGE, version=2, state="rejected"))
    with pytest.raises(Conflict), store.write() as unit:
        unit.policy_changes.save(replace(CHANGE, version=2, state="active"))


def test_a_contract_comes_back_with_its_file_and_is_stored_once(store: Store) -> None:
    with store.write() as unit:
        unit.policy_changes.keep_text("sha1", "other.yaml", {"other.yaml": "another text"})
    with store.read() as unit:
        assert unit.policy_changes.text("sha1") == ("policy.yaml", {"policy.yaml": "version 1"})


@pytest.mark.parametrize("ask", ["get", "text"])
def test_what_is_not_there_is_not_found(store: Store, ask: str) -> None:
    with pytest.raises(NotFound), store.read() as unit:
        getattr(unit.policy_changes, ask)("nothing")


def test_a_pointer_comes_back_as_it_was_set(store: Store) -> None:
    second = replace(POINTER, version=2, policy=OLD, change=None)
    with store.write() as unit:
        unit.policy_changes.point(POINTER)
        unit.policy_changes.point(second)
    with store.read() as unit:
        assert unit.policy_changes.in_force() == [second]


@pytest.mark.parametrize("version", [1, 3])
def test_a_pointer_moves_only_from_the_version_that_was_read(store: Store, version: int) -> None:
    with store.write() as unit:
        unit.policy_changes.point(POINTER)
    with pytest.raises(Conflict), store.write() as unit:
        unit.policy_changes.point(replace(POINTER, version=version, policy=OLD))
    with store.read() as unit:
        assert unit.policy_changes.in_force() == [POINTER]


@pytest.mark.parametrize("state", ["proposed", "shadowing", "active"])
def test_what_is_in_its_shadow_period_is_listed(store: Store, state: Any) -> None:
    moved = replace(CHANGE, version=2, state=state)
    with store.write() as unit:
        unit.policy_changes.save(moved)
    with store.read() as unit:
        assert unit.policy_changes.shadowing() == ([moved] if state == "shadowing" else [])


def test_a_decision_is_compared_once_and_its_last_comparison_counts(store: Store) -> None:
    run = Run("D1", "desk.request", {}, "ok", (), "R-1", Actor("ana"), NOW, "salt")
    with store.write() as unit:
        unit.decisions.receive(run, Versions("desk", "1.0.0", "p", "c", None, "k", "1"))
        unit.policy_changes.compared("C1", "D1", {"effect": "allow"}, {"effect": "deny"}, True)
        assert unit.policy_changes.comparisons(["C1", "C2"]) == {"C1": (1, 1), "C2": (0, 0)}
        unit.policy_changes.compared("C1", "D1", {"effect": "allow"}, {"effect": "allow"}, False)
        assert unit.policy_changes.comparisons(["C1"]) == {"C1": (1, 0)}
