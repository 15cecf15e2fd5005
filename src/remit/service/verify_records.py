"""Hold the decisions' rows against what the ledger says of them: a sound log of other tables proves little."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from remit.agents.ports import Unit
from remit.agents.records import FINAL, EffectKind, StoredDecision
from remit.core.errors import RemitError
from remit.ledger.ports import LedgerLog
from remit.ledger.verifier import Entry
from remit.service.services import Services

PARTS = ("input", "judgement", "stage", "erased")
"""What is told of a decision alone, whatever was done and said of it."""
_VOTES = ("voted", "approved", "rejected")
_EFFECTS: tuple[EffectKind, ...] = ("action", "compensation")
_NAMED = {"compensated": "confirmed"}
"""The state of an effect, where its event is called otherwise."""


@dataclass(frozen=True, slots=True)
class Differing:
    """A decision whose row is not what the ledger recorded. `what`: input, judgement, stage, erased, votes, row, or the
    effect: action, compensation.
    """

    decision_id: str
    what: str


def verify_records(services: Services, log: LedgerLog[Any]) -> tuple[int, list[Differing]]:
    """How many decisions were looked at, and those whose case, judgement, end, effect or votes are not recorded so.

    Run it on a log that is sound: it believes the events.
    """
    with log.snapshot() as snapshot:
        return compare(services, recorded(snapshot.entries))


def compare(services: Services, told: Mapping[str, Mapping[str, str]]) -> tuple[int, list[Differing]]:
    """How many decisions are stored, and those that are not as `recorded` tells them."""
    with services.store.read() as unit:
        ids = unit.decisions.ids()
    differing = [Differing(missing, "row") for missing in sorted(told.keys() - set(ids))]
    for decision_id in ids:
        differing += _differing(services, decision_id, told.get(decision_id, {}))
    return len(ids), differing


def recorded(entries: Iterable[Entry]) -> dict[str, dict[str, str]]:
    """By decision, from the events of a log: digests of input and judgement, how it ended, whether it was erased, how
    its effect and the undoing of it stand; and the votes on its reviews, a line for each.
    """
    found: dict[str, dict[str, str]] = {}
    for entry in entries:
        noun, _, verb = str(entry.columns["type"]).partition(".")
        decision_id = entry.columns["decision_id"]
        if noun not in ("decision", "review", "effect") or decision_id is None:
            continue
        facts = found.setdefault(decision_id, {})
        if noun == "effect":
            kind: EffectKind = "compensation" if verb.startswith("compensat") else "action"
            facts[kind] = _NAMED.get(verb, verb.removeprefix("compensation_"))
        elif noun == "review":
            if verb in _VOTES:
                facts["votes"] = facts.get("votes", "") + _told_vote(orjson.loads(entry.body)) + "\n"
        elif verb == "received":
            facts["input"] = orjson.loads(entry.body)["body"]["input_commit"]
        elif verb == "judged":
            facts["judgement"] = orjson.loads(entry.body)["body"]["judgement_sha256"]
        elif verb in FINAL:
            facts["stage"] = verb
        elif verb == "erased":
            facts["erased"] = "erased"
    return found


def differing_parts(stored: StoredDecision, told: Mapping[str, str]) -> list[str]:
    """Which parts of a decision are not what the ledger told of it: input, judgement, stage, erased."""
    facts = {"input": stored.run.input_commit}
    if stored.erased_at is not None:
        facts["erased"] = "erased"
    if stored.judgement is not None:
        facts["judgement"] = stored.judgement.sha256
    if stored.stage in FINAL:
        facts["stage"] = stored.stage
    erased = "erased" in facts and "erased" in told
    parts = ("stage", "erased") if erased else PARTS
    return [what for what in parts if facts.get(what) != told.get(what)]


def _differing(services: Services, decision_id: str, told: Mapping[str, str]) -> Iterator[Differing]:
    try:
        with services.store.read() as unit:
            stored = unit.decisions.get(decision_id)
            parts = differing_parts(stored, told)
            if _votes(unit, stored, told) != sorted(told.get("votes", "").splitlines()):
                parts.append("votes")
            effects = {kind: unit.effects.of(decision_id, kind) for kind in _EFFECTS}
            parts += [kind for kind, effect in effects.items() if (effect and effect.state) != told.get(kind)]
    except RemitError:
        parts = ["row"]
    yield from (Differing(decision_id, what) for what in parts)


def _votes(unit: Unit, stored: StoredDecision, told: Mapping[str, str]) -> list[str]:
    """The votes that are stored on the decision's present review, and on those that the ledger tells of."""
    reviews = {line.split()[0] for line in told.get("votes", "").splitlines()}
    if stored.review_id is not None:
        reviews.add(stored.review_id)
    votes = [vote for review_id in reviews for vote in unit.reviews.votes(review_id)]
    return sorted(_vote(each.review_id, each.choice, each.action_digest, each.reviewer) for each in votes)


def _told_vote(event: Mapping[str, Any]) -> str:
    said = event["body"]
    return _vote(said["review_id"], said["choice"], said["action_digest"], event["actor"]["id"])


def _vote(review_id: str, choice: str, action_digest: str, reviewer: str) -> str:
    """Who gave which word for exactly what, as one line."""
    return f"{review_id} {choice} {action_digest} {reviewer}"
