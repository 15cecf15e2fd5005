"""What is proved of a random contract is never refuted by random facts, and what is shown is always so."""

from __future__ import annotations

import importlib.util
from dataclasses import replace
from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from remit.policies.compile import load_contract
from remit.policies.diff import diff
from remit.policies.evaluate import CompiledContract
from remit.policies.facts import Facts
from remit.policies.prove import ProofReport, prove
from remit.policies.symbolic import EFFECTS
from remit.policies.witness import Witness, judged


def _beside(name: str) -> object:
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


encoded = _beside("test_encode")
made_up = encoded.made_up  # type: ignore[attr-defined]
FACTS = 40


def contract(seed: int) -> CompiledContract:
    text = made_up.contract_text(seed, encoded.compiles)  # type: ignore[attr-defined]
    return load_contract(text, "random.yaml", case=made_up.CASE, actions=made_up.ACTIONS)


def check_proof(seed: int) -> None:
    compiled = contract(seed)
    report = prove(compiled, seconds=10)
    shown = [each.witness for each in report.findings if each.witness is not None]
    assert [judged(compiled, each.facts) for each in shown] == shown
    codes = {(each.code, each.rules[0]) for each in report.findings if each.rules}
    for number in range(FACTS):
        found = judged(compiled, made_up.random_facts(seed + number))
        for rule in compiled.rules:
            assert ("policy.never-fires", rule.id) not in codes or rule.id not in found.held
            decides = rule.id in found.held and found.effect == rule.effect
            assert ("policy.shadowed", rule.id) not in codes or not decides
        for broken in compiled.violated(found.facts, found.effect):
            assert ("policy.invariant-proved", broken.id) not in codes
        check_idle(compiled, report, found)


def check_idle(compiled: CompiledContract, report: ProofReport, found: Witness) -> None:
    """What is said to do nothing does nothing on these facts."""
    told = {(each.code, *each.rules) for each in report.findings}
    if "effective" in found.deciding:
        return
    for one, other in permutations((rule.id for rule in compiled.rules), 2):
        assert ("policy.doubled-rule", one, other) not in told or len({one, other} & found.held) != 1
    assert ("policy.idle-obligation", "obligation-1") not in told or not found.verdict.obligations
    for effect in EFFECTS:
        assert ("policy.idle-invariant", "i") not in told or not compiled.violated(found.facts, effect)
    check_limits(compiled, report, found)


def check_limits(compiled: CompiledContract, report: ProofReport, found: Witness) -> None:
    told = {(each.code, *each.rules) for each in report.findings}
    for draw in compiled.draws(found.facts) if found.effect != "deny" else ():
        assert ("policy.idle-limit", draw.limit.id) not in told or draw.amount <= 0
        assert ("policy.spent-limit", draw.limit.id) not in told or not 0 <= draw.amount <= draw.limit.max
    open_ = {each.rules[0] for each in report.findings if each.level == "unverified" and each.rules}
    limited = judged(compiled, replace(found.facts, usage={}))
    for limit in compiled.limits if not is_far(found.facts) else ():
        could_fail = ("policy.can-fail", limit.id) in told or limit.id in open_
        assert could_fail or limit.id not in limited.failed


def is_far(facts: Facts) -> bool:
    """A time so far off that a difference of times may overflow, which a proof leaves out."""
    return str(facts.case.get("paid", "2026"))[:4] in ("0001", "9999")


def check_diff(seed: int) -> None:
    old, new = contract(seed), contract(seed + 1)
    report = diff(old, new, seconds=10)
    for change in report.changes:
        assert change.old.effect != change.new.effect
    told = {(change.old.effect, change.new.effect, change.new.facts.action) for change in report.changes}
    for number in range(FACTS):
        facts = made_up.random_facts(seed + number)
        before, after = judged(old, facts), judged(new, facts)
        if before.effect == after.effect or {"effective"} & {*before.deciding, *after.deciding}:
            continue
        assert (before.effect, after.effect, facts.action) in told or report.unverified


@given(seed=st.integers(0, 2**40))
@settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
def test_a_proof_is_never_refuted(seed: int) -> None:
    check_proof(seed)


@given(seed=st.integers(0, 2**40))
@settings(max_examples=2, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
def test_a_difference_is_never_missed(seed: int) -> None:
    check_diff(seed)


@pytest.mark.soak
@given(seed=st.integers(0, 2**40))
@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
def test_proofs_and_differences_hold_at_length(seed: int) -> None:
    check_proof(seed)
    check_diff(seed)
