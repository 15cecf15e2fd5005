"""How a pack acts on the world: plain functions, marked with what may be done when one of them did not answer.

    from remit.packs.connectors import Call, effect

    @effect("open_account", idempotent=True, lookup=find_account)
    def open_account(call: Call) -> dict[str, Any]: ...

What can be undone names the connector that undoes it: ``@effect("open_account", …, compensate=close_account)``, where
`close_account` is one itself, with promises of its own.

A connector raises `NotDone` when it is certain that nothing happened. Any other exception means that nobody knows.

What a contract obliges to is done by functions of their own, at least once for each key:

    @obligation("notify")
    def notify(duty: Duty) -> None: ...
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from remit.core.errors import RemitError


@dataclass(frozen=True, slots=True)
class Done:
    """What a compensating call undoes: the idempotency key of the effect, and what its connector answered."""

    key: str
    result: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a connector. `key` is the idempotency key; `home` a folder for a local system of record.

    A compensating call has a key of its own, the action and the args of what it undoes, and `undoes`.
    """

    key: str
    action: str
    args: dict[str, Any]
    case: dict[str, Any]
    decision_id: str
    home: Path
    undoes: Done | None = None


@dataclass(frozen=True, slots=True)
class Duty:
    """One obligation: `do` it for `to`, because of this action. It may be called again with the same `key`."""

    key: str
    do: str
    to: str
    action: str
    args: dict[str, Any]
    case: dict[str, Any]
    decision_id: str
    home: Path


class NotDone(RemitError):
    """The connector is certain that nothing happened, and says why."""

    code = "not_done"


EffectFunction = Callable[[Call], dict[str, Any]]
Lookup = Callable[[Call], dict[str, Any] | None]
"""Gives the result of an earlier call with the same key, or None when there surely was none."""


@dataclass(frozen=True, slots=True)
class Effect:
    """A connector's function and its promises. `compensate` names the connector that undoes it."""

    name: str
    run: EffectFunction
    idempotent: bool
    lookup: Lookup | None
    compensate: str | None


def effect(
    name: str, *, idempotent: bool = False, lookup: Lookup | None = None, compensate: EffectFunction | None = None
) -> Callable[[EffectFunction], EffectFunction]:
    """Mark a function as the connector `name`.

    Args:
        idempotent: calling again with the same key is harmless.
        lookup: tells whether a call with this key was carried out.
        compensate: the connector that undoes it; the only way in which Remit ever reverses an effect.

    Raises:
        TypeError: what compensates is no connector.
    """
    undo = getattr(compensate, "__remit_effect__", None)
    if compensate is not None and not isinstance(undo, Effect):
        raise TypeError(f"what compensates `{name}` is no connector: mark it with @effect, too")

    def mark(function: EffectFunction) -> EffectFunction:
        undone_by = undo.name if isinstance(undo, Effect) else None
        function.__remit_effect__ = Effect(name, function, idempotent, lookup, undone_by)  # type: ignore[attr-defined]
        return function

    return mark


def effects_in(namespace: dict[str, Any]) -> dict[str, Effect]:
    """Every marked connector of a module's namespace, by name."""
    found = (getattr(value, "__remit_effect__", None) for value in namespace.values())
    return {item.name: item for item in found if isinstance(item, Effect)}


ObligationFunction = Callable[[Duty], dict[str, Any] | None]


def obligation(name: str) -> Callable[[ObligationFunction], ObligationFunction]:
    """Mark a function as what carries out obligations to do `name`. Any exception means that it is still to be done."""

    def mark(function: ObligationFunction) -> ObligationFunction:
        function.__remit_obligation__ = name  # type: ignore[attr-defined]
        return function

    return mark


def obligations_in(namespace: dict[str, Any]) -> dict[str, ObligationFunction]:
    """Every function of a module's namespace that carries out obligations, by what it does."""
    found = ((getattr(value, "__remit_obligation__", None), value) for value in namespace.values())
    return {name: function for name, function in found if isinstance(name, str)}


def marked(source: str, mark: Literal["effect", "obligation"]) -> set[str]:
    """The names that a module gives to a mark, read as text: none of its code is run. Raises SyntaxError."""
    calls = (
        call
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef)
        for call in node.decorator_list
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == mark
    )
    names = (call.args[0].value for call in calls if call.args and isinstance(call.args[0], ast.Constant))
    return {name for name in names if isinstance(name, str)}
