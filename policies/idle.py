"""What of a contract does nothing although it looks as if it did: limits, duties, invariants and rules said twice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import combinations

from remit.policies.cel import Program
from remit.policies.evaluate import CompiledRule
from remit.policies.facts import Facts
from remit.policies.limits import CompiledLimit
from remit.policies.lint import BY_TESTS, UNVERIFIED, Linter, Weakness
from remit.policies.symbolic import Condition, limit_trees
from remit.policies.terms import Truth, both, either, negated
from remit.policies.witness import Witness, judged


def limits(linter: Linter) -> Iterator[Weakness]:
    """A limit that counts nothing, that each action alone exceeds, or whose amount nobody can tell on some facts."""
    for limit in linter.compiled.limits:
        yield from _limit(linter, limit)


def _limit(linter: Linter, limit: CompiledLimit) -> Iterator[Weakness]:
    trees = limit_trees(limit)
    asked = both(linter.symbolic.in_force, negated(_denied(linter)))
    scope, some = (linter.symbolic.condition(tree)[0] for tree in (trees.scope, trees.counts))
    counts_nothing = linter.prover.never(asked, scope, some)
    if counts_nothing:
        message = f"the limit `{limit.id}` counts nothing: it applies to no facts, or its amount is always 0"
        yield _warning(limit, message, "policy.idle-limit", "Mend `for` or `sum`, or take the limit out.")
    elif trees.fits is not None and linter.prover.never(asked, scope, linter.symbolic.condition(trees.fits)[0]):
        message = f"the limit `{limit.id}` is exceeded by each action alone, whatever was used before"
        yield _warning(limit, message, "policy.spent-limit", "Raise `max`, or write a rule that says so.")
    elif counts_nothing is None:
        yield _unsure(linter, limit, "counts anything")
    yield from _untold(linter, limit)


def _denied(linter: Linter) -> Truth:
    """What the rules deny is never held against a limit; what a limit denies itself is another matter."""
    symbolic, contract = linter.symbolic, linter.compiled.contract
    said = [(rule.effect, rule.holds) for rule in symbolic.rules]
    said += [(contract.on_error, rule.fails) for rule in symbolic.rules]
    said.append((contract.default, symbolic.defaults))
    return either(*(truth for effect, truth in said if effect == "deny"))


def _untold(linter: Linter, limit: CompiledLimit) -> Iterator[Weakness]:
    """Facts on which the amount, or the key of the budget, is absent, negative or cannot be computed."""
    trees = limit_trees(limit)
    scope, out_of_scope, _ = linter.symbolic.condition(trees.scope)
    told = [linter.symbolic.condition(tree) for tree in trees.wrong]
    wrong = either(*(either(holds, fails) for holds, fails, _ in told))
    found = linter.prover.ask(
        both(linter.symbolic.in_force, negated(_denied(linter))),
        either(out_of_scope, both(scope, wrong)),
        *linter.prover.domain.timely,
        confirm=lambda found: limit.id in _held_against(linter, found.facts).failed,
    )
    if found.witness is not None:
        shown = _held_against(linter, found.witness.facts)
        why = next(each.reason for each in shown.verdict.findings if each.rule == limit.id)
        message = f"the limit `{limit.id}` cannot be held against some facts. {why}"
        mend = "Guard `for`, `sum` and `by`: an amount is an integer from 0 on, and a key is never absent."
        yield replace(_warning(limit, message, "policy.can-fail", mend), witness=shown)
    elif found.kind == "unknown":
        yield _unsure(linter, limit, "can always be held against the facts")


def _held_against(linter: Linter, facts: Facts) -> Witness:
    """The facts judged as if nothing had been used yet, if they do not say otherwise, so that the limits speak."""
    return judged(linter.compiled, replace(facts, usage=facts.usage or {}))


def _warning(limit: CompiledLimit, message: str, code: str, mend: str) -> Weakness:
    return Weakness("warning", limit.at.problem(message, "id", code=code, mend=mend), (limit.id,))


def _unsure(linter: Linter, limit: CompiledLimit, what: str) -> Weakness:
    places = [place for tree in limit_trees(limit) for place in linter.symbolic.condition(tree)[2]]
    reasons = " and ".join(dict.fromkeys(place.reason for place in places))
    why, mend = (f"it has {reasons}", BY_TESTS) if reasons else ("the solver did not get there in time", "")
    message = f"not verified: whether the limit `{limit.id}` {what}: {why}"
    return Weakness("unverified", limit.at.problem(message, "id", code=UNVERIFIED, mend=mend), (limit.id,))


def obligations(linter: Linter) -> Iterator[Weakness]:
    """A duty that never arises, or of which nobody can tell whether it does, so that `on_error` decides."""
    for number, condition in enumerate(linter.symbolic.obligations):
        path = ("obligations", number, "when")
        if linter.prover.never(linter.symbolic.in_force, condition.holds):
            message = "the obligation never arises: no facts fulfil its condition"
            mend = "Mend the condition, or take the obligation out."
            problem = linter.compiled.source.problem(message, path, code="policy.idle-obligation", mend=mend)
            yield Weakness("warning", problem, (condition.id,))
        yield from _unclear_duty(linter, condition, path)


def _unclear_duty(linter: Linter, condition: Condition, path: tuple[str | int, ...]) -> Iterator[Weakness]:
    source = linter.compiled.source
    found = linter.prover.ask(
        linter.symbolic.in_force,
        condition.fails,
        *linter.prover.domain.timely,
        confirm=lambda found: condition.id in found.failed,
    )
    if found.witness is not None:
        why = next(each.reason for each in found.witness.verdict.findings if each.rule == condition.id)
        message, mend = f"the obligation cannot be evaluated on some facts. {why}", "Guard it, for example with has()."
        problem = source.problem(message, path, code="policy.can-fail", mend=mend)
        yield Weakness("warning", problem, (condition.id,), found.witness)
    elif found.kind == "unknown":
        message = f"not verified: whether the obligation can always be evaluated: {found.why}"
        yield Weakness("unverified", source.problem(message, path, code=UNVERIFIED), (condition.id,))


def invariants(linter: Linter) -> Iterator[Weakness]:
    """An invariant that forbids nothing, so that its proof says nothing: it is never true, whatever the verdict.

    One that does not name the verdict speaks of the facts alone, and its proof says just that.
    """
    for each in linter.compiled.invariants:
        if "verdict" in each.program.names and linter.prover.never(linter.symbolic.supposed(each).holds):
            message = f"the invariant `{each.id}` forbids nothing: its condition is never true, whatever the verdict"
            problem = each.at.problem(message, "never", code="policy.idle-invariant", mend="Mend it, or take it out.")
            yield Weakness("warning", problem, (each.id,))


def constants(linter: Linter) -> Iterator[Weakness]:
    """A condition of a rule that is true on all facts in its scope, and a variable that is always the same."""
    for rule in linter.compiled.rules:
        if rule.when is None or rule.id in linter.idle or not _says_something(rule.when):
            continue
        if _always(linter, linter.scope(rule), rule.when, True):
            message = f"the condition of `{rule.id}` is true on all facts"
            mend = "Mend it, or write what is meant: `when: 'true'`, or `actions` alone."
            problem = rule.at.problem(message, "when", code="policy.always-true", mend=mend)
            yield Weakness("warning", problem, (rule.id,))
    own = linter.compiled.source.data.get("variables") or {}
    for name, program in linter.compiled.variables:
        last = name.rpartition(".")[2]
        if last not in own or program.type.kind != "bool" or not _says_something(program):
            continue
        for value in (True, False):
            if _always(linter, linter.symbolic.in_force, program, value):
                message = f"the variable `{last}` is {str(value).lower()} on all facts"
                problem = linter.compiled.source.problem(
                    message, ("variables", last), code="policy.always-true", mend="Mend it, or take it out."
                )
                yield Weakness("warning", problem, (name,))


def _says_something(condition: Program) -> bool:
    """It names more than the action: whoever lists every action means every one that there is now."""
    return bool(condition.names - {"action.name"})


def _always(linter: Linter, where: Truth, condition: Program, value: bool) -> bool:
    holds, fails, _ = linter.symbolic.condition(condition.tree)
    other = negated(holds) if value else either(holds, fails)
    return linter.prover.never(where, other) is True


def doubled_rules(linter: Linter) -> Iterator[Weakness]:
    """Two rules of one effect and one approval that fire on the same facts, so that one of them adds nothing."""
    for alike in _alike(linter):
        for (one, first), (two, second) in combinations(alike, 2):
            if _within(linter, one, first, two, second) and _within(linter, two, second, one, first):
                message = f"the rule `{two.id}` fires on the same facts as `{one.id}`, with the same effect"
                problem = two.at.problem(message, "id", code="policy.doubled-rule", mend="Mend one, or take it out.")
                yield Weakness("warning", problem, (two.id, one.id))


def _alike(linter: Linter) -> Iterable[list[tuple[CompiledRule, Condition]]]:
    """Rules that no facts found so far tell apart: of a thousand rules that leaves few pairs to ask about."""
    seen = linter.prover.witnesses
    groups: dict[object, list[tuple[CompiledRule, Condition]]] = {}
    for rule, condition in linter.rules():
        if rule.id not in linter.idle:
            fired = tuple(rule.id in each.held for each in seen)
            groups.setdefault((rule.effect, rule.terms, fired), []).append((rule, condition))
    return groups.values()


def _within(linter: Linter, one: CompiledRule, first: Condition, two: CompiledRule, second: Condition) -> bool:
    """Proved: wherever the one fires, the other does. Facts that were found before refute most such claims at once."""
    found = linter.prover.ask(
        linter.symbolic.in_force,
        first.holds,
        negated(second.holds),
        shown=False,
        confirm=lambda found: one.id in found.held and two.id not in found.held,
    )
    return found.kind == "never"
