"""What a contract may look at: the facts of one proposal, and the names and types under which conditions see them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, get_args

from remit.core.problems import did_you_mean
from remit.core.schema import ActionSchema, Field, Record
from remit.core.words import Actor, Evidence, NeedResult, Trust
from remit.policies.types import (
    BOOL,
    DOUBLE,
    INT,
    STRING,
    STRINGS,
    TIMESTAMP,
    CelType,
    UnfitFacts,
    convert_field,
    list_of,
    map_of,
    record_of,
    text_of,
)

Window = Literal["hour", "day", "month"]


@dataclass(frozen=True, slots=True)
class Used:
    """What a limit has counted so far in a window; `window` is its beginning (RFC 3339, UTC)."""

    window: str
    used: int

    def to_json(self) -> dict[str, str]:
        # As text, for a count may be beyond what JSON readers hold exactly.
        return {"window": self.window, "used": str(self.used)}

    @staticmethod
    def from_json(given: Mapping[str, str]) -> Used:
        return Used(given["window"], int(given["used"]))


def window_of(per: Window, at: datetime) -> str:
    """The beginning of the UTC calendar window around a moment, as RFC 3339."""
    start = at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    if per != "hour":
        start = start.replace(hour=0)
    if per == "month":
        start = start.replace(day=1)
    return start.isoformat()


@dataclass(frozen=True, slots=True)
class Facts:
    """One proposal and everything that is known around it. `args` are of the action; `now` is aware.

    `cites` are the ids of the passages that the proposal rests on. `usage` is what each limit has counted so far; one
    that it does not name has counted nothing, and where it is None the limits are not looked at.
    """

    case: Mapping[str, Any]
    action: str
    args: Mapping[str, Any]
    actor: Actor
    now: datetime
    evidence: Sequence[Evidence] = ()
    needs: Sequence[NeedResult] = ()
    confidence: float = 1.0
    propensity: float = 1.0
    proposer: str = ""
    case_quality: Literal["ok", "degraded"] = "ok"
    cites: Sequence[str] = ()
    usage: Mapping[str, Used] | None = None


EVIDENCE = Record(
    "evidence",
    (
        Field("id", "string"),
        Field("need", "string"),
        Field("source", "string"),
        Field("title", "string"),
        Field("trust", "string", values=get_args(Trust)),
        Field("trusted", "boolean"),
        Field("age_days", "integer"),
        Field("score", "number"),
        Field("similarity", "number"),
    ),
)
NEED = Record("need", (Field("need", "string"), Field("met", "boolean")))


USAGE = "usage"
"""The name under which conditions read what the limits have counted: ``usage['granted-in-a-day']``."""


def prelude(case: Record, actions: Sequence[ActionSchema], limits: Iterable[str] = ()) -> dict[str, CelType]:
    """The names that conditions may use, with their types; `limits` are the ids of the contract's limits.

    Raises:
        ValueError: two actions give one argument different types.
    """
    return {
        "case": record_of(case),
        "action.name": text_of(action.name for action in actions),
        "action.args": record_of(union_of_args(actions)),
        "action.risk": text_of(("low", "medium", "high")),
        "action.reversible": BOOL,
        "action.has_effect": BOOL,
        "actor.id": STRING,
        "actor.kind": text_of(("user", "app", "system")),
        "actor.roles": STRINGS,
        "evidence": list_of(record_of(EVIDENCE)),
        "needs": list_of(record_of(NEED)),
        "proposal.confidence": DOUBLE,
        "proposal.propensity": DOUBLE,
        "proposal.proposer": STRING,
        "proposal.cites": STRINGS,
        "case_quality": text_of(("ok", "degraded")),
        USAGE: map_of(INT, limits),
        "now": TIMESTAMP,
    }


def union_of_args(actions: Sequence[ActionSchema]) -> Record:
    """The arguments of all actions as one record in which every argument is optional."""
    found: dict[str, Field] = {}
    for action in actions:
        for one in action.args.fields:
            other = found.get(one.name)
            if other is not None and other.type != one.type:
                raise ValueError(f"the argument `{one.name}` is {other.type} in one action and {one.type} in another")
            # An enumeration of one action does not close the argument of another.
            values = one.values if other is None or set(other.values) == set(one.values) else ()
            found[one.name] = Field(one.name, one.type, required=False, values=values)
    return Record("action.args", tuple(found.values()))


def seen(facts: Facts, actions: Mapping[str, ActionSchema]) -> dict[str, Any]:
    """The facts under the names of the prelude, but for usage: which budget is meant depends on the other facts.

    Raises:
        UnfitFacts: the action is not one of the declared ones.
    """
    # Of several facts that do not fit, the first one is told: recorded verdicts have it in this order.
    return {"case": facts.case, **seen_of_action(facts, actions), **seen_around(facts)}


def seen_of_action(facts: Facts, actions: Mapping[str, ActionSchema]) -> dict[str, Any]:
    """What is seen of the action and its arguments. Raises UnfitFacts: it is not one of the declared ones."""
    action = actions.get(facts.action)
    if action is None:
        raise UnfitFacts(f"the action `{facts.action}` is not declared")
    return {
        "action.name": action.name,
        "action.args": facts.args,
        "action.risk": action.risk,
        "action.reversible": action.reversible,
        "action.has_effect": action.has_effect,
    }


def seen_around(facts: Facts) -> dict[str, Any]:
    """What is seen around the action: the same whatever is proposed."""
    return {
        "case": facts.case,
        "actor.id": facts.actor.id,
        "actor.kind": facts.actor.kind,
        "actor.roles": facts.actor.roles,
        "evidence": [_passage(each) for each in facts.evidence],
        "needs": [{"need": each.need, "met": each.met} for each in facts.needs],
        "proposal.confidence": facts.confidence,
        "proposal.propensity": facts.propensity,
        "proposal.proposer": facts.proposer,
        "proposal.cites": facts.cites,
        "case_quality": facts.case_quality,
        "now": facts.now,
    }


def _passage(each: Evidence) -> dict[str, Any]:
    return {
        "id": each.id,
        "need": each.need,
        "source": each.source,
        "title": each.title,
        "trust": each.trust,
        "trusted": each.trusted,
        "age_days": each.age_days,
        "score": each.score,
        "similarity": each.similarity,
    }


def misfits(record: Record, values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Each way in which values do not make the record: the field's name and what is wrong with it."""
    for name in values:
        if record.field(name) is None:
            hint = did_you_mean(name, record.names)
            yield name, "; ".join(filter(None, (f"undeclared field `{name}` of {record.name}", hint)))
    for one in record.fields:
        value = values.get(one.name)
        if value is None:
            if one.required:
                yield one.name, f"missing field `{one.name}` of {record.name}"
            continue
        try:
            convert_field(one, value)
        except UnfitFacts as error:
            yield one.name, f"`{one.name}`{error}"
            continue
        yield from ((one.name, wrong) for wrong in _out_of_domain(one, value))


def _out_of_domain(one: Field, value: Any) -> Iterator[str]:
    if one.minimum is not None and value < one.minimum:
        yield f"`{one.name}` must be at least {one.minimum}, but is {value}"
    if one.maximum is not None and value > one.maximum:
        yield f"`{one.name}` must be at most {one.maximum}, but is {value}"
    if one.max_items is not None and len(value) > one.max_items:
        yield f"`{one.name}` must have at most {one.max_items} items, but has {len(value)}"
