"""What every place that keeps answers must do: the one in SQL, in SQLite and in PostgreSQL, and its twin in memory."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from remit.adapters.memory.answers import MemoryAnswers
from remit.adapters.memory.embedder import HashingEmbedder
from remit.adapters.sql.answers import SqlAnswers
from remit.adapters.sql.migrate import migrate
from remit.adapters.sql.vault import open_vault
from remit.core.errors import Conflict
from remit.core.system import FixedClock, SeededRandom, UlidIds
from remit.service.calls.ports import Answer, Answers, Call, Kept
from remit.settings import Settings
from remit.wiring import Engine
from remit.wiring.backend import open_backend

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
LATER = NOW + timedelta(hours=24)
CALL = Call("app:shop", "k-1", "f1")
ANSWER = Answer(202, {"Location": "/v1/decisions/D1", "Content-Type": "application/json"}, '{"name":"Åse"}')


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def answers(request: pytest.FixtureRequest, database_url: Callable[[str], str], tmp_path: Path) -> Iterator[Answers]:
    if request.param == "memory":
        yield MemoryAnswers()
        return
    backend = open_backend(database_url(request.param), tmp_path)
    migrate(backend.database)
    clock, chance = FixedClock(NOW), SeededRandom(1)
    yield SqlAnswers(backend.database, open_vault(backend.database, tmp_path, clock, UlidIds(clock, chance), chance))
    backend.close()


def test_an_answer_comes_back_to_the_byte(answers: Answers) -> None:
    answers.keep(CALL, ANSWER, NOW, LATER)
    assert answers.find(CALL, NOW) == Kept(same=True, answer=ANSWER)


@pytest.mark.parametrize("other", [replace(CALL, caller="app:till"), replace(CALL, key="k-2")])
def test_another_caller_or_key_has_no_answer(answers: Answers, other: Call) -> None:
    answers.keep(CALL, ANSWER, NOW, LATER)
    assert answers.find(other, NOW) is None


def test_another_question_under_the_same_key_is_told_apart(answers: Answers) -> None:
    answers.keep(CALL, ANSWER, NOW, LATER)
    assert answers.find(replace(CALL, fingerprint="f2"), NOW) == Kept(same=False, answer=None)


def test_a_key_has_one_answer_until_it_expires(answers: Answers) -> None:
    answers.keep(CALL, ANSWER, NOW, LATER)
    with pytest.raises(Conflict):
        answers.keep(CALL, replace(ANSWER, status=200), NOW, LATER)
    assert answers.find(CALL, LATER) is None
    answers.keep(CALL, replace(ANSWER, status=200), LATER, LATER + timedelta(hours=1))
    assert answers.find(CALL, LATER) == Kept(same=True, answer=replace(ANSWER, status=200))


def test_what_has_expired_is_forgotten_and_nothing_else(answers: Answers) -> None:
    answers.keep(CALL, ANSWER, NOW, LATER)
    answers.keep(replace(CALL, key="k-2"), ANSWER, NOW, LATER + timedelta(seconds=1))
    assert (answers.forget(LATER), answers.forget(LATER)) == (1, 0)
    assert answers.find(replace(CALL, key="k-2"), LATER) is not None


@pytest.mark.parametrize("url", ["sqlite", "postgres"])
def test_what_is_kept_within_a_unit_of_work_is_there_exactly_if_that_is_committed(
    url: str, database_url: Callable[[str], str], tmp_path: Path
) -> None:
    with Engine(Settings(home=tmp_path, database_url=database_url(url)), embedder=HashingEmbedder()) as engine:
        answers = engine.calls.answers
        with contextlib.suppress(ZeroDivisionError), engine.store.write() as unit:
            assert answers.keep_within(unit, CALL, ANSWER, NOW, LATER)
            raise ZeroDivisionError
        assert answers.find(CALL, NOW) is None
        with engine.store.write() as unit:
            assert answers.keep_within(unit, CALL, ANSWER, NOW, LATER)
        with engine.store.write() as unit:
            assert not answers.keep_within(unit, CALL, replace(ANSWER, status=200), NOW, LATER)
        assert answers.find(CALL, NOW) == Kept(same=True, answer=ANSWER)
