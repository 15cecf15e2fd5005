"""What is proved of a random contract is never refuted by random facts, and what is shown is always so."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from remit.policies.compile import load_contract
from remit.policies.diff import diff
from remit.policies.evaluate import CompiledContract
from remit.policies.prove import prove
from remit.policies.witness import judged


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
@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
def test_a_proof_is_never_refuted(seed: int) -> None:
    check_proof(seed)


@given(seed=st.integers(0, 2**40))
@settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
def test_a_difference_is_never_missed(seed: int) -> None:
    check_diff(seed)


@pytest.mark.soak
@pytest.mark.skipif("REMIT_SOAK" not in os.environ, reason="runs for minutes")
@given(seed=st.integers(0, 2**40))
@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
def test_proofs_and_differences_hold_at_length(seed: int) -> None:
    check_proof(seed)
    check_diff(seed)
