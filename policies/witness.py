"""From a solver's model to facts that a person can read and paste as a test, judged by the real evaluator."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import z3

from remit.core.schema import Record
from remit.core.words import Actor, Effect, Evidence, NeedResult, Verdict
from remit.policies.domain import EPOCH, USUAL_ITEM, Domain
from remit.policies.evaluate import FAILED, CompiledContract
from remit.policies.facts import USAGE, Facts, Used, misfits, window_of
from remit.policies.terms import Curve, Fields, Items, Term, Value, at_rank


@dataclass(frozen=True)
class Witness:
    """Facts that show something, with the verdict that the evaluator gave on them.

    `held` are the rules whose condition is true on them, `failed` is what could not be evaluated.
    """

    facts: Facts
    verdict: Verdict
    held: frozenset[str]
    failed: frozenset[str]

    @property
    def effect(self) -> Effect:
        return self.verdict.effect

    @property
    def deciding(self) -> tuple[str, ...]:
        """The rules that made the verdict what it is."""
        return tuple(each.rule for each in self.verdict.findings if each.effect == self.effect)

    def to_json(self) -> dict[str, Any]:
        return {"given": given(self.facts), "verdict": self.effect, "by": list(self.deciding)}

    def in_words(self, usual: Mapping[str, Any] | None = None) -> str:
        """The facts in one line, without those of the case that are as in `usual`."""
        facts = self.facts
        told = {name: value for name, value in facts.case.items() if (usual or {}).get(name) != value}
        said = given(facts)
        action = facts.action + (f"({_listed(dict(facts.args))})" if facts.args else "")
        around = {name: said[name] for name in said if name not in ("case", "action", "now") and said[name]}
        return "; ".join(filter(None, (action, _listed(told), _listed(around))))


def judged(compiled: CompiledContract, facts: Facts) -> Witness:
    """The facts with the verdict on them."""
    verdict = compiled.evaluate(facts)
    spoke = {each.rule: each for each in verdict.findings}
    failed = {name for name, each in spoke.items() if each.reason.startswith(FAILED)}
    held = {rule.id for rule in compiled.rules if rule.id in spoke and rule.id not in failed}
    return Witness(facts, verdict, frozenset(held), frozenset(failed))


def _listed(values: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}: {_flow(value)}" for name, value in values.items())


def _flow(value: Any) -> str:
    """A value as YAML in one line, so that it can be pasted into a test."""
    if isinstance(value, Mapping):
        return "{" + _listed(value) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_flow, value)) + "]"
    if isinstance(value, str) and re.fullmatch(r"[A-Za-z_][A-Za-z0-9_-]*", value):
        return value
    return json.dumps(value, ensure_ascii=False)


def polished(witness: Witness, case: Record, confirm: Callable[[Facts], Witness | None]) -> Witness:
    """The witness with its fractions rounded, as far as it still shows the same."""
    for name in [one.name for one in case.fields if one.type == "number"] + ["confidence", "propensity"]:
        around = name in ("confidence", "propensity") and case.field(name) is None
        value = getattr(witness.facts, name) if around else witness.facts.case.get(name)
        if isinstance(value, float) and len(repr(value)) > _SHORT:
            witness = next(filter(None, map(confirm, _rounded(witness.facts, case, name, value, around))), witness)
    return witness


_SHORT = 6


def _rounded(facts: Facts, case: Record, name: str, value: float, around: bool) -> Iterator[Facts]:
    for digits in range(4):
        for rounding in (round, math.floor, math.ceil):
            number = rounding(value * 10**digits) / 10**digits if abs(value) < _LARGE else value
            if around and 0 <= number <= 1:
                yield replace(facts, **{name: number})  # type: ignore[arg-type]
            elif not around and not any(misfits(case, changed := {**facts.case, name: number})):
                yield replace(facts, case=changed)


_LARGE = 1e12


def given(facts: Facts) -> dict[str, Any]:
    """Facts in the shape of a contract's tests; what is as a test would have it anyway is left out."""
    written: dict[str, Any] = {"case": dict(facts.case), "action": {"name": facts.action, "args": dict(facts.args)}}
    evidence = [
        {name: value for name in _TOLD if (value := getattr(each, name)) != USUAL_ITEM.get(name)}
        for each in facts.evidence
    ]
    proposal = {"confidence": facts.confidence, "propensity": facts.propensity, "proposer": facts.proposer}
    if facts.cites:
        proposal["cites"] = list(facts.cites)
    actor = {"id": facts.actor.id, "kind": facts.actor.kind, "roles": list(facts.actor.roles)}
    more: dict[str, tuple[Any, Any]] = {
        "evidence": (evidence, []),
        "needs": ([{"need": each.need, "met": each.met} for each in facts.needs], []),
        "proposal": (proposal, {"confidence": 1.0, "propensity": 1.0, "proposer": "given"}),
        "actor": (actor, {"id": "tester", "kind": "user", "roles": []}),
        "case_quality": (facts.case_quality, "ok"),
    }
    for name, (value, ordinary) in more.items():
        if isinstance(value, dict):
            value = {key: one for key, one in value.items() if one != ordinary.get(key)}
            ordinary = {}
        if value != ordinary:
            written[name] = value
    if facts.usage is not None:
        written["usage"] = {name: each.used for name, each in facts.usage.items() if each.used}
    written["now"] = facts.now.isoformat().replace("+00:00", "Z")
    return written


_TOLD = ("need", "id", "source", "title", "trust", "age_days", "score", "similarity")


def read_facts(model: z3.ModelRef, domain: Domain) -> Facts:
    """The facts that a model stands for. A text that nothing names is made up."""
    return _Reader(model, domain).facts()


@dataclass
class _Reader:
    model: z3.ModelRef
    domain: Domain
    names: dict[str, Value] = field(init=False)

    def __post_init__(self) -> None:
        self.names = self.domain.names

    def facts(self) -> Facts:
        action = self.read("action.name")
        now = EPOCH + timedelta(microseconds=self.integer(self.scalar("now").value))
        return Facts(
            case=self.read("case"),
            action=action,
            args=self.read("action.args"),
            actor=Actor(self.read("actor.id"), self.read("actor.kind"), tuple(self.read("actor.roles"))),
            now=now,
            evidence=tuple(_passage(each) for each in self.read("evidence")),
            needs=tuple(NeedResult(each["need"], each["met"], "", int(each["met"])) for each in self.read("needs")),
            confidence=self.read("proposal.confidence"),
            propensity=self.read("proposal.propensity"),
            proposer=self.read("proposal.proposer"),
            case_quality=self.read("case_quality"),
            cites=tuple(self.read("proposal.cites")),
            usage=self.usage(now) if self.domain.limits else None,
        )

    def usage(self, now: datetime) -> dict[str, Used]:
        """What each limit has counted in its window."""
        counts = self.read(USAGE)
        return {name: Used(window_of(per, now), counts[name]) for name, per in self.domain.limits.items()}

    def scalar(self, name: str) -> Term:
        found = self.names[name]
        assert isinstance(found, Term)
        return found

    def read(self, name: str) -> Any:
        return self.value(self.names[name], name)

    def value(self, held: Value, name: str) -> Any:
        if isinstance(held, Items):
            size = self.integer(held.size)
            return [self.value(each, name) for _, each in held.places[:size]]
        if isinstance(held, Fields):
            return {one: self.value(each, one) for one, each in held.fields.items() if self.shown(held, one, name)}
        if held.kind == "bool":
            return self.truth(held.value)
        if held.kind == "string":
            return self.domain.words.text(self.integer(held.value), name.rpartition(".")[2])
        if held.kind == "double":
            curve = held.value[0][1]
            assert isinstance(curve, Curve)
            return at_rank(self.integer(curve.base))
        number = self.integer(held.value)
        if held.kind != "timestamp":
            return number
        return (EPOCH + timedelta(microseconds=number)).isoformat().replace("+00:00", "Z")

    def shown(self, held: Fields, one: str, name: str) -> bool:
        """An empty list is left out only where it may be another action's argument."""
        each = held.fields[one]
        return self.truth(held.present[one]) or (isinstance(each, Items) and name != "action.args")

    def integer(self, number: Any) -> int:
        if isinstance(number, int):
            return number
        found: int = self.model.eval(number, model_completion=True).as_long()
        return found

    def truth(self, truth: Any) -> bool:
        return truth if isinstance(truth, bool) else z3.is_true(self.model.eval(truth, model_completion=True))


def _passage(given: dict[str, Any]) -> Evidence:
    return Evidence(
        given["id"],
        given["need"],
        given["source"],
        given["title"],
        1,
        "",
        given["score"],
        given["similarity"],
        given["trust"],
        given["age_days"],
    )
