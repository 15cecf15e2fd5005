"""The nodes' world, small and in memory: a decision without a pack, and parts that remember what they were asked."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from remit.agents.records import Run
from remit.agents.state import State
from remit.core.schema import ActionSchema, Field, Record
from remit.core.words import Actor, Evidence, Finding, NeedResult, PolicyRef, Proposal, Verdict
from remit.policies.facts import Facts

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
REF = PolicyRef("desk", 1, "0" * 64)
ARGS = Record("args", (Field("cents", "integer"),))


def evidence(need: str, *, trust: Any = "trusted", age_days: int = 10, name: str = "") -> Evidence:
    return Evidence(f"desk/{name or need}@1#1", need, "handbook", "title", 1, "f" * 64, 0.5, 0.9, trust, age_days)


@dataclass
class Documents:
    """Finds what it was given, by need; remembers every question."""

    found: dict[str, list[Evidence]] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)

    def texts(self, ids: Sequence[str]) -> Any:
        raise AssertionError("nobody asked for texts")

    def gather(self, needs: Any, case: Any, at: datetime) -> Any:
        self.asked.extend((need.need, query) for need, query in needs)
        passages = [passage for need, _ in needs for passage in self.found.get(need.need, [])]
        results = [
            NeedResult(need.need, bool(found := self.found.get(need.need)), query, len(found or []))
            for need, query in needs
        ]
        return tuple(passages), tuple(results)


@dataclass
class Brain:
    """Proposes one action, and remembers what it was given to cite."""

    cited: tuple[str, ...] | None = None

    def plan(self, decision: Any, case: Any) -> dict[str, Any]:
        return {"steps": [step("rule"), step("price"), {"kind": "propose", "strategy": "rules", "actions": ["pay"]}]}

    def propose(self, decision: Any, case: Any, cites: tuple[str, ...], aids: Any = None) -> Proposal:
        self.cited = cites
        return Proposal("pay", {"cents": 1}, 0.9, 1.0, ("because",), cites, "rules")


@dataclass
class Contract:
    """Gives one effect, and remembers the facts."""

    effect: Any = "allow"
    facts: Facts | None = None

    def evaluate(self, facts: Facts) -> Verdict:
        self.facts = facts
        return Verdict(self.effect, (Finding("routine", self.effect, "true", "routine"),), REF)

    def evaluate_each(self, facts: Sequence[Facts]) -> list[Verdict]:
        return [self.evaluate(each) for each in facts]

    def budgets(self, facts: Facts) -> tuple[Any, ...]:
        return ()

    windows: dict[str, Any] = field(default_factory=dict)


def step(need: str) -> dict[str, Any]:
    return {"kind": "retrieve", "need": need, "query": "what holds?", "trusted": False, "max_age_days": None}


def result(need: str, *, met: bool = False, found: int = 0) -> dict[str, Any]:
    return NeedResult(need, met, "what holds?", found).to_json()


@dataclass
class World:
    documents: Documents = field(default_factory=Documents)
    brain: Brain = field(default_factory=Brain)
    contract: Contract = field(default_factory=Contract)
    autonomy: str = "act"
    case_quality: Any = "ok"
    sure_from: float | None = None
    spent_seconds: Iterator[float] = field(default_factory=lambda: itertools.count(0.0, 0.25))

    @property
    def deps(self) -> Any:
        decision = SimpleNamespace(
            question="What shall we do?",
            autonomy=self.autonomy,
            exploration=None,
            policy=self.contract,
            need=lambda name: SimpleNamespace(need=name),
            features_of=lambda case: {"amount": case["cents"] / 100},
            actions={name: SimpleNamespace(schema=ActionSchema(name, ARGS)) for name in ("pay", "wire", "hold")},
            arguments=lambda action, case, features: {"cents": case["cents"]} if action != "hold" else {},
        )
        run = Run("D", "desk", {"cents": 1}, self.case_quality, (), "", Actor("ana", roles=("clerk",)), NOW, "salt")
        return SimpleNamespace(
            decision=decision,
            run=run,
            brain=self.brain,
            recorded=None,
            knowledge=self.documents,
            versions=SimpleNamespace(to_json=lambda: {"graph_version": "1"}),
            sure_from=self.sure_from,
            spent_seconds=lambda: next(self.spent_seconds),
        )


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def state() -> Callable[..., State]:
    """A state that was planned and looked up; `changes` replaces parts of it."""

    def make(**changes: Any) -> Any:
        usual = {
            "stage": "received",
            "at": NOW.isoformat(),
            "plan": {"steps": [step("rule"), step("price")], "wording": 0},
            "replans": 0,
            "evidence": [evidence("rule").to_json()],
            "needs": [result("rule", met=True, found=1), result("price")],
            "proposal": Proposal("pay", {"cents": 1}, 0.9, 1.0, (), (), "rules").to_json(),
        }
        return {**usual, **changes}

    return make
