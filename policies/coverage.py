"""Coverage per clause: has every atom been true and false in a test where it alone decided its condition?

This is masking MC/DC, as Chilenski, "An Investigation of Three Forms of the Modified Condition Decision Coverage (MCDC)
Criterion" (2001) defines it. The strict unique-cause form asks for pairs of tests that differ in one atom only, which
conditions such as `a == 1 && x || a == 2 && y` cannot have.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from remit.core.words import Verdict
from remit.policies.clauses import Clause
from remit.policies.explain import Anatomy, Condition, Sight
from remit.policies.facts import Facts
from remit.policies.types import UnfitFacts


@dataclass(frozen=True, slots=True)
class Duty:
    """What a test has to show: an atom of a rule with one value, while it decides."""

    rule: str
    clause: str
    value: bool
    place: int

    def to_json(self) -> dict[str, Any]:
        return {"rule": self.rule, "clause": self.clause, "value": self.value}

    def __str__(self) -> str:
        return f"{self.rule}: `{self.clause}` {str(self.value).lower()}"


@dataclass(frozen=True, slots=True)
class ClauseCoverage:
    """How many duties the tests do, and which ones none of them does."""

    reached: int
    total: int
    unreached: tuple[Duty, ...]

    def to_json(self) -> dict[str, Any]:
        return {"reached": self.reached, "total": self.total, "unreached": [duty.to_json() for duty in self.unreached]}


def clause_coverage(anatomy: Anatomy, seen: Sequence[tuple[Facts, Verdict]]) -> ClauseCoverage:
    """What facts with their verdicts cover of a contract's clauses."""
    wanted = list(duties(anatomy))
    done = {duty for facts, verdict in seen for duty in done_by(anatomy, facts, verdict)}
    unreached = tuple(duty for duty in wanted if duty not in done)
    return ClauseCoverage(len(wanted) - len(unreached), len(wanted), unreached)


def duties(anatomy: Anatomy) -> Iterator[Duty]:
    """Both values of every atom of every rule and requirement, and of every variable that has several."""
    for condition in (*anatomy.conditions, *_joined_variables(anatomy)):
        for number, (_, atom) in enumerate(condition.atoms()):
            if atom.node.kind != "constant":
                yield Duty(condition.id, atom.text, True, number)
                yield Duty(condition.id, atom.text, False, number)


def done_by(anatomy: Anatomy, facts: Facts, verdict: Verdict) -> Iterator[Duty]:
    """The duties that one test does. A requirement is only looked at where it was asked: where the rules allow."""
    spoke = {finding.rule for finding in verdict.findings}
    if spoke & {"facts", "effective"}:
        return
    requirements = {condition.id for condition in anatomy.conditions if condition.kind == "requires"}
    asked = verdict.effect == "allow" or bool(spoke & requirements)
    try:
        sight = anatomy.sight(facts)
    except UnfitFacts:
        return
    for condition in (*anatomy.conditions, *_joined_variables(anatomy)):
        if condition.kind != "requires" or asked:
            yield from decided(condition, sight)


def decided(condition: Condition, sight: Sight) -> Iterator[Duty]:
    """The atoms of a condition that decide it alone, with their values."""
    places = {id(atom): number for number, (_, atom) in enumerate(condition.atoms())}
    deciders: list[Clause] = []
    check = sight.holds(condition.clause)
    if condition.scope is None:
        deciders.extend(_deciders(condition.clause, sight))
    else:
        # What is out of scope holds: so the check decides inside of the scope, the scope where the check fails.
        if sight.holds(condition.scope[1]):
            deciders.extend(_deciders(condition.clause, sight))
        if check is False:
            deciders.extend(_deciders(condition.scope[1], sight))
    for atom in deciders:
        value = sight.holds(atom)
        if value is not None:
            yield Duty(condition.id, atom.text, value, places[id(atom)])


def _deciders(clause: Clause, sight: Sight) -> Iterator[Clause]:
    """The atoms whose turn alone would turn the clause."""
    if not clause.parts:
        yield clause
    elif clause.joined_by == "!":
        yield from _deciders(clause.parts[0], sight)
    elif clause.joined_by == "?:":
        test, then, other = clause.parts
        chosen, value = (then, other), sight.holds(test)
        outcomes = {sight.holds(part) for part in chosen}
        if outcomes == {True, False}:
            yield from _deciders(test, sight)
        if value is not None:
            yield from _deciders(then if value else other, sight)
    else:
        quiet = clause.joined_by == "&&"
        values = [sight.holds(part) for part in clause.parts]
        loud = [part for part, value in zip(clause.parts, values, strict=True) if value is (not quiet)]
        # A part that is loud alone decides, also beside one that cannot be evaluated: that is what a guard is for.
        if len(loud) == 1:
            yield from _deciders(loud[0], sight)
        elif all(value is quiet for value in values):
            for part in clause.parts:
                yield from _deciders(part, sight)


def _joined_variables(anatomy: Anatomy) -> Iterator[Condition]:
    """The variables that are true or false and have clauses of their own."""
    for variable in anatomy.variables.values():
        if variable.clause.parts and variable.clause.node.type.kind == "bool":
            yield variable
