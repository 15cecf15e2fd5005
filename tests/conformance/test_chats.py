"""What every place that keeps conversations must do: SQLite, PostgreSQL, and their twin in memory."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.conformance.conftest import NOW

from remit.agents.ports import Store
from remit.chat.conversation import LEASE, About, Conversation, Run, RunEvent
from remit.core.errors import Conflict, NotFound

ASKER = {"id": "ana", "kind": "user", "roles": ["analyst"], "credential": "k", "scopes": None}
CONVERSATION = Conversation("01C", "ana", "Why", NOW)
RUN = Run("01R", "01C", ASKER, "why was Åse's case escalated?", NOW, held_until=NOW)
DONE = RunEvent("done", {"state": "done"})


@pytest.fixture
def store(empty_store: Store) -> Store:
    """With one conversation, in which one question is being answered."""
    with empty_store.write() as unit:
        unit.chats.open(CONVERSATION)
        unit.chats.ask(RUN)
    return empty_store


def held(store: Store) -> Run:
    with store.write() as unit:
        run = unit.chats.hold("01R", NOW, NOW + LEASE)
    assert run is not None
    return run


def test_a_run_comes_back_as_it_was_asked(store: Store) -> None:
    with store.read() as unit:
        assert (unit.chats.run("01R"), unit.chats.runs("01C")) == (replace(RUN, n=1), [replace(RUN, n=1)])
        assert unit.chats.get("01C") == CONVERSATION


def test_what_is_not_there_is_not_found(store: Store) -> None:
    with store.read() as unit:
        with pytest.raises(NotFound):
            unit.chats.get("01X")
        with pytest.raises(NotFound):
            unit.chats.run("01X")


def test_one_question_of_a_conversation_is_answered_at_a_time(store: Store) -> None:
    with pytest.raises(Conflict), store.write() as unit:
        unit.chats.ask(replace(RUN, id="01S"))
    with store.write() as unit:
        assert unit.chats.settle("01R", "done", DONE)
        unit.chats.ask(replace(RUN, id="01S"))


def test_events_are_numbered_from_one_and_read_from_anywhere(store: Store) -> None:
    run = held(store)
    with store.write() as unit:
        unit.chats.append(run, [RunEvent("delta", {"text": each}) for each in "ab"], NOW + LEASE)
        unit.chats.append(run, [RunEvent("delta", {"text": "c"})], NOW + LEASE)
    with store.read() as unit:
        assert [(each.n, each.data) for each in unit.chats.events("01R", after=1)] == [
            (2, {"text": "b"}),
            (3, {"text": "c"}),
        ]


def test_nobody_else_works_on_a_run_that_is_held(store: Store) -> None:
    held(store)
    with store.write() as unit:
        assert unit.chats.hold("01R", NOW + LEASE / 2, NOW + LEASE) is None


def test_who_lost_a_run_adds_nothing_to_it(store: Store) -> None:
    before = held(store)
    with store.write() as unit:
        after = unit.chats.hold("01R", NOW + LEASE, NOW + 2 * LEASE)
    assert after is not None
    assert after.fence == before.fence + 1
    with pytest.raises(Conflict), store.write() as unit:
        unit.chats.append(before, [DONE], NOW + LEASE)


def test_a_run_ends_once(store: Store) -> None:
    run = held(store)
    with store.write() as unit:
        assert unit.chats.settle("01R", "stopped", DONE)
        assert not unit.chats.settle("01R", "done", DONE)
    with pytest.raises(Conflict), store.write() as unit:
        unit.chats.append(run, [DONE], NOW + LEASE)
    with store.read() as unit:
        assert (unit.chats.run("01R").state, len(unit.chats.events("01R"))) == ("stopped", 1)


def test_what_was_understood_is_kept_for_the_next_question(store: Store) -> None:
    run = held(store)
    call = {"tool": "explain", "args": {"decision": "C-1"}, "outcome": "answered"}
    with store.write() as unit:
        unit.chats.understood(run, call, About(subject="C-1"))
    with store.read() as unit:
        assert (unit.chats.run("01R").call, unit.chats.run("01R").question) == (call, RUN.question)


def test_conversations_are_listed_by_whose_they_are_the_newest_first(store: Store) -> None:
    with store.write() as unit:
        unit.chats.open(replace(CONVERSATION, id="01D"))
        unit.chats.open(replace(CONVERSATION, id="01E", owner="ben"))
        unit.chats.rename("01D", "Figures")
    with store.read() as unit:
        assert [(each.id, each.title) for each in unit.chats.of("ana", 10)] == [("01D", "Figures"), ("01C", "Why")]
        assert [each.id for each in unit.chats.of("ana", 10, before="01D")] == ["01C"]
        assert [each.id for each in unit.chats.of("ana", 1)] == ["01D"]


def test_a_conversation_is_deleted_with_everything_in_it(store: Store) -> None:
    with store.write() as unit:
        unit.chats.settle("01R", "done", DONE)
        unit.chats.delete("01C")
    with store.read() as unit:
        assert (unit.chats.of("ana", 10), unit.chats.runs("01C"), unit.chats.events("01R")) == ([], [], [])


def test_conversations_in_which_nobody_asks_any_more_are_forgotten(store: Store) -> None:
    with store.write() as unit:
        assert unit.chats.forget(NOW) == 0
        assert unit.chats.forget(NOW + timedelta(seconds=1)) == 1
    with store.read() as unit:
        assert unit.chats.of("ana", 10) == []
