"""Who is at work: askers, reviewers, the clock, somebody who recovers, and somebody who changes things meanwhile.

Reviewers claim, approve, reject and edit, lend their roles to each other, and have undone what was carried out.
"""

from __future__ import annotations

import contextlib
import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from remit.core.errors import AnswerIsNo, SystemFailed
from remit.core.words import Actor
from remit.service.decide import decide
from remit.service.recover import compensating, forget_final, owing, unfinished
from remit.service.reviews.compensate import carry_on_compensation, compensate
from remit.service.reviews.decide import decide_review
from remit.service.reviews.due import move_what_is_due
from remit.service.reviews.edit import edit_review
from remit.service.reviews.people import delegate, end_arrangement, go_away, list_arrangements
from remit.service.reviews.queue import list_reviews
from remit.service.reviews.work import claim_review
from remit.service.runs import carry_on, fulfil
from remit.service.services import Services
from simulator.company import LIMIT_TEXTS, POLICIES
from simulator.faults import Killed, Lost
from simulator.process import Process
from simulator.world import Word, World

ANA, BEN = Actor("ana", roles=("clerk", "officer")), Actor("ben", roles=("clerk",))
REVIEWERS = (
    Actor("otto", roles=("officer",)),
    Actor("olga", roles=("officer", "auditor")),
    Actor("rita", roles=("reviewer", "officer")),
    ANA,
    BEN,
)
SMALL, MIDDLE, LARGE, VERY_LARGE, TOO_LARGE = 5_000, 12_000, 200_000, 600_000, 2_000_000
KINDS: tuple[dict[str, Any], ...] = (
    *({},) * 3,
    *({"amount_cents": MIDDLE},) * 2,
    *({"amount_cents": LARGE},) * 3,
    *({"amount_cents": VERY_LARGE},) * 2,
    {"amount_cents": TOO_LARGE},
    {"kind": "wire"},
    {"kind": "wire", "amount_cents": LARGE},
    *({"kind": "order"},) * 2,
    {"kind": "order", "amount_cents": LARGE},
    {"kind": "order", "parts": 0},
    {"kind": "advice"},
    {"topic": "travel"},
    {"topic": "unwritten"},
    {"topic": "gossip"},
)
EDITED = (4_000, MIDDLE, 150_000, 400_000, 950_000)
"""What reviewers would rather have: allowed, within or above the budget, for an auditor, denied."""

SPELLS = tuple(timedelta(minutes=each) for each in (5, 60, 60 * 48))
"""For how long roles are lent."""

JUMPS = (
    *(timedelta(minutes=each) for each in (1, 29, 31, -10, -45)),
    *(timedelta(hours=each) for each in (12, 25, -25)),
    *(timedelta(days=each) for each in (70, -70)),
)
PAUSE_TURNS_MAX = 40
"""How many turns others may have between two changes."""

REST_TURNS_MAX = 15
"""How many turns others may have between two looks of a reviewer into the queue."""

EXPECTED_CODES = frozenset({Lost.code, "checkpoints"})
"""What the simulation makes fail. Any other failure is one of Remit's own, and ends the history."""

Request = tuple[str, Actor, dict[str, Any]]


def requests(chance: random.Random) -> list[Request]:
    """What is asked in one history. Some requests are delivered more than once, to whoever takes them."""
    made = []
    # Some histories are about everything, some about one sort of case, about the budget or the queue, which then gets
    # crowded.
    waits = ({"amount_cents": LARGE}, {"amount_cents": VERY_LARGE})
    kinds = chance.choice((KINDS, chance.sample(KINDS, 2), ({"amount_cents": MIDDLE},), waits))
    for number in range(chance.randint(2, 7)):
        usual = {"request_id": f"R-{number}", "kind": "payment", "topic": "none", "divisor": 1, "parts": 1}
        case = {**usual, "amount_cents": SMALL, **chance.choice(kinds)}
        made.append((f"key-{number}", chance.choice((ANA, BEN)), case))
    again = chance.choices(made, k=chance.randint(0, 4))
    return chance.sample([*made, *again], len(made) + len(again))


def workers(world: World) -> dict[str, Callable[[], None]]:
    """Everybody of one history."""
    asked = requests(world.chance)
    made: dict[str, Callable[[], None]] = {
        "asker-1": lambda: asker(world, "asker-1", asked[::3]),
        "asker-2": lambda: asker(world, "asker-2", asked[1::3]),
        "asker-3": lambda: asker(world, "asker-3", asked[2::3]),
        "recoverer": lambda: recoverer(world),
        "timekeeper": lambda: timekeeper(world),
        "janitor": lambda: janitor(world),
    }
    for number, person in enumerate(world.chance.sample(REVIEWERS, 4), start=1):
        made[f"reviewer-{number}"] = lambda name=f"reviewer-{number}", person=person: reviewer(world, name, person)
    return made


def asker(world: World, name: str, asked: list[Request]) -> None:
    """Asks one request after the other; what gets no answer is asked again, a few times."""

    def ask(key: str, who: Actor, case: dict[str, Any]) -> Callable[[Process, Services], None]:
        def once(process: Process, services: Services) -> None:
            result = decide(services, services.pack("desk"), case, who, request_key=key)
            process.tell(f"{key} -> {result['decision_id']} {result['status']}")
            world.answers.append((key, result))

        return once

    _work(world, name, [ask(*request) for request in asked], tries=3)


def reviewer(world: World, name: str, person: Actor) -> None:
    """Looks into the queue and claims, approves, rejects or edits what is there, sometimes on an old look.

    Now and then they arrange who speaks for them, or have undone what was carried out.
    """
    seen: list[dict[str, Any]] = []

    def look_and_decide(process: Process, services: Services) -> None:
        process.rest(world.chance.randrange(REST_TURNS_MAX))
        if world.chance.random() < 0.3:
            what = world.chance.choice((_arrange, _undo))
            process.tell(f"{person.id}: {what(world, services, person)}")
            return
        seen.extend(list_reviews(services))
        if not seen:
            return
        review = world.chance.choice(seen[-6:])
        what = world.chance.choice(("claim", *("approve",) * 5, *("edit",) * 3, "reject"))
        if what == "claim":
            claim_review(services, review["review_id"], person)
            process.tell(f"{person.id} claimed {review['review_id']}")
            return
        version = review["version"] if world.chance.random() < 0.5 else None
        if what == "edit" and review["action"]["name"] != "advise":
            words = {"amount_cents": str(world.chance.choice(EDITED))}
            changed = edit_review(services, review["review_id"], person, words, "as agreed", version=version)
            process.tell(f"{person.id}: edited {review['review_id']} to {words} -> {changed['verdict']['effect']}")
            return
        what = "approve" if what == "edit" else what  # there is nothing to edit in advice
        told = decide_review(services, review["review_id"], person, what, "as it should be", version=version)
        process.tell(f"{person.id}: {what} {review['review_id']} -> {told['state']}")
        world.words.append(Word(review["review_id"], person.id, what))

    _work(world, name, [look_and_decide] * world.chance.randint(4, 14), tries=1)


def settle(process: Process, services: Services) -> None:
    """What is out of time ends; everybody who may looks at what still waits, as it is by then, and approves it."""
    move_what_is_due(services)
    for row in list_reviews(services):
        for person in REVIEWERS:
            version = {each["review_id"]: each["version"] for each in list_reviews(services)}.get(row["review_id"])
            with contextlib.suppress(AnswerIsNo):
                told = decide_review(services, row["review_id"], person, "approve", "as it should be", version=version)
                process.tell(f"{person.id}: approve {row['review_id']} -> {told['state']}")


def _arrange(world: World, services: Services, person: Actor) -> str:
    """Lend some roles, be away with a deputy, or end what was arranged."""
    standing = [each for each in list_arrangements(services) if person.id in (each["person"], each["deputy"])]
    if standing and world.chance.random() < 0.3:
        return f"ended {end_arrangement(services, standing[0]['arrangement_id'], person)['arrangement_id']}"
    # Most often somebody who has no such role of their own.
    deputy = world.chance.choice([each.id for each in (*REVIEWERS, *(BEN,) * 4) if each != person])
    roles = world.chance.sample(person.roles, world.chance.randint(1, len(person.roles)))
    until = world.clock.now() + world.chance.choice(SPELLS)
    do = world.chance.choice((delegate, go_away))
    do(services, person, deputy, roles, until)
    return f"{do.__name__}: {deputy} is {', '.join(roles)} until {until:%d %H:%M}"


def _undo(world: World, services: Services, person: Actor) -> str:
    """Have something undone that was carried out."""
    with services.store.read() as unit:
        executed = unit.decisions.ids(("executed",))
    if not executed:
        return "there is nothing to undo"
    decision_id = world.chance.choice(executed)
    done = compensate(services, decision_id, person, "it was a mistake")
    return f"had {decision_id} undone: {done['compensation']['state']}"


def timekeeper(world: World) -> None:
    """Makes the moves that are due, while others are at work."""

    def look(process: Process, services: Services) -> None:
        process.rest(world.chance.randrange(REST_TURNS_MAX))
        for each in move_what_is_due(services):
            process.tell(f"time: {each['did']} {each.get('review_id', '')}")

    _work(world, "timekeeper", [look] * world.chance.randint(0, 8), tries=1)


def recoverer(world: World) -> None:
    """Carries on what was cut off, while others are at work."""
    _work(world, "recoverer", [recover] * world.chance.randint(0, 4), tries=1)


def recover(process: Process, services: Services) -> None:
    """One look for what was cut off, as `remit doctor --recover` has it."""
    for decision_id in unfinished(services):
        try:
            result = carry_on(services, decision_id)
            process.tell(f"carried on {decision_id} {result['status']}")
        except AnswerIsNo as error:
            process.tell(f"left {decision_id}: {error.code}")
    for decision_id in owing(services):
        with contextlib.suppress(AnswerIsNo):
            fulfil(services, decision_id)
    for decision_id in compensating(services):
        with contextlib.suppress(AnswerIsNo):
            process.tell(f"undoing {decision_id}: {carry_on_compensation(services, decision_id).state}")
    forget_final(services)


def janitor(world: World) -> None:
    """Sets clocks, edits the pack, indexes documents, loses checkpoints, and lets late messages arrive."""
    process, _ = world.boot("janitor", calm=True)
    for _ in range(world.chance.randint(0, 8)):
        process.rest(world.chance.randrange(PAUSE_TURNS_MAX))
        process.tell(world.chance.choice((*(_set_clock,) * 3, _edit_pack, _activate, _index, _arrive, _forget))(world))


def _set_clock(world: World) -> str:
    jump = world.chance.choice(JUMPS)
    world.clock.advance(jump)
    return f"the clock jumps by {jump.total_seconds():+.0f} s"


def _edit_pack(world: World) -> str:
    world.edit_policy(world.chance.randrange(len(POLICIES)))
    return f"policy {world.policy} is in the folder"


def _activate(world: World) -> str:
    number = world.chance.randrange(len(POLICIES))
    world.activate_policy(number)
    return f"policy {number} is in force"


def _index(world: World) -> str:
    world.documents = min(world.documents + 1, len(LIMIT_TEXTS) - 1)
    return f"documents {world.documents} are indexed"


def _arrive(world: World) -> str:
    world.record.arrive()
    return "what was on its way arrives"


def _forget(world: World) -> str:
    threads = [thread for thread in world.checkpoints.storage if world.chance.random() < world.odds.forgets]
    for thread in threads:
        world.checkpoints.delete_thread(thread)
    return f"{len(threads)} checkpoints are lost"


def _work(world: World, name: str, jobs: list[Callable[[Process, Services], None]], tries: int) -> None:
    """Do the jobs. A killed process is started anew, and tries the job that it died in again while there are tries."""
    process, services = world.boot(name)
    for job in jobs:
        for _ in range(tries):
            try:
                job(process, services)
                break
            except Killed:
                process, services = world.boot(name)
            except AnswerIsNo as error:
                process.tell(f"no: {error.code}")
            except SystemFailed as error:
                if error.code not in EXPECTED_CODES:
                    raise
                process.tell(f"failed: {error.code}")
