"""Tests made from the clauses: for every atom both of its values where it decides, and both sides of its boundary."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time
from heapq import heapify, heappop, heappush
from itertools import pairwise
from typing import Any

from remit.core.words import Actor, Effect, Verdict
from remit.policies.cel import Program
from remit.policies.changes import Changer, Move, applied, cost_of, plain_values
from remit.policies.clauses import Clause, sides_of
from remit.policies.compile import TEST_DAY
from remit.policies.coverage import Duty, done_by, duties
from remit.policies.evaluate import CompiledContract
from remit.policies.explain import Anatomy, Condition, Sight, plain_value
from remit.policies.facts import Facts
from remit.policies.types import UnfitFacts

TRIES = 150
"""How many sets of facts are looked at for one duty."""


@dataclass(frozen=True, slots=True)
class GeneratedTest:
    """Facts, what the evaluator says of them now, and what they show that no test before them does."""

    name: str
    facts: Facts
    effect: Effect
    by: tuple[str, ...]
    shows: tuple[str, ...]
    entry: dict[str, Any]

    def to_yaml(self) -> str:
        """The entry as the contract's file writes it, indented to stand under `tests:`."""
        lines = [f"{key}: {_flow(value)}" for key, value in self.entry.items()]
        return "  - " + "\n    ".join(lines) + "\n"


@dataclass(frozen=True, slots=True)
class Generated:
    """The tests that are worth adding, and the duties for which no facts were found."""

    tests: tuple[GeneratedTest, ...]
    unreached: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        tests = [{"test": each.entry, "shows": list(each.shows)} for each in self.tests]
        return {"tests": tests, "unreached": list(self.unreached)}


def generate_tests(compiled: CompiledContract) -> Generated:
    """Tests that reach what the embedded ones do not; the same contract always gives the same ones."""
    return _Generator(compiled).run()


@dataclass(frozen=True, slots=True)
class _Goal:
    """A duty, at the boundary of a comparison where `border` is set."""

    duty: Duty
    border: bool

    def __str__(self) -> str:
        return f"{self.duty}{' at its boundary' if self.border else ''}"


@dataclass(frozen=True, slots=True)
class _Shown:
    """Facts with their verdict and what they come to."""

    facts: Facts
    verdict: Verdict
    sight: Sight


class _Generator:
    def __init__(self, compiled: CompiledContract) -> None:
        self.compiled = compiled
        self.anatomy = Anatomy(compiled)
        self.changer = Changer(self.anatomy)
        variables = [each for each in self.anatomy.variables.values() if each.clause.node.type.kind == "bool"]
        self.conditions = {each.id: each for each in (*self.anatomy.conditions, *variables)}
        self.pool: list[_Shown] = []

    def run(self) -> Generated:
        goals = dict.fromkeys(self._goals())
        for facts in self._seeds():
            shown = self._show(facts)
            if shown is not None:
                self.pool.append(shown)
                for goal in self._done(shown):
                    goals.pop(goal, None)
        tests: list[GeneratedTest] = []
        unreached: list[str] = []
        while goals:
            goal = next(iter(goals))
            found = self._search(goal)
            if found is None:
                del goals[goal]
                unreached.append(str(goal))
                continue
            done = [each for each in self._done(found) if each in goals]
            for each in done:
                del goals[each]
            self.pool.append(found)
            tests.append(_test(self.compiled, str(goal), found, map(str, done)))
        tests.extend(self._passages())
        return Generated(tuple(tests), tuple(unreached))

    def _goals(self) -> Iterator[_Goal]:
        """The boundaries first: who shows them shows the plain values, too."""
        wanted = list(duties(self.anatomy))
        for duty in wanted:
            program, atom = self._atom(duty)
            sides = sides_of(program.text, atom)
            if sides is not None and sides.operator != "in" and atom.node.items[0].type.kind in ("int", "double"):
                yield _Goal(duty, True)
        yield from (_Goal(duty, False) for duty in wanted)

    def _seeds(self) -> Iterator[Facts]:
        """The facts of the embedded tests; without any, the plainest case with each action."""
        yield from (facts for _, facts in self.compiled.tests)
        if not self.compiled.tests:
            case = {**plain_values(self.compiled.case), **self.compiled.contract.test_case}
            for action in self.compiled.actions.values():
                args = plain_values(action.args)
                yield Facts(case, action.name, args, Actor("tester", "user"), _noon(self.compiled), proposer="given")

    def _show(self, facts: Facts) -> _Shown | None:
        verdict = self.compiled.evaluate(facts)
        if any(finding.rule in ("facts", "effective") for finding in verdict.findings):
            return None
        try:
            return _Shown(facts, verdict, self.anatomy.sight(facts))
        except UnfitFacts:
            return None

    def _passages(self) -> Iterator[GeneratedTest]:
        """For what asks for a passage: one on either side of each figure at which its answer turns."""
        for condition in self.anatomy.conditions:
            for place, (program, atom) in enumerate(condition.atoms()):
                names = {node.name for node in atom.node.walk() if node.kind == "name"}
                duty = Duty(condition.id, atom.text, True, place)
                base = next((each for each in self.pool if _Goal(duty, False) in set(self._done(each))), None)
                if "evidence" in names and base is not None:
                    yield from self._either_side(condition, program, atom, base)

    def _either_side(
        self, condition: Condition, program: Program, atom: Clause, base: _Shown
    ) -> Iterator[GeneratedTest]:
        rows: dict[str, list[tuple[float, bool, _Shown]]] = {}
        for (change,) in self.changer.moves(base.sight, [(program, atom)]):
            for name in ("age_days", "score", "similarity"):
                usual = 0 if name == "age_days" else 1.0
                if change.after is not None and change.after.get(name, usual) != usual:
                    shown = self._show(applied(base.facts, (change,)))
                    value = None if shown is None else shown.sight.holds(atom)
                    if shown is not None and value is not None:
                        rows.setdefault(f"{change.field}.{name}", []).append((change.after[name], value, shown))
        for field, row in rows.items():
            row.sort(key=lambda each: each[0])
            for pair in pairwise(row):
                for figure, value, shown in pair if pair[0][1] is not pair[1][1] else ():
                    if not any(_same_figure(each.facts, field, figure) for each in self.pool):
                        self.pool.append(shown)
                        name = f"{condition.id}: {field} {figure}"
                        yield _test(self.compiled, name, shown, [f"{condition.id}: `{atom.text}` {str(value).lower()}"])

    def _atom(self, duty: Duty) -> tuple[Program, Clause]:
        return list(self.conditions[duty.rule].atoms())[duty.place]

    def _done(self, shown: _Shown) -> Iterator[_Goal]:
        for duty in done_by(self.anatomy, shown.facts, shown.verdict):
            yield _Goal(duty, False)
            if self._at_border(duty, shown.sight) and _visible(self.conditions[duty.rule], shown):
                yield _Goal(duty, True)

    def _at_border(self, duty: Duty, sight: Sight) -> bool:
        """Whether the two sides of the comparison are as close as they can be with this value."""
        program, atom = self._atom(duty)
        sides = sides_of(program.text, atom)
        if sides is None:
            return False
        left, right = sight.value(sides.left), sight.value(sides.right)
        if any(isinstance(each, bool) or not isinstance(each, int | float) for each in (left, right)):
            return False
        meets = (sides.operator in ("<=", ">=", "==")) is duty.value
        gap = abs(left - right)
        if meets or gap == 0:
            return meets and gap == 0
        return bool(gap == 1 if isinstance(gap, int) else gap <= max(0.01, abs(right) * 0.01) * 1.001)

    def _search(self, goal: _Goal) -> _Shown | None:
        """Best first: from the facts that lack least, turning what is in the way."""
        condition = self.conditions[goal.duty.rule]
        queue: list[tuple[int, tuple[int, float], int, Move, _Shown]] = []
        looked_at: set[str] = set()
        for number, shown in enumerate(self.pool):
            queue.append((len(self._lacking(goal, condition, shown)), (0, 0.0), number, (), shown))
        heapify(queue)
        while queue and len(looked_at) < TRIES:
            lacking, _, _, before, shown = heappop(queue)
            if lacking == 0:
                continue  # it does what can be seen from here, and the goal is still not reached
            for move in self.changer.moves(shown.sight, self._lacking(goal, condition, shown)):
                facts = applied(shown.facts, move)
                if len(looked_at) >= TRIES or repr(facts) in looked_at:
                    continue
                looked_at.add(repr(facts))
                further = self._show(facts)
                if further is None:
                    continue
                left = len(self._lacking(goal, condition, further))
                if left == 0 and goal in set(self._done(further)):
                    return further
                whole = (*before, *move)
                heappush(queue, (left, cost_of(whole), len(self.pool) + len(looked_at), whole, further))
        return None

    def _lacking(self, goal: _Goal, condition: Condition, shown: _Shown) -> list[tuple[Program, Clause]]:
        """The clauses that stand in the way of a goal: none where it is reached."""
        sight = shown.sight
        program, atom = self._atom(goal.duty)
        ways: list[tuple[Program, Clause]] = []
        in_scope = condition.scope is not None and any(each is atom for each in condition.scope[1].atoms())
        if condition.scope is not None and not in_scope and sight.holds(condition.scope[1]) is not True:
            ways.append((condition.scope[0], condition.scope[1]))
        if in_scope and sight.holds(condition.clause) is not False:
            ways.append((condition.program, condition.clause))
        root = condition.scope[1] if in_scope and condition.scope is not None else condition.clause
        ways.extend((program, clause) for clause in _in_the_way(root, atom, sight))
        near = not goal.border or self._at_border(goal.duty, sight)
        if sight.holds(atom) is not goal.duty.value or not near:
            ways.append((program, atom))
        if (goal.border and not ways) or condition.kind == "requires":
            ways.extend(self._hiding(condition, shown))
        return [(each, part) for each, clause in ways for part in clause.atoms()]

    def _hiding(self, condition: Condition, shown: _Shown) -> Iterator[tuple[Program, Clause]]:
        """The rules that speak so strictly that this condition is not heard."""
        if condition.kind == "requires":
            strict = [each for each in self.compiled.rules if each.effect != "allow"]
        else:
            rank = ("allow", "escalate", "deny")
            strict = [each for each in self.compiled.rules if rank.index(each.effect) > rank.index(condition.effect)]
        spoke = {finding.rule for finding in shown.verdict.findings}
        for each in strict:
            if each.id in spoke and each.id != condition.id:
                yield self.conditions[each.id].program, self.conditions[each.id].clause


def _in_the_way(clause: Clause, atom: Clause, sight: Sight) -> Iterator[Clause]:
    """The clauses that have to turn so that the atom alone decides."""
    if clause is atom or not clause.parts:
        return
    home = next(part for part in clause.parts if any(each is atom for each in part.atoms()))
    if clause.joined_by in ("&&", "||"):
        quiet = clause.joined_by == "&&"
        # Beside a guard that is loud, what cannot be evaluated is not in the way.
        hushed = (quiet, None) if sight.holds(home) is (not quiet) else (quiet,)
        yield from (part for part in clause.parts if part is not home and sight.holds(part) not in hushed)
    elif clause.joined_by == "?:":
        test, then, other = clause.parts
        if home is test and sight.holds(then) is sight.holds(other):
            yield other
        elif home is not test and sight.holds(test) is not (home is then):
            yield test
    yield from _in_the_way(home, atom, sight)


def _visible(condition: Condition, shown: _Shown) -> bool:
    """Whether a test would notice that the condition came out otherwise."""
    rank = ("allow", "escalate", "deny")
    effect = shown.verdict.effect
    if condition.kind == "variable":
        return True
    speaks = {(finding.rule, finding.effect) for finding in shown.verdict.findings}
    if (condition.id, condition.effect) in speaks:
        return condition.effect == effect
    if condition.effect == "allow":
        return any(rule == "default" for rule, _ in speaks)
    return rank.index(condition.effect) > rank.index(effect)


def _same_figure(facts: Facts, field: str, figure: float) -> bool:
    _, need, name = field.split(".")
    return any(each.need == need and getattr(each, name) == figure for each in facts.evidence)


def _test(compiled: CompiledContract, title: str, shown: _Shown, shows: Iterable[str]) -> GeneratedTest:
    verdict = shown.verdict
    by = tuple(finding.rule for finding in verdict.findings if finding.effect == verdict.effect)
    name = title.replace("`", "")
    entry = {"name": name, **as_given(compiled, shown.facts), "expect": verdict.effect, "by": list(by)}
    return GeneratedTest(name, shown.facts, verdict.effect, by, tuple(shows), entry)


def _noon(compiled: CompiledContract) -> datetime:
    since = compiled.contract.metadata.effective_from
    return TEST_DAY if since is None else datetime.combine(since, time(12), UTC)


def as_given(compiled: CompiledContract, facts: Facts) -> dict[str, Any]:
    """Facts as a test of the contract writes them: only what differs from `test_case` and from the unremarkable."""
    base = compiled.contract.test_case
    case = {name: plain_value(value) for name, value in facts.case.items() if base.get(name) != value}
    case |= {name: None for name in base if name not in facts.case}
    args = {name: plain_value(value) for name, value in facts.args.items()}
    given: dict[str, Any] = {"case": case} if case else {}
    given["action"] = {"name": facts.action, **({"args": args} if args else {})}
    if facts.evidence:
        given["evidence"] = [_passage(each) for each in facts.evidence]
    if facts.needs:
        given["needs"] = [{"need": each.need, "met": each.met} for each in facts.needs]
    proposal = {
        name: plain_value(getattr(facts, name))
        for name, usual in (("confidence", 1.0), ("propensity", 1.0), ("proposer", "given"), ("cites", ()))
        if getattr(facts, name) != usual
    }
    actor = {
        name: plain_value(getattr(facts.actor, name))
        for name, usual in (("id", "tester"), ("kind", "user"), ("roles", ()))
        if getattr(facts.actor, name) != usual
    }
    given |= {key: value for key, value in (("proposal", proposal), ("actor", actor)) if value}
    if facts.case_quality != "ok":
        given["case_quality"] = facts.case_quality
    if facts.usage is not None:
        given["usage"] = {name: each.used for name, each in facts.usage.items()}
    if facts.now != _noon(compiled):
        given["now"] = facts.now.isoformat()
    return given


def _passage(each: Any) -> dict[str, Any]:
    usual = {"id": "given@1#1", "source": "given", "title": "given", "trust": "trusted", "age_days": 0}
    usual |= {"score": 1.0, "similarity": 1.0}
    named = {name: getattr(each, name) for name in usual}
    return {"need": each.need, **{name: value for name, value in named.items() if value != usual[name]}}


_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
_NOT_PLAIN = {"true", "false", "null", "yes", "no", "on", "off", "y", "n"}


def _flow(value: Any) -> str:
    """A value in YAML's flow style, quoted wherever YAML could read something else."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_flow(key)}: {_flow(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_flow, value)) + "]"
    if isinstance(value, str) and _PLAIN.fullmatch(value) and value.lower() not in _NOT_PLAIN:
        return value
    return json.dumps(value, ensure_ascii=False)
