"""Sixty days at a desk, lived through in a minute or two: what `remit demo --serve` fills its folder with.

Everything is done by the operations that people, apps and workers call, in their names, at a clock that is sixty days
behind and catches up. Cases are the histories of the shipped packs: applicants and plates are real, invoices are
generated. Their outcomes come in late, from day 40 on those of the plates are drawn anew (the line has changed), and a
challenger that was trained in the fourth week is tried. A hundred and twenty days earlier the invoices' desk has had
sixty days of its own: what rests on whole cohorts, such as days sales outstanding, is known of those. The days, the
people and their reasons are made up.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from remit.core.errors import Conflict, Refused
from remit.core.system import FixedClock
from remit.core.words import Actor
from remit.service.identity.add_user import add_user
from remit.service.learning.advance import advance_rollouts
from remit.service.learning.gate import run_gate
from remit.service.learning.rollout import start_rollout
from remit.service.learning.take_snapshot import take_snapshot
from remit.service.learning.train import train_from_snapshot
from remit.service.learning.watch_drift import watch_drift
from remit.service.record_outcome import Report, record_outcome
from remit.service.reviews.decide import decide_review
from remit.service.reviews.due import move_what_is_due
from remit.service.tables import CaseFile

if TYPE_CHECKING:
    from remit.approvals.review import Choice
    from remit.packs.pack import Decision
    from remit.wiring import Engine

DAYS = 60
A_DAY = {"credit": 5, "quality": 22, "receivables": 5}
"""Cases of each pack."""
EARLIER, EARLIER_DAYS, EARLIER_A_DAY = "receivables", 60, 2
"""Whose first sixty days are so long ago that they have matured: a horizon ago, and a few cases a day."""
LATE = {"within_7": (-5, 7), "within_30": (8, 30), "within_60": (31, 60), "over_60": (61, 90)}
"""Days after its due date on which an invoice of a class is paid, from and to; drawn, for the history knows no days."""
LEARNS = "quality"
TRAINED_ON, DRIFTS_FROM = 24, 40
LEFT_LYING, REJECTED = 0.15, 0.2
"""Shares of the reviews of a day."""
QUIET_DAYS = 2
"""Reviews of the last days wait: somebody is to find work."""
PERSON = "demo"
HOUSE = Actor("demo", "system", ("admin",))
AUTHOR = Actor("pia", roles=("policy_author",))
APP = Actor("intake", "app", ("app",))
REASONS = {
    "approve": (
        "checked against the evidence",
        "the clause allows it",
        "seen with the team",
        "usual for this customer",
    ),
    "reject": ("the papers do not fit together", "not by this clause", "the figures were typed wrong"),
}
PLAN = {"margin": 0.2, "pairs_min": 30}
"""Wide: sixty days are short."""


@dataclass
class Desk:
    """A pack at work: its cases with what will become of them, and what is still to be told."""

    pack: str
    decision: Decision
    cases: Iterator[tuple[dict[str, Any], str | None]]
    told_later: list[tuple[datetime, str, str]] = field(default_factory=list)


def people(engine: Engine) -> None:
    """An account for whoever looks at the desk, with the roles of everybody but the admin."""
    seats = {
        each.approval.role
        for pack in A_DAY
        for decision in engine.services.pack(pack).decisions.values()
        for each in decision.policy.contract.rules
        if each.approval is not None
    }
    roles = ("analyst", "reviewer", "policy_author", "auditor", *sorted(seats))
    add_user(engine.services, engine.passwords, HOUSE, PERSON, roles, None)


def behind(engine: Engine) -> timedelta:
    """By how much the earlier days begin before the sixty: so that they mature within them."""
    (decision,) = engine.services.pack(EARLIER).decisions.values()
    return timedelta(days=decision.outcome.horizon_days)


def live(
    engine: Engine,
    clock: FixedClock,
    seed: int,
    on_day: Callable[[int], None] = lambda day: None,
    begins_at: datetime | None = None,
) -> None:
    """Let sixty days pass at every shipped pack's desk; the clock then stands where it is now, a last morning later.

    They begin now, or at `begins_at`: then the earlier ones of one desk begin now.
    """
    chance = random.Random(seed)
    desks = [_desk(engine, pack, chance) for pack in A_DAY]
    if begins_at is not None:
        _live_earlier(engine, clock, next(each for each in desks if each.pack == EARLIER), chance)
        clock.advance(begins_at - clock.now())
        for desk in desks:
            engine.index(desk.pack, APP)  # what has come into force since
    begun_at = clock.now()
    for day in range(DAYS):
        for desk in desks:
            _decide(engine, clock, desk, chance, drifted=desk.pack == "quality" and day >= DRIFTS_FROM)
            _tell_outcomes(engine, clock, desk)
        if day < DAYS - QUIET_DAYS:
            _review(engine, desks, chance)
        _learn(engine, clock, day)
        on_day(day + 1)
        clock.advance(begun_at + timedelta(days=day + 1) - clock.now())
    for desk in desks:
        # This morning's: their reviews still have time.
        _decide(engine, clock, desk, chance, drifted=desk.pack == "quality")


def _live_earlier(engine: Engine, clock: FixedClock, desk: Desk, chance: random.Random) -> None:
    """No contract was in force and no rule was found then, so people decided everything."""
    begun_at = clock.now()
    for day in range(EARLIER_DAYS):
        _decide(engine, clock, desk, chance, drifted=False, many=EARLIER_A_DAY)
        _review(engine, [desk], chance)
        clock.advance(begun_at + timedelta(days=day + 1) - clock.now())


def _desk(engine: Engine, pack: str, chance: random.Random) -> Desk:
    engine.index(pack, APP)
    loaded = engine.services.pack(pack)
    decision = next(iter(loaded.decisions.values()))
    source = loaded.files.folder
    assert source is not None
    file = CaseFile(source / "history.csv", decision.contract.record)
    cases = [(case, told) for (_, case), told in zip(file.cases(), file.outcomes(decision.outcome.name), strict=True)]
    chance.shuffle(cases)
    return Desk(pack, decision, iter(cases))


def _decide(
    engine: Engine, clock: FixedClock, desk: Desk, chance: random.Random, *, drifted: bool, many: int | None = None
) -> None:
    """A day's cases; what comes of each is known some days later."""
    for case, outcome in itertools.islice(desk.cases, many or A_DAY[desk.pack] + chance.randint(-2, 2)):
        result = engine.decide(desk.pack, case, APP)
        if outcome is not None:
            if drifted:
                outcome = chance.choice(desk.decision.outcome.values)
            due_at = clock.now() + timedelta(days=_days_until(desk, case, outcome, chance))
            desk.told_later.append((due_at, result["decision_id"], outcome))
        clock.advance(timedelta(seconds=chance.randint(20, 120)))


def _days_until(desk: Desk, case: dict[str, Any], outcome: str, chance: random.Random) -> int:
    """After how many days an outcome happens: a payment when its class says so, others within nine."""
    if desk.pack == "receivables":
        return max(1, chance.randint(*LATE[outcome]) - int(case["days_overdue"]))
    return min(desk.decision.outcome.horizon_days, 9) - chance.randint(0, 5)


def _tell_outcomes(engine: Engine, clock: FixedClock, desk: Desk) -> None:
    later = []
    for due_at, decision_id, outcome in desk.told_later:
        if due_at > clock.now():
            later.append((due_at, decision_id, outcome))
            continue
        try:
            record_outcome(engine.services, decision_id, _report(desk.decision, outcome, due_at), APP)
        except Conflict:  # it still waits for a person
            later.append((due_at + timedelta(days=1), decision_id, outcome))
    desk.told_later = later


def _report(decision: Decision, outcome: str, at: datetime) -> Report:
    value: object = outcome == "true" if decision.outcome.type == "boolean" else outcome
    return Report(decision.outcome.name, value, at)


def _review(engine: Engine, desks: list[Desk], chance: random.Random) -> None:
    """Most of what waits gets its word, by as many people as it takes."""
    reasons = {desk.decision.name: sorted(desk.decision.reviews.reasons) for desk in desks}
    for review in engine.reviews(limit=500):
        if chance.random() < LEFT_LYING:
            continue
        choice: Choice = "reject" if chance.random() < REJECTED else "approve"
        codes = reasons[review["decision"]]
        code = chance.choice(codes) if choice == "reject" and codes else None
        for reviewer in reviewers(review):
            why = chance.choice(REASONS[choice])
            try:
                engine.review(review["review_id"], reviewer)
                decide_review(engine.services, review["review_id"], reviewer, choice, why, code=code)
            except (Conflict, Refused):
                break  # it was settled or has changed; it is for tomorrow
    move_what_is_due(engine.services)


def reviewers(review: dict[str, Any]) -> Iterator[Actor]:
    """As many people as a review's terms ask for."""
    for terms in review["terms"]:
        for number in range(terms["quorum"]):
            yield Actor(f"{terms['role'].replace('_', '-')}-{number + 1}", "user", ("reviewer", terms["role"]))


def _learn(engine: Engine, clock: FixedClock, day: int) -> None:
    """A challenger is trained and rolled out, and a worker's looks at it and at what drifts."""
    services = engine.services
    if day == TRAINED_ON:
        made, _ = take_snapshot(services, LEARNS, AUTHOR)
        model = train_from_snapshot(services, LEARNS, made.sha256, AUTHOR, strategy="forest")
        run_gate(services, LEARNS, model["sha256"], AUTHOR, rows_min=50)
        start_rollout(
            services, LEARNS, model["sha256"], AUTHOR, "It learnt from this line alone.", plan=PLAN, despite_gate=True
        )
    elif day > TRAINED_ON:
        advance_rollouts(services, clock.now())
    watch_drift(services, clock.now())
