"""Fifty people on one review at once, in threads and processes: one is first, and everybody else is told who."""

from __future__ import annotations

import itertools
from typing import Any

LARGE = 200_000
PROCESSES, THREADS = 5, 10
KINDS = ("approve", "reject", "edit")


def test_of_fifty_who_approve_reject_and_edit_at_once_one_wins(desk: Any, processes: Any) -> None:
    desk.rewrite("policy.yaml", "case.amount_cents", "action.args.amount_cents")
    waiting = desk.decide(amount_cents=LARGE)
    desk.close()
    kinds = itertools.cycle(KINDS)
    jobs = [
        processes.start(
            "race",
            desk,
            review_id=waiting["review_id"],
            racers=[(f"p{process}-{thread}", next(kinds)) for thread in range(THREADS)],
        )
        for process in range(PROCESSES)
    ]
    assert [job.wait() for job in jobs] == [0] * PROCESSES
    ends = [end for job in jobs for end in job.answer]
    winners = [(who, kind) for who, kind, error, _ in ends if error is None]
    assert (len(ends), len(winners)) == (PROCESSES * THREADS, 1)
    assert {error for _, _, error, _ in ends} == {None, "Conflict"}
    who, kind = winners[0]
    assert all(f"{who} {PAST[kind]} it first" in message for _, _, error, message in ends if error)
    _check_what_followed(desk, waiting, who, kind)


PAST = {"approve": "approved", "reject": "rejected", "edit": "edited"}


def _check_what_followed(desk: Any, waiting: dict[str, Any], who: str, kind: str) -> None:
    """One effect at most, and the audit says who."""
    assert desk.booked() == ([("pay", LARGE)] if kind == "approve" else [])
    moves = [
        (event.draft.type, event.draft.actor.id)
        for event in desk.engine.events_of(waiting["decision_id"])
        if event.draft.type.startswith("review.") and event.draft.type != "review.opened"
    ]
    assert moves == [(f"review.{PAST[kind]}", who)]
    assert desk.is_sound()


def test_fifty_who_approve_without_saying_what_they_saw_act_once(desk: Any, processes: Any) -> None:
    waiting = desk.decide(amount_cents=LARGE)
    desk.close()
    jobs = [
        processes.start(
            "race",
            desk,
            review_id=waiting["review_id"],
            racers=[(f"p{process}-{thread}", "approve blindly") for thread in range(THREADS)],
        )
        for process in range(PROCESSES)
    ]
    assert [job.wait() for job in jobs] == [0] * PROCESSES
    assert sum(error is None for job in jobs for _, _, error, _ in job.answer) == 1
    assert desk.booked() == [("pay", LARGE)]
