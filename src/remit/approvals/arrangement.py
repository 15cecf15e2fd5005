"""Arrangements that people make: a role lent to another for a time, an absence with its deputy, a saved filter.

An arrangement is in force from `since` until `until` or until it is ended, whichever comes first. Time ends it by
itself: nobody acts in a lent role a moment longer, whether or not the end was recorded yet.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal

from remit.core.errors import Conflict, InputError, Refused
from remit.core.words import Actor

Kind = Literal["delegation", "absence", "filter"]


@dataclass(frozen=True, slots=True)
class Arrangement:
    """One arrangement of `person`. `deputy` acts in their `roles`; a filter has a `name` and its `body`."""

    id: str
    kind: Kind
    person: str
    version: int
    since: datetime
    until: datetime | None = None
    deputy: str | None = None
    roles: tuple[str, ...] = ()
    name: str = ""
    body: Mapping[str, Any] = field(default_factory=dict)
    ended_at: datetime | None = None

    def in_force(self, now: datetime) -> bool:
        return self.ended_at is None and self.since <= now and (self.until is None or now < self.until)

    def to_json(self) -> dict[str, Any]:
        return {
            "arrangement_id": self.id,
            "kind": self.kind,
            "person": self.person,
            "deputy": self.deputy,
            "roles": list(self.roles),
            "since": self.since.isoformat(),
            "until": self.until.isoformat() if self.until else None,
        }


@dataclass(frozen=True, slots=True)
class Reviewer:
    """A person as the queue sees them: who they are, their own roles, and the roles lent to them, by lender."""

    actor: Actor
    lent: tuple[tuple[str, str], ...] = ()

    @property
    def id(self) -> str:
        return self.actor.id

    @property
    def speaks_as(self) -> list[tuple[str, str | None]]:
        """Each role with the person who lent it, their own first."""
        return [*((role, None) for role in self.actor.roles), *((role, lender) for lender, role in self.lent)]

    def holds(self, word: str | None, lender: str | None) -> bool:
        """Whether a second word (a group) is theirs, or lent by the same person. None is everybody's."""
        return word is None or (word, lender) in self.speaks_as or word in self.actor.roles


def reviewer_of(actor: Actor, arrangements: Iterable[Arrangement], now: datetime) -> Reviewer:
    """A person with the roles that others lent them and that are in force now."""
    lent = [
        (each.person, role)
        for each in arrangements
        if each.deputy == actor.id and each.person != actor.id and each.in_force(now)
        for role in each.roles
    ]
    return Reviewer(actor, tuple(sorted(set(lent))))


def absent(person: str, arrangements: Iterable[Arrangement], now: datetime) -> Arrangement | None:
    """The absence of a person that is in force now, if any."""
    return next((each for each in arrangements if _is_away(each, person, now)), None)


def lend(
    arrangement_id: str, actor: Actor, deputy: str | None, roles: Iterable[str], until: datetime | None, now: datetime
) -> Arrangement:
    """Lend one's own roles to another, for a time. What was lent to oneself cannot be lent on.

    Raises:
        Refused: a role that is not theirs, or an app.
        InputError: no deputy, no role, oneself, or an end that is missing or past.
    """
    wanted = tuple(dict.fromkeys(roles))
    _must_be_a_person(actor)
    if deputy is None or not wanted:
        raise InputError("a delegation names who acts, and in which role", mend="give --to and --lend")
    _must_be_anothers(deputy, actor)
    _must_end_later(until, now)
    _must_hold(actor, wanted)
    return Arrangement(arrangement_id, "delegation", actor.id, 1, now, until, deputy, wanted)


def leave(
    arrangement_id: str, actor: Actor, deputy: str | None, roles: Iterable[str], until: datetime | None, now: datetime
) -> Arrangement:
    """Be out of office for a time; a deputy acts in the roles named. Raises Refused, InputError."""
    wanted = tuple(dict.fromkeys(roles))
    _must_be_a_person(actor)
    if deputy is not None:
        _must_be_anothers(deputy, actor)
    elif wanted:
        raise InputError("roles are lent to somebody", mend="give --deputy")
    _must_end_later(until, now)
    _must_hold(actor, wanted)
    return Arrangement(arrangement_id, "absence", actor.id, 1, now, until, deputy, wanted)


def end(arrangement: Arrangement, by: str, now: datetime) -> Arrangement:
    """End an arrangement before its time. Raises Conflict when it is over; Refused unless it is one's own."""
    if arrangement.ended_at is not None:
        raise Conflict(f"the arrangement {arrangement.id} is over already")
    if by not in (arrangement.person, arrangement.deputy):
        raise Refused(
            f"{by} has no part in the arrangement {arrangement.id} of {arrangement.person}",
            mend="they end it themselves, or time does",
        )
    return over(arrangement, now)


def over(arrangement: Arrangement, now: datetime) -> Arrangement:
    """The arrangement as ended at a moment."""
    return replace(arrangement, version=arrangement.version + 1, ended_at=now)


def _is_away(arrangement: Arrangement, person: str, now: datetime) -> bool:
    return arrangement.kind == "absence" and arrangement.person == person and arrangement.in_force(now)


def _must_be_a_person(actor: Actor) -> None:
    if actor.kind != "user":
        raise Refused(f"{actor.id} is no person", mend="people lend roles to people")


def _must_be_anothers(deputy: str, actor: Actor) -> None:
    if not deputy.strip() or deputy == actor.id:
        raise InputError("a deputy is somebody else", mend="name another person")


def _must_end_later(until: datetime | None, now: datetime) -> None:
    if until is None or until <= now:
        raise InputError("it has to end, at a time to come", mend="give --until, such as 2026-12-01T08:00Z")


def _must_hold(actor: Actor, roles: tuple[str, ...]) -> None:
    missing = [role for role in roles if role not in actor.roles]
    if missing:
        raise Refused(
            f"{actor.id} has not the role {', '.join(missing)}, and cannot lend it",
            mend="lend your own roles; give --role, if it is yours",
        )
