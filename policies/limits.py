"""Limits: how much may be done in a window of time, by what has been committed to so far.

A limit is decided in two places. A verdict holds an action against the usage that is handed in with the facts, so the
same facts always give the same verdict. The store counts, in the transaction that commits to the action.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from remit.core.canonical import digest
from remit.core.scalars import INT64_MAX
from remit.core.words import ApprovalTerms, Effect, Finding
from remit.policies.cel import CelError, Program
from remit.policies.clauses import tidy
from remit.policies.facts import Used, Window, window_of
from remit.policies.imports import Place


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
class Draw:
    """What one action takes from one limit: the key of the budget, and how much."""

    limit: CompiledLimit
    key: str
    amount: int


def draw(limit: CompiledLimit, owner: str, run: Callable[[Program], Any]) -> Draw | CelError | None:
    """What an action takes from a limit; None when the limit is not about it, an error when nobody can tell.

    `owner` names the contract, over all of its versions; `run` gives a program's value or a `CelError`.
    """
    scope = run(limit.scope)
    if scope is not True:
        return scope if isinstance(scope, CelError) else None
    values: list[Any] = []
    for program in (limit.amount, *limit.by):
        value = run(program)
        if value is None:
            value = CelError(f"{tidy(program.text)} is null")
        if isinstance(value, CelError):
            return value
        values.append(value)
    amount, *keys = values
    if amount < 0:
        return CelError(f"a limit counts no negative amount, and this is {amount}")
    spelled = [[program.text, str(value)] for program, value in zip(limit.by, keys, strict=True)]
    return Draw(limit, digest([owner, limit.id, limit.per, limit.amount.text, spelled]), amount)


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


def budgets(draws: Sequence[Draw], at: datetime) -> list[tuple[str, str]]:
    """Key and window of each draw at a moment: what the store counts under."""
    return [(each.key, window_of(each.limit.per, at)) for each in draws]


def as_json(usage: Mapping[str, Used]) -> dict[str, dict[str, str]]:
    """A snapshot of usage by limit id, for the record."""
    return {name: used.to_json() for name, used in sorted(usage.items())}


def usage_from_json(given: Mapping[str, Mapping[str, str]]) -> dict[str, Used]:
    """The snapshot that `as_json` wrote."""
    return {name: Used.from_json(each) for name, each in given.items()}
