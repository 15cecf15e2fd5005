"""What is weak in a contract's rules: each finding is proved over all facts, or comes with facts that show it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import combinations
from typing import Any, Literal

from remit.core.problems import Problem
from remit.policies.cel import Program
from remit.policies.checked import Node
from remit.policies.clauses import Clause, read_clauses
from remit.policies.encode import Place as Outside
from remit.policies.evaluate import CompiledContract, CompiledRule
from remit.policies.facts import Facts
from remit.policies.imports import Place
from remit.policies.solver import Answer, Prover
from remit.policies.symbolic import EFFECTS, Condition, Symbolic
from remit.policies.terms import Truth, both, either, negated, same
from remit.policies.witness import Witness

UNVERIFIED = "policy.not-verified"
BY_TESTS = "Say it with comparisons where that can be done; else let tests show it."
Level = Literal["error", "unverified", "warning", "info", "proved"]


@dataclass(frozen=True)
class Weakness:
    """One finding at its place. An `error` must be mended; `unverified` says that nothing is known, and why."""

    level: Level
    problem: Problem
    rules: tuple[str, ...] = ()
    witness: Witness | None = None

    @property
    def code(self) -> str:
        return self.problem.code

    def to_json(self) -> dict[str, Any]:
        shown = None if self.witness is None else self.witness.to_json()
        return {"level": self.level, **self.problem.to_json(), "rules": list(self.rules), "witness": shown}


@dataclass(frozen=True)
class _Written:
    """A condition at its place in a file, and where it counts."""

    id: str
    at: Place
    key: str
    program: Program
    where: Truth


class Linter:
    """The questions that are asked of one contract, each by a method of its own."""

    def __init__(self, symbolic: Symbolic, prover: Prover) -> None:
        self.compiled: CompiledContract = symbolic.compiled
        self.symbolic = symbolic
        self.prover = prover
        self.idle: set[str] = set()

    def rules(self) -> Iterator[tuple[CompiledRule, Condition]]:
        return zip(self.compiled.rules, self.symbolic.rules, strict=True)

    def never_fires(self) -> Iterator[Weakness]:
        """A rule whose condition no facts fulfil, and one whose word never counts for a stricter one speaks as well."""
        for rule, condition in self.rules():
            found = self._fires(rule, condition)
            if found.kind == "never":
                self.idle.add(rule.id)
                message = f"the rule `{rule.id}` can never fire: no facts fulfil its condition"
                yield self._at(
                    rule, "error", message, "policy.never-fires", "Mend the condition, or take the rule out."
                )
            elif found.kind == "unknown":
                yield self._unsure(rule, condition, f"whether the rule `{rule.id}` can fire", found)
            else:
                yield from self._shadowed(rule, condition)

    def _fires(self, rule: CompiledRule, condition: Condition, *, shown: bool = False) -> Answer:
        return self.prover.ask(
            self.symbolic.in_force,
            condition.holds,
            shown=shown,
            confirm=lambda found: rule.id in found.held,
        )

    def _shadowed(self, rule: CompiledRule, condition: Condition) -> Iterator[Weakness]:
        found = self.prover.ask(
            self.symbolic.in_force,
            condition.holds,
            self.symbolic.verdict[rule.effect],
            shown=False,
            confirm=lambda found: rule.id in found.held and found.effect == rule.effect,
        )
        if found.kind == "unknown":
            yield self._unsure(rule, condition, f"whether the rule `{rule.id}` ever changes the verdict", found)
        if found.kind != "never":
            return
        self.idle.add(rule.id)
        witness = self._fires(rule, condition, shown=True).witness
        deciding = frozenset(witness.deciding if witness is not None else ())
        stricter = (
            other.id
            for other, stronger in self.rules()
            if other.id in deciding
            and other.effect != rule.effect
            and not self.prover.parted(rule.id, other.id)
            and self.prover.never(self.symbolic.in_force, condition.holds, negated(stronger.holds)) is True
        )
        over = next(stricter, None)
        by = "something stricter always speaks with it" if over is None else f"`{over}` always fires with it"
        message = f"the rule `{rule.id}` never decides: {by}"
        weakness = self._at(rule, "error", message, "policy.shadowed", "Narrow the stricter one, or take this one out.")
        yield replace(weakness, rules=(rule.id, *filter(None, [over])), witness=witness)

    def idle_requirements(self) -> Iterator[Weakness]:
        """A requirement that holds on all facts, or on all on which the rules allow."""
        unknown = 0
        for each, (scope, check) in zip(self.compiled.requires, self.symbolic.requires, strict=True):
            speaks = either(scope.fails, check.fails, both(scope.holds, negated(check.holds)))
            idle = self.prover.never(self.symbolic.in_force, speaks)
            never_asked = idle is False and self.prover.never(self.symbolic.in_force, self._allowed, speaks)
            unknown += idle is None or never_asked is None
            if idle or never_asked:
                self.idle.add(each.id)
                why = "can never fail"
                if never_asked:
                    why = "is never asked where it could fail: something stricter always speaks"
                message = f"the requirement `{each.id}` {why}"
                mend = "Mend it, or take it out."
                problem = each.at.problem(message, "id", code="policy.idle-requirement", mend=mend)
                yield Weakness("warning", problem, (each.id,))
        yield from self._left_over(unknown, "requirements can fail")

    def can_fail(self) -> Iterator[Weakness]:
        """A condition that cannot be evaluated on some facts, so that `on_error` decides; far-off times left out."""
        named: list[tuple[str, Any, Condition, tuple[Truth, ...]]]
        named = [(each.id, each.at, condition, ()) for each, condition in self.rules()]
        for each, (scope, check) in zip(self.compiled.requires, self.symbolic.requires, strict=True):
            named.append((each.id, each.at, replace(check, fails=either(scope.fails, check.fails)), (self._allowed,)))
        for name, at, condition, more in named:
            found = self.prover.ask(
                self.symbolic.in_force,
                condition.fails,
                *more,
                *self.prover.domain.timely,
                confirm=lambda found, name=name: name in found.failed,  # type: ignore[misc]
            )
            if found.witness is not None:
                why = next(each.reason for each in found.witness.verdict.findings if each.rule == name)
                message = f"`{name}` cannot be evaluated on some facts. {why}"
                mend = "Guard it, for example with has(), a range in the data contract or a check of the divisor."
                problem = at.problem(message, "id", code="policy.can-fail", mend=mend)
                yield Weakness("warning", problem, (name,), found.witness)
            elif found.kind == "unknown":
                yield self._unsure_at(at, condition, f"whether `{name}` can always be evaluated", found)

    @property
    def _allowed(self) -> Any:
        """No rule is stricter than allow, so the requirements are looked at."""
        rules = self.symbolic.rules
        strict = either(*(either(each.fails, both(each.effect != "allow", each.holds)) for each in rules))
        return both(negated(strict), either(self.compiled.contract.default == "allow", negated(self.symbolic.defaults)))

    def gaps(self) -> Iterator[Weakness]:
        """Facts of which no rule speaks, for each action."""
        name, words = self.prover.domain.names["action.name"], self.prover.domain.words
        default = self.compiled.contract.default
        for action in self.compiled.actions:
            found = self.prover.ask(
                self.symbolic.defaults,
                name.value == words.number(action),  # type: ignore[union-attr]
                confirm=lambda found, action=action: (found.facts.action, found.deciding) == (action, ("default",)),  # type: ignore[misc]
            )
            if found.kind == "never":
                continue
            place = self.compiled.source
            if found.witness is None:
                message = f"not verified: whether a rule always speaks of `{action}`: {found.why}"
                yield Weakness("unverified", place.problem(message, ("default",), key=True, code=UNVERIFIED))
                continue
            message = f"no rule speaks of some cases of `{action}`, so the default decides: {default}"
            mend = "Say what is meant, or leave it to the default on purpose."
            problem = place.problem(message, ("default",), key=True, code="policy.gap", mend=mend)
            yield Weakness("warning", problem, ("default",), found.witness)

    def overlaps(self) -> Iterator[Weakness]:
        """Two rules of different effects that fire on the same facts. The stricter one wins; that is mostly meant."""
        unknown = 0
        for (one, first), (two, second) in combinations(self.rules(), 2):
            if one.effect == two.effect or {one.id, two.id} & self.idle:
                continue
            found = self.prover.ask(
                self.symbolic.in_force,
                first.holds,
                second.holds,
                confirm=lambda found, pair={one.id, two.id}: pair <= found.held,  # type: ignore[misc]
            )
            unknown += found.kind == "unknown"
            if found.witness is not None:
                strict, mild = sorted((one, two), key=lambda each: EFFECTS.index(each.effect))
                message = f"`{strict.id}` ({strict.effect}) overrules `{mild.id}` ({mild.effect}) on some facts"
                note = self._at(strict, "info", message, "policy.overlap")
                yield replace(note, rules=(strict.id, mild.id), witness=found.witness)
        yield from self._left_over(unknown, "pairs of rules overlap")

    def dead_clauses(self) -> Iterator[Weakness]:
        """A part of a condition without which the condition is the same on all facts."""
        unknown = 0
        for part in self._written():
            for clause, idle in _joined(read_clauses(part.program), None):
                if idle and _is_scope(clause.node):
                    continue  # whoever names every action means every action, and no other one that may come
                same_without = self.prover.unless_late(partial(self._same_without, part, clause, idle))
                unknown += same_without is None
                if same_without:
                    yield self._dead_clause(part, clause, idle)
        yield from self._left_over(unknown, "clauses matter")

    def _written(self) -> Iterator[_Written]:
        """Every condition as it is written: of rules, of requirements inside of their scope, and of variables."""
        live = self.symbolic.in_force
        for rule in self.compiled.rules:
            if rule.id not in self.idle and rule.when is not None:
                yield _Written(rule.id, rule.at, "when", rule.when, self.scope(rule))
        for each, (scope, _) in zip(self.compiled.requires, self.symbolic.requires, strict=True):
            if each.check is not None and each.id not in self.idle:
                yield _Written(each.id, each.at, "check", each.check, both(live, scope.holds))
        own = self.compiled.source.data.get("variables") or {}
        for name, program in self.compiled.variables:
            last = name.rpartition(".")[2]
            if program.type.kind == "bool" and last in own:
                yield _Written(name, Place(self.compiled.source, ("variables",)), last, program, live)

    def scope(self, rule: CompiledRule) -> Truth:
        """Where a rule's own condition counts: in force, and for its actions and roles, which stand before it."""
        if rule.when is None or rule.when is rule.program:
            return self.symbolic.in_force
        return both(self.symbolic.in_force, self.symbolic.condition(rule.program.tree.items[0])[0])

    def _same_without(self, part: _Written, clause: Clause, idle: bool) -> bool | None:
        """Whether a condition stays what it is when a clause is `idle`: true inside of &&, false inside of ||."""
        whole, wrong, _ = self.symbolic.condition(part.program.tree)
        holds, fails, _ = self.symbolic.condition(_with(part.program.tree, clause.node, idle))
        differs = negated(both(same(whole, holds), same(wrong, fails)))
        return self.prover.never(part.where, differs)

    def _dead_clause(self, part: _Written, clause: Clause, idle: bool) -> Weakness:
        alone, wrong, _ = self.symbolic.condition(clause.node)
        constant = self.prover.never(part.where, either(wrong, negated(alone) if idle else alone)) is True
        level: Level = "warning"
        code, mend = "policy.dead-clause", "Mend it, or take it out."
        said = "never matters"
        if constant:
            said = f"is {'always' if idle else 'never'} true"
        elif idle:
            code, level, said, mend = (
                "policy.implied-clause",
                "info",
                "is already said by the rest of the condition",
                "",
            )
        message = f"in `{part.id}`, `{clause.text}` {said}"
        problem = part.at.problem(message, part.key, code=code, mend=mend, offset=clause.start)
        return Weakness(level, problem, (part.id,))

    def _left_over(self, count: int, what: str) -> Iterator[Weakness]:
        if count:
            message = f"not verified: whether {count} {what}"
            yield Weakness("unverified", self.compiled.source.problem(message, ("rules",), key=True, code=UNVERIFIED))

    def tests(self) -> Iterator[Weakness]:
        """A test that repeats the facts of another one, or that takes place while the contract is not in force."""
        seen: list[tuple[Facts, str]] = []
        for number, (test, facts) in enumerate(self.compiled.tests):
            place = ("tests", number)
            twin = next((name for other, name in seen if other == facts), None)
            seen.append((facts, test.name))
            if twin is not None:
                message = f"this test has the same facts as `{twin}`"
                problem = self.compiled.source.problem(
                    message, place, code="policy.duplicate-test", mend="Take one out."
                )
                yield Weakness("warning", problem)
            if "effective" in {each.rule for each in self.compiled.evaluate(facts).findings} - set(test.by):
                message = "on the day of this test the contract is not in force, so it reaches no rule"
                problem = self.compiled.source.problem(message, place, code="policy.dead-test", mend="Change `now`.")
                yield Weakness("warning", problem)

    def outside(self) -> Iterator[Weakness]:
        """Each place that cannot be put to the solver."""
        for rule, condition in self.rules():
            for place in condition.outside:
                yield self._outside(rule, place)
        for each, (scope, check) in zip(self.compiled.requires, self.symbolic.requires, strict=True):
            for place in dict.fromkeys((*scope.outside, *check.outside)):
                message = f"not verified: `{each.id}` has {place.reason}, of which nothing can be proved"
                yield Weakness("unverified", each.at.problem(message, "id", code=UNVERIFIED, mend=BY_TESTS), (each.id,))

    def _outside(self, rule: CompiledRule, place: Outside) -> Weakness:
        message = f"not verified: `{rule.id}` has {place.reason}, of which nothing can be proved"
        if rule.when is rule.program:
            problem = rule.at.problem(message, "when", code=UNVERIFIED, mend=BY_TESTS, offset=place.offset)
        else:
            problem = rule.at.problem(message, "id", code=UNVERIFIED, mend=BY_TESTS)
        return Weakness("unverified", problem, (rule.id,))

    def _at(self, rule: CompiledRule, level: Level, message: str, code: str, mend: str = "") -> Weakness:
        return Weakness(level, rule.at.problem(message, "id", code=code, mend=mend), (rule.id,))

    def _unsure(self, rule: CompiledRule, condition: Condition, what: str, answer: Answer) -> Weakness:
        return self._unsure_at(rule.at, condition, what, answer)

    def _unsure_at(self, at: Any, condition: Condition, what: str, answer: Answer) -> Weakness:
        why = answer.why
        if condition.outside:
            why += "; it has " + " and ".join(dict.fromkeys(place.reason for place in condition.outside))
        problem = at.problem(f"not verified: {what}: {why}", "id", code=UNVERIFIED)
        return Weakness("unverified", problem, (condition.id,))


def _is_scope(node: Node) -> bool:
    """The node says for which actions a rule is: `action.name in [...]`, also where it is written as `actions`."""
    return node.kind == "call" and node.name == "@in" and node.items[0] == Node("name", "action.name")


def _joined(clause: Clause, idle: bool | None) -> Iterator[tuple[Clause, bool]]:
    """The parts that && and || join, each with the value that takes it out."""
    if clause.joined_by in ("&&", "||"):
        for part in clause.parts:
            yield from _joined(part, clause.joined_by == "&&")
    elif idle is not None:
        yield clause, idle


def _with(tree: Node, clause: Node, value: bool) -> Node:
    """The tree with this very clause replaced by a constant."""
    if tree is clause:
        return Node("constant", value=value, type=clause.type)
    if tree.kind == "call" and tree.name in ("_&&_", "_||_"):
        return replace(tree, items=tuple(_with(item, clause, value) for item in tree.items))
    return tree


def sorted_by_place(found: Sequence[Weakness]) -> tuple[Weakness, ...]:
    """The worst first, then by line."""
    order: tuple[Level, ...] = ("error", "unverified", "warning", "info", "proved")
    unique = dict.fromkeys((each.level, each.problem, each.rules) for each in found)
    kept = {(each.level, each.problem, each.rules): each for each in reversed(found)}
    chosen = [kept[key] for key in unique]
    return tuple(sorted(chosen, key=lambda each: (order.index(each.level), each.problem.line, each.problem.column)))
