"""What a contract reads that a past decision does not hold: named, so that nobody has to guess it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from remit.agents.records import Judgement, Run
from remit.packs.pack import Decision
from remit.policies.cel import Program
from remit.policies.evaluate import CompiledContract
from remit.policies.facts import Facts
from remit.policies.traps import words_compared


@dataclass(frozen=True, slots=True)
class Reads:
    """What the conditions of a contract name: fields of the case, arguments of the action, evidence needs."""

    fields: frozenset[str]
    arguments: frozenset[str]
    needs: frozenset[str]


def reads_of(policy: CompiledContract) -> Reads:
    """Everything that a contract may look at, found in its checked expressions."""
    trees = [program.tree for program in _programs(policy)]
    selected = {
        (node.items[0].name, node.name)
        for tree in trees
        for node in tree.walk()
        if node.kind == "select" and node.items[0].kind == "name"
    }
    needs = {
        str(constant.value)
        for tree in trees
        for subject, constant in words_compared(tree)
        if (subject.kind, subject.name) == ("select", "need")
    }
    return Reads(
        frozenset(name for owner, name in selected if owner == "case"),
        frozenset(name for owner, name in selected if owner == "action.args"),
        frozenset(needs),
    )


def missing_facts(reads: Reads, run: Run, judgement: Judgement, then: Decision | None) -> Iterator[str]:
    """The facts that a contract reads and this decision lacks, in words.

    What the decision's own pack version (`then`) declared and the case left out is no missing fact: it was asked for,
    and is known to be absent. Without that version nobody knows, and whatever is absent is missing.
    """
    action = judgement.proposal["action"]
    schema = then.actions.get(action["name"]) if then else None
    declared = set(then.contract.record.names) if then else set()
    arguments = set(schema.schema.args.names) if schema else set()
    for name in sorted(reads.fields - set(run.case) - declared):
        yield f"case.{name}"
    for name in sorted(reads.arguments - set(action["args"]) - arguments - _of_other_actions(then, action["name"])):
        yield f"action.args.{name}"
    looked_for = {need["need"] for need in judgement.needs} | ({need.need for need in then.needs} if then else set())
    for name in sorted(reads.needs - looked_for):
        yield f"evidence for the need {name}"


def missing_counts(policy: CompiledContract, facts: Facts, judgement: Judgement, then: Decision | None) -> list[str]:
    """The limits on which a verdict rests and of which nobody knows what they had counted then.

    Known is only what the decision's own contract had counted for the very same budget.
    """
    known = {budget.limit.id: budget.key for budget in then.policy.budgets(facts)} if then else {}
    return [
        f"what the limit {budget.limit.id} had counted"
        for budget in policy.budgets(facts)
        if budget.limit.id not in judgement.usage or known.get(budget.limit.id) != budget.key
    ]


def _of_other_actions(then: Decision | None, action: str) -> set[str]:
    """Arguments that only other actions had: this one is known to be without them."""
    if then is None or action not in then.actions:
        return set()
    return {name for each in then.actions.values() for name in each.schema.args.names}


def _programs(policy: CompiledContract) -> Iterator[Program]:
    yield from policy.programs
    for _, program in policy.variables:
        yield program
    for limit in policy.limits:
        yield from (limit.scope, limit.amount, *limit.by)
