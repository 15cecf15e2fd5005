"""Who had a say, as the ledger tells: effects are planned on an allow or on the quorum of every term, by people who may
speak, on exactly the arguments that are carried out; and they are undone by people who have no part in them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import orjson

from remit.service.services import Services
from simulator.company import AUDITED_CENTS, BUDGET_CENTS, CEILING_CENTS
from simulator.world import World

Event = dict[str, Any]
SLACK = timedelta(seconds=1)
"""A move looks at the clock a few ticks before its event does."""


@dataclass(frozen=True)
class Lending:
    """A role that somebody lent to somebody, from one event of the ledger to another."""

    person: str
    deputy: str
    roles: frozenset[str]
    since: datetime
    until: datetime
    given: int
    ended: float = float("inf")


@dataclass(frozen=True)
class Voice:
    """A word that counts: who speaks with it, in which role, and what it says."""

    people: frozenset[str]
    role: str
    choice: str


@dataclass
class Standing:
    """What is proposed in one decision, and what was said of it, as far as its events were read."""

    requester: str = ""
    allowed: bool = False
    digest: str = ""
    terms: list[dict[str, Any]] = field(default_factory=list)
    voices: list[Voice] = field(default_factory=list)
    editors: set[str] = field(default_factory=set)
    edited: str = ""
    undone: int = 0

    @property
    def partial(self) -> set[str]:
        return {self.requester, *self.editors}

    def approved(self) -> bool:
        """Every term has its quorum, by different people none of whom has a part in it, and nobody rejected it."""
        if not self.terms or any(voice.choice == "reject" for voice in self.voices):
            return False
        counting = [voice for voice in self.voices if not voice.people & self.partial]
        everybody = Counter(person for voice in counting for person in voice.people)
        enough = all(sum(voice.role == term["role"] for voice in counting) >= term["quorum"] for term in self.terms)
        return enough and max(everybody.values(), default=0) == 1


def unauthorised(world: World, services: Services, told: Mapping[str, list[Event]]) -> Iterator[str]:
    """Every effect that nobody was entitled to, in words."""
    lendings = _lendings(world)
    planned: dict[str, tuple[Event, bool]] = {}
    with services.store.read() as unit:
        for decision_id, events in told.items():
            standing = Standing()
            for event in events:
                yield from (f"{decision_id}: {said}" for said in _taken_in(standing, event, lendings))
                if event["type"] != "effect.planned":
                    continue
                planned[decision_id] = event, standing.allowed
                effect = unit.effects.of(decision_id)
                yield from (f"{decision_id} {said}" for said in _unfounded(standing, event, effect))
    yield from (
        f"{entry.decision_id} acted and planned nothing"
        for entry in world.record.entries
        if entry.decision_id not in planned
    )
    yield from _overspent(planned)


def _taken_in(standing: Standing, event: Event, lendings: list[Lending]) -> Iterator[str]:
    """Go on with one event; what must not have been done is told."""
    kind, body, who = event["type"], event["body"], event.get("actor", {}).get("id", "")
    if kind == "decision.received":
        standing.requester = who
    elif kind == "decision.judged" and body["action_digest"] == standing.edited:
        standing.edited = ""
    elif kind == "decision.judged":
        standing.allowed, standing.digest = body["verdict"] == "allow", body["action_digest"]
        standing.terms, standing.voices = [], []
    elif kind == "review.opened":
        standing.terms, standing.voices, standing.editors = body["terms"], [], set()
    elif kind == "review.edited":
        yield from _edited(standing, body, who)
    elif kind in ("review.stale", "review.expired"):
        standing.terms, standing.voices = [], []
    elif kind in ("review.voted", "review.approved", "review.rejected"):
        if body["action_digest"] == standing.digest and _may_speak(event, body.get("on_behalf_of"), lendings):
            people = frozenset(filter(None, (who, body.get("on_behalf_of"))))
            standing.voices.append(Voice(people, body["role"], body["choice"]))
    elif kind == "effect.compensation_planned":
        yield from _undone(standing, event, lendings)


def _edited(standing: Standing, body: Mapping[str, Any], who: str) -> Iterator[str]:
    if body["was_action_digest"] != standing.digest:
        yield f"{who} edited something else than what was proposed"
    if body["verdict"] == "deny":
        yield f"{who} edited it into what the policy denies"
    if who == standing.requester:
        yield f"{who} edited what they asked for"
    standing.allowed, standing.digest, standing.edited = False, body["action_digest"], body["action_digest"]
    standing.terms, standing.voices = body["terms"], []
    if body["verdict"] != "allow":
        standing.editors.add(who)


def _undone(standing: Standing, event: Event, lendings: list[Lending]) -> Iterator[str]:
    who, standing.undone = event["actor"]["id"], standing.undone + 1
    if standing.undone > 1:
        yield "it was asked for twice to be undone"
    if event["body"]["undoes"] != standing.digest:
        yield "something else than what was done is undone"
    role, own = event["body"]["role"], event["actor"]["roles"]
    lenders = [each.person for each in lendings if _in_force(each, event, role) and each.deputy == who]
    if who in standing.partial or not (role in own or set(lenders) - standing.partial):
        yield f"{who} had it undone and may not"


def _unfounded(standing: Standing, event: Event, effect: Any) -> Iterator[str]:
    if not standing.allowed and not standing.approved():
        yield "was committed without an allow and without a quorum"
    if event["body"]["idempotency_key"] != standing.digest:
        yield "was committed to other arguments than those that were judged or approved"
    cents = effect.args["amount_cents"]
    if cents > CEILING_CENTS:
        yield f"was committed to {cents}, which the policy denies"
    if cents > AUDITED_CENTS and not any(term["role"] == "auditor" for term in standing.terms):
        yield f"was committed to {cents} without an auditor"


def _overspent(planned: Mapping[str, tuple[Event, bool]]) -> Iterator[str]:
    """Nobody but people lifts a limit."""
    used: Counter[str] = Counter()
    for event, allowed in sorted(planned.values(), key=lambda each: int(each[0]["seq"])):
        for count in event["body"].get("counted", []):
            used[count["window"]] += int(count["amount"])
            if allowed and used[count["window"]] > BUDGET_CENTS:
                yield f"the budget of {count['window']} was exceeded without a person: {used[count['window']]}"


def _may_speak(event: Event, lender: str | None, lendings: list[Lending]) -> bool:
    """Whether the role is their own, or was lent to them by whom they speak for, and is at that moment."""
    who, role = event["actor"], event["body"]["role"]
    if lender is None:
        return role in who["roles"]
    return any((each.person, each.deputy) == (lender, who["id"]) and _in_force(each, event, role) for each in lendings)


def _in_force(lending: Lending, event: Event, role: str) -> bool:
    seq, at = int(event["seq"]), datetime.fromisoformat(event["ts"])
    in_time = lending.since - SLACK <= at < lending.until + SLACK
    return role in lending.roles and in_time and lending.given < seq < lending.ended


def _lendings(world: World) -> list[Lending]:
    given: dict[str, Lending] = {}
    with world.home.log.snapshot() as snapshot:
        for entry in snapshot.entries:
            event = orjson.loads(entry.body)
            body = event.get("body", {})
            if event["type"] in ("delegation.given", "absence.announced"):
                given[body["arrangement_id"]] = Lending(
                    body["person"],
                    body["deputy"],
                    frozenset(body["roles"]),
                    datetime.fromisoformat(body["since"]),
                    datetime.fromisoformat(body["until"]),
                    int(event["seq"]),
                )
            elif event["type"] in ("delegation.ended", "absence.ended"):
                before = given[body["arrangement_id"]]
                given[body["arrangement_id"]] = Lending(
                    before.person,
                    before.deputy,
                    before.roles,
                    before.since,
                    before.until,
                    before.given,
                    int(event["seq"]),
                )
    return list(given.values())
