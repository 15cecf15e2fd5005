"""On random contracts: whatever comes in there is a verdict, no order of rules changes it, each change is confirmed."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from remit.core.words import Actor, Evidence, NeedResult
from remit.policies.changes import applied
from remit.policies.compile import load_contract
from remit.policies.counterfactual import counterfactual
from remit.policies.evaluate import CompiledContract
from remit.policies.facts import Facts, Used

_spec = importlib.util.spec_from_file_location("test_encode", Path(__file__).with_name("test_encode.py"))
assert _spec is not None
assert _spec.loader is not None
encoded = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(encoded)
made_up = encoded.made_up

FACTS = 5
JUNK: tuple[Any, ...] = (
    *(None, True, 0, -1, 2**63, -(2**63) - 1, 10**400, 1e400, float("nan"), -0.0, 5e-324),
    *(
        "",
        "\ud800",
        "\0",
        "a" * 10_000,
        "9999-12-31T23:59:59Z",
        "2026-02-30",
        b"x",
        [],
        [None],
        ["\ud800"],
        {},
        object(),
    ),
)


def text_of(seed: int) -> str:
    return str(made_up.contract_text(seed, encoded.compiles))


def load(text: str) -> CompiledContract:
    return load_contract(text, "random.yaml", case=made_up.CASE, actions=made_up.ACTIONS)


def inputs(seed: int) -> Iterator[Facts]:
    """Facts that fit, with what the limits have counted."""
    for number in range(FACTS):
        facts, random = made_up.random_facts(seed * FACTS + number), Random(seed * FACTS + number)
        counted = {name: Used("2026-01-01", random.choice((0, 40, 2**63 - 1))) for name in ("paid", "in-a-month")}
        yield replace(facts, usage=random.choice((None, {}, counted)))


def broken(facts: Facts, random: Random) -> Facts:
    """The facts with some of what comes from outside replaced by anything."""

    def any_of(values: Any) -> Any:
        if random.random() < 0.1:
            return random.choice(JUNK)
        names = [*values, "unheard"]
        return {**values, **{name: random.choice(JUNK) for name in random.sample(names, random.randint(0, 2))}}

    passage = Evidence(*(random.choice(JUNK) for _ in range(10)))
    used = {"paid": Used("2026-01-01", random.choice((0, 2**63, 10**30))), "nothing": Used("", 1)}
    changes: dict[str, Any] = {
        "case": any_of(facts.case),
        "args": any_of(facts.args),
        "action": random.choice((facts.action, "unheard", "", "\ud800")),
        "actor": Actor(random.choice(JUNK), random.choice(("user", "robot", None)), random.choice(JUNK)),  # type: ignore[arg-type]
        "evidence": (*facts.evidence, passage),
        "needs": (NeedResult(random.choice(JUNK), random.choice(JUNK), "", 0),),
        "confidence": random.choice(JUNK),
        "proposer": random.choice(JUNK),
        "case_quality": random.choice(JUNK),
        "cites": random.choice(JUNK),
        "now": random.choice(
            (datetime(2026, 1, 1), datetime.max.replace(tzinfo=UTC), datetime.min.replace(tzinfo=UTC))
        ),
        "usage": used,
    }
    return replace(facts, **{name: changes[name] for name in random.sample(list(changes), random.randint(1, 3))})


def check_anything(seed: int) -> None:
    compiled = load(text_of(seed))
    for facts in inputs(seed):
        random = Random(repr(facts))
        verdict = compiled.evaluate(broken(facts, random))
        assert verdict.effect in ("allow", "escalate", "deny")
        assert verdict.findings
        # What does not fit is never allowed, and nothing else is said of it.
        if "facts" in {each.rule for each in verdict.findings}:
            assert (len(verdict.findings), verdict.effect) == (1, compiled.contract.on_error)
        compiled.draws(facts)


def check_order(seed: int) -> None:
    text = text_of(seed)
    rules = re.findall(r"^  - \{id: r\d.*\n", text, re.MULTILINE)
    block, shuffled = "".join(rules), Random(seed).sample(rules, len(rules))
    one, other = load(text), load(text.replace(block, "".join(shuffled)))
    for facts in inputs(seed):
        verdicts = [each.evaluate(facts).to_json() for each in (one, other)]
        assert {**verdicts[0], "policy": None} == {**verdicts[1], "policy": None}


def check_counterfactual(seed: int) -> None:
    compiled = load(text_of(seed))
    for facts in inputs(seed):
        found = counterfactual(compiled, facts, budget=60)
        if found is not None:
            assert compiled.evaluate(applied(facts, found.changes)).effect == found.effect
            assert compiled.evaluate(facts).effect != found.effect


def check_each(seed: int) -> None:
    compiled = load(text_of(seed))
    for facts in inputs(seed):
        given = Random(seed).choice((facts, broken(facts, Random(repr(facts)))))
        proposed = [
            replace(given, action=action, args=args)
            for action in (*compiled.actions, "unheard")
            for args in (given.args, {})
        ]
        assert compiled.evaluate_each(proposed) == [compiled.evaluate(each) for each in proposed]


CHECKS = (check_anything, check_order, check_counterfactual, check_each)
FEW = {check_counterfactual: 8}
"""A search for what would have turned a verdict takes a while."""


def hold(check: Callable[[int], None], examples: int, *, always_the_same: bool) -> None:
    quiet = settings(
        max_examples=examples, deadline=None, derandomize=always_the_same, suppress_health_check=list(HealthCheck)
    )
    given(seed=st.integers(0, 2**40))(quiet(lambda seed: check(seed)))()


@pytest.mark.parametrize("check", CHECKS)
def test_it_holds_on_random_contracts(check: Callable[[int], None]) -> None:
    hold(check, FEW.get(check, 20), always_the_same=True)


@pytest.mark.soak
@pytest.mark.parametrize("check", CHECKS)
def test_it_holds_on_10_000_random_inputs(check: Callable[[int], None]) -> None:
    hold(check, 10_000 // FACTS, always_the_same=False)
