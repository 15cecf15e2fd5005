"""A small pack, written into a folder, that a test changes in one place."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

PACK = """apiVersion: remit/v1
kind: Pack
metadata: {name: loan, version: 1.0.0, owner: desk, department: lending}
decisions:
  - name: loan.small
    question: Shall we lend?
    case: case.odcs.yaml
    policy: policy.yaml
    subject: case.id
    autonomy: act
    actions:
      - name: lend
        effect: connectors:pay
        args:
          amount: {type: integer, minimum: 1}
      - name: refuse
        args:
          codes: {type: array, items: {type: string}}
    features:
      ratio: double(case.amount) / 100.0
      purpose: case.purpose
      late: case.late
    evidence:
      - need: lending_rule
        when: case.amount > 0
        query: lending rule for a {case.purpose}
        min_similarity: 0.0
    proposer:
      strategy: rules
      features: [ratio, purpose, late]
      args:
        lend: {amount: case.amount}
        refuse: {codes: "['RISK']"}
      rules:
        - when: case.late
          action: refuse
          confidence: 0.8
          reason: Paid late before.
        - action: lend
          reason: Nothing speaks against it.
    outcome:
      name: repaid
      type: boolean
      horizon_days: 30
      reward: "action.name == 'lend' ? (outcome.repaid ? 1.0 : -2.0) : 0.0"
    fairness: {protected: [age]}
"""
CASE = """apiVersion: v3.1.0
kind: DataContract
id: urn:remit:loan:case
name: loan-case
version: 1.0.0
status: active
schema:
  - name: case
    properties:
      - name: id
        logicalType: string
        primaryKey: true
        logicalTypeOptions: {pattern: 'L-[0-9]+'}
      - name: purpose
        logicalType: string
        required: true
        quality:
          - {type: library, metric: invalidValues, mustBe: 0, severity: reject, arguments: {validValues: [car, house]}}
      - name: amount
        logicalType: integer
        required: true
        logicalTypeOptions: {minimum: 1, maximum: 1000000}
      - name: rate
        logicalType: number
        logicalTypeOptions: {minimum: 0, maximum: 20.5}
      - name: late
        logicalType: boolean
        required: true
      - name: age
        logicalType: integer
        required: true
        classification: protected
      - name: asked_at
        logicalType: timestamp
      - name: remark
        logicalType: string
        logicalTypeOptions: {minLength: 2, maxLength: 20}
    quality:
      - name: old_enough
        type: custom
        engine: remit-cel
        severity: quarantine
        description: Nobody under 18 borrows.
        implementation: case.age >= 18
      - name: rate_below_amount
        type: custom
        engine: remit-cel
        severity: degrade
        description: A rate stays below the amount.
        implementation: "!has(case.rate) || case.rate < double(case.amount)"
"""
POLICY = """apiVersion: remit/v1
kind: PolicyContract
metadata: {name: loan, version: 1, owner: risk}
decision: loan.small
default: escalate
on_error: escalate
rules:
  - {id: routine, when: "action.name in ['lend', 'refuse']", effect: allow, reason: Routine.}
tests:
  - name: lending is routine
    case: {id: L-1, purpose: car, amount: 5, late: false, age: 40}
    action: {name: lend, args: {amount: 5}}
    expect: allow
"""
CONNECTORS = """from remit.packs.connectors import effect


@effect("pay", idempotent=True)
def pay(call):
    return {"paid": call.args["amount"]}
"""
RULE = """---
title: Lending rule
owner: desk
source: handbook
trust: trusted
valid_from: 2026-01-01
audience: [everyone]
---
# Lending rule

A lending rule for a car or a house: lend only what can be repaid.
"""
GOLDEN = (
    '{"name": "a sound loan", "case": {"id": "L-1", "purpose": "car", "amount": 500, "late": false, "age": 40},'
    ' "expect": {"status": "executed", "effect": "allow", "action": "lend"}}\n'
)
Changes = Iterable[tuple[str, str]]


@pytest.fixture
def write_pack(tmp_path: Path) -> Callable[..., Path]:
    """Write the pack, with texts replaced, and give its folder: ``write_pack(("case.late", "case.lat"))``.

    Positional pairs change pack.yaml; `case` and `policy` take pairs too; `files` are written as they are.
    """

    def write(
        *pack: tuple[str, str], case: Changes = (), policy: Changes = (), files: dict[str, Any] | None = None
    ) -> Path:
        folder = tmp_path / "loan"
        texts: dict[str, Any] = {
            "pack.yaml": changed(PACK, pack),
            "case.odcs.yaml": changed(CASE, case),
            "policy.yaml": changed(POLICY, policy),
            "connectors.py": CONNECTORS,
            "knowledge/lending-rule.md": RULE,
            "golden.jsonl": GOLDEN,
            **(files or {}),
        }
        for name, text in texts.items():
            if text is not None:
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                (folder / name).write_bytes(text.encode() if isinstance(text, str) else text)
        return folder

    return write


@pytest.fixture
def loan() -> Callable[..., dict[str, Any]]:
    """A sound case of the pack, with fields changed; a field set to `...` is left out."""

    def make(**fields: Any) -> dict[str, Any]:
        case = {"id": "L-1", "purpose": "car", "amount": 500, "late": False, "age": 40, **fields}
        return {name: value for name, value in case.items() if value is not ...}

    return make


def changed(text: str, changes: Changes) -> str:
    for old, new in changes:
        assert text.count(old) == 1, f"{old!r} occurs {text.count(old)} times"
        text = text.replace(old, new)
    return text
