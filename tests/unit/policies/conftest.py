"""A small credit decision that the tests of this room share."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from remit.core.schema import ActionSchema, Field, Record
from remit.core.words import Actor, Evidence
from remit.policies.compile import load_contract
from remit.policies.evaluate import CompiledContract
from remit.policies.facts import Facts

CASE = Record(
    "case",
    (
        Field("amount_cents", "integer", minimum=1),
        Field("purpose", "string", values=("car", "house")),
        Field("disputed", "boolean"),
        Field("income", "number", required=False),
        Field("closed_at", "timestamp", required=False),
    ),
)
ACTIONS = (
    ActionSchema("approve", Record("args", (Field("amount_cents", "integer"),)), "high", False, True),
    ActionSchema("decline", Record("args", (Field("reason_codes", "strings"),))),
)
HEAD = """apiVersion: remit/v1
kind: PolicyContract
metadata: {name: credit, version: 3, owner: risk}
decision: credit.application
default: escalate
on_error: escalate
"""
ROUTINE = "  - {id: routine, when: \"action.name in ['approve', 'decline']\", effect: allow, reason: Routine.}\n"


@pytest.fixture
def case() -> Record:
    return CASE


@pytest.fixture
def actions() -> tuple[ActionSchema, ...]:
    return ACTIONS


@pytest.fixture
def text() -> Callable[..., str]:
    """A contract's text: the head, the given rules (or the routine one) and whatever follows."""

    def make(rules: str = ROUTINE, rest: str = "", head: str = HEAD) -> str:
        return f"{head}rules:\n{rules}{rest}"

    return make


@pytest.fixture
def load(text: Callable[..., str]) -> Callable[..., CompiledContract]:
    def make(*parts: str, **named: str) -> CompiledContract:
        return load_contract(text(*parts, **named), "policy.yaml", case=CASE, actions=ACTIONS)

    return make


@pytest.fixture
def facts() -> Callable[..., Facts]:
    """Facts of an ordinary application; keywords change fields of the case, or those of the facts themselves."""

    def make(action: str = "approve", **changed: Any) -> Facts:
        own = {key: changed.pop(key) for key in list(changed) if key in Facts.__slots__}
        case_fields = {"amount_cents": 5_000, "purpose": "car", "disputed": False, **changed}
        args = {"amount_cents": 5_000} if action == "approve" else {"reason_codes": ["RISK"]}
        return Facts(
            **{
                "case": case_fields,
                "action": action,
                "args": args,
                "actor": Actor("ann", roles=("clerk",)),
                "now": datetime(2026, 6, 1, tzinfo=UTC),
                "evidence": (Evidence("a@1#0", "rule", "s", "t", 1, "", 0.5, 0.5, "trusted", 10),),
                **own,
            }
        )

    return make
