"""Arguments as people type them, and what an edit does to a review."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from remit.approvals.arrangement import Reviewer
from remit.approvals.edit import Judged, difference, edit, rises, typed
from remit.approvals.review import Review, Vote
from remit.approvals.voting import tally
from remit.core.errors import Conflict, InputError, Refused
from remit.core.schema import Field, Record
from remit.core.words import Actor, ApprovalTerms, Finding, PolicyRef, Verdict

Make = Callable[..., Review]
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
OTTO = Reviewer(Actor("otto", roles=("officer",)))
ARGS = Record(
    "Args",
    (
        Field("cents", "integer"),
        Field("share", "number"),
        Field("name", "string"),
        Field("urgent", "boolean"),
        Field("codes", "strings"),
    ),
)


@pytest.mark.parametrize(
    ("name", "word", "value"),
    [
        ("cents", "12", 12),
        ("share", "0.5", 0.5),
        ("share", "2", 2.0),
        ("name", "12", "12"),
        ("urgent", "true", True),
        ("codes", "A, B", ["A", "B"]),
        ("codes", '["A, B"]', ["A, B"]),
    ],
)
def test_words_take_the_type_of_their_argument(name: str, word: str, value: Any) -> None:
    found = typed(ARGS, {name: word})[name]
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(("name", "word"), [("cents", "twelve"), ("urgent", "yes"), ("codes", "[A"), ("cent", "12")])
def test_a_word_of_another_type_is_refused(name: str, word: str) -> None:
    with pytest.raises(InputError):
        typed(ARGS, {name: word})


def test_a_difference_names_what_changed_only() -> None:
    changes = difference({"a": 1, "b": 2}, {"a": 1, "b": 3, "c": 4})
    assert changes == [{"name": "b", "was": 2, "is": 3}, {"name": "c", "was": None, "is": 4}]


@pytest.mark.parametrize(
    ("before", "after", "rising"), [(1, 2, True), (2, 2, False), (2, 1, False), (None, 1, True), (1, None, True)]
)
def test_money_that_cannot_be_compared_rises(before: Any, after: Any, rising: bool) -> None:
    assert rises(before, after) is rising


def judged(effect: Any, *, money: int | None = None, terms: tuple[ApprovalTerms, ...] = ()) -> Judged:
    verdict = Verdict(effect, (Finding("rule", effect, "", "so"),), PolicyRef("p", 1, "new policy"), approvals=terms)
    return Judged("new digest", "new policy", "new root", verdict, money)


def test_an_edit_binds_the_review_to_what_was_judged_anew(make: Make) -> None:
    edited = edit(make(), OTTO, judged("escalate"), NOW)
    bound = (edited.action_digest, edited.policy_sha256, edited.evidence_root)
    assert (edited.state, bound) == ("open", ("new digest", "new policy", "new root"))


def test_an_earlier_word_neither_approves_nor_vetoes_what_was_edited(make: Make) -> None:
    edited = edit(make(terms=(ApprovalTerms("officer"),)), OTTO, judged("escalate"), NOW)
    for choice in ("approve", "reject"):
        assert tally(edited, [Vote("R", "olga", "officer", choice, "seen", "digest", NOW)]) == "open"


@pytest.mark.parametrize(
    ("effect", "money", "barred"),
    [("escalate", 5, True), ("allow", 5, False), ("allow", 4, False), ("allow", 6, True), ("allow", None, True)],
)
def test_the_editor_is_out_where_the_policy_wants_a_person_or_more_is_at_stake(
    make: Make, effect: Any, money: Any, barred: bool
) -> None:
    assert ("otto" in edit(make(money=5), OTTO, judged(effect, money=money), NOW).editors) is barred


def test_terms_are_added_to_and_never_taken_away(make: Make) -> None:
    more = (ApprovalTerms("officer", 3, within_minutes=60), ApprovalTerms("chief"))
    edited = edit(make(), OTTO, judged("escalate", terms=more), NOW)
    assert [(terms.role, terms.quorum) for terms in edited.terms] == [("auditor", 1), ("chief", 1), ("officer", 3)]
    assert [timer.seat for timer in edited.timers] == ["1/officer"]


@pytest.mark.parametrize(
    ("review", "effect", "error"),
    [
        ({"action_digest": "new digest"}, "escalate", Conflict),
        ({"state": "approved"}, "escalate", Conflict),
        ({"assigned_to": "olga"}, "escalate", Conflict),
        ({"requested_by": "otto"}, "escalate", Refused),
        ({}, "deny", Refused),
    ],
    ids=["nothing changes", "settled", "assigned to another", "the requester", "denied"],
)
def test_what_may_not_be_edited(make: Make, review: Any, effect: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        edit(make(**review), OTTO, judged(effect), NOW)
