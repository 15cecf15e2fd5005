"""What a crash cuts off is finished later, once; what a failed unit of work touched is as if it never was."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from remit.core.errors import Conflict, InputError

SMALL, LARGE = 5_000, 200_000
PAID = [("pay", SMALL)]

CRASHES = ["decision.received", "effect.planned", "effect.attempted", "die_before", "die_after", "effect.confirmed"]


@pytest.mark.parametrize("crash", CRASHES)
def test_a_decision_that_was_cut_off_anywhere_is_finished_with_one_effect(
    desk: Any, processes: Any, crash: str
) -> None:
    _crash(desk, processes, crash)
    again = desk.decide(key="k")
    assert (again["status"], desk.booked()) == ("executed", PAID)
    assert (desk.sql("SELECT count(*) FROM decision"), desk.checkpoints()) == ([(1,)], [])
    assert desk.is_sound()


@pytest.mark.parametrize("crash", CRASHES[:-1])
def test_carrying_on_finishes_what_was_cut_off(desk: Any, processes: Any, crash: str) -> None:
    _crash(desk, processes, crash)
    [decision_id] = desk.engine.unfinished()
    assert desk.engine.carry_on(decision_id)["status"] == "executed"
    assert (desk.booked(), desk.engine.unfinished()) == (PAID, [])


def _crash(desk: Any, processes: Any, crash: str) -> None:
    """Kill the process that decides: right after an event, or within the connector."""
    inside = crash.startswith("die_")
    desk.mode(crash if inside else "ok")
    assert processes.decide(desk, key="k", die_after="" if inside else crash).wait() == -9
    desk.mode("ok")


def test_a_connector_that_cannot_be_asked_is_not_called_again_after_a_crash(desk: Any, processes: Any) -> None:
    desk.mode("die_after")
    assert processes.decide(desk, key="k", kind="wire").wait() == -9
    desk.mode("ok")
    again = desk.decide(key="k", kind="wire")
    assert (again["status"], desk.booked()) == ("failed", [("wire", SMALL)])
    assert desk.effect(again["decision_id"])["state"] == "in_doubt"


@pytest.mark.parametrize("crash", ["review.approved", "review.stale", "decision.judged", "effect.planned", "die_after"])
def test_an_approval_that_was_cut_off_is_carried_on(desk: Any, processes: Any, crash: str) -> None:
    waiting = desk.decide(amount_cents=LARGE)
    stale = crash in ("review.stale", "decision.judged")
    if stale:
        desk.edit("policy.yaml", "case.amount_cents > 100000\n", "case.amount_cents > 300000\n")
    desk.close()
    inside = crash == "die_after"
    desk.mode(crash if inside else "ok")
    job = processes.start(
        "review",
        desk,
        die_after="" if inside else crash,
        review_id=waiting["review_id"],
        who="otto",
        role="officer",
        choice="approve",
    )
    assert job.wait() == -9
    desk.mode("ok")
    assert desk.engine.unfinished() == [waiting["decision_id"]]
    assert desk.engine.carry_on(waiting["decision_id"])["status"] == "executed"
    assert (desk.booked(), desk.checkpoints()) == ([("pay", LARGE)], [])


def test_a_review_that_was_opened_right_before_a_crash_can_be_decided(desk: Any, processes: Any) -> None:
    assert processes.decide(desk, die_after="review.opened", amount_cents=LARGE).wait() == -9
    [review] = desk.engine.reviews()
    assert desk.vote(review["review_id"])["decision"]["status"] == "executed"
    assert desk.booked() == [("pay", LARGE)]


def test_what_was_cut_off_before_it_was_judged_is_judged_as_of_now(desk: Any, processes: Any) -> None:
    assert processes.decide(desk, die_after="decision.received").wait() == -9
    desk.clock.advance(timedelta(days=70))  # By now the page is too old for its need.
    [decision_id] = desk.engine.unfinished()
    assert desk.engine.carry_on(decision_id)["status"] == "awaiting_review"
    assert desk.engine.replay(decision_id).same


def test_a_decision_that_somebody_is_at_work_on_is_left_to_them(desk: Any) -> None:
    waiting = desk.decide(amount_cents=LARGE)
    with (
        desk.engine.services.fences.around(waiting["decision_id"]),
        pytest.raises(Conflict, match="being worked on"),
    ):
        desk.engine.carry_on(waiting["decision_id"])


@pytest.mark.parametrize("case", [{}, {"amount_cents": LARGE}, {"amount_cents": 2_000_000}, {"topic": "gossip"}])
def test_the_same_request_gets_the_same_decision(desk: Any, case: dict[str, Any]) -> None:
    first = desk.decide(key="k", **case)
    before = desk.everything()
    second = desk.decide(key="k", **case)
    assert {**first, "timings_ms": None} == {**second, "timings_ms": None}
    assert desk.everything() == before


def test_a_request_key_is_not_taken_for_another_case(desk: Any) -> None:
    desk.decide(key="k")
    with pytest.raises(InputError, match="was used for another case"):
        desk.decide(key="k", amount_cents=SMALL + 1)
    assert desk.booked() == PAID


def test_a_request_key_is_not_taken_for_another_pack(desk: Any) -> None:
    desk.decide(key="k")
    desk.edit("pack.yaml", "metadata:\n  name: desk", "metadata:\n  name: other")
    with pytest.raises(InputError, match="was used for another case"):
        desk.decide(key="k")


def test_processes_that_ask_at_once_with_one_key_get_one_decision(desk: Any, processes: Any) -> None:
    jobs = [processes.decide(desk, key="k") for _ in range(4)]
    assert [job.wait() for job in jobs] == [0, 0, 0, 0]
    assert {(job.answer["decision_id"], job.answer["status"]) for job in jobs} == {
        (jobs[0].answer["decision_id"], "executed")
    }
    assert (desk.booked(), desk.is_sound()) == (PAID, True)


def test_who_comes_second_with_a_key_is_given_the_decision_of_the_first(desk: Any, monkeypatch: Any) -> None:
    first = desk.decide(key="k")
    looks = iter([None])
    real = desk.engine.services.store.read
    monkeypatch.setattr("remit.service.decide.made_for", _blind_once(looks))
    assert desk.decide(key="k")["decision_id"] == first["decision_id"]
    assert (desk.booked(), desk.engine.services.store.read) == (PAID, real)


def _blind_once(looks: Iterator[None]) -> Any:
    from remit.service import decide

    real = decide.made_for
    return lambda services, key: next(looks, real(services, key))


# Units of work


class Injected(Exception):
    """What the tests raise at the end of a unit of work."""


class Failing:
    """A store whose n-th unit of work fails when everything has been written in it."""

    def __init__(self, desk: Any, fails: int) -> None:
        self._desk, self._store, self._left = desk, desk.engine.services.store, fails
        self.read = self._store.read
        self.before: Any = None

    @contextlib.contextmanager
    def write(self) -> Iterator[Any]:
        self._left -= 1
        if self._left == 0:
            self.before = self._desk.everything()
        with self._store.write() as unit:
            yield unit
            if self._left == 0:
                raise Injected


STEPS: dict[str, tuple[dict[str, Any], int]] = {
    "executed": ({}, 3),
    "denied": ({"amount_cents": 2_000_000}, 2),
    "advised": ({"kind": "advice"}, 2),
    "quarantined": ({"topic": "gossip"}, 1),
    "awaiting_review": ({"amount_cents": LARGE}, 2),
    "failed": ({"kind": "order", "parts": 0}, 2),
}


@pytest.mark.parametrize(
    ("status", "step"), [(status, step) for status, (_, steps) in STEPS.items() for step in range(1, steps + 1)]
)
def test_a_unit_of_work_that_fails_leaves_neither_row_nor_event(desk: Any, status: str, step: int) -> None:
    case = STEPS[status][0]
    services, store = desk.engine.services, desk.engine.services.store
    desk.engine.services.store = failing = Failing(desk, step)
    with pytest.raises(Injected):
        desk.decide(key="k", **case)
    assert desk.everything() == failing.before
    services.store = store
    assert desk.decide(key="k", **case)["status"] == status
    assert desk.booked() == (PAID if status == "executed" else [])


@pytest.mark.parametrize("status", STEPS)
def test_no_more_units_of_work_are_needed_than_were_tried(desk: Any, status: str) -> None:
    case, steps = STEPS[status]
    desk.engine.services.store = failing = Failing(desk, steps + 1)
    assert desk.decide(**case)["status"] == status
    assert failing.before is None


@pytest.mark.parametrize(("choice", "steps"), [("approve", 3), ("reject", 2)], ids=["approved", "rejected"])
def test_a_review_whose_unit_of_work_fails_is_as_it_was(desk: Any, choice: str, steps: int) -> None:
    for step in range(1, steps + 1):
        waiting = desk.decide(amount_cents=LARGE)
        _fails_at(desk, step, lambda review=waiting["review_id"]: desk.vote(review, choice=choice))
        if step == 1:
            desk.vote(waiting["review_id"], choice=choice)
        assert desk.go_on(waiting)["status"] == ("rejected" if choice == "reject" else "executed")
    assert desk.booked() == ([] if choice == "reject" else [("pay", LARGE)] * steps)


@pytest.mark.parametrize("seen_by", ["whoever decides", "the recheck"])
def test_a_stale_review_whose_unit_of_work_fails_is_as_it_was(desk: Any, seen_by: str) -> None:
    for step in range(1, 4):
        waiting = desk.decide(amount_cents=LARGE)
        if seen_by == "the recheck":
            desk.word_alone(waiting)
        desk.edit("policy.yaml", "case.amount_cents > 100000\n", "case.amount_cents > 300000\n")
        vote, go_on = (lambda one=waiting: desk.vote(one["review_id"])), (lambda one=waiting: desk.go_on(one))
        _fails_at(desk, step, go_on if seen_by == "the recheck" else vote)
        if step == 1 and seen_by == "whoever decides":
            with pytest.raises(Conflict, match="is stale"):
                vote()
        assert go_on()["status"] == "executed"
        desk.edit("policy.yaml", "case.amount_cents > 300000\n", "case.amount_cents > 100000\n")
    assert desk.booked() == [("pay", LARGE)] * 3


def _fails_at(desk: Any, step: int, act: Callable[[], Any]) -> None:
    """The store fails in the middle of the unit of work of that number; everything is as it was before that unit."""
    services, store = desk.engine.services, desk.engine.services.store
    services.store = failing = Failing(desk, step)
    with pytest.raises(Injected):
        act()
    assert desk.everything() == failing.before, f"step {step}"
    services.store = store


def test_a_claim_whose_unit_of_work_fails_was_never_made(desk: Any) -> None:
    from remit.core.words import Actor

    waiting = desk.decide(amount_cents=LARGE)
    desk.engine.services.store = failing = Failing(desk, 1)
    with pytest.raises(Injected):
        desk.engine.claim(waiting["review_id"], Actor("otto", roles=("officer",)))
    assert desk.everything() == failing.before


def test_a_refused_case_whose_record_cannot_be_written_leaves_nothing(desk: Any) -> None:
    desk.engine.services.store = failing = Failing(desk, 1)
    with pytest.raises(Injected):
        desk.decide(kind="nonsense")
    assert desk.everything() == failing.before
