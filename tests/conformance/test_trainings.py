"""What every store of trainings must do: SQLite, PostgreSQL, and their twin in memory."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from remit.agents.ports import Store
from remit.core.errors import Conflict, NotFound
from remit.core.words import Actor
from remit.learning.training import Training, Wish, failed, held, let_go, put_back, taken, trained

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
LATER = NOW + timedelta(minutes=2)
WISH = Wish("desk", "desk.request", "s1", "all", 7)
ASKED = Training("T1", WISH, Actor("pia", roles=("policy_author",)), NOW)
PROBLEM = {"code": "input", "detail": "too few rows", "mend": None}


@pytest.fixture
def store(empty_store: Store) -> Store:
    """With two trainings that wait."""
    with empty_store.write() as unit:
        unit.trainings.add(replace(ASKED, id="T2", wish=replace(WISH, seed=8)))
        unit.trainings.add(ASKED)
    return empty_store


def saved(store: Store, training: Training) -> Training:
    with store.write() as unit:
        unit.trainings.save(training)
    with store.read() as unit:
        return unit.trainings.get(training.id)


def test_a_training_comes_back_as_it_was_moved(store: Store) -> None:
    with store.read() as unit:
        assert [each.id for each in unit.trainings.open()] == ["T1", "T2"]
        moved = unit.trainings.get("T1")
    assert moved == ASKED
    for move in (
        lambda each: taken(each, "W1", LATER),
        lambda each: held(each, LATER + timedelta(minutes=1)),
        put_back,
        lambda each: taken(each, "W2", LATER),
        let_go,
        lambda each: taken(each, "W2", LATER),
        lambda each: trained(each, "m1", LATER),
    ):
        moved = move(moved)
        assert saved(store, moved) == moved
    assert (moved.tries, moved.state, moved.model) == (2, "trained", "m1")


def test_one_that_has_ended_is_open_no_more(store: Store) -> None:
    assert saved(store, failed(ASKED, PROBLEM, LATER)).problem == PROBLEM
    with store.read() as unit:
        assert [each.id for each in unit.trainings.open()] == ["T2"]
        assert unit.trainings.find_open(WISH) is None


def test_an_open_one_is_found_by_what_it_wants(store: Store) -> None:
    with store.read() as unit:
        found = [unit.trainings.find_open(each) for each in (WISH, replace(WISH, seed=8), replace(WISH, seed=9))]
    assert [each and each.id for each in found] == ["T1", "T2", None]


def test_of_two_who_take_one_of_them_does(store: Store) -> None:
    saved(store, taken(ASKED, "W1", LATER))
    with pytest.raises(Conflict):
        saved(store, taken(ASKED, "W2", LATER))


def test_what_is_not_there_is_not_found(store: Store) -> None:
    with pytest.raises(NotFound), store.read() as unit:
        unit.trainings.get("T9")
