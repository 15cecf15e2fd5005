"""The simulator finds what it is there to find: each of these bugs, planted on purpose, breaks some early history."""

from __future__ import annotations

import collections
import contextlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from simulator.process import PatientFences
from simulator.run import Broken, simulate

from remit.adapters.memory.reviews import MemoryReviews
from remit.adapters.memory.store import MemoryJournal, MemoryStore, MemoryStoreUnit
from remit.agents import actor
from remit.service import recover

SEEDS = range(120)

Plant = Callable[[pytest.MonkeyPatch], None]


def quorums_are_not_counted(patch: pytest.MonkeyPatch) -> None:
    for place in ("remit.approvals.voting", "remit.agents.escalation"):
        patch.setattr(f"{place}.tally", lambda review, votes: "approved" if votes else "open")


def attempts_are_forgotten(patch: pytest.MonkeyPatch) -> None:
    checked = actor._checked
    patch.setattr(actor, "_checked", lambda *given: replace(checked(*given), state="planned"))


def doubt_counts_as_done(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(actor, "_give_up", lambda effect, deps, error: actor._confirm(effect, deps, _confirmed()))


def limits_are_not_counted_again(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(actor, "_judged_again", lambda unit, deps, state, budgets, now: {"verdict": state["verdict"]})


def two_may_work_on_one_decision(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(PatientFences, "around", lambda *given, **more: contextlib.nullcontext())


def a_failed_unit_of_work_is_kept(patch: pytest.MonkeyPatch) -> None:
    @contextlib.contextmanager
    def write(store: Any) -> Iterator[MemoryStoreUnit]:
        tables = store._tables.draft()
        try:
            with store._ledger.write() as events:
                yield MemoryStoreUnit(tables, store._ledger, events)
        finally:
            store._tables = tables.sealed()

    patch.setattr(MemoryStore, "write", write)


def an_event_is_not_written(patch: pytest.MonkeyPatch) -> None:
    append = MemoryJournal.append

    def forgetful(journal: MemoryJournal, event_type: str, **facts: Any) -> str:
        if event_type == "effect.confirmed":
            return ""
        return append(journal, event_type, **facts)

    patch.setattr(MemoryJournal, "append", forgetful)


def a_vote_is_lost(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(MemoryReviews, "add_vote", lambda *given: None)


def recovery_overlooks_what_was_committed(patch: pytest.MonkeyPatch) -> None:
    unfinished = recover.unfinished

    def short_sighted(services: Any) -> list[str]:
        with services.store.read() as unit:
            committed = set(unit.decisions.ids(("committed",)))
        return [each for each in unfinished(services) if each not in committed]

    for place in ("people", "invariants"):
        patch.setattr(f"simulator.{place}.unfinished", short_sighted)


def stale_approvals_count(patch: pytest.MonkeyPatch) -> None:
    for place in ("remit.agents.escalation", "remit.service.reviews.freshness"):
        patch.setattr(f"{place}.what_changed", lambda *given: [])


def replay_forgets_that_search_was_down(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("remit.service.replay.search_failures", lambda *given: {})


def _confirmed() -> Any:
    return actor.ConnectorAnswer("confirmed", result={})


@pytest.mark.parametrize(
    "plant",
    [
        quorums_are_not_counted,
        attempts_are_forgotten,
        doubt_counts_as_done,
        limits_are_not_counted_again,
        two_may_work_on_one_decision,
        a_failed_unit_of_work_is_kept,
        an_event_is_not_written,
        a_vote_is_lost,
        recovery_overlooks_what_was_committed,
        stale_approvals_count,
        replay_forgets_that_search_was_down,
    ],
)
def test_a_planted_bug_is_found(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    plant(monkeypatch)
    with pytest.raises(Broken, match="REMIT_SEED="):
        collections.deque(map(simulate, SEEDS), maxlen=0)
