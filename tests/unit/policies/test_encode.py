"""The solver's terms give what the evaluator gives, on random contracts and random facts."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import z3
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from remit.policies.cel import Environment, ExpressionError
from remit.policies.compile import load_contract
from remit.policies.domain import Domain, microseconds
from remit.policies.evaluate import CompiledContract
from remit.policies.facts import USAGE, Facts, prelude, seen
from remit.policies.symbolic import EFFECTS, Symbolic, put
from remit.policies.terms import Fields, Items, Term, Truth, Value, both, either, negated, rank, same
from remit.policies.types import BOOL, CelType
from remit.policies.witness import judged

_spec = importlib.util.spec_from_file_location("random_contracts", Path(__file__).with_name("random_contracts.py"))
assert _spec is not None
assert _spec.loader is not None
made_up = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(made_up)

ENVIRONMENT = Environment(prelude(made_up.CASE, made_up.ACTIONS, made_up.LIMITS)).extended(
    {
        "variables.sum": CelType("int"),
        "variables.share": CelType("double"),
        "variables.name": CelType("string"),
        "variables.sure": CelType("bool"),
        "variables.day": CelType("timestamp"),
    }
)
FACTS = 5


def compiles(text: str) -> bool:
    try:
        ENVIRONMENT.compile(text, expect=BOOL)
    except ExpressionError:
        return False
    return True


def pinned(domain: Domain, facts: Facts, actions: Any) -> Iterator[Truth]:
    """That every input is as in these facts; nothing of a list that is longer than it is modelled."""
    for name, value in seen(facts, actions).items():
        yield from _pinned(domain, domain.names[name], value)
    counts = {name: facts.usage[name].used for name in domain.limits} if facts.usage else {}
    yield from _pinned(domain, domain.names[USAGE], counts)


def _pinned(domain: Domain, held: Value, value: Any) -> Iterator[Truth]:
    if isinstance(held, Items):
        if len(value) <= len(held.places):
            yield held.size == len(value)
            for (_, place), each in zip(held.places, value, strict=False):
                yield from _pinned(domain, place, each)
        return
    if isinstance(held, Fields):
        for name, each in held.fields.items():
            given_value = value.get(name)
            if isinstance(each, Items):
                yield from _pinned(domain, each, given_value or [])
            elif given_value is None:
                yield negated(held.present[name])
            else:
                yield held.present[name]
                yield from _pinned(domain, each, given_value)
        return
    yield _equals(domain, held, value)


def _equals(domain: Domain, held: Term, value: Any) -> Truth:
    if held.kind == "bool":
        return held.value if value else negated(held.value)
    if held.kind == "string":
        return held.value == domain.words.number(value)
    if held.kind == "double":
        return held.value[0][1].base == rank(float(value))
    if held.kind == "timestamp":
        return held.value == microseconds(datetime.fromisoformat(value) if isinstance(value, str) else value)
    return held.value == value


def check(domain: Domain, facts: Facts, actions: Any, *more: Truth) -> str:
    solver = z3.Solver(ctx=domain.context)
    solver.set("timeout", 20_000)
    wanted = both(*domain.rules, *pinned(domain, facts, actions), *more)
    if isinstance(wanted, bool):
        return "sat" if wanted else "unsat"
    return str(solver.check(wanted))


def is_whole(domain: Domain, facts: Facts, actions: Any) -> bool:
    """Every list of the facts that is looked at is short enough to be pinned."""
    values = seen(facts, actions)
    for name, held in domain.names.items():
        if isinstance(held, Items) and len(values[name]) > len(held.places) > 0:
            return False
        if isinstance(held, Fields):
            for one, each in held.fields.items():
                if isinstance(each, Items) and len(values[name].get(one) or ()) > len(each.places) > 0:
                    return False
    return True


def agree(compiled: CompiledContract, domain: Domain, symbolic: Symbolic, facts: Facts) -> None:
    """The verdict is possible for the solver; it is the only one where nothing is left open, and so are the rules."""
    found = judged(compiled, facts)
    assert check(domain, facts, compiled.actions, symbolic.verdict[found.effect]) == "sat"
    if not is_whole(domain, facts, compiled.actions):
        return
    if not symbolic.outside:
        others = either(*(symbolic.verdict[effect] for effect in EFFECTS if effect != found.effect))
        assert check(domain, facts, compiled.actions, others) == "unsat"
    if any(each.rule == "effective" for each in found.verdict.findings):
        return
    for rule in symbolic.rules:
        if not rule.outside:
            differs = (same(rule.holds, rule.id not in found.held), same(rule.fails, rule.id not in found.failed))
            assert check(domain, facts, compiled.actions, either(*differs)) == "unsat", rule.id


def agree_on(seed: int) -> None:
    text = made_up.contract_text(seed, compiles)
    compiled = load_contract(text, "random.yaml", case=made_up.CASE, actions=made_up.ACTIONS)
    domain, (symbolic,) = put([compiled])
    for number in range(FACTS):
        agree(compiled, domain, symbolic, made_up.random_facts(seed * FACTS + number))


@given(seed=st.integers(0, 2**40))
@settings(max_examples=24, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
def test_the_solver_and_the_evaluator_agree(seed: int) -> None:
    agree_on(seed)


@pytest.mark.soak
@given(seed=st.integers(0, 2**40))
@settings(max_examples=2_000, deadline=None, suppress_health_check=list(HealthCheck))
def test_the_solver_and_the_evaluator_agree_at_length(seed: int) -> None:
    agree_on(seed)
