"""Routing: whose work a review is, in which order it is taken, and the filters with which people look at the queue."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any, Literal, get_args

from remit.approvals.arrangement import Reviewer
from remit.approvals.review import Review, Risk, State
from remit.core.errors import InputError
from remit.core.problems import did_you_mean

Order = Literal["due", "priority"]

_WEIGHT: dict[Risk, float] = {"low": 1.0, "medium": 2.0, "high": 4.0}


def priority(review: Review, now: datetime) -> float:
    """Risk x money x age, rounded to three digits: what is risky, large and old comes first.

    Risk weighs 1, 2 or 4. Money (minor units) counts by its order of magnitude, so that one large case does not hide
    every other; without money it is 1. Age counts from 1 and grows by one a day.
    """
    money = 1.0 + math.log10(1 + max(review.money or 0, 0))
    age = 1.0 + max(now - review.opened_at, timedelta()) / timedelta(days=1)
    return round(_WEIGHT[review.risk] * money * age, 3)


@dataclass(frozen=True, slots=True)
class Filter:
    """What a person wants to see of the queue. What is None does not matter; snoozed reviews are hidden by default."""

    states: tuple[State, ...] = ("open", "claimed")
    decision: str | None = None
    action: str | None = None
    rule: str | None = None
    role: str | None = None
    group: str | None = None
    risk: str | None = None
    claimed_by: str | None = None
    assigned_to: str | None = None
    amount_min: int | None = None
    snoozed: bool = False
    waiting: bool | None = None
    mine: bool = False
    order: Order = "due"

    def to_json(self) -> dict[str, Any]:
        """What differs from the default, so that a saved filter follows a later default."""
        plain = Filter()
        said = {each.name: getattr(self, each.name) for each in fields(self)}
        changed = {name: value for name, value in said.items() if value != getattr(plain, name)}
        return {name: list(value) if isinstance(value, tuple) else value for name, value in changed.items()}

    @staticmethod
    def from_json(said: Mapping[str, Any]) -> Filter:
        """A saved filter. Raises InputError for a field that there is not."""
        known = [each.name for each in fields(Filter)]
        for name in said:
            if name not in known:
                raise InputError(f"a filter has no `{name}`", mend=did_you_mean(name, known))
        values = dict(said)
        if "states" in values:
            values["states"] = tuple(values["states"])
        return Filter(**values)


def checked(wanted: Filter) -> Filter:
    """The filter, if its words can match anything. Raises InputError."""
    for name, word, known in (
        *(("state", state, get_args(State)) for state in wanted.states),
        ("risk", wanted.risk, get_args(Risk)),
        ("order", wanted.order, get_args(Order)),
    ):
        if word is not None and word not in known:
            hint = did_you_mean(word, known) or f"one of {', '.join(known)}"
            raise InputError(f"`{word}` is no {name} of a review", mend=hint)
    return wanted


def matches(review: Review, wanted: Filter, now: datetime) -> bool:
    """Whether a review is what the filter asks for; `mine` is asked by `concerns`."""
    exact = {
        "decision": (wanted.decision, review.decision),
        "action": (wanted.action, review.action),
        "risk": (wanted.risk, review.risk),
        "claimed_by": (wanted.claimed_by, review.claimed_by),
        "assigned_to": (wanted.assigned_to, review.assigned_to),
        "waiting": (wanted.waiting, review.asked_at is not None),
    }
    asleep = review.snoozed_until is not None and review.snoozed_until > now and not review.settled
    return (
        review.state in wanted.states
        and all(want is None or want == have for want, have in exact.values())
        and (wanted.rule is None or wanted.rule in review.rules)
        and (wanted.role is None or any(wanted.role in (terms.role, *terms.chain) for terms in review.terms))
        and (wanted.group is None or any(wanted.group == terms.group for terms in review.terms))
        and (wanted.amount_min is None or (review.money or 0) >= wanted.amount_min)
        and (wanted.snoozed or not asleep)
    )


def concerns(review: Review, reviewer: Reviewer, may_speak: bool, now: datetime) -> bool:
    """Whether a review is this person's work: they may speak on it, and nobody else holds it or has it assigned."""
    if not may_speak:
        return False
    mine = {reviewer.id, *(lender for lender, _ in reviewer.lent)}
    held = review.claimed_by is not None and review.claimed_until is not None and review.claimed_until > now
    return (not held or review.claimed_by == reviewer.id) and (review.assigned_to is None or review.assigned_to in mine)
