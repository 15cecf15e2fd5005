"""Erasing somebody whose case waits for a person: the review is cancelled with it, and nothing is ever carried out."""

from __future__ import annotations

import json
import signal
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from remit.core.errors import Conflict, Refused, RemitError
from remit.core.words import Actor
from remit.service.reviews.seed import seed_review

SMALL, LARGE, VERY_LARGE = 5_000, 200_123, 600_123
OLGA = Actor("olga", roles=("privacy",))
WHY = "Asked for it, ticket 4711."


def erase(desk: Any, subject: str = "R-1") -> dict[str, Any]:
    done: dict[str, Any] = desk.engine.safekeeping.erase(subject, WHY, OLGA, cancel_reviews=True)
    return done


def bodies(desk: Any, kind: str) -> list[dict[str, Any]]:
    return [json.loads(body) for (body,) in desk.sql("SELECT body FROM event WHERE type = ? ORDER BY seq", kind)]


def bytes_at_home(home: Path) -> Iterator[bytes]:
    return (file.read_bytes() for file in home.rglob("*") if file.is_file() and "systems" not in file.parts)


@pytest.fixture
def waiting(desk: Any) -> dict[str, Any]:
    """A case of R-1 that waits for an officer."""
    answer: dict[str, Any] = desk.decide(request_id="R-1", amount_cents=LARGE)
    return answer


def test_the_review_is_cancelled_the_decision_ends_and_everything_goes(desk: Any, waiting: dict[str, Any]) -> None:
    assert erase(desk)["cancelled"] == [waiting["review_id"]]
    assert desk.history(waiting["decision_id"])[-3:] == ["review.cancelled", "decision.rejected", "decision.erased"]
    [cancelled] = bodies(desk, "review.cancelled")
    assert (cancelled["actor"]["id"], cancelled["body"]["reason"], cancelled["body"]["why"]) == ("olga", WHY, "erasure")
    assert (desk.stages(), desk.checkpoints(), desk.booked()) == ({"rejected": 1}, [], [])
    assert (desk.engine.reviews(), desk.engine.unfinished(), desk.engine.verify_records()) == ([], [], (1, []))
    assert desk.is_sound()
    assert not any(b"200123" in content for content in bytes_at_home(desk.home))
    [erased] = bodies(desk, "subject.erased")
    assert erased["body"]["cancelled"] == [waiting["review_id"]]


def test_a_review_that_is_claimed_or_half_approved_goes_too(desk: Any) -> None:
    claimed, half = desk.decide(request_id="R-1", amount_cents=LARGE), desk.decide(amount_cents=VERY_LARGE)
    desk.engine.claim(claimed["review_id"], Actor("otto", roles=("officer",)))
    desk.vote(half["review_id"])
    assert sorted(erase(desk)["cancelled"]) == sorted([claimed["review_id"], half["review_id"]])
    assert (desk.stages(), desk.booked()) == ({"rejected": 2}, [])


def test_an_approval_that_nobody_has_acted_on_is_never_acted_on(desk: Any, waiting: dict[str, Any]) -> None:
    assert desk.word_alone(waiting)["state"] == "approved"
    erase(desk)
    assert desk.go_on(waiting)["status"] == "rejected"
    assert (desk.booked(), desk.engine.verify_records()) == ([], (1, []))


def test_nobody_decides_what_was_cancelled(desk: Any, waiting: dict[str, Any]) -> None:
    erase(desk)
    with pytest.raises(Conflict, match="already cancelled"):
        desk.vote(waiting["review_id"])
    assert desk.booked() == []


def test_what_others_wait_for_stays(desk: Any, waiting: dict[str, Any]) -> None:
    other = desk.decide(request_id="R-2", amount_cents=LARGE)
    erase(desk)
    desk.vote(other["review_id"])
    assert (desk.stages(), desk.booked()) == ({"rejected": 1, "executed": 1}, [("pay", LARGE)])


def test_what_was_executed_of_them_is_erased_and_stays_executed(desk: Any, waiting: dict[str, Any]) -> None:
    desk.decide(request_id="R-1", amount_cents=SMALL)
    erase(desk)
    assert (desk.stages(), desk.booked()) == ({"rejected": 1, "executed": 1}, [("pay", SMALL)])


def test_a_word_that_ended_the_review_comes_first(desk: Any, waiting: dict[str, Any]) -> None:
    with pytest.MonkeyPatch.context() as patch, desk.engine.services.fences.around(waiting["decision_id"]):
        patch.setattr("remit.service.reviews.moves.PATIENCE_SECONDS", 0.0)
        desk.vote(waiting["review_id"], choice="reject")
    with pytest.raises(Refused, match="already rejected") as refused:
        erase(desk)
    assert "doctor --recover" in (refused.value.mend or "")
    desk.go_on(waiting)
    assert erase(desk)["cancelled"] == []


def test_a_hold_keeps_the_review_open(desk: Any, waiting: dict[str, Any]) -> None:
    desk.engine.safekeeping.hold("R-1", "Case 12 of the court.", OLGA)
    with pytest.raises(Refused, match="held by olga"):
        erase(desk)
    desk.vote(waiting["review_id"])
    assert desk.stages() == {"executed": 1}


def test_it_is_all_or_nothing(desk: Any, waiting: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    before = desk.everything()
    with monkeypatch.context() as failing:
        failing.setattr("remit.adapters.sql.subjects.SqlSubjects.forget", lambda *given: 1 // 0)
        with pytest.raises(ZeroDivisionError):
            erase(desk)
    assert desk.everything() == before
    desk.vote(waiting["review_id"])
    assert desk.booked() == [("pay", LARGE)]


def test_somebody_who_is_at_work_on_it_is_not_run_over(
    desk: Any, waiting: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("remit.service.taken_back.PATIENCE_SECONDS", 0.0)
    other = desk.another()
    with other.engine.services.fences.around(waiting["decision_id"]), pytest.raises(Conflict, match="worked on"):
        erase(desk)
    other.close()
    assert erase(desk)["cancelled"] == [waiting["review_id"]]


def test_a_crash_right_after_it_is_finished_by_doing_it_again(
    desk: Any, waiting: dict[str, Any], processes: Any
) -> None:
    given = {"subject": "R-1", "reason": WHY}
    assert processes.start("erase", desk, die_after="subject.erased", **given).wait() == -signal.SIGKILL
    assert (desk.stages(), desk.engine.unfinished(), desk.booked()) == ({"rejected": 1}, [], [])
    assert erase(desk) == {"subject": None, "decisions": [], "documents": [], "files": [], "cancelled": []}
    assert len(bodies(desk, "subject.erased")) == 1
    assert desk.is_sound()


def erase_once_it_may(desk: Any, subject: str, patience_seconds: float = 30.0) -> None:
    """Between an approval and its effect an erasure is refused: the decision is under way, and nothing is touched."""
    deadline = time.monotonic() + patience_seconds
    while True:
        try:
            erase(desk, subject)
            return
        except Refused as refused:
            if refused.code != "under_way" or time.monotonic() > deadline:
                raise
            time.sleep(0.02)


def test_of_an_eraser_and_an_approver_one_wins(desk: Any) -> None:
    waiting = [desk.decide(request_id=f"R-{number}", amount_cents=LARGE) for number in range(6)]
    other = desk.another()
    errors: list[RemitError] = []

    def approve() -> None:
        for each in waiting:
            try:
                other.vote(each["review_id"])
            except RemitError as error:
                errors.append(error)

    approver = threading.Thread(target=approve)
    approver.start()
    for number in range(6):
        erase_once_it_may(desk, f"R-{number}")
    approver.join()
    other.close()
    stages = desk.stages()
    assert stages["executed"] + stages["rejected"] == 6
    assert len(desk.booked()) == stages["executed"]
    assert all(isinstance(error, Conflict) for error in errors), errors
    assert (desk.engine.verify_records(), desk.is_sound()) == ((6, []), True)


# Test items


@pytest.fixture
def test_item(desk: Any, waiting: dict[str, Any]) -> str:
    """A test item that borrows the looks of R-1's case."""
    desk.vote(waiting["review_id"])
    auditor = Actor("kim", roles=("auditor",))
    review_id: str = seed_review(
        desk.engine.services, waiting["decision_id"], auditor, {}, "reject", "nobody ordered it"
    )["review_id"]
    return review_id


def test_a_test_item_goes_with_the_case_that_it_looks_like(desk: Any, test_item: str) -> None:
    assert [row["review_id"] for row in desk.engine.reviews()] == [test_item]
    desk.engine.safekeeping.erase("R-1", WHY, OLGA)
    assert desk.engine.reviews() == []
    assert desk.engine.verify_records() == (1, [])


def test_a_test_item_goes_when_the_case_was_kept_for_long_enough(desk: Any) -> None:
    desk.edit("pack.yaml", "    autonomy: act\n", "    autonomy: act\n    retention: {class: desk, keep_days: 30}\n")
    waiting = desk.decide(request_id="R-1", amount_cents=LARGE)
    desk.vote(waiting["review_id"])
    seed_review(
        desk.engine.services,
        waiting["decision_id"],
        Actor("kim", roles=("auditor",)),
        {},
        "reject",
        "nobody ordered it",
    )
    desk.clock.advance(timedelta(days=31))
    desk.engine.safekeeping.apply_retention(OLGA)
    assert desk.engine.reviews() == []
