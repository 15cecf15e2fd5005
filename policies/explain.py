"""Why a verdict is what it is: every rule's clauses with what they came to, split on the tree of its condition.

Nothing here is on the hot path: a verdict names one clause by itself, the whole explanation is made when asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, Literal

from remit.core.words import Effect, Verdict
from remit.policies.cel import Binding, CelError, Program
from remit.policies.checked import Node
from remit.policies.clauses import Clause, Joint, read_clauses
from remit.policies.evaluate import CompiledContract, bound
from remit.policies.facts import Facts, seen


@dataclass(frozen=True, slots=True)
class SeenClause:
    """A clause and what it came to; `value` is None where it could not be evaluated, and `error` says why.

    `facts` are the values that an atom looked at. A variable that holds true or false has its own clauses as parts.
    """

    text: str
    value: bool | None
    joined_by: Joint | Literal["="]
    parts: tuple[SeenClause, ...]
    facts: Mapping[str, Any]
    error: str = ""

    def deciding(self) -> tuple[SeenClause, ...]:
        """The atoms that made this clause come to its value: without them it could have come to another."""
        return tuple(_distinct(self._deciding()))

    def _deciding(self) -> Iterator[SeenClause]:
        if not self.parts:
            yield self
            return
        chosen = self.parts
        if self.joined_by == "?:" and self.parts[0].value is not None:
            chosen = (self.parts[0], self.parts[1 if self.parts[0].value else 2])
        elif self.joined_by in ("&&", "||"):
            # One false part makes a conjunction false, one true part an alternative true; else it takes all of them.
            alone = self.joined_by == "||"
            chosen = tuple(part for part in self.parts if part.value is self.value)
            if self.value is not alone and self.value is not None:
                chosen = self.parts
        for part in chosen:
            yield from part._deciding()

    def to_json(self) -> dict[str, Any]:
        told: dict[str, Any] = {"clause": self.text, "value": self.value}
        if self.error:
            told["error"] = self.error
        if self.facts:
            told["facts"] = {name: plain_value(value) for name, value in self.facts.items()}
        if self.parts:
            told |= {"joined_by": self.joined_by, "parts": [part.to_json() for part in self.parts]}
        return told


@dataclass(frozen=True, slots=True)
class SeenRule:
    """One rule or requirement: whether it spoke, and the clauses that made it so.

    A requirement speaks when it applies and fails. `spoke` is None where nobody can tell.
    """

    id: str
    kind: Literal["rule", "requires", "variable"]
    effect: Effect
    spoke: bool | None
    reason: str
    scope: SeenClause | None
    condition: SeenClause

    @property
    def because(self) -> tuple[SeenClause, ...]:
        """The atoms that decided."""
        scope = self.scope.deciding() if self.scope is not None else ()
        if self.scope is not None and self.scope.value is False:
            return scope
        return tuple(_distinct([*scope, *self.condition.deciding()]))

    def to_json(self) -> dict[str, Any]:
        told: dict[str, Any] = {
            "id": self.id,
            "kind": self.kind,
            "effect": self.effect,
            "spoke": self.spoke,
            "because": [clause.to_json() for clause in self.because],
            "condition": self.condition.to_json(),
        }
        if self.scope is not None:
            told["scope"] = self.scope.to_json()
        return told


@dataclass(frozen=True, slots=True)
class Explanation:
    """A verdict with every rule and requirement of the contract; none of them where the facts did not fit."""

    verdict: Verdict
    rules: tuple[SeenRule, ...]

    def rule(self, name: str) -> SeenRule | None:
        """The rule or requirement of that id."""
        return next((rule for rule in self.rules if rule.id == name), None)

    def to_json(self) -> dict[str, Any]:
        return {"effect": self.verdict.effect, "rules": [rule.to_json() for rule in self.rules]}


def explain_verdict(compiled: CompiledContract, facts: Facts) -> Explanation:
    """The verdict on these facts, with the clauses of every rule, whether it spoke or not. Never raises."""
    return Anatomy(compiled).explain(facts)


@dataclass(frozen=True, slots=True)
class Condition:
    """What a rule or requirement asks; `scope` is where a requirement applies, None for everywhere."""

    id: str
    kind: Literal["rule", "requires", "variable"]
    effect: Effect
    reason: str
    program: Program
    clause: Clause
    scope: tuple[Program, Clause] | None = None

    def atoms(self) -> Iterator[tuple[Program, Clause]]:
        """Every atom, with the program whose text it is cut from."""
        if self.scope is not None:
            yield from ((self.scope[0], atom) for atom in self.scope[1].atoms())
        yield from ((self.program, atom) for atom in self.clause.atoms())


class Sight:
    """What every clause comes to on one set of facts; each is evaluated once, when it is asked for."""

    def __init__(self, anatomy: Anatomy, facts: Facts) -> None:
        """Raises `UnfitFacts`."""
        self._anatomy = anatomy
        self.facts = facts
        self._named = seen(facts, anatomy.compiled.actions)
        self._values: dict[str, Any] = {}

    @cached_property
    def bound(self) -> tuple[Binding, dict[str, str]]:
        """The binding with the variables, and why a variable has no value."""
        return bound(self._anatomy.compiled, self.facts)

    def value(self, text: str) -> Any:
        """The value of a part of a condition, or a `CelError`."""
        if text not in self._values:
            self._values[text] = self._anatomy.part(text).run(self.bound[0])
        return self._values[text]

    def holds(self, clause: Clause) -> bool | None:
        """Whether a clause is true; None where that cannot be evaluated."""
        found = self.value(clause.text)
        return found if isinstance(found, bool) else None

    def look(self, clause: Clause) -> SeenClause:
        """A clause with all of its parts."""
        found = self.value(clause.text)
        value, error = (None, self._why(clause, found)) if isinstance(found, CelError) else (bool(found), "")
        variable = self._anatomy.variables.get(clause.node.name) if clause.node.kind == "name" else None
        if variable is not None and variable.clause.node.type.kind == "bool":
            return SeenClause(clause.text, value, "=", (self.look(variable.clause),), {}, error)
        parts = tuple(self.look(part) for part in clause.parts)
        return SeenClause(clause.text, value, clause.joined_by, parts, {} if parts else self._looked_at(clause), error)

    def _why(self, clause: Clause, error: CelError) -> str:
        names = sorted(node.name for node in clause.node.walk() if node.kind == "name")
        return next((self.bound[1][name] for name in names if name in self.bound[1]), error.message)

    def _looked_at(self, clause: Clause) -> dict[str, Any]:
        """The plain values that an atom names, in its order."""
        found: dict[str, Any] = {}
        for node in clause.node.walk():
            if node.kind == "select" and node.items[0].kind == "name" and not node.test:
                owner = node.items[0].name
                record = self._named.get(owner, self.bound[0].data.get(owner))
                if isinstance(record, Mapping):
                    found[path_of(node)] = record.get(node.name)
            elif node.kind == "name" and node.name in self._anatomy.compiled.environment.variables:
                value = self._named.get(node.name, self.bound[0].data.get(node.name))
                if not isinstance(value, Mapping) and node.name not in ("evidence", "needs"):
                    found[node.name] = value
        return found


class Anatomy:
    """A compiled contract taken apart into clauses. Worth keeping where many facts are looked at."""

    def __init__(self, compiled: CompiledContract) -> None:
        self.compiled = compiled
        self._parts: dict[str, Program] = {}

    @cached_property
    def conditions(self) -> tuple[Condition, ...]:
        """Every rule and every requirement, in the contract's order."""
        return (*self._rules(), *self._requirements())

    @cached_property
    def variables(self) -> dict[str, Condition]:
        """The variables by their full names."""
        return {
            name: Condition(name, "variable", "allow", "", program, read_clauses(program))
            for name, program in self.compiled.variables
        }

    def part(self, text: str) -> Program:
        """A part of a condition, as a program."""
        if text not in self._parts:
            self._parts[text] = self.compiled.environment.compile_part(text)
        return self._parts[text]

    def sight(self, facts: Facts) -> Sight:
        """These facts, to be looked at. Raises `UnfitFacts`."""
        sight = Sight(self, facts)
        _ = sight.bound
        return sight

    def explain(self, facts: Facts) -> Explanation:
        """As `explain_verdict`."""
        verdict = self.compiled.evaluate(facts)
        if any(finding.rule in ("facts", "effective") for finding in verdict.findings):
            return Explanation(verdict, ())
        sight = self.sight(facts)
        return Explanation(verdict, tuple(look_at(condition, sight) for condition in self.conditions))

    def _rules(self) -> Iterator[Condition]:
        for rule in self.compiled.rules:
            yield Condition(rule.id, "rule", rule.effect, rule.reason, rule.program, read_clauses(rule.program))

    def _requirements(self) -> Iterator[Condition]:
        for each in self.compiled.requires:
            everywhere = each.scope.tree.kind == "constant"
            scope = None if everywhere else (each.scope, read_clauses(each.scope))
            check = self.compiled.environment.compile(each.clauses.text)
            yield Condition(each.id, "requires", each.effect, each.reason, check, read_clauses(check), scope)


def look_at(condition: Condition, sight: Sight) -> SeenRule:
    """One condition on one set of facts."""
    found = sight.look(condition.clause)
    scope = None if condition.scope is None else sight.look(condition.scope[1])
    spoke = found.value
    if condition.kind == "requires":
        applies = scope is None or scope.value
        spoke = False if applies is False else None if None in (applies, spoke) else not spoke
    return SeenRule(condition.id, condition.kind, condition.effect, spoke, condition.reason, scope, found)


def path_of(node: Node) -> str:
    """A selected field as it is written, such as `case.amount_cents`."""
    return f"{node.items[0].name}.{node.name}"


def plain_value(value: Any) -> Any:
    """A fact as JSON holds it."""
    if isinstance(value, datetime):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value


def _distinct(clauses: Iterable[SeenClause]) -> Iterator[SeenClause]:
    told: set[str] = set()
    for clause in clauses:
        if clause.text not in told:
            told.add(clause.text)
            yield clause
