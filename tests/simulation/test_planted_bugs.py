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
from remit.agents import actor, compensation
from remit.agents.answer import conclude
from remit.agents.records import judged
from remit.approvals import clock, voting
from remit.service import recover
from remit.service.reviews import edit as editing

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


def editors_may_approve(patch: pytest.MonkeyPatch) -> None:
    real = editing.edit

    def forgetful(review: Any, *given: Any) -> Any:
        return replace(real(review, *given), editors=())

    patch.setattr(editing, "edit", forgetful)


def an_edit_is_not_judged(patch: pytest.MonkeyPatch) -> None:
    real = editing.tried

    def trusting(services: Any, deps: Any, stored: Any, *given: Any) -> Any:
        return replace(real(services, deps, stored, *given), verdict=judged(stored).verdict)

    patch.setattr(editing, "tried", trusting)


def denied_edits_are_taken(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("remit.approvals.edit._must_not_be_denied", lambda verdict: None)


def words_on_what_was_there_before_an_edit_count(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("remit.approvals.voting._valid", lambda review, votes: list(votes))


def what_was_proposed_first_is_carried_out(patch: pytest.MonkeyPatch) -> None:
    plan = actor._plan

    def stubborn(unit: Any, deps: Any, connector: str, action: Any, counts: Any) -> None:
        edit = unit.decisions.get(deps.run.decision_id).judgement.edit
        plan(unit, deps, connector, {**action, "args": edit["was"]} if edit else action, counts)

    patch.setattr(actor, "_plan", stubborn)
    patch.setattr(actor, "_checked", lambda stored, effect, deps: effect)


def deputies_decide_what_was_asked_for_by_whom_they_act_for(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("remit.approvals.voting._partial", lambda review: set())


def lent_roles_are_never_given_back(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("remit.approvals.arrangement.Arrangement.in_force", lambda *given: True)


def time_approves(patch: pytest.MonkeyPatch) -> None:
    settle = clock.settle
    patch.setattr(clock, "settle", lambda review, state, *given: settle(review, "approved", *given))
    counted = voting.tally
    for place in ("remit.approvals.voting", "remit.agents.escalation"):
        patch.setattr(
            f"{place}.tally",
            lambda review, votes: "approved" if review.decided_by == clock.SYSTEM else counted(review, votes),
        )


def what_nobody_approved_in_time_counts_as_rejected(patch: pytest.MonkeyPatch) -> None:
    settle = clock.settle
    patch.setattr(clock, "settle", lambda review, state, *given: settle(review, "rejected", *given))


def it_is_undone_again_after_a_crash(patch: pytest.MonkeyPatch) -> None:
    real = compensation.carry_through
    patch.setattr(compensation, "carry_through", lambda effect, *given: real(replace(effect, state="planned"), *given))


def requesters_have_it_undone(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("remit.service.reviews.compensate.partial_in", lambda *given: {})


def what_is_undone_is_no_longer_executed(patch: pytest.MonkeyPatch) -> None:
    real = compensation.record_end

    def undecided(unit: Any, run: Any, *given: Any) -> Any:
        conclude(unit, run, "failed", before=("executed",))
        return real(unit, run, *given)

    patch.setattr(compensation, "record_end", undecided)


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
        editors_may_approve,
        an_edit_is_not_judged,
        denied_edits_are_taken,
        pytest.param(words_on_what_was_there_before_an_edit_count, marks=pytest.mark.soak),
        what_was_proposed_first_is_carried_out,
        pytest.param(deputies_decide_what_was_asked_for_by_whom_they_act_for, marks=pytest.mark.soak),
        pytest.param(lent_roles_are_never_given_back, marks=pytest.mark.soak),
        time_approves,
        what_nobody_approved_in_time_counts_as_rejected,
        pytest.param(it_is_undone_again_after_a_crash, marks=pytest.mark.soak),
        requesters_have_it_undone,
        what_is_undone_is_no_longer_executed,
    ],
)
def test_a_planted_bug_is_found(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    plant(monkeypatch)
    with pytest.raises(Broken, match="REMIT_SEED="):
        collections.deque(map(simulate, SEEDS), maxlen=0)
