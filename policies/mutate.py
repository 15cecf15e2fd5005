"""Mutation check: a contract is made wrong in one place at a time; a mutant that no test notices shows a gap.

A mutant is one changed expression put into the compiled contract: nothing else is compiled again. Source of the method:
DeMillo, Lipton and Sayward, "Hints on Test Data Selection" (1978).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from remit.core.words import Effect, Verdict
from remit.policies.cel import Batch, Binding, CelError, ExpressionError, Program
from remit.policies.checked import Node
from remit.policies.clauses import Clause, read_clauses, sides_of, tidy
from remit.policies.evaluate import CompiledContract
from remit.policies.generate import GeneratedTest, generate_tests

Kind = Literal["operator", "clause", "constant", "effect"]


@dataclass(frozen=True, slots=True)
class Mutant:
    """One way to be wrong: the rule, requirement or variable, and what it says instead."""

    rule: str
    kind: Kind
    before: str
    after: str
    contract: CompiledContract = field(repr=False)

    def to_json(self) -> dict[str, Any]:
        return {"rule": self.rule, "kind": self.kind, "before": self.before, "after": self.after}

    def __str__(self) -> str:
        return f"{self.rule}: {self.after}  (was: {self.before})"


@dataclass(frozen=True, slots=True)
class Survivor:
    """A mutant that no embedded test kills, and a test that would."""

    mutant: Mutant
    killer: GeneratedTest

    def to_json(self) -> dict[str, Any]:
        return {**self.mutant.to_json(), "test": self.killer.entry}


@dataclass(frozen=True, slots=True)
class MutationReport:
    """What became of all mutants. The `not_distinguished` ones came out like the contract on every generated test."""

    total: int
    killed: int
    survivors: tuple[Survivor, ...]
    not_distinguished: tuple[Mutant, ...]

    @property
    def ok(self) -> bool:
        return not self.survivors

    def to_json(self) -> dict[str, Any]:
        return {
            "ok": self.ok,
            "total": self.total,
            "killed": self.killed,
            "survivors": [each.to_json() for each in self.survivors],
            "not_distinguished": [each.to_json() for each in self.not_distinguished],
        }


def mutate(compiled: CompiledContract) -> MutationReport:
    """Every mutant against the embedded tests; those that live against generated ones."""
    all_mutants = list(mutants(compiled))
    alive = [mutant for mutant in all_mutants if not _killed(compiled, mutant)]
    probes = generate_tests(compiled).tests if alive else ()
    survivors: list[Survivor] = []
    alike: list[Mutant] = []
    for mutant in alive:
        killers = (each for each in probes if _differs(mutant.contract.evaluate(each.facts), each.effect, each.by))
        killer = next(killers, None)
        if killer is None:
            alike.append(mutant)
        else:
            survivors.append(Survivor(mutant, killer))
    return MutationReport(len(all_mutants), len(all_mutants) - len(alive), tuple(survivors), tuple(alike))


def _killed(compiled: CompiledContract, mutant: Mutant) -> bool:
    return any(_differs(mutant.contract.evaluate(facts), test.expect, test.by) for test, facts in compiled.tests)


def _differs(verdict: Verdict, effect: Effect, by: Sequence[str]) -> bool:
    """Whether a test that expects this effect by these rules fails."""
    if verdict.effect != effect:
        return True
    deciding = {finding.rule for finding in verdict.findings if finding.effect == effect}
    return not deciding.issuperset(by)


def mutants(compiled: CompiledContract) -> Iterator[Mutant]:
    """Every mutant of the contract that loads, in its order."""
    for number, rule in enumerate(compiled.rules):
        for kind, before, after, program in _rewritten(rule.program):
            yield Mutant(rule.id, kind, before, after, _with_rule(compiled, number, program=program))
        for effect in _other_effects(rule.effect):
            other = _with_rule(compiled, number, effect=effect, terms=None)
            yield Mutant(rule.id, "effect", f"effect: {rule.effect}", f"effect: {effect}", other)
    for number, each in enumerate(compiled.requires):
        for kind, before, after, program in _rewritten(each.program):
            yield Mutant(each.id, kind, before, after, _with_requirement(compiled, number, program=program))
        for effect in _other_effects(each.effect, "allow"):
            other = _with_requirement(compiled, number, effect=effect, terms=None)
            yield Mutant(each.id, "effect", f"else: {each.effect}", f"else: {effect}", other)
    for number, (name, variable) in enumerate(compiled.variables):
        for kind, before, after, program in _rewritten(variable):
            variables = list(compiled.variables)
            variables[number] = (name, program)
            yield Mutant(name, kind, before, after, replace(compiled, variables=tuple(variables)))


def _other_effects(effect: Effect, *without: Effect) -> list[Effect]:
    effects: tuple[Effect, ...] = ("allow", "escalate", "deny")
    return [each for each in effects if each != effect and each not in without]


def _with_rule(compiled: CompiledContract, number: int, **changed: Any) -> CompiledContract:
    rules = list(compiled.rules)
    before = rules[number].program
    rules[number] = replace(rules[number], **changed)
    return replace(compiled, rules=tuple(rules), batch=_patched(compiled, before, rules[number].program))


def _with_requirement(compiled: CompiledContract, number: int, **changed: Any) -> CompiledContract:
    requires = list(compiled.requires)
    before = requires[number].program
    requires[number] = replace(requires[number], **changed)
    return replace(compiled, requires=tuple(requires), batch=_patched(compiled, before, requires[number].program))


def _patched(compiled: CompiledContract, before: Program, after: Program) -> Batch:
    if after is before:
        return compiled.batch
    place = next(number for number, program in enumerate(compiled.programs) if program is before)
    return _Patched(compiled.batch._compiled, place, after)


@dataclass(frozen=True)
class _Patched(Batch):
    """The programs of a contract, one of them exchanged."""

    place: int
    program: Program

    def run(self, binding: Binding) -> list[Any] | CelError:
        """As `Batch.run`."""
        values = Batch.run(self, binding)
        if isinstance(values, CelError):
            return values
        value = self.program.run(binding)
        return value if isinstance(value, CelError) else [*values[: self.place], value, *values[self.place + 1 :]]


_FLIPPED = {"<": ("<=", ">="), "<=": ("<", ">"), ">": (">=", "<="), ">=": (">", "<"), "==": ("!=",), "!=": ("==",)}
_Rewrite = tuple[Kind, str, str, Program]


def _rewritten(program: Program) -> Iterator[_Rewrite]:
    """Each way of writing a condition slightly wrong that still compiles, with the clause before and after."""
    text, clause = program.text, read_clauses(program)
    for edit in (*_clause_edits(text, clause), *_constant_edits(text, program.tree)):
        try:
            changed = program.environment.compile(f"{text[: edit.start]}{edit.words}{text[edit.end :]}")
        except ExpressionError:
            continue  # such a contract would not load: nobody can make this mistake
        around = [atom for atom in clause.atoms() if atom.start <= edit.start and edit.end <= atom.end]
        first, last = (around[0].start, around[0].end) if around else (edit.start, edit.end)
        after = f"{text[first : edit.start]}{edit.words}{text[edit.end : last]}"
        yield edit.kind, tidy(text[first:last]), tidy(after), changed


@dataclass(frozen=True, slots=True)
class _Edit:
    """Other words for a range of a text."""

    kind: Kind
    start: int
    end: int
    words: str


def _clause_edits(text: str, clause: Clause) -> Iterator[_Edit]:
    """Operators flipped, and parts dropped, everywhere in a condition."""
    if not clause.parts:
        sides = sides_of(text, clause)
        if sides is not None and sides.operator in _FLIPPED:
            for other in _FLIPPED[sides.operator]:
                yield _Edit("operator", sides.place, sides.place + len(sides.operator), other)
        elif sides is not None:
            yield _Edit("operator", clause.start, clause.end, f" !({text[clause.start : clause.end]}) ")
        return
    if clause.joined_by == "!":
        yield _Edit("operator", clause.start, clause.end, f" ({clause.parts[0].text}) ")
    elif clause.joined_by in ("&&", "||"):
        other = " || " if clause.joined_by == "&&" else " && "
        yield _Edit(
            "operator", clause.start, clause.end, f" ({other.join(f'({part.text})' for part in clause.parts)}) "
        )
        neutral = " true " if clause.joined_by == "&&" else " false "
        yield from (_Edit("clause", part.start, part.end, neutral) for part in clause.parts)
    for part in clause.parts:
        yield from _clause_edits(text, part)


def _constant_edits(text: str, tree: Node) -> Iterator[_Edit]:
    """Whole numbers one up and one down, and numbers by a little."""
    for node in tree.walk():
        found = _number_at(text, node)
        if found is None:
            continue
        digits = 0 if isinstance(node.value, int) else len(found.partition(".")[2]) + 1
        for step in (-1, 1):
            words = f"{node.value + step * 10.0**-digits:.{digits}f}" if digits else str(node.value + step)
            yield _Edit("constant", node.offset, node.offset + len(found), words)


def _number_at(text: str, node: Node) -> str | None:
    """The number that stands in the text where a constant of the tree says; not those that a macro brings along."""
    if node.kind != "constant" or isinstance(node.value, bool) or not isinstance(node.value, int | float):
        return None
    end = node.offset + 1
    while end < len(text) and (text[end].isdigit() or text[end] == "."):
        end += 1
    found = text[node.offset : end]
    try:
        return found if float(found) == node.value else None
    except ValueError:
        return None
