"""One key, one piece of work, one answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from remit.adapters.memory.answers import MemoryAnswers
from remit.adapters.memory.fences import MemoryFences
from remit.core.errors import Conflict, InputError, SystemFailed
from remit.core.system import FixedClock
from remit.service.calls.once import KEY_LENGTH_MAX, once, request_key_of
from remit.service.calls.ports import Answer, Call

CALL = Call("app:shop", "k-1", "f1")


class Door:
    """What calls come through, and how often anything was done for them."""

    def __init__(self) -> None:
        self.answers, self.fences = MemoryAnswers(), MemoryFences()
        self.clock = FixedClock(datetime(2026, 3, 1, 12, tzinfo=UTC))
        self.done = 0

    def work(self) -> Answer:
        self.done += 1
        return Answer(200, {}, f"answer {self.done}")

    def ask(self, call: Call = CALL, do: Callable[[], Answer] | None = None, kept: bool = True) -> tuple[Any, bool]:
        answer, replayed = once(
            self.answers, self.fences, self.clock, call, do or self.work, hours=24.0, kept=lambda _: kept
        )
        return answer.body, replayed


def test_the_first_answer_is_given_again_until_it_expires() -> None:
    door = Door()
    assert [door.ask(), door.ask()] == [("answer 1", False), ("answer 1", True)]
    door.clock.advance(timedelta(hours=24))
    assert door.ask() == ("answer 2", False)


def test_an_answer_that_is_none_for_good_is_given_and_forgotten() -> None:
    door = Door()
    assert [door.ask(kept=False), door.ask()] == [("answer 1", False), ("answer 2", False)]


def test_work_that_fails_leaves_the_key_free() -> None:
    def fails() -> Answer:
        raise SystemFailed("the disk is full")

    door = Door()
    with pytest.raises(SystemFailed):
        door.ask(do=fails)
    assert door.ask() == ("answer 1", False)


def test_what_is_being_worked_on_is_not_begun_again() -> None:
    door = Door()

    def asked_inside() -> Answer:
        with pytest.raises(Conflict) as refused:
            door.ask()
        assert refused.value.code == "in_flight"
        return door.work()

    assert (door.ask(do=asked_inside), door.done) == (("answer 1", False), 1)


def test_what_was_kept_first_is_the_answer_to_whoever_did_not_wait_for_it() -> None:
    door = Door()

    def overtaken() -> Answer:
        now = door.clock.now()
        door.answers.keep(CALL, Answer(200, {}, "the end"), now, now + timedelta(hours=1))
        return Answer(202, {}, "not yet")

    assert (door.ask(do=overtaken), door.ask()) == (("the end", False), ("the end", True))


def test_another_question_under_the_same_key_is_refused_and_nothing_is_done() -> None:
    door = Door()
    door.ask()
    with pytest.raises(InputError) as refused:
        door.ask(replace(CALL, fingerprint="f2"))
    assert (refused.value.code, door.done) == ("request_key", 1)


@pytest.mark.parametrize("key", ["", " ", "a b", "é", "\x7f", "x" * (KEY_LENGTH_MAX + 1)])
def test_what_is_no_key_is_refused(key: str) -> None:
    with pytest.raises(InputError) as refused:
        Door().ask(replace(CALL, key=key))
    assert refused.value.code == "idempotency_key"


def test_no_two_callers_and_keys_share_a_request_key() -> None:
    calls = [Call("app:a", "b:c", ""), Call("app:a:b", "c", ""), Call("user:a", "b:c", ""), Call("app:a", "b:d", "")]
    assert len({request_key_of(call) for call in calls}) == 4
