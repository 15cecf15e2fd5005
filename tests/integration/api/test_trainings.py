"""Trainings that are asked for and looked at later, and how they fare with workers that fail, die, or have to stop."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.integration.api.people import ask

from remit.core.errors import InputError, SystemFailed
from remit.core.system import FixedClock
from remit.core.words import Actor
from remit.learning.training import TRIES_MAX, Training, Wish
from remit.service.learning import trainings
from remit.service.learning.trainings import HOLD, Train, carry_out, take_next, training_of
from remit.wiring import Engine

PIA = Actor("pia", roles=("policy_author",))
MODEL = {"sha256": "m" * 64}
ASYNC = {"Prefer": "respond-async"}


@pytest.fixture
def asked(engine: Engine) -> Training:
    """A training that waits. What it would learn from is beside the point here."""
    made = Training("T1", Wish("credit", "credit.application", "s" * 64, "all", 7), PIA, engine.clock.now())
    with engine.store.write() as unit:
        unit.trainings.add(made)
    return made


@pytest.fixture
def learns(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Any]]:
    """Stands in for the competition: what it gives, raises, or waits for."""
    said: dict[str, Any] = {"gives": MODEL, "waits": None}

    def train(*_args: Any, **_named: Any) -> dict[str, Any]:
        if said["waits"] is not None:
            said["waits"].wait(30)
        if isinstance(said["gives"], Exception):
            raise said["gives"]
        return said["gives"]  # type: ignore[no-any-return]

    monkeypatch.setattr(trainings, "train_from_snapshot", train)
    yield said
    if said["waits"] is not None:
        said["waits"].set()


def passes(engine: Engine, span: Any) -> None:
    assert isinstance(engine.clock, FixedClock)
    engine.clock.advance(span)


def test_what_need_not_be_trained_to_be_refused_is_refused_at_once(anyone: TestClient, engine: Engine) -> None:
    wanted = {"pack": "credit", "snapshot": "f" * 64}
    assert ask(anyone, "adam", "POST", "/learning/trainings", wanted, **ASYNC).status_code == 404
    assert ask(anyone, "ana", "POST", "/learning/trainings", wanted, **ASYNC).status_code == 403
    with engine.store.read() as unit:
        assert unit.trainings.open() == []


def test_a_training_is_accepted_at_once_and_the_same_wish_once(
    anyone: TestClient, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    credit = engine.services.pack("credit")
    meant = credit, credit.decisions["credit.application"], SimpleNamespace(sha256="f" * 64), ()
    monkeypatch.setattr(trainings, "what_is_wanted", lambda *_args: meant)
    wanted = {"pack": "credit", "snapshot": "f" * 64, "seed": 7}
    taken = [ask(anyone, "adam", "POST", "/learning/trainings", wanted, **ASYNC) for _ in range(2)]
    assert [each.status_code for each in taken] == [202, 202]
    assert taken[0].json() == taken[1].json()
    assert taken[0].headers["Preference-Applied"] == "respond-async"
    found = anyone.get(taken[0].headers["Location"], headers={"Authorization": "Bearer ana"}).json()
    assert (found, found["status"], found["seed"]) == (taken[0].json(), "waiting", 7)


def test_how_a_training_gets_on_is_told(
    anyone: TestClient, engine: Engine, asked: Training, learns: dict[str, Any]
) -> None:
    waiting = ask(anyone, "ana", "GET", f"/learning/trainings/{asked.id}")
    assert (waiting.json()["status"], waiting.headers["Retry-After"]) == ("waiting", "5")
    chore = Train(engine.services)
    chore.run(engine.clock.now())
    chore.finish()
    ended = ask(anyone, "ana", "GET", f"/learning/trainings/{asked.id}")
    assert (ended.json()["status"], ended.json()["model"]) == ("trained", MODEL["sha256"])
    assert "Retry-After" not in ended.headers
    assert ask(anyone, "ana", "GET", "/learning/trainings/T9").status_code == 404
    assert ask(anyone, "shop", "GET", f"/learning/trainings/{asked.id}").status_code == 403


@pytest.mark.parametrize(
    ("raised", "code"), [(InputError("too few rows", code="lessons"), "lessons"), (KeyError("secret"), "unexpected")]
)
def test_what_cannot_be_learnt_ends_with_a_problem(
    engine: Engine, asked: Training, learns: dict[str, Any], raised: Exception, code: str
) -> None:
    learns["gives"] = raised
    carry_out(engine.services, _taken(engine))
    ended = training_of(engine.services, asked.id)
    assert (ended.state, (ended.problem or {})["code"]) == ("failed", code)
    assert "secret" not in str(ended.problem)
    with engine.ledger.snapshot() as seen:
        assert b'"training.failed"' in list(seen.entries)[-1].body


def test_a_failure_of_the_machine_puts_it_back_and_it_is_not_tried_for_ever(
    engine: Engine, asked: Training, learns: dict[str, Any]
) -> None:
    learns["gives"] = SystemFailed("the disk is full", code="disk_full")
    for _ in range(TRIES_MAX):
        carry_out(engine.services, _taken(engine))
        assert training_of(engine.services, asked.id).state == "waiting"
    assert take_next(engine.services, "W9", engine.clock.now()) is None
    assert (training_of(engine.services, asked.id).problem or {})["code"] == "cut_off"


def test_what_a_dead_worker_held_is_begun_anew_and_a_late_word_of_it_does_not_count(
    engine: Engine, asked: Training, learns: dict[str, Any]
) -> None:
    of_the_dead = _taken(engine, "W1")
    assert take_next(engine.services, "W2", engine.clock.now()) is None
    passes(engine, HOLD)
    of_another = _taken(engine, "W2")
    learns["gives"] = InputError("a word from the grave")
    carry_out(engine.services, of_the_dead)
    assert training_of(engine.services, asked.id) == of_another
    learns["gives"] = MODEL
    carry_out(engine.services, of_another)
    assert training_of(engine.services, asked.id).state == "trained"


def test_a_living_worker_holds_on_and_one_that_has_to_stop_lets_go(
    engine: Engine, asked: Training, learns: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    learns["waits"] = threading.Event()
    monkeypatch.setattr(trainings, "FINISH_SECONDS", 0.05)
    chore = Train(engine.services)
    for _ in range(3):
        assert chore.run(engine.clock.now()) == 1
        passes(engine, HOLD * 0.9)
        assert take_next(engine.services, "W2", engine.clock.now()) is None
    chore.finish(in_haste=True)
    left = training_of(engine.services, asked.id)
    assert (left.state, left.tries, left.holder) == ("waiting", 0, None)


def test_one_that_may_wait_waits_for_the_end_and_holds_on_meanwhile(
    engine: Engine, asked: Training, learns: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    learns["waits"] = threading.Event()
    monkeypatch.setattr(trainings, "FINISH_SECONDS", 0.05)
    chore = Train(engine.services)
    chore.run(engine.clock.now())
    passes(engine, HOLD)
    waiting = threading.Thread(target=chore.finish)
    waiting.start()
    while training_of(engine.services, asked.id).version < 3:
        waiting.join(0.01)
    assert take_next(engine.services, "W2", engine.clock.now()) is None
    learns["waits"].set()
    waiting.join()
    assert training_of(engine.services, asked.id).state == "trained"


def _taken(engine: Engine, holder: str = "W1") -> Training:
    training = take_next(engine.services, holder, engine.clock.now())
    assert training is not None
    return training
