"""Limits: how much may be done in a window of time, by what has been committed to so far.

A limit is decided in two places. A verdict holds an action against the usage that is handed in with the facts, so the
same facts always give the same verdict. The store counts, in the transaction that commits to the action. Conditions may
read what a limit has counted before the action.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from remit.core.canonical import digest
from remit.core.scalars import INT64_MAX
from remit.core.words import ApprovalTerms, Effect, Finding
from remit.policies.cel import CelError, Program
from remit.policies.checked import Node
from remit.policies.clauses import tidy
from remit.policies.facts import USAGE, Used, Window, window_of
from remit.policies.imports import Place
from remit.policies.types import BOOL, INT


@dataclass(frozen=True, slots=True)
class CompiledLimit:
    """A limit whose expressions are compiled. `amount` counts only where `scope` holds; `by` splits the budget."""

    id: str
    effect: Effect
    reason: str
    terms: ApprovalTerms | None
    scope: Program
    amount: Program
    per: Window
    by: tuple[Program, ...]
    max: int
    at: Place = field(repr=False)


@dataclass(frozen=True, slots=True)
class Budget:
    """What one limit grants to these facts' own keys: counted in the store under `key`, window by window."""

    limit: CompiledLimit
    key: str


@dataclass(frozen=True, slots=True)
class Draw(Budget):
    """How much one action takes from a budget."""

    amount: int


Run = Callable[[Program], Any]
"""Gives a program's value, or a `CelError`."""


def budget(limit: CompiledLimit, owner: str, run: Run) -> Budget | CelError:
    """The budget that a limit keeps for these facts; an error when nobody can tell which.

    `owner` names the contract, over all of its versions.
    """
    keys = _values(limit.by, run)
    if isinstance(keys, CelError):
        return keys
    spelled = [[program.text, str(value)] for program, value in zip(limit.by, keys, strict=True)]
    return Budget(limit, digest([owner, limit.id, limit.per, limit.amount.text, spelled]))


def draw(limit: CompiledLimit, owner: str, run: Run) -> Draw | CelError | None:
    """What an action takes from a limit; None when the limit is not about it, an error when nobody can tell."""
    scope = run(limit.scope)
    if scope is not True:
        return scope if isinstance(scope, CelError) else None
    amounts = _values((limit.amount,), run)
    if isinstance(amounts, CelError):
        return amounts
    if amounts[0] < 0:
        return CelError(f"a limit counts no negative amount, and this is {amounts[0]}")
    found = budget(limit, owner, run)
    return found if isinstance(found, CelError) else Draw(limit, found.key, amounts[0])


def _values(programs: Sequence[Program], run: Run) -> list[Any] | CelError:
    """What each comes to; an error when one of them is null or cannot be evaluated."""
    values: list[Any] = []
    for program in programs:
        value = run(program)
        if value is None:
            value = CelError(f"{tidy(program.text)} is null")
        if isinstance(value, CelError):
            return value
        values.append(value)
    return values


def overrun(drawn: Draw, used: Used | None) -> Finding | CelError | None:
    """The finding when a draw exceeds its limit; None when there is room; an error beyond 64 bits."""
    limit = drawn.limit
    before = 0 if used is None else used.used
    total = before + drawn.amount
    if total > INT64_MAX:
        return CelError(f"{before} + {drawn.amount} does not fit in 64 bits")
    if total <= limit.max:
        return None
    since = "" if used is None else f" since {used.window}"
    clause = f"{before} used{since} + {drawn.amount} > {limit.max} per {limit.per}"
    return Finding(limit.id, limit.effect, clause, limit.reason)


def spoken(limit: CompiledLimit) -> str:
    """A limit in one line, for a finding that says that it could not be computed."""
    return f"sum of {tidy(limit.amount.text)} <= {limit.max} per {limit.per}"


def is_count(node: Node) -> bool:
    """Whether this reads what a limit has counted."""
    return node.kind == "select" and (node.items[0].kind, node.items[0].name) == ("name", USAGE)


def limits_read(tree: Node) -> Iterator[str]:
    """The ids of the limits whose counts an expression reads."""
    return (node.name for node in tree.walk() if is_count(node))


def known_count(limit: CompiledLimit) -> Node:
    """What a limit has counted, as an expression; an error where one of its keys is null or cannot be told."""
    known = _constant(True)
    for key in limit.by:
        known = Node("call", "_&&_", (known, Node("call", "_!=_", (key.tree, _constant(None)), type=BOOL)), type=BOOL)
    nobody_knows = Node("call", "_/_", (_constant(1), _constant(0)), type=INT)
    return Node("call", "_?_:_", (known, _count(limit), nobody_knows), type=INT)


def too_much(limit: CompiledLimit) -> tuple[Node, Node]:
    """That an action exceeds a limit, and that it counts for a negative amount, as expressions."""
    total = Node("call", "_+_", (_count(limit), limit.amount.tree), type=INT)
    over = Node("call", "_>_", (total, _constant(limit.max)), type=BOOL)
    return over, Node("call", "_<_", (limit.amount.tree, _constant(0)), type=BOOL)


def _count(limit: CompiledLimit) -> Node:
    return Node("select", limit.id, (Node("name", USAGE),), type=INT)


def _constant(value: bool | int | None) -> Node:
    return Node("constant", value=value, type=BOOL if isinstance(value, bool) else INT)


def places(budgets: Sequence[Budget], at: datetime) -> list[tuple[str, str]]:
    """Key and window of each budget at a moment: what the store counts under."""
    return [(each.key, window_of(each.limit.per, at)) for each in budgets]


def as_json(usage: Mapping[str, Used]) -> dict[str, dict[str, str]]:
    """A snapshot of usage by limit id, for the record."""
    return {name: used.to_json() for name, used in sorted(usage.items())}


def usage_from_json(given: Mapping[str, Mapping[str, str]]) -> dict[str, Used]:
    """The snapshot that `as_json` wrote."""
    return {name: Used.from_json(each) for name, each in given.items()}
