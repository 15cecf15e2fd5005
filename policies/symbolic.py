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
from remit.policies.facts import USAGE
from remit.policies.limits import CompiledLimit, is_count, known_count, too_much
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
    limits: tuple[Condition, ...]

    @property
    def limited(self) -> Truth:
        """A limit is used up, or cannot be told."""
        return either(*(way for each in self.limits for way in (each.holds, each.fails)))

    @property
    def outside(self) -> tuple[Place, ...]:
        """Everything outside, in any condition that the verdict rests on."""
        pairs = (each for pair in self.requires for each in pair)
        conditions = (*self.rules, *pairs, *self.obligations, *self.limits)
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
    """The contracts over the same inputs, whose types are those of the last one.

    What limits have counted is an input where a condition of either contract reads it.
    """
    last = contracts[-1]
    counting = any(each.reads for each in contracts)
    definitions: dict[str, Node] = {}
    names = [_aliases(each, definitions, counting) for each in contracts]
    trees = [
        renamed(tree, aliases)
        for each, aliases in zip(contracts, names, strict=True)
        for tree in (
            *_conditions(each),
            *(_limit_trees(each) if counting else ()),
            *(tree for limit in each.limits for tree in limit_trees(limit)),
        )
    ]
    exact = exact_lists(last.case, last.actions.values())
    windows = {name: per for each in contracts for name, per in each.windows.items()} if counting else {}
    domain = Domain(last.case, last.actions, lengths(trees, definitions, exact), windows)
    encoder = Encoder(domain, definitions)
    return domain, tuple(_symbolic(each, encoder, aliases) for each, aliases in zip(contracts, names, strict=True))


def _conditions(compiled: CompiledContract) -> Iterator[Node]:
    yield from (program.tree for program in compiled.programs)
    yield from (each.program.tree for each in compiled.invariants)


def _limit_trees(compiled: CompiledContract) -> Iterator[Node]:
    yield from (tree for each in compiled.limits for tree in (each.scope.tree, *too_much(each)))


def renamed(tree: Node, aliases: Mapping[str, str]) -> Node:
    """The tree with each variable, and each count of a limit, under its unique name."""
    if tree.kind == "name" and tree.name in aliases:
        return replace(tree, name=aliases[tree.name])
    if is_count(tree) and (spoken := f"{USAGE}.{tree.name}") in aliases:
        return replace(tree, kind="name", name=aliases[spoken], items=())
    return replace(tree, items=tuple(renamed(item, aliases) for item in tree.items)) if tree.items else tree


def _aliases(compiled: CompiledContract, definitions: dict[str, Node], counting: bool) -> dict[str, str]:
    """The contract's variables under names that say what they are: two that are computed alike share one.

    What a limit has counted is one of them: an error where nobody can tell which budget is meant.
    """
    known = {tree: name for name, tree in definitions.items()}
    aliases: dict[str, str] = {}

    def define(name: str, tree: Node) -> None:
        tree = renamed(tree, aliases)
        if tree not in known:
            known[tree] = f"{name}#{len(known)}"
            definitions[known[tree]] = tree
        aliases[name] = known[tree]

    for name, program in compiled.variables:
        if name not in compiled.counting:
            define(name, program.tree)
    for limit in compiled.limits if counting else ():
        define(f"{USAGE}.{limit.id}", known_count(limit))
    for name, program in compiled.variables:
        if name in compiled.counting:
            define(name, program.tree)
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
    limits = tuple(_limit(each, encoder, aliases) for each in compiled.limits)
    wishes = [negated(way) for each in limits for way in (each.holds, each.fails)]
    encoder.domain.usual[:0] = [each for each in wishes if not isinstance(each, bool)]
    defaults = both(*(negated(either(each.holds, each.fails)) for each in rules))
    verdict = _verdict(compiled, live, defaults, rules, requires, obligations, limits)
    return Symbolic(
        compiled, encoder, aliases, live, rules, requires, obligations, both(live, defaults), verdict, limits
    )


def _limit(limit: CompiledLimit, encoder: Encoder, aliases: Mapping[str, str]) -> Condition:
    """When a limit has no room left. Where counts are no input, it may hit or not, and may fail."""
    if not encoder.domain.limits:
        hit, fails = (encoder.domain.truth(f"limit {limit.id} {way}") for way in ("hit", "fails"))
        return Condition(limit.id, limit.effect, hit, fails, ())
    applies, over, negative = (_held(tree, encoder, aliases, None) for tree in (limit.scope.tree, *too_much(limit)))
    hit = both(applies[0], over[0], negated(negative[0]))
    fails = either(applies[1], both(applies[0], either(over[1], negative[0])))
    return Condition(limit.id, limit.effect, hit, fails, (*applies[2], *over[2]))


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
    limits: Sequence[Condition],
) -> dict[Effect, Truth]:
    """As the evaluator judges: the strictest rule or the default; for an allow requirements; then duties and limits."""
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
        for limit in limits:
            yield limit.effect, both(open_, limit.holds)
            yield on_error, both(open_, limit.fails)

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
