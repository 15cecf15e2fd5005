"""What could be otherwise: changes of facts within their types, taken from the boundaries of the clauses."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from remit.core.scalars import INT64_MAX
from remit.core.schema import ActionSchema, Field, Record
from remit.core.words import Evidence, NeedResult
from remit.policies.cel import CelError, Program
from remit.policies.checked import Node
from remit.policies.clauses import Clause, sides_of
from remit.policies.explain import Anatomy, Sight, path_of
from remit.policies.facts import USAGE, Facts, Used, misfits, window_of
from remit.policies.types import UnfitFacts


@dataclass(frozen=True, slots=True)
class Change:
    """One fact that is otherwise: a field of case or arguments, the action, a need or its passage, a limit's count."""

    field: str
    before: Any
    after: Any

    @property
    def distance(self) -> float:
        """How far it is, from 0 to 1: relative for numbers, 1 for everything else."""
        one, other = self.before, self.after
        if any(isinstance(value, bool) or not isinstance(value, int | float) for value in (one, other)):
            return 1.0
        return float(abs(one - other) / max(abs(one), abs(other), 1))

    @property
    def room_and_name(self) -> tuple[str, str]:
        """`action.args` and the argument, `needs` and the need, and so on; only the name of a need may have dots."""
        room, _, name = self.field.partition(".")
        if room not in ("needs", "evidence"):
            room, _, name = self.field.rpartition(".")
        return room, name


_BY_FIELD = ("case", "action.args", USAGE)

Move = tuple[Change, ...]
"""Changes that belong together, such as another action with its arguments."""


def cost_of(move: Move) -> tuple[int, float]:
    """The number of fields, then how far they are changed."""
    return len(move), sum(change.distance for change in move)


def applied(facts: Facts, move: Move) -> Facts:
    """The facts after a move."""
    for change in move:
        facts = _applied(facts, change)
    return facts


def _applied(facts: Facts, change: Change) -> Facts:
    room, name = change.room_and_name
    if room == "case":
        return replace(facts, case=_with(facts.case, name, change.after))
    if room == "action.args":
        return replace(facts, args=_with(facts.args, name, change.after))
    if change.field == "action.name":
        return replace(facts, action=change.after)
    if room == "actor":
        return replace(facts, actor=replace(facts.actor, **{name: change.after}))
    if room == "needs":
        others = [need for need in facts.needs if need.need != name]
        return replace(facts, needs=(*others, NeedResult(name, change.after, "", int(change.after))))
    if room == "evidence":
        others_found = [each for each in facts.evidence if each.need != name]
        found = [] if change.after is None else [_passage(name, **change.after)]
        return replace(facts, evidence=(*others_found, *found))
    if room == USAGE:
        usage = facts.usage or {}
        window = usage[name].window if name in usage else window_of("day", facts.now)
        return replace(facts, usage={**usage, name: Used(window, change.after)})
    return replace(facts, **{name: change.after})  # proposal.confidence, case_quality


def _with(values: Mapping[str, Any], name: str, value: Any) -> dict[str, Any]:
    changed = {**values, name: value}
    if value is None:
        del changed[name]
    return changed


def _passage(need: str, trust: Any, age_days: int, score: float = 1.0, similarity: float = 1.0) -> Evidence:
    return Evidence("given@1#1", need, "given", "given", 1, "", score, similarity, trust, age_days)


class Changer:
    """Proposes moves for the atoms of a contract; `leave_out` names fields or rooms that may not change."""

    def __init__(self, anatomy: Anatomy, leave_out: Collection[str] = ()) -> None:
        self.anatomy = anatomy
        self.compiled = anatomy.compiled
        self.leave_out = frozenset(leave_out)

    def moves(self, sight: Sight, atoms: Iterable[tuple[Program, Clause]]) -> list[Move]:
        """Every move that might turn one of the atoms, nearest first; the order is always the same."""
        found: dict[Move, None] = {}
        for program, atom in atoms:
            for move in self._for_atom(sight, program, atom):
                if not any(self._left_out(change.field) for change in move):
                    found.setdefault(move)
        return sorted(found, key=lambda move: (cost_of(move), repr(move)))

    def _left_out(self, field: str) -> bool:
        return field in self.leave_out or field.partition(".")[0] in self.leave_out

    def _for_atom(self, sight: Sight, program: Program, atom: Clause) -> Iterator[Move]:
        tree = self._expanded(atom.node)
        constants = list(
            dict.fromkeys(node.value for node in tree if node.kind == "constant" and node.value is not None)
        )
        for name in dict.fromkeys(self._fields(tree)):
            room, _, last = name.rpartition(".")
            if room == "case":
                one = self.compiled.case.field(last)
                yield from self._for_field(sight, name, one, sight.facts.case, constants, program, atom)
            elif room == "action.args":
                one = self.compiled.actions[sight.facts.action].args.field(last)
                yield from self._for_field(sight, name, one, sight.facts.args, constants, program, atom)
            elif room == USAGE:
                yield from self._for_count(sight, name, constants, program, atom)
            elif name in ("action.name", "action.risk", "action.reversible", "action.has_effect"):
                yield from self._other_actions(sight.facts)
            elif name in ("evidence", "needs"):
                yield from self._found(sight.facts, name, tree)
            else:
                yield from self._for_own(sight, name, constants, program, atom)

    def _expanded(self, node: Node) -> list[Node]:
        """The nodes of an atom and of every variable that it names, directly or not."""
        found: list[Node] = []
        for each in node.walk():
            variable = self.anatomy.variables.get(each.name) if each.kind == "name" else None
            found.extend(self._expanded(variable.clause.node) if variable is not None else [each])
        return found

    def _fields(self, tree: Iterable[Node]) -> Iterator[str]:
        names = self.compiled.environment.variables
        for node in tree:
            if node.kind == "select" and node.items[0].kind == "name" and node.items[0].name in _BY_FIELD:
                yield path_of(node)
            elif node.kind == "name" and node.name in names and node.name not in _BY_FIELD:
                yield node.name

    def _for_field(
        self,
        sight: Sight,
        name: str,
        one: Field | None,
        values: Mapping[str, Any],
        constants: list[Any],
        program: Program,
        atom: Clause,
    ) -> Iterator[Move]:
        if one is None:
            return  # an argument of another action
        before = values.get(one.name)
        for after in self._values(sight, name, one, before, constants, program, atom):
            shape = Record("", (one,))
            if after != before and not any(misfits(shape, {} if after is None else {one.name: after})):
                yield (Change(name, _kept(before), _kept(after)),)

    def _values(
        self, sight: Sight, name: str, one: Field, before: Any, constants: list[Any], program: Program, atom: Clause
    ) -> Iterator[Any]:
        if not one.required:
            yield None
        if one.type == "boolean":
            yield from (True, False)
        elif one.values:
            yield from one.values
        elif one.type == "string":
            yield from (value for value in constants if isinstance(value, str))
            yield from _opposites(sight, program, atom, str)
            yield f"other-{before}" if before else "other"
        elif one.type == "strings":
            yield from _lists(before or (), [value for value in constants if isinstance(value, str)])
        elif one.type == "timestamp":
            for moment in (sight.facts.now, *_opposites(sight, program, atom, datetime)):
                yield from _around(moment)
        else:
            whole = one.type == "integer"
            if before is None:
                yield plain_values(Record("", (replace(one, required=True),)))[one.name]
            yield from _numbers([value for value in constants if not isinstance(value, str)], whole)
            if before is not None:
                yield from self._balanced(sight, Change(name, before, before), whole, program, atom)

    def _balanced(self, sight: Sight, here: Change, whole: bool, program: Program, atom: Clause) -> Iterator[Any]:
        """Where the two sides of a comparison meet, were they linear in this field; and a step to either side."""
        sides = sides_of(program.text, atom)
        if sides is None or sides.operator == "in":
            return
        there = Change(here.field, here.before, here.before + 1)
        try:
            gap, next_gap = _gap(sight, sides.left, sides.right), None
            if gap is not None:
                moved = self.anatomy.sight(applied(sight.facts, (there,)))
                next_gap = _gap(moved, sides.left, sides.right)
        except UnfitFacts:
            return
        if gap is None or next_gap is None or next_gap == gap:
            return
        meeting = here.before - gap / (next_gap - gap)
        if math.isfinite(meeting) and abs(meeting) < 2**53:
            yield from _numbers([math.floor(meeting), math.ceil(meeting)] if whole else [round(meeting, 9)], whole)

    def _for_count(
        self, sight: Sight, name: str, constants: list[Any], program: Program, atom: Clause
    ) -> Iterator[Move]:
        """Moves of what a limit has counted."""
        used = (sight.facts.usage or {}).get(name.partition(".")[2])
        before = 0 if used is None else used.used
        borders = [value for value in constants if isinstance(value, int)]
        meeting = self._balanced(sight, Change(name, before, before), True, program, atom)
        for after in (*_numbers(borders, True), *meeting):
            if 0 <= after <= INT64_MAX and after != before:
                yield (Change(name, before, after),)

    def _for_own(self, sight: Sight, name: str, constants: list[Any], program: Program, atom: Clause) -> Iterator[Move]:
        """Moves of what is neither case nor action: the proposal's figures, the quality of the case, the actor."""
        facts = sight.facts
        if name in ("proposal.confidence", "proposal.propensity"):
            before = getattr(facts, name.rpartition(".")[2])
            numbers = _numbers([value for value in constants if isinstance(value, float)], False)
            yield from ((Change(name, before, after),) for after in numbers if 0 <= after <= 1 and after != before)
        elif name == "case_quality":
            yield (Change(name, facts.case_quality, "ok" if facts.case_quality == "degraded" else "degraded"),)
        elif name == "actor.roles":
            for after in _lists(facts.actor.roles, [value for value in constants if isinstance(value, str)]):
                yield (Change(name, facts.actor.roles, tuple(after)),)
        elif name == "actor.id":
            words = [*_opposites(sight, program, atom, str), *(each for each in constants if isinstance(each, str))]
            yield from ((Change(name, facts.actor.id, word),) for word in words if word != facts.actor.id)
        elif name == "actor.kind":
            kinds = ("user", "app", "system")
            yield from ((Change(name, facts.actor.kind, kind),) for kind in kinds if kind != facts.actor.kind)

    def _other_actions(self, facts: Facts) -> Iterator[Move]:
        for action in self.compiled.actions.values():
            if action.name == facts.action:
                continue
            args = self._arguments(action, facts)
            moves = [Change("action.name", facts.action, action.name)]
            names = dict.fromkeys([*facts.args, *args])
            for name in names:
                if facts.args.get(name) != args.get(name):
                    moves.append(Change(f"action.args.{name}", _kept(facts.args.get(name)), _kept(args.get(name))))
            yield tuple(moves)

    def _arguments(self, action: ActionSchema, facts: Facts) -> dict[str, Any]:
        """Arguments for another action: those that fit already, else those of a test, else the plainest."""
        fitting = {
            one.name: facts.args[one.name]
            for one in action.args.fields
            if one.name in facts.args and not any(misfits(Record("", (one,)), {one.name: facts.args[one.name]}))
        }
        tested = next((dict(each.args) for _, each in self.compiled.tests if each.action == action.name), {})
        return {**plain_values(action.args), **tested, **fitting}

    def _found(self, facts: Facts, name: str, tree: list[Node]) -> Iterator[Move]:
        """Moves of what was found: each need that the atom names, met or not, with a passage on the border or none."""
        words = [str(node.value) for node in tree if node.kind == "constant" and isinstance(node.value, str)]
        words = [word for word in words if word not in ("trusted", "internal", "untrusted", "@result")]
        present = [each.need for each in (facts.evidence if name == "evidence" else facts.needs)]
        named = list(dict.fromkeys(words or present or ["any"]))
        if name == "needs":
            met = {each.need: each.met for each in facts.needs}
            for word in named:
                others = (not met[word],) if word in met else (True, False)
                yield from ((Change(f"needs.{word}", met.get(word), after),) for after in others)
            return
        figures = dict.fromkeys(
            (node.name, other.value)
            for each in tree
            if each.kind == "call"
            for node in each.items
            for other in each.items
            if node.kind == "select" and other.kind == "constant" and not isinstance(other.value, str | bool)
        )
        for word in named:
            yield from ((change,) for change in _passages(facts, word, list(figures)))


def _passages(facts: Facts, word: str, figures: list[tuple[str, Any]]) -> Iterator[Change]:
    found = next((each for each in facts.evidence if each.need == word), None)
    before: dict[str, Any] | None = None if found is None else {"trust": found.trust, "age_days": found.age_days}
    if found is not None and (found.score, found.similarity) != (1.0, 1.0):
        before = {**(before or {}), "score": found.score, "similarity": found.similarity}
    plainest = {"trust": "trusted", "age_days": 0}
    wanted: list[dict[str, Any] | None] = [plainest, None, {**plainest, "trust": "untrusted"}]
    for name, border in figures:
        if name in ("age_days", "score", "similarity"):
            values = _numbers([border], name == "age_days")
            wanted.extend({**plainest, name: value} for value in values if value >= 0)
    name = f"evidence.{word}"
    yield from (Change(name, _kept(before), _kept(after)) for after in wanted if after != before)


def plain_values(record: Record) -> dict[str, Any]:
    """The plainest values of a record's required fields: the least number, the first word, false, nothing."""
    plainest: dict[str, Any] = {"boolean": False, "string": "given", "strings": [], "timestamp": "2026-01-01T00:00:00Z"}
    values: dict[str, Any] = {}
    for one in record.fields:
        if one.required:
            number = one.minimum if one.minimum is not None else min(0, one.maximum if one.maximum is not None else 0)
            number = float(number) if one.type == "number" else math.ceil(number)
            values[one.name] = one.values[0] if one.values else plainest.get(one.type, number)
    return values


def _numbers(borders: list[Any], whole: bool) -> Iterator[Any]:
    """Each border, and the nearest number that a person would write on either side of it."""
    for border in borders:
        if isinstance(border, bool) or not isinstance(border, int | float):
            continue
        if whole:
            middle = round(border)
            yield from (middle, middle - 1, middle + 1)
        else:
            digits = max(len(repr(float(border)).partition(".")[2]), 1) + 1
            step = 10.0**-digits if digits <= 12 else 0.001
            yield from (float(border), round(border - step, digits), round(border + step, digits))


def _around(moment: datetime) -> Iterator[str]:
    """The moment and a second to either side, as far as the calendar goes."""
    for step in (-1, 0, 1):
        with suppress(OverflowError):
            yield (moment + timedelta(seconds=step)).isoformat()


def _lists(before: Iterable[str], constants: list[str]) -> Iterator[list[str]]:
    now = list(before)
    yield []
    for word in (*constants, "OTHER"):
        yield [word]
        if word not in now:
            yield [*now, word]
    yield from (now[:place] + now[place + 1 :] for place in range(len(now)))


def _gap(sight: Sight, left: str, right: str) -> float | None:
    """By how much the left side is larger; None where they are no numbers."""
    one, other = sight.value(left), sight.value(right)
    if any(isinstance(each, bool) or not isinstance(each, int | float) for each in (one, other)):
        return None
    gap: float = one - other
    return gap


def _opposites(sight: Sight, program: Program, atom: Clause, typed: type) -> Iterator[Any]:
    """The values of the two sides of a comparison, as far as they are of this type."""
    sides = sides_of(program.text, atom)
    for text in (sides.left, sides.right) if sides is not None else ():
        value = sight.value(text)
        if isinstance(value, typed) and not isinstance(value, CelError):
            yield value


class Passage(dict[str, Any]):
    """A passage's figures, or a list, that can stand in a set of moves."""

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(repr(self))


def _kept(value: Any) -> Any:
    """The value in a form that can be compared and hashed."""
    if isinstance(value, dict):
        return Passage(value)
    return tuple(value) if isinstance(value, list) else value
