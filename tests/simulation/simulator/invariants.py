"""What must hold at the end of every history, read from the ledger, the rows and the system of record."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

import orjson

from remit.agents.records import DONE, FINAL, PlannedEffect, StoredDecision, action_digest
from remit.service.recover import unfinished
from remit.service.replay import replay
from remit.service.services import Services
from remit.service.verify_records import verify_records
from simulator.authority import unauthorised
from simulator.company import budget_key
from simulator.record import Entry
from simulator.world import World

Event = dict[str, Any]
REVIEW_STATES = {
    "opened": "open",
    "claimed": "claimed",
    "voted": "open",
    "edited": "open",
    "assigned": "open",
    "released": "open",
    "expired": "expired",
    "approved": "approved",
    "rejected": "rejected",
    "stale": "stale",
}

_UNDOING = {
    "compensation_planned": "planned",
    "compensation_attempted": "attempted",
    "compensation_in_doubt": "in_doubt",
    "compensated": "confirmed",
    "compensation_failed": "failed",
}


def broken(world: World, services: Services) -> list[str]:
    """Everything that does not hold, in words."""
    report = world.home.verify()
    if not report.sound:
        return [f"the ledger is not sound: {report.why}"]
    told = _told(world)
    _fill_in_amounts(services, told)
    return [
        *_promises(world, services),
        *_effects(world, services),
        *_obligations(world, services),
        *unauthorised(world, services, told),
        *_ends(services, told),
        *_freshness(world, told),
        *_rows(world, services, told),
        *_stuck(world, services),
        *_replays(services),
    ]


def _told(world: World) -> dict[str, list[Event]]:
    """The ledger's events by decision, in order."""
    told: dict[str, list[Event]] = defaultdict(list)
    with world.home.log.snapshot() as snapshot:
        for entry in snapshot.entries:
            event = orjson.loads(entry.body)
            if "decision_id" in event:
                told[event["decision_id"]].append({"body": {}, **event})
    return told


def _fill_in_amounts(services: Services, told: dict[str, list[Event]]) -> None:
    """What was counted against a limit: the ledger has its commitment, the effect the amount. 0 if they differ."""
    with services.store.read() as unit:
        for decision_id, events in told.items():
            for count in (count for event in events for count in event["body"].get("counted", [])):
                effect, run = unit.effects.of(decision_id), unit.decisions.get(decision_id).run
                amount = effect.args["amount_cents"] if effect else 0
                count["amount"] = amount if run.commit([count["limit"], amount]) == count["amount_commit"] else 0


def _promises(world: World, services: Services) -> Iterator[str]:
    """What was acknowledged is still so: no answer, and no reviewer's word, is lost or turned round."""
    ids: dict[str, str] = {}
    with services.store.read() as unit:
        for key, result in world.answers:
            decision_id, status = result["decision_id"], result["status"]
            if ids.setdefault(key, decision_id) != decision_id:
                yield f"{key} was answered by {ids[key]} and by {decision_id}"
            stage = unit.decisions.get(decision_id).stage
            if status in FINAL and stage != status:
                yield f"{decision_id} was answered as {status} and is {stage}"
        for word in world.words:
            kept = [(vote.reviewer, vote.choice) for vote in unit.reviews.votes(word.review_id)]
            if (word.reviewer, word.choice) not in kept:
                yield f"the word of {word.reviewer} on {word.review_id} is lost"


def _effects(world: World, services: Services) -> Iterator[str]:
    """Once for what was executed, never for what was not, at most once for what is in doubt."""
    done = Counter(entry.key for entry in world.record.entries)
    yield from (f"{key} was done {times} times" for key, times in done.items() if times > 1)
    by_decision: dict[str, list[Entry]] = defaultdict(list)
    for entry in world.record.entries:
        by_decision[entry.decision_id].append(entry)
    with services.store.read() as unit:
        for decision_id in unit.decisions.ids():
            stored = unit.decisions.get(decision_id)
            effect, undoing = unit.effects.of(decision_id), unit.effects.of(decision_id, "compensation")
            entries = by_decision.pop(decision_id, [])
            yield from _wrongly_done(stored, effect, entries)
            yield from _wrongly_undone(stored, effect, undoing, entries)
            known = {each.key for each in (effect, undoing) if each}
            if any(entry.key not in known for entry in entries):
                yield f"{decision_id} did something else than it planned"
    yield from (f"{decision_id} acted and is not stored" for decision_id in by_decision)


def _wrongly_done(stored: StoredDecision, effect: PlannedEffect | None, entries: list[Entry]) -> Iterator[str]:
    decision_id, state = stored.run.decision_id, effect.state if effect else None
    done = [entry for entry in entries if effect and entry.key == effect.key]
    if len(done) not in _times(stored, state):
        yield f"{decision_id} is {stored.stage}, its effect {state}, and it was done {len(done)} times"
    if effect is None:
        return
    if effect.key != action_digest(decision_id, effect.action, effect.args):
        yield f"{decision_id} carries other arguments than those of its key"
    if any(entry.amount_cents != effect.args["amount_cents"] for entry in done):
        yield f"{decision_id} did something else than it planned"


def _wrongly_undone(
    stored: StoredDecision, effect: PlannedEffect | None, undoing: PlannedEffect | None, entries: list[Entry]
) -> Iterator[str]:
    """Undone is only what was executed, at most once, as much as was done; and the decision stays executed."""
    if undoing is None:
        return
    decision_id, done = stored.run.decision_id, [entry for entry in entries if entry.key == undoing.key]
    expected = {"confirmed": (1,), "failed": (0,), "in_doubt": (0, 1)}.get(undoing.state, ())
    if len(done) not in expected:
        yield f"{decision_id} is to be undone, that is {undoing.state}, and it was undone {len(done)} times"
    if stored.stage != "executed" or effect is None or effect.state != "confirmed":
        yield f"{decision_id} is {stored.stage} and was to be undone"
    if effect and any(entry.amount_cents != -effect.args["amount_cents"] for entry in done):
        yield f"{decision_id} was undone by something else than its opposite"


def _times(stored: StoredDecision, state: str | None) -> tuple[int, ...]:
    """How often a decision may have been carried out."""
    if stored.stage == "executed":
        return (1,) if state == "confirmed" else ()
    if stored.stage == "failed" and state == "in_doubt":
        return (0, 1)
    return (0,) if state in (None, "failed") and stored.stage != "committed" else ()


def _obligations(world: World, services: Services) -> Iterator[str]:
    """What a decision that stands owes is done, at least once; what one that does not stand owed, never."""
    told = set(world.record.notices)
    with services.store.read() as unit:
        for decision_id in unit.decisions.ids():
            stored = unit.decisions.get(decision_id)
            states = {each.state for each in unit.obligations.of(decision_id)}
            owes = stored.judgement is not None and bool(stored.judgement.verdict["obligations"])
            stands = stored.stage in DONE and owes
            if stands and (states != {"fulfilled"} or decision_id not in told):
                yield f"{decision_id} is {stored.stage} and its obligations are {states}"
            if not stands and (decision_id in told or "fulfilled" in states):
                yield f"{decision_id} is {stored.stage} and somebody was told of it"


def _ends(services: Services, told: dict[str, list[Event]]) -> Iterator[str]:
    """What nobody approved in time is denied, and what was rejected is rejected: time never approves."""
    ends = {"review.expired": "denied", "review.rejected": "rejected"}
    with services.store.read() as unit:
        for decision_id, events in told.items():
            stage = unit.decisions.get(decision_id).stage
            expected = {ends[event["type"]] for event in events if event["type"] in ends}
            yield from (f"{decision_id} is {stage} and its review said {each}" for each in expected - {stage})


def _freshness(world: World, told: dict[str, list[Event]]) -> Iterator[str]:
    """No approval lets an action through under a policy other than the one that it was given under."""
    for decision_id, events in told.items():
        shown, approved_at = "", None
        for event in events:
            kind, seq = event["type"], int(event["seq"])
            if kind == "review.opened":
                shown, approved_at = event["body"]["policy_sha256"], None
            elif kind in ("review.stale", "decision.judged"):
                approved_at = None
            elif kind == "review.approved":
                approved_at = seq
            elif kind == "effect.planned" and approved_at is not None:
                present = {sha256 for _, sha256 in _lay_there(world, approved_at, seq)}
                if shown not in present:
                    yield f"{decision_id} was committed on an approval under another policy"


def _lay_there(world: World, first: int, last: int) -> list[tuple[int, str]]:
    """The policies that lay in the folder at some time between two events."""
    before = [each for each in world.policies if each[0] <= first][-1:]
    return [*before, *(each for each in world.policies if first < each[0] <= last)]


def _rows(world: World, services: Services, told: dict[str, list[Event]]) -> Iterator[str]:
    """Every row is what its events say."""
    _, differing = verify_records(services, world.home.log)
    yield from (f"the {each.what} of {each.decision_id} is not the recorded one" for each in differing)
    counted: Counter[str] = Counter()
    with services.store.read() as unit:
        for decision_id, events in told.items():
            yield from _differing_reviews(unit, events)
            for kind in ("action", "compensation"):
                yield from _differing_effect(decision_id, unit.effects.of(decision_id, kind), events, kind)
            for event in events:
                for count in event["body"].get("counted", []):
                    counted[count["window"]] += int(count["amount"])
        yield from _differing_usage(unit, counted)


def _differing_effect(decision_id: str, effect: PlannedEffect | None, events: list[Event], kind: str) -> Iterator[str]:
    words = [event["type"].split(".")[1] for event in events if event["type"].startswith("effect.")]
    undoing = [_UNDOING[word] for word in words if word in _UNDOING]
    states = undoing if kind == "compensation" else [word for word in words if word not in _UNDOING]
    found = (effect.state, effect.attempts) if effect else (None, 0)
    if found != (states[-1] if states else None, states.count("attempted")):
        yield f"the {kind} of {decision_id} is {found}, its events say {states}"


def _differing_reviews(unit: Any, events: list[Event]) -> Iterator[str]:
    states: dict[str, str] = {}
    votes: Counter[str] = Counter()
    for event in events:
        noun, _, verb = event["type"].partition(".")
        if noun == "review":
            if verb != "warned":  # a warning moves nobody's claim
                states[event["body"]["review_id"]] = REVIEW_STATES[verb]
            votes[event["body"]["review_id"]] += "choice" in event["body"]
    for review_id, state in states.items():
        review = unit.reviews.get(review_id)
        if review.state != state or len(unit.reviews.votes(review_id)) != votes[review_id]:
            yield f"review {review_id} is {review.state}, its events say {state}"


def _differing_usage(unit: Any, counted: Counter[str]) -> Iterator[str]:
    key = budget_key()
    for window, amount in counted.items():
        [found] = unit.usage.read([(key, window)])
        if found != amount:
            yield f"the budget of {window} has counted {found}, the events say {amount}"


def _stuck(world: World, services: Services) -> Iterator[str]:
    """Recovery has finished everything; what is left waits for a person who can still decide it."""
    yield from (f"{decision_id} is left unfinished" for decision_id in unfinished(services))
    waiting = set()
    with services.store.read() as unit:
        for decision_id in unit.decisions.ids():
            stored = unit.decisions.get(decision_id)
            if stored.stage in FINAL:
                continue
            waiting.add(decision_id)
            review = unit.reviews.get(stored.review_id) if stored.review_id else None
            if stored.stage != "awaiting_review" or review is None or review.settled:
                yield f"{decision_id} is {stored.stage} and nobody can go on with it"
    leftover = set(services.paused().threads()) - waiting
    yield from (f"the checkpoint of {decision_id} was left behind" for decision_id in leftover)


def _replays(services: Services) -> Iterable[str]:
    with services.store.read() as unit:
        ids = unit.decisions.ids()
    replayed = (replay(services, decision_id) for decision_id in ids)
    return (f"{each.decision_id} replays with another {each.differs} {each.note}" for each in replayed if not each.same)
