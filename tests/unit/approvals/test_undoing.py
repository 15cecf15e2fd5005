"""Who may have something undone: whoever could have reviewed it and has no part in it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from remit.approvals.arrangement import Reviewer
from remit.approvals.review import Review
from remit.approvals.undoing import partial_in, role_to_undo
from remit.core.errors import Refused
from remit.core.words import Actor, ApprovalTerms

TERMS = (ApprovalTerms("officer", 2, group="north"), ApprovalTerms("auditor", stage=2))
OUT = {"ana": "requested this decision"}


def person(name: str, *roles: str, lent: tuple[tuple[str, str], ...] = ()) -> Reviewer:
    return Reviewer(Actor(name, roles=roles), lent)


@pytest.mark.parametrize(
    ("reviewer", "role"),
    [
        (person("otto", "officer", "north"), "officer"),
        (person("rita", "auditor"), "auditor"),
        (person("jim", lent=(("rita", "auditor"),)), "auditor"),
    ],
)
def test_one_of_the_roles_is_enough_whatever_the_stage_or_the_quorum(reviewer: Reviewer, role: str) -> None:
    assert role_to_undo("D", reviewer, TERMS, OUT) == role


@pytest.mark.parametrize(
    ("reviewer", "why"),
    [
        (person("ana", "auditor"), "ana requested this decision and may not have it undone"),
        (person("jim", lent=(("ana", "auditor"),)), "none of the roles"),
        (person("otto", "officer"), "none of the roles that review decision D: officer, auditor"),
        (Reviewer(Actor("bot", "app", ("auditor",))), "is no person"),
    ],
)
def test_the_partial_apps_and_strangers_to_the_roles_may_not(reviewer: Reviewer, why: str) -> None:
    with pytest.raises(Refused, match=why):
        role_to_undo("D", reviewer, TERMS, OUT)


def test_where_the_policy_asks_nobody_nobody_may() -> None:
    with pytest.raises(Refused, match="there are none"):
        role_to_undo("D", person("otto", "officer"), (), OUT)


def test_requester_editors_and_authors_of_the_policy_are_partial(make: Callable[..., Review]) -> None:
    assert set(partial_in(make(editors=("olga",), authors=("petra",)), "ana")) == {"ana", "olga", "petra"}
    assert set(partial_in(None, "ana")) == {"ana"}
