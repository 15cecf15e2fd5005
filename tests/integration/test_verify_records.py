"""The decisions' rows are held against what the ledger says of them."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest


@pytest.fixture
def decided(desk: Any) -> str:
    """A decision that was carried out, beside one that waits and one that was denied."""
    desk.decide(request_id="R-2", amount_cents=200_000)
    desk.decide(request_id="R-3", amount_cents=2_000_000)
    return str(desk.decide()["decision_id"])


def test_untouched_rows_are_as_recorded(desk: Any, decided: str) -> None:
    assert desk.engine.verify_records() == (3, [])


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (("payload.body", "5000", "4000"), "input"),
        (("payload.body", '"salt":"', '"salt":"ab'), "input"),
        (("decision.judgement", "allow", "deny"), "judgement"),
        ("UPDATE payload SET body = substr(body, 2) WHERE decision_id = ?", "row"),
        ("UPDATE payload SET body = (SELECT max(judgement) FROM decision) WHERE decision_id = ?", "row"),
        ("UPDATE decision SET erased_at = at WHERE id = ?", "input"),
        ("UPDATE decision SET stage = 'denied' WHERE id = ?", "stage"),
        ("UPDATE decision SET stage = 'received' WHERE id = ?", "stage"),
        ("UPDATE decision SET judgement = '{' WHERE id = ?", "row"),
        ("DELETE FROM payload WHERE decision_id = ?", "row"),
        ("UPDATE effect SET state = 'failed' WHERE decision_id = ?", "action"),
        ("UPDATE effect SET kind = 'compensation' WHERE decision_id = ?", "action"),
        ("DELETE FROM effect WHERE decision_id = ?", "action"),
    ],
)
def test_a_row_changed_behind_the_ledgers_back_is_named(
    desk: Any, decided: str, change: str | tuple[str, str, str], what: str
) -> None:
    desk.sql(change, decided) if isinstance(change, str) else desk.forge(*change, decided)
    _, differing = desk.engine.verify_records()
    assert (differing[0].decision_id, differing[0].what) == (decided, what)
    assert {each.decision_id for each in differing} == {decided}
    assert desk.is_sound(), "the log itself was not touched"


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE vote SET reviewer = 'eva' WHERE review_id = ?",
        "UPDATE vote SET choice = 'reject' WHERE review_id = ?",
        "UPDATE vote SET action_digest = 'of another action' WHERE review_id = ?",
        "DELETE FROM vote WHERE review_id = ?",
        "UPDATE vote SET review_id = 'another' WHERE review_id = ?",
    ],
)
def test_a_vote_that_is_not_the_one_that_was_given_is_named(desk: Any, change: str) -> None:
    first, second = desk.decide(amount_cents=200_000), desk.decide(request_id="R-2", amount_cents=200_000)
    for waiting in (first, second):
        desk.vote(waiting["review_id"])
    assert desk.engine.verify_records() == (2, [])
    desk.sql(change, first["review_id"])
    _, differing = desk.engine.verify_records()
    assert [(each.decision_id, each.what) for each in differing] == [(first["decision_id"], "votes")]


def test_a_decision_that_was_removed_is_missed(desk: Any, decided: str) -> None:
    for table in ("effect", "payload"):
        desk.sql(f"DELETE FROM {table} WHERE decision_id = ?", decided)
    desk.sql("DELETE FROM decision WHERE id = ?", decided)
    _, differing = desk.engine.verify_records()
    assert [(each.decision_id, each.what) for each in differing] == [(decided, "row")]


class Killed(BaseException):
    """What the test raises where a process is killed."""


def test_a_row_whose_events_a_crash_left_without_their_place_is_not_called_changed(
    desk: Any, decided: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die() -> None:
        raise Killed

    with monkeypatch.context() as patch:
        # Where several write at once, an event gets its place in the log right after its unit of work is committed.
        patch.setattr(desk.engine.ledger, "_sequence", die, raising=False)
        with contextlib.suppress(Killed):
            desk.decide(request_id="R-4")
    assert desk.engine.verify_records() == (4, [])
