"""The approval queue at the terminal: four eyes, one winner, and the action follows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

from remit.packs.local_record import LocalRecord

if TYPE_CHECKING:
    from conftest import Done, Remit


Decided = Callable[..., dict[str, Any]]

OFFICER = ("--role", "credit_officer")
SENIOR = ("--role", "senior_credit_officer")
REASON = ("--reason", "checked against the file")
CODE = ("--code", "papers_missing")


@pytest.fixture(scope="module")
def waiting(ours: Remit) -> Iterator[dict[str, Any]]:
    """Reviews that need one credit officer; each test takes the next one."""
    reviews = ours("reviews", "list", "--json").json
    return (review for review in reviews if _terms(review) == [("credit_officer", 1)])


def _terms(review: dict[str, Any]) -> list[tuple[str, int]]:
    return [(terms["role"], terms["quorum"]) for terms in review["terms"]]


def test_the_queue_tells_what_waits_and_why(remit: Remit) -> None:
    done = remit("reviews", "list", "--json")
    assert (done.code, done.err) == (0, "")
    assert done.json[0].keys() >= {"review_id", "decision_id", "subject", "state", "version", "action", "terms"}
    assert all(review["because"] and review["state"] == "open" for review in done.json)


def test_a_review_shows_its_action_clauses_evidence_and_what_it_is_bound_to(remit: Remit, decided: Decided) -> None:
    shown = remit("reviews", "show", decided(status="awaiting_review")["review_id"], "--json").json
    assert shown["judgement"]["verdict"]["effect"] == "escalate"
    assert shown["bound_to"].keys() == {"action_digest", "policy_sha256", "evidence_root"}


def test_approving_carries_out_what_was_shown(ours: Remit, waiting: Iterator[dict[str, Any]]) -> None:
    review = next(waiting)
    done = ours("reviews", "approve", review["review_id"], "--as", "bo", *OFFICER, *REASON, "--json")
    assert (done.code, done.json["state"]) == (0, "approved")
    assert done.json["decision"]["status"] == "executed"
    assert done.json["decision"]["action"] == review["action"]


def test_an_account_that_was_opened_is_closed_again_once(ours: Remit, waiting: Iterator[dict[str, Any]]) -> None:
    review = next(each for each in waiting if each["action"]["name"].startswith("approve"))["review_id"]
    ours("reviews", "approve", review, "--as", "bo", *OFFICER, *REASON)
    undone, again = (ours("reviews", "compensate", review, "--as", "bo", *OFFICER, *REASON) for _ in range(2))
    assert (undone.code, again.code) == (0, 1)
    assert "close_account confirmed" in undone.out
    book = LocalRecord(ours.home / "systems" / "credit_book.db").entries()
    closed = [entry for entry in book if entry["kind"] == "closure"]
    assert [book[entry["account"] - 1]["kind"] for entry in closed] == ["account"]


def test_rejecting_ends_the_case(ours: Remit, waiting: Iterator[dict[str, Any]]) -> None:
    review = next(waiting)
    done = ours("reviews", "reject", review["review_id"], "--as", "bo", *OFFICER, *REASON, *CODE)
    assert done.code == 0
    assert ": rejected" in done.out
    events = ours("explain", review["decision_id"], "--json").json["ledger"]
    assert "review.rejected" in [event["type"] for event in events]


def test_a_claimed_review_is_kept_from_others(ours: Remit, waiting: Iterator[dict[str, Any]]) -> None:
    review = next(waiting)["review_id"]
    claimed = ours("reviews", "claim", review, "--as", "bo", *OFFICER, "--json")
    assert (claimed.code, claimed.json["claimed_by"]) == (0, "bo")
    other = ours("reviews", "claim", review, "--as", "cy", *OFFICER)
    assert (other.code, other.out) == (1, "")
    assert "bo" in other.err


@pytest.mark.parametrize(
    ("who", "because"),
    [
        pytest.param(("--as", "ana", *OFFICER), "ana", id="the requester does not approve their own case"),
        pytest.param(("--as", "bo", "--role", "analyst"), "credit_officer", id="a stranger to the role does not"),
    ],
)
def test_four_eyes(remit: Remit, decided: Decided, who: tuple[str, ...], because: str) -> None:
    review = decided(status="awaiting_review")["review_id"]
    done = remit("reviews", "approve", review, *who, *REASON)
    assert (done.code, done.out) == (1, "")
    assert because in done.err


def test_a_review_that_has_moved_since_it_was_seen_is_not_decided(remit: Remit, decided: Decided) -> None:
    review = decided(status="awaiting_review")["review_id"]
    done = remit("reviews", "approve", review, "--as", "bo", *OFFICER, *REASON, "--version", "99")
    assert (done.code, done.out) == (1, "")
    assert "look at it again" in done.err


def test_every_term_needs_its_quorum_of_different_people(ours: Remit, case: Callable[..., dict[str, Any]]) -> None:
    unsecured = case(
        amount_cents=600_000, property="unknown_or_none", checking_account="no_account", savings="1000_or_more"
    )
    waiting = ours("decide", "credit", "--case", ours.write("case.json", unsecured), "--json").json

    def approve(name: str, role: tuple[str, str]) -> Done:
        return ours("reviews", "approve", waiting["review_id"], "--as", name, *role, *REASON, "--json")

    first, again, second, last = (
        approve(name, role) for name, role in (("di", SENIOR), ("di", SENIOR), ("ed", SENIOR), ("bo", OFFICER))
    )
    assert [end.code for end in (first, again, second, last)] == [0, 1, 0, 0]
    assert (first.json["decision"], second.json["decision"]) == (None, None)
    assert "different people" in again.err
    assert last.json["decision"]["status"] == "executed"


def test_of_two_who_decide_at_once_one_wins(ours: Remit, waiting: Iterator[dict[str, Any]]) -> None:
    review = next(waiting)
    racing = [
        ours.start("reviews", choice, review["review_id"], "--as", name, *OFFICER, *REASON, *CODE)
        for choice, name in (("approve", "bo"), ("reject", "cy"))
    ]
    ends = [ours.end_of(process) for process in racing]
    assert sorted(end.code for end in ends) == [0, 1]
    assert next(end for end in ends if end.code == 1).out == ""
    events = [event["type"] for event in ours("explain", review["decision_id"], "--json").json["ledger"]]
    assert len({"review.approved", "review.rejected"} & set(events)) == 1


def test_after_all_that_the_ledger_is_sound(ours: Remit) -> None:
    assert ours.ledger_is_sound()
