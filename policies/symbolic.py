"""A whole contract as terms of a solver: when each rule fires or fails, and when the verdict is which."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta

from remit.core.words import Effect
from remit.policies.bounds import exact_lists, lengths
from remit.policies.cel import Program
from remit.policies.checked import Node
from remit.policies.domain import Domain, in_force
from remit.policies.encode import Encoder, Place
from remit.policies.evaluate import CompiledContract, CompiledInvariant
from remit.policies.limits import CompiledLimit
from remit.policies.terms import Term, Truth, both, choose, either, negated
from remit.policies.types import BOOL, CelType

EFFECTS: tuple[Effect, ...] = ("deny", "escalate", "allow")


@dataclass(frozen=True)
class Condition:
    """When one condition of a contract holds, when it cannot be evaluated, and what in it is outside."""

    id: str
    effect: Effect
    holds: Truth
    fails: Truth
    outside: tuple[Place, ...]


@dataclass(frozen=True)
class Symbolic:
    """One contract over inputs that it may share with another one. `defaults` holds where no rule speaks."""

    compiled: CompiledContract
    encoder: Encoder
    aliases: Mapping[str, str]
    in_force: Truth
    rules: tuple[Condition, ...]
    requires: tuple[tuple[Condition, Condition], ...]
    obligations: tuple[Condition, ...]
    defaults: Truth
    verdict: Mapping[Effect, Truth]
    limited: tuple[Truth, ...]

    @property
    def outside(self) -> tuple[Place, ...]:
        """Everything outside, in any condition that the verdict rests on."""
        conditions = (*self.rules, *(each for pair in self.requires for each in pair), *self.obligations)
        return tuple(place for each in conditions for place in each.outside)

    def condition(self, tree: Node) -> tuple[Truth, Truth, tuple[Place, ...]]:
        """When a condition of this contract holds, when it fails, and what in it is outside."""
        return _held(tree, self.encoder, self.aliases, None)

    def invariant(self, each: CompiledInvariant) -> Condition:
        """What must never hold, with this contract's own verdict in it."""
        return self._judged(each, self.verdict)

    def supposed(self, each: CompiledInvariant) -> Condition:
        """What must never hold, with any verdict in it."""
        return self._judged(each, {effect: self.encoder.domain.truth(f"supposed {effect}") for effect in EFFECTS})

    def _judged(self, each: CompiledInvariant, verdict: Mapping[Effect, Truth]) -> Condition:
        words = self.encoder.domain.words
        deny, escalate, allow = (words.number(effect) for effect in EFFECTS)
        code = choose(verdict["deny"], deny, choose(verdict["escalate"], escalate, allow))
        return _condition(each.id, "deny", each.program, self.encoder, self.aliases, {"verdict": Term("string", code)})


@dataclass(frozen=True)
class LimitTrees:
    """What can be asked about a limit: where it applies, where it counts something, where one action alone fits.

    `wrong` holds where a negative amount or an absent key makes it an error. `fits` is None where that cannot be asked.
    """

    scope: Node
    counts: Node
    fits: Node | None
    wrong: tuple[Node, ...]

    def __iter__(self) -> Iterator[Node]:
        yield from (self.scope, self.counts, *([self.fits] if self.fits else []), *self.wrong)


def limit_trees(limit: CompiledLimit) -> LimitTrees:
    """The questions about a limit as conditions."""
    amount = limit.amount.tree

    def compared(operator: str, node: Node, value: int | None) -> Node:
        constant = Node("constant", value=value, type=CelType("null" if value is None else "int"))
        return Node("call", operator, (node, constant), type=BOOL, offset=node.offset)

    # The size of a list compared with a large number would ask for lists that are as long.
    sized = any(node.kind == "call" and node.name == "size" for node in amount.walk())
    return LimitTrees(
        limit.scope.tree,
        compared("_>_", amount, 0),
        None if sized else compared("_<=_", amount, limit.max),
        (compared("_<_", amount, 0), *(compared("_==_", key.tree, None) for key in limit.by)),
    )


def put(contracts: Sequence[CompiledContract]) -> tuple[Domain, tuple[Symbolic, ...]]:
    """The contracts over the same inputs, whose types are those of the last one."""
    last = contracts[-1]
    definitions: dict[str, Node] = {}
    names = [_aliases(each, definitions) for each in contracts]
    trees = [
        renamed(tree, aliases)
        for each, aliases in zip(contracts, names, strict=True)
        for tree in (
            *(program.tree for program in (*each.programs, *(own.program for own in each.invariants))),
            *(tree for limit in each.limits for tree in limit_trees(limit)),
        )
    ]
    exact = exact_lists(last.case, last.actions.values())
    domain = Domain(last.case, last.actions, lengths(trees, definitions, exact))
    encoder = Encoder(domain, definitions)
    return domain, tuple(_symbolic(each, encoder, aliases) for each, aliases in zip(contracts, names, strict=True))


def renamed(tree: Node, aliases: Mapping[str, str]) -> Node:
    """The tree with each variable under its unique name."""
    if tree.kind == "name" and tree.name in aliases:
        return replace(tree, name=aliases[tree.name])
    return replace(tree, items=tuple(renamed(item, aliases) for item in tree.items)) if tree.items else tree


def _aliases(compiled: CompiledContract, definitions: dict[str, Node]) -> dict[str, str]:
    """The contract's variables under names that say what they are: two that are computed alike share one."""
    known = {tree: name for name, tree in definitions.items()}
    aliases: dict[str, str] = {}
    for name, program in compiled.variables:
        tree = renamed(program.tree, aliases)
        if tree not in known:
            known[tree] = f"{name}#{len(known)}"
            definitions[known[tree]] = tree
        aliases[name] = known[tree]
    return aliases


def _symbolic(compiled: CompiledContract, encoder: Encoder, aliases: Mapping[str, str]) -> Symbolic:
    def made(name: str, effect: Effect, program: Program) -> Condition:
        return _condition(name, effect, program, encoder, aliases)

    rules = tuple(made(rule.id, rule.effect, rule.program) for rule in compiled.rules)
    requires = tuple(
        (made(each.id, each.effect, each.scope), made(each.id, each.effect, each.program)) for each in compiled.requires
    )
    obligations = tuple(
        made(f"obligation-{number}", "allow", program) for number, (program, _) in enumerate(compiled.obligations, 1)
    )
    metadata = compiled.contract.metadata
    since = [datetime.combine(day, time(), UTC) for day in [metadata.effective_from] if day]
    until = [datetime.combine(day, time(), UTC) + timedelta(days=1) for day in [metadata.effective_until] if day]
    now = encoder.domain.names["now"]
    assert isinstance(now, Term)
    live = in_force(since, until, now.value)
    limited = tuple(
        encoder.domain.truth(f"limit {each.id} {way}") for each in compiled.limits for way in ("hit", "fails")
    )
    encoder.domain.usual[:0] = [negated(each) for each in limited]
    defaults = both(*(negated(either(each.holds, each.fails)) for each in rules))
    verdict = _verdict(compiled, live, defaults, rules, requires, obligations, limited)
    return Symbolic(
        compiled, encoder, aliases, live, rules, requires, obligations, both(live, defaults), verdict, limited
    )


def _condition(
    name: str,
    effect: Effect,
    program: Program,
    encoder: Encoder,
    aliases: Mapping[str, str],
    more: Mapping[str, Term] | None = None,
) -> Condition:
    return Condition(name, effect, *_held(program.tree, encoder, aliases, more))


def _held(
    tree: Node, encoder: Encoder, aliases: Mapping[str, str], more: Mapping[str, Term] | None
) -> tuple[Truth, Truth, tuple[Place, ...]]:
    term, outside = encoder.condition(renamed(tree, aliases), more)
    fails = either(term.error, term.null)
    return both(negated(fails), term.value), fails, outside


def _verdict(
    compiled: CompiledContract,
    live: Truth,
    defaults: Truth,
    rules: Sequence[Condition],
    requires: Sequence[tuple[Condition, Condition]],
    obligations: Sequence[Condition],
    limited: Sequence[Truth],
) -> dict[Effect, Truth]:
    """As the evaluator judges: the strictest rule or the default; for an allow requirements; then duties and limits.

    What a limit has counted is not an input, so each limit may hit or not.
    """
    default, on_error = compiled.contract.default, compiled.contract.on_error

    def by_rules() -> Iterator[_Said]:
        yield default, defaults
        for each in rules:
            yield each.effect, each.holds
            yield on_error, each.fails

    def by_requirements(allowed: Truth) -> Iterator[_Said]:
        for scope, check in requires:
            fails = either(scope.fails, check.fails)
            yield on_error, both(allowed, fails)
            yield check.effect, both(allowed, negated(fails), scope.holds, negated(check.holds))

    def by_limits(open_: Truth) -> Iterator[_Said]:
        for number, limit in enumerate(compiled.limits):
            yield limit.effect, both(open_, limited[2 * number])
            yield on_error, both(open_, limited[2 * number + 1])

    said = list(by_rules())
    said += by_requirements(negated(either(_spoken("deny", said), _spoken("escalate", said))))
    said += [(on_error, each.fails) for each in obligations]
    said += by_limits(negated(_spoken("deny", said)))
    denied, escalated = _spoken("deny", said), _spoken("escalate", said)
    return {
        "deny": both(live, denied),
        "escalate": either(negated(live), both(negated(denied), escalated)),
        "allow": both(live, negated(denied), negated(escalated)),
    }


_Said = tuple[Effect, Truth]


def _spoken(effect: Effect, said: Sequence[_Said]) -> Truth:
    return either(*(truth for each, truth in said if each == effect))
