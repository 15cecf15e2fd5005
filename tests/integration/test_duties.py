"""Separation of duties: what nobody may do, however they come in and whatever roles they were given."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from remit.core.errors import Refused
from remit.core.words import Actor
from remit.identity.principal import Principal
from remit.service.export_replay import record_export
from remit.service.identity.add_user import add_app, add_user
from remit.service.identity.create_key import create_key
from remit.service.reviews.compensate import compensate
from remit.service.reviews.decide import decide_review
from remit.service.reviews.edit import edit_review
from remit.service.reviews.people import delegate
from remit.service.reviews.show import show_review
from remit.service.reviews.work import claim_review

LARGE, WHY = 200_000, "as it should be"
ADA, OTTO = Actor("ada", roles=("admin",)), Actor("otto", roles=("reviewer", "officer"))


def by_key(desk: Any, name: str) -> Principal:
    """Whoever comes in by a key of this account."""
    key = create_key(desk.engine.services, ADA, name, ["decisions:write", "reviews:write"])["key"]
    found: Principal = desk.engine.authenticator.by_key(key)
    return found


@pytest.fixture
def shop(desk: Any) -> Actor:
    """An app for which Otto answers, known by its key."""
    add_app(desk.engine.services, ADA, "shop", ["clerk"], "otto")
    return by_key(desk, "shop").actor()


@pytest.fixture
def waiting(desk: Any, shop: Actor) -> dict[str, Any]:
    """A review of what the app asked for."""
    found: dict[str, Any] = desk.engine.decide(str(desk.pack), desk.case(amount_cents=LARGE), shop)
    return found


@pytest.mark.parametrize("choice", ["approve", "reject"])
def test_who_answers_for_an_app_does_not_decide_what_it_asked_for(
    desk: Any, waiting: dict[str, Any], choice: Any
) -> None:
    with pytest.raises(Refused, match="otto answers for shop"):
        decide_review(desk.engine.services, waiting["review_id"], OTTO, choice, WHY)
    assert desk.vote(waiting["review_id"], "olga")["state"] == "approved"


def test_nor_does_anybody_in_their_place(desk: Any, waiting: dict[str, Any]) -> None:
    until = desk.clock.now() + timedelta(days=1)
    delegate(desk.engine.services, OTTO, "pam", ["officer"], until)
    with pytest.raises(Refused, match="otto answers for shop"):
        desk.engine.decide_review(waiting["review_id"], Actor("pam", roles=("reviewer",)), "approve", WHY)


def test_nor_do_they_edit_it(desk: Any, waiting: dict[str, Any]) -> None:
    with pytest.raises(Refused, match="otto answers for shop"):
        edit_review(desk.engine.services, waiting["review_id"], OTTO, {"amount_cents": "1"}, WHY)


def test_nor_do_they_have_it_undone(desk: Any, waiting: dict[str, Any]) -> None:
    decision_id = desk.vote(waiting["review_id"], "olga")["decision"]["decision_id"]
    with pytest.raises(Refused, match="answers for the app"):
        compensate(desk.engine.services, decision_id, OTTO, WHY)


def test_nobody_approves_by_a_key_what_they_asked_for_by_another_way(desk: Any) -> None:
    services = desk.engine.services
    add_user(services, desk.engine.passwords, ADA, "olga", ["reviewer", "officer", "clerk", "analyst"], None)
    olga = by_key(desk, "olga").actor()
    asked = desk.engine.decide(str(desk.pack), desk.case(amount_cents=LARGE), olga)
    with pytest.raises(Refused, match="requested this decision"):
        decide_review(services, asked["review_id"], by_key(desk, "olga").actor(), "approve", WHY)


def test_an_app_decides_no_review_whatever_roles_it_has(desk: Any, waiting: dict[str, Any]) -> None:
    till = Actor("till", "app", ("app", "officer", "reviewer"))
    with pytest.raises(Refused, match="no person"):
        decide_review(desk.engine.services, waiting["review_id"], till, "approve", WHY)


MIXED = Actor("adam", roles=("admin", "reviewer", "officer", "auditor", "policy_author"))


@pytest.mark.parametrize(
    "act",
    [
        lambda services, review: decide_review(services, review, MIXED, "approve", WHY),
        lambda services, review: decide_review(services, review, MIXED, "reject", WHY),
        lambda services, review: claim_review(services, review, MIXED),
        lambda services, review: edit_review(services, review, MIXED, {"amount_cents": "1"}, WHY),
        lambda services, review: show_review(services, None, review, viewer=MIXED),  # type: ignore[arg-type]
        lambda services, review: record_export(services, MIXED),
    ],
    ids=["approve", "reject", "claim", "edit", "show", "export"],
)
def test_an_admin_neither_decides_nor_sees_a_case(
    desk: Any, waiting: dict[str, Any], act: Callable[[Any, str], object]
) -> None:
    with pytest.raises(Refused) as refused:
        act(desk.engine.services, waiting["review_id"])
    assert refused.value.code == "duties"


def test_an_admin_has_nothing_undone(desk: Any) -> None:
    decision_id = desk.decide()["decision_id"]
    with pytest.raises(Refused) as refused:
        compensate(desk.engine.services, decision_id, MIXED, WHY)
    assert refused.value.code == "duties"
