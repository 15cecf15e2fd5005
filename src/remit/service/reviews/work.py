"""Take a review to work on it, give it back, hand it to somebody, put it aside."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from remit.approvals.arrangement import absent
from remit.approvals.claims import assign, claim, release, snooze
from remit.core.errors import InputError, Refused
from remit.core.words import Actor
from remit.learning.assignment import place_of
from remit.service.reviews.moves import make_move
from remit.service.reviews.queue import row_of
from remit.service.services import Services


def claim_review(services: Services, review_id: str, actor: Actor, *, version: int | None = None) -> dict[str, Any]:
    """Take a review to work on it. Raises Conflict, Refused, NotFound."""
    claimed = make_move(
        services,
        review_id,
        actor,
        lambda moment: claim(moment.review, moment.reviewer, moment.now, moment.votes),
        version=version,
    )
    return row_of(services, claimed)


def release_review(services: Services, review_id: str, actor: Actor) -> dict[str, Any]:
    """Give a claimed review back. Raises Conflict, NotFound."""
    return row_of(
        services, make_move(services, review_id, actor, lambda moment: release(moment.review, moment.reviewer))
    )


def assign_by_lot(services: Services, review_id: str, actor: Actor, among: Sequence[str]) -> dict[str, Any]:
    """Hand a review to one of these people, by a lot that nothing of the case sways, so that they can be compared.

    The review's id draws it, so asking again draws the same one. Raises what `assign_review` raises.
    """
    people = sorted(set(among))
    if len(people) < 2:
        raise InputError("a lot is drawn among two people at least", mend="name more of them")
    taker = people[int(place_of(review_id, "review") * len(people))]
    return assign_review(services, review_id, actor, taker, among=people)


def assign_review(
    services: Services, review_id: str, actor: Actor, to: str | None, *, among: Sequence[str] = ()
) -> dict[str, Any]:
    """Hand a review to one person, or to nobody. Whoever is away passes it to their deputy.

    `among` says of whom the lot took this one; it is on record.

    Raises:
        NotFound, Conflict, InputError.
        Refused: the assigner may not decide it, the assignee has a conflict of interest, or is away without a deputy.
    """
    with services.store.read() as unit:
        away = None if to is None else absent(to, unit.arrangements.standing(), services.clock.now())
    if away is not None and away.deputy is None:
        raise Refused(f"{to} is away until {away.until:%Y-%m-%d %H:%M} UTC", mend="assign it to somebody else")
    taker = to if away is None else away.deputy
    moved = make_move(
        services,
        review_id,
        actor,
        lambda moment: assign(moment.review, moment.reviewer, taker, moment.now),
        body={"to": taker, "instead_of": None if away is None else to, **({"among": list(among)} if among else {})},
    )
    return row_of(services, moved)


def snooze_review(
    services: Services, review_id: str, actor: Actor, until: datetime, *, version: int | None = None
) -> dict[str, Any]:
    """Put a review aside until a time; its clock goes on. Raises Conflict, Refused, InputError, NotFound."""
    moved = make_move(
        services,
        review_id,
        actor,
        lambda moment: snooze(moment.review, moment.reviewer, until, moment.now),
        version=version,
        body={"until": until.isoformat()},
    )
    return row_of(services, moved)
