"""What every store of decisions, reviews and effects must do: SQLite, PostgreSQL, and their twin in memory."""

from __future__ import annotations

import contextlib
import functools
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from remit.agents.ports import Store, Unit
from remit.agents.records import FINAL, Judgement, Obligation, PlannedEffect, Run, Versions
from remit.approvals.arrangement import Arrangement
from remit.approvals.review import Note, Probe, Review, Timer, Vote
from remit.core.errors import Conflict, InputError, NotFound, SystemFailed
from remit.core.words import Actor, ApprovalTerms
from remit.packs.review_rules import WorkingHours

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ANA = Actor("ana", roles=("clerk",))
CASE = {"cents": 5, "share": 0.1, "name": "Åse 🙂", "tags": ["a"], "open": True}
RUN = Run("D1", "desk.request", CASE, "degraded", ({"field": "x"},), "R-1", ANA, NOW, "salt", "key")
VERSIONS = Versions("desk", "1.0.0", "p", "c", None, "k", "1")
JUDGEMENT = Judgement(
    NOW.isoformat(), VERSIONS.to_json(), {"steps": []}, [], [], {"confidence": 0.1}, {"effect": "allow"}
)
EFFECT = PlannedEffect("key", "D1", "pay", "pay", {"cents": 5})
OWED = Obligation("owed", "D1", "notify", "auditor")
REVIEW = Review(
    "R1", "D1", 1, "open", "digest", "policy", "root", (ApprovalTerms("officer", 2, 60, "deny"),), "ana", NOW
)
FULL = replace(
    REVIEW,
    terms=(ApprovalTerms("officer", 2, 60, "deny", 2, "north", 30, ("chief",), "always"), ApprovalTerms("auditor")),
    due_at=NOW,
    claimed_by="otto",
    claimed_until=NOW,
    decided_at=NOW,
    decided_by="otto",
    decision="desk.request",
    action="pay",
    rules=("large", "late"),
    risk="high",
    money=5,
    hours=WorkingHours("Europe/Berlin", (0, 4), 540, 1020, (NOW.date(),)),
    timers=(Timer("2/officer/north", NOW, NOW, 1, True), Timer("1/auditor", NOW)),
    authors=("petra",),
    editors=("olga",),
    assigned_to="otto",
    snoozed_until=NOW,
    asked_at=NOW,
    asked_by="otto",
    verdict_hidden=True,
    acted_on_at=NOW,
    moved_by="otto",
    moved_as="claimed",
    probe=Probe({"cents": 5}, "reject", "wrong"),
)
VOTE = Vote("R1", "otto", "officer", "approve", "seen", "digest", NOW)
LENT = Arrangement("A1", "delegation", "otto", 1, NOW, NOW + timedelta(days=1), "jim", ("officer",))
KEPT = Arrangement("A2", "filter", "otto", 1, NOW, name="my work", body={"states": ["open"], "amount_min": 5})
DAY, NEXT_DAY = "2026-03-01T00:00:00+00:00", "2026-03-02T00:00:00+00:00"


@pytest.fixture
def store(empty_store: Store) -> Store:
    """With one decision that was received."""
    with empty_store.write() as unit:
        unit.decisions.receive(RUN, VERSIONS)
    return empty_store


def test_a_run_comes_back_as_it_was_received(store: Store) -> None:
    with store.read() as unit:
        stored = unit.decisions.get("D1")
    assert (stored.run, stored.versions, stored.stage) == (RUN, VERSIONS, "received")
    assert (stored.judgement, stored.review_id, stored.note, stored.receipt) == (None, None, None, None)


def test_a_judgement_comes_back_to_the_byte(store: Store) -> None:
    with store.write() as unit:
        unit.decisions.judge("D1", JUDGEMENT, "digest")
    with store.read() as unit:
        stored = unit.decisions.get("D1")
    assert (stored.judgement, stored.judgement_sha256, stored.action_digest) == (JUDGEMENT, JUDGEMENT.sha256, "digest")


def test_many_decisions_come_back_at_once_and_what_is_not_there_is_left_out(store: Store) -> None:
    with store.write() as unit:
        unit.decisions.receive(replace(RUN, decision_id="D2", request_key=None, subject="R-2"), VERSIONS)
    with store.read() as unit:
        found = unit.decisions.get_all(["D2", "D0", "D1"])
        assert found == {"D1": unit.decisions.get("D1"), "D2": unit.decisions.get("D2")}
        assert unit.decisions.get_all([]) == {}


def test_one_request_key_has_one_decision(store: Store) -> None:
    with pytest.raises(Conflict), store.write() as unit:
        unit.decisions.receive(replace(RUN, decision_id="D2"), VERSIONS)
    with store.read() as unit:
        assert (unit.decisions.ids(), unit.decisions.find("key").run) == (["D1"], RUN)


def test_any_number_of_decisions_may_have_no_request_key(store: Store) -> None:
    with store.write() as unit:
        for name in ("D2", "D3"):
            unit.decisions.receive(replace(RUN, decision_id=name, request_key=None), VERSIONS)
    with store.read() as unit:
        assert (unit.decisions.ids(), unit.decisions.find("another")) == (["D1", "D2", "D3"], None)


@pytest.mark.parametrize("what", ["decisions", "reviews", "arrangements"])
def test_what_is_not_there_is_not_found(store: Store, what: str) -> None:
    with pytest.raises(NotFound), store.read() as unit:
        getattr(unit, what).get("nothing")


def test_a_stage_moves_on_with_its_facts(store: Store) -> None:
    facts = {"note": "so", "effect_result": {"entry": 1}}
    with store.write() as unit:
        unit.decisions.move("D1", ("received", "committed"), "executed", **facts)
    with store.read() as unit:
        stored = unit.decisions.get("D1")
    assert (stored.stage, stored.note, stored.effect_result) == ("executed", *facts.values())


def test_the_event_that_records_a_stage_is_its_receipt(store: Store) -> None:
    with store.write() as unit:
        event_id = unit.journal.append("decision.executed", decision_id="D1", actor=ANA, body={})
        unit.decisions.move("D1", ("received",), "executed", receipt_event=event_id)
    with store.read() as unit:
        receipt = unit.decisions.get("D1").receipt or {}
    assert (receipt["seq"], len(receipt["leaf_sha256"])) == (1, 64)


@pytest.mark.parametrize("stage", sorted(FINAL))
def test_a_stage_that_no_longer_holds_is_not_moved_from(store: Store, stage: Any) -> None:
    with store.write() as unit:
        unit.decisions.move("D1", ("received",), stage)
    with pytest.raises(Conflict), store.write() as unit:
        unit.decisions.move("D1", ("received",), "executed")


def test_decisions_are_listed_by_stage(store: Store) -> None:
    with store.write() as unit:
        unit.decisions.receive(replace(RUN, decision_id="D0", request_key=None), VERSIONS)
        unit.decisions.move("D1", ("received",), "denied")
    with store.read() as unit:
        assert (unit.decisions.ids(("received",)), unit.decisions.ids(("denied", "failed"))) == (["D0"], ["D1"])


def test_a_unit_of_work_that_fails_leaves_nothing_of_any_part(store: Store) -> None:
    with pytest.raises(ZeroDivisionError), store.write() as unit:
        _write_all_and_fail(unit)
    with store.read() as unit:
        assert (unit.decisions.get("D1").stage, unit.decisions.get("D1").judgement) == ("received", None)
        assert unit.obligations.of("D1") == []
        assert (unit.effects.of("D1"), unit.reviews.in_states(("open",), 9), unit.reviews.votes("R1")) == (None, [], [])
    with store.write() as unit:
        event_id = unit.journal.append("decision.executed", decision_id="D1", actor=ANA, body={})
        unit.decisions.move("D1", ("received",), "executed", receipt_event=event_id)
    with store.read() as unit:
        assert (unit.decisions.get("D1").receipt or {})["seq"] == 1


def _write_all_and_fail(unit: Unit) -> None:
    unit.decisions.judge("D1", JUDGEMENT, "digest")
    unit.reviews.add(REVIEW)
    unit.reviews.add_vote(VOTE)
    unit.effects.plan(EFFECT)
    unit.obligations.add(OWED)
    unit.journal.append("decision.judged", decision_id="D1", actor=ANA, body={})
    unit.decisions.move("D1", ("received",), "awaiting_review", review_id="R1")
    raise ZeroDivisionError


def test_a_unit_of_work_sees_what_it_wrote_and_others_do_not_yet(store: Store) -> None:
    with store.write() as unit:
        unit.effects.plan(EFFECT)
        with store.read() as other:
            assert (unit.effects.of("D1"), other.effects.of("D1")) == (EFFECT, None)


def test_a_reader_sees_one_moment_for_as_long_as_it_reads(store: Store) -> None:
    with store.read() as reader:
        before = reader.decisions.get("D1").stage
        with store.write() as unit:
            unit.decisions.move("D1", ("received",), "denied")
        assert (before, reader.decisions.get("D1").stage) == ("received", "received")
    with store.read() as reader:
        assert reader.decisions.get("D1").stage == "denied"


WRITES: dict[str, Callable[[Unit], Any]] = {
    "decision": lambda unit: unit.decisions.receive(replace(RUN, decision_id="D2", request_key="k"), VERSIONS),
    "stage": lambda unit: unit.decisions.move("D1", ("received",), "denied"),
    "review": lambda unit: unit.reviews.add(REVIEW),
    "effect": lambda unit: unit.effects.plan(EFFECT),
    "usage": lambda unit: unit.usage.add("a", DAY, 1),
    "event": lambda unit: unit.journal.append("decision.judged", decision_id="D1", actor=ANA, body={}),
}


@pytest.mark.parametrize("what", WRITES)
def test_nothing_is_written_through_a_unit_that_reads(store: Store, what: str) -> None:
    with pytest.raises(SystemFailed), store.read() as unit:
        WRITES[what](unit)
    with store.read() as unit:
        assert (unit.decisions.ids(("received",)), unit.effects.of("D1"), unit.usage.read([("a", DAY)])) == (
            ["D1"],
            None,
            [0],
        )


def test_a_unit_of_work_within_another_is_refused(store: Store) -> None:
    with pytest.raises(SystemFailed, match="inside another"), store.write(), store.write():
        pass


def test_what_is_stored_shares_nothing_with_what_was_handed_in_or_given_out(store: Store) -> None:
    case, args = {"tags": ["a"]}, {"lines": [1]}
    with store.write() as unit:
        unit.decisions.receive(replace(RUN, decision_id="D2", request_key=None, case=case), VERSIONS)
        unit.effects.plan(replace(EFFECT, decision_id="D2", args=args))
    case["tags"].append("b")
    args["lines"].append(2)
    with store.read() as unit:
        unit.decisions.get("D2").run.case["tags"].append("c")
        assert (unit.decisions.get("D2").run.case, unit.effects.of("D2").args) == ({"tags": ["a"]}, {"lines": [1]})


def test_of_many_threads_each_counts_on_what_the_others_wrote(store: Store) -> None:
    def add() -> None:
        for _ in range(5):
            with store.write() as unit:
                before = unit.usage.read([("a", DAY)])[0]
                unit.usage.add("a", DAY, before % 3 + 1)

    threads = [threading.Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    expected = 0
    for _ in range(20):
        expected += expected % 3 + 1
    with store.read() as unit:
        assert unit.usage.read([("a", DAY)]) == [expected]


# Effects


def test_an_effect_is_planned_once(store: Store) -> None:
    with store.write() as unit:
        unit.effects.plan(EFFECT)
    for another in (EFFECT, replace(EFFECT, key="another")):
        with pytest.raises(Conflict), store.write() as unit:
            unit.effects.plan(another)


def test_entering_attempted_counts_an_attempt(store: Store) -> None:
    with store.write() as unit:
        unit.effects.plan(EFFECT)
        first = unit.effects.advance("key", ("planned",), "attempted")
        doubt = unit.effects.advance("key", ("attempted",), "in_doubt", error="late")
        second = unit.effects.advance("key", ("in_doubt",), "attempted")
        done = unit.effects.advance("key", ("attempted",), "confirmed", result={"entry": 1})
    assert [step.attempts for step in (first, doubt, second, done)] == [1, 1, 2, 2]
    assert (doubt.error, done.error, done.result) == ("late", None, {"entry": 1})
    with store.read() as unit:
        assert unit.effects.of("D1") == done


@pytest.mark.parametrize("key", ["key", "another"])
def test_an_effect_is_not_moved_from_a_state_that_does_not_hold(store: Store, key: str) -> None:
    with store.write() as unit:
        unit.effects.plan(EFFECT)
    with pytest.raises(Conflict), store.write() as unit:
        unit.effects.advance(key, ("attempted",), "confirmed")


UNDONE = replace(EFFECT, key="undone", connector="refund", args={"undoes": "key"}, kind="compensation", by=ANA)


def test_an_effect_has_one_compensation_beside_it_that_comes_back_with_who_asked(store: Store) -> None:
    with store.write() as unit:
        unit.effects.plan(EFFECT)
        unit.effects.plan(UNDONE)
    with store.read() as unit:
        assert (unit.effects.of("D1"), unit.effects.of("D1", "compensation")) == (EFFECT, UNDONE)
    with pytest.raises(Conflict), store.write() as unit:
        unit.effects.plan(replace(UNDONE, key="another"))


@pytest.mark.parametrize(
    ("states", "open_ones"), [((), ["D1"]), (("in_doubt",), ["D1"]), (("confirmed",), []), (("failed",), [])]
)
def test_a_compensation_is_found_until_it_is_known_what_came_of_it(
    store: Store, states: tuple[Any, ...], open_ones: list[str]
) -> None:
    with store.write() as unit:
        unit.effects.plan(EFFECT)
        assert unit.effects.compensating() == []
        unit.effects.plan(UNDONE)
        unit.effects.advance("undone", ("planned",), "attempted")
        for state in states:
            unit.effects.advance("undone", ("attempted",), state)
    with store.read() as unit:
        assert unit.effects.compensating() == open_ones


# Obligations


def test_an_obligation_is_owed_once(store: Store) -> None:
    with store.write() as unit:
        unit.obligations.add(OWED)
    with pytest.raises(Conflict), store.write() as unit:
        unit.obligations.add(OWED)
    with store.read() as unit:
        assert (unit.obligations.of("D1"), unit.obligations.of("D2")) == ([OWED], [])


def test_an_obligation_is_tried_until_it_is_fulfilled(store: Store) -> None:
    with store.write() as unit:
        unit.obligations.add(OWED)
        failed = unit.obligations.settle("owed", "pending", error="nobody answers")
        done = unit.obligations.settle("owed", "fulfilled", result={"note": 1})
    assert (failed.state, failed.attempts, failed.error, failed.result) == ("pending", 1, "nobody answers", None)
    assert (done.state, done.attempts, done.error, done.result) == ("fulfilled", 2, None, {"note": 1})
    with store.read() as unit:
        assert unit.obligations.of("D1") == [done]


@pytest.mark.parametrize("settled", ["fulfilled", "void"])
def test_an_obligation_that_is_settled_stays_so(store: Store, settled: Any) -> None:
    with store.write() as unit:
        unit.obligations.add(OWED)
        unit.obligations.settle("owed", settled)
    with pytest.raises(Conflict), store.write() as unit:
        unit.obligations.settle("owed", "pending")


def test_an_obligation_that_is_void_was_never_tried(store: Store) -> None:
    with store.write() as unit:
        unit.obligations.add(OWED)
        assert unit.obligations.settle("owed", "void").attempts == 0


@pytest.mark.parametrize(("stage", "due"), [("executed", ["D1"]), ("advised", ["D1"]), ("failed", []), ("denied", [])])
def test_only_what_stands_has_obligations_that_are_due(store: Store, stage: Any, due: list[str]) -> None:
    with store.write() as unit:
        for key in ("owed", "another"):
            unit.obligations.add(replace(OWED, key=key))
        assert unit.obligations.due() == []
        unit.decisions.move("D1", ("received",), stage)
    with store.write() as unit:
        assert unit.obligations.due() == due
        for key in ("owed", "another"):
            unit.obligations.settle(key, "fulfilled")
        assert unit.obligations.due() == []


# Reviews


def test_a_review_comes_back_as_it_was_added(store: Store) -> None:
    with store.write() as unit:
        unit.reviews.add(FULL)
    with store.read() as unit:
        assert unit.reviews.get("R1") == FULL


def test_of_two_moves_from_one_version_one_wins(store: Store) -> None:
    with store.write() as unit:
        unit.reviews.add(REVIEW)
        otto = {"claimed_by": "otto", "moved_by": "otto", "moved_as": "claimed"}
        unit.reviews.save(replace(REVIEW, version=2, state="claimed", **otto))
    with pytest.raises(Conflict, match="otto claimed it first"), store.write() as unit:
        unit.reviews.save(replace(REVIEW, version=2, state="claimed", claimed_by="olga"))
    with store.read() as unit:
        assert unit.reviews.get("R1").claimed_by == "otto"


def test_decisions_that_wait_for_a_settled_review_are_found_the_oldest_first(store: Store) -> None:
    states = {"D2": "approved", "D3": "open", "D4": "claimed", "D5": "stale", "D6": "rejected"}
    with store.write() as unit:
        for name, state in states.items():
            unit.decisions.receive(replace(RUN, decision_id=name, request_key=None), VERSIONS)
            unit.reviews.add(replace(REVIEW, id=f"R{name}", decision_id=name, state=state))
            unit.decisions.move(name, ("received",), "awaiting_review", review_id=f"R{name}")
        unit.decisions.move("D6", ("awaiting_review",), "rejected")
    with store.read() as unit:
        assert unit.decisions.settled() == ["D2", "D5"]


def test_the_review_that_is_due_first_is_listed_first(store: Store) -> None:
    dues = {"R1": None, "R2": NOW + timedelta(hours=2), "R3": NOW + timedelta(hours=1)}
    with store.write() as unit:
        for name, due in dues.items():
            unit.reviews.add(replace(REVIEW, id=name, due_at=due))
        unit.reviews.add(replace(REVIEW, id="R4", state="approved"))
    with store.read() as unit:
        assert [review.id for review in unit.reviews.in_states(("open", "claimed"), 10)] == ["R3", "R2", "R1"]
        assert [review.id for review in unit.reviews.in_states(("open", "claimed"), 1)] == ["R3"]


def test_what_waits_and_what_waits_for_too_long_is_counted(store: Store) -> None:
    dues = {"R1": None, "R2": NOW, "R3": NOW + timedelta(hours=1)}
    with store.write() as unit:
        for name, due in dues.items():
            unit.reviews.add(replace(REVIEW, id=name, due_at=due))
        unit.reviews.add(replace(REVIEW, id="R4", due_at=NOW, state="approved"))
    soon = NOW + timedelta(minutes=1)
    with store.read() as unit:
        assert [unit.reviews.waiting(at) for at in (NOW, soon)] == [(3, 0), (3, 1)]
        assert [unit.reviews.waiting(soon, of) for of in (["desk.request"], ["another"], [])] == [
            (3, 1),
            (0, 0),
            (0, 0),
        ]


def test_the_queue_goes_on_behind_any_place_in_it(store: Store) -> None:
    dues = {"R1": None, "R2": NOW + timedelta(microseconds=1), "R3": NOW, "R4": NOW, "R5": None}
    with store.write() as unit:
        for name, due in dues.items():
            unit.reviews.add(replace(REVIEW, id=name, due_at=due, state="claimed" if name == "R4" else "open"))
    with store.read() as unit:
        whole = unit.reviews.in_states(("open", "claimed"), 10)
        rest = [unit.reviews.in_states(("open", "claimed"), 10, after=review.place) for review in whole]
        assert [review.id for review in whole] == ["R3", "R4", "R2", "R1", "R5"]
        assert rest == [whole[at:] for at in range(1, 6)]


def test_the_queue_is_narrowed_to_a_decision_and_to_who_holds_it(store: Store) -> None:
    with store.write() as unit:
        unit.reviews.add(REVIEW)
        unit.reviews.add(replace(REVIEW, id="R2", state="claimed", claimed_by="otto"))
    with store.read() as unit:
        find = functools.partial(unit.reviews.in_states, ("open", "claimed"), 10)
        assert [review.id for review in find(claimed_by="otto")] == ["R2"]
        assert [len(find(decision=name)) for name in ("desk.request", "another")] == [2, 0]


def test_the_reviews_that_something_is_due_for_are_found_the_earliest_first(store: Store) -> None:
    moments = {"R1": NOW, "R2": NOW - timedelta(microseconds=1), "R3": NOW + timedelta(microseconds=1), "R4": None}
    with store.write() as unit:
        for name, moment in moments.items():
            unit.reviews.add(replace(REVIEW, id=name, snoozed_until=moment))
        unit.reviews.add(replace(REVIEW, id="R5", snoozed_until=NOW, state="approved"))
    with store.read() as unit:
        assert [review.id for review in unit.reviews.waking(NOW, 10)] == ["R2", "R1"]
        assert [review.id for review in unit.reviews.waking(NOW, 1)] == ["R2"]


def test_one_person_has_one_word_on_an_action(store: Store) -> None:
    full = replace(
        VOTE, action_digest="edited", seat="2/officer/north", code="late", on_behalf_of="kim", dwell_seconds=3
    )
    with store.write() as unit:
        unit.reviews.add(REVIEW)
        unit.reviews.add_vote(VOTE)
        unit.reviews.add_vote(full)
    with pytest.raises(Conflict), store.write() as unit:
        unit.reviews.add_vote(replace(full, choice="reject"))
    with store.read() as unit:
        assert unit.reviews.votes("R1") == [VOTE, full]


def test_notes_are_kept_in_order(store: Store) -> None:
    notes = [Note("R1", kind, "otto", NOW, "digest", "Åse 🙂") for kind in ("shown", "asked", "shown")]
    with store.write() as unit:
        unit.reviews.add(REVIEW)
        for note in notes:
            unit.reviews.add_note(note)
    with store.read() as unit:
        assert (unit.reviews.notes("R1"), unit.reviews.notes("R2")) == (notes, [])


def test_what_was_said_of_many_reviews_comes_back_at_once(store: Store) -> None:
    vote, note = (
        Vote("R1", "otto", "officer", "approve", "ok", "digest", NOW),
        Note("R1", "opinion", "otto", NOW, "d", "x"),
    )
    with store.write() as unit:
        unit.reviews.add(REVIEW)
        unit.reviews.add_vote(vote)
        unit.reviews.add_note(note)
    with store.read() as unit:
        assert unit.reviews.votes_on(["R1", "R2"]) == {"R1": [vote]}
        assert unit.reviews.notes_on(["R2", "R1"]) == {"R1": [note]}


def test_arrangements_stand_until_they_are_ended(store: Store) -> None:
    with store.write() as unit:
        for each in (LENT, KEPT):
            unit.arrangements.add(each)
        unit.arrangements.save(replace(LENT, version=2, ended_at=NOW))
    with store.read() as unit:
        assert unit.arrangements.standing() == [KEPT]
        assert unit.arrangements.get("A1") == replace(LENT, version=2, ended_at=NOW)


def test_of_two_moves_of_an_arrangement_one_wins(store: Store) -> None:
    with store.write() as unit:
        unit.arrangements.add(LENT)
        unit.arrangements.save(replace(LENT, version=2, ended_at=NOW))
    with pytest.raises(Conflict), store.write() as unit:
        unit.arrangements.save(replace(LENT, version=2))


def test_one_person_has_one_word_on_a_review(store: Store) -> None:
    with store.write() as unit:
        unit.reviews.add(REVIEW)
        unit.reviews.add_vote(VOTE)
        unit.reviews.add_vote(replace(VOTE, reviewer="olga", choice="reject"))
    with pytest.raises(Conflict), store.write() as unit:
        unit.reviews.add_vote(replace(VOTE, choice="reject"))
    with store.read() as unit:
        assert unit.reviews.votes("R1") == [VOTE, replace(VOTE, reviewer="olga", choice="reject")]


@pytest.mark.parametrize(
    "run",
    [
        replace(RUN, decision_id="D2", request_key="k\ud800"),
        replace(RUN, decision_id="D2", request_key="k", actor=Actor("a\ud800")),
        replace(RUN, decision_id="D2", request_key="k", case={"name": "\ud800"}),
    ],
    ids=["key", "actor", "case"],
)
def test_text_that_is_no_text_is_refused_in_plain_words(store: Store, run: Run) -> None:
    with pytest.raises(InputError, match="cannot be stored"), store.write() as unit:
        unit.decisions.receive(run, VERSIONS)


def test_usage_is_counted_by_key_and_window(store: Store) -> None:
    with store.write() as unit:
        for key, window, amount in (("a", DAY, 3), ("a", DAY, 4), ("a", NEXT_DAY, 5), ("b", DAY, 0)):
            unit.usage.add(key, window, amount)
    with store.read() as unit:
        assert unit.usage.read([("a", DAY), ("a", NEXT_DAY), ("b", DAY), ("c", DAY)]) == [7, 5, 0, 0]


def test_usage_stays_at_the_largest_int64(store: Store) -> None:
    with store.write() as unit:
        for amount in (2**63 - 3, 2, 1, 2**63 - 1):
            unit.usage.add("a", DAY, amount)
        assert unit.usage.read([("a", DAY)]) == [2**63 - 1]


def test_usage_that_was_rolled_back_was_never_counted(store: Store) -> None:
    with contextlib.suppress(Conflict), store.write() as unit:
        unit.usage.add("a", DAY, 3)
        raise Conflict("somebody was first")
    with store.read() as unit:
        assert unit.usage.read([("a", DAY)]) == [0]
