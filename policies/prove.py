"""The proof of a contract over all facts that its data contract admits: what holds always, and what does not."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from datetime import time as clock
from functools import partial
from typing import Any

from remit.core.words import PolicyRef
from remit.policies import idle
from remit.policies.evaluate import CompiledContract
from remit.policies.facts import Facts
from remit.policies.lint import BY_TESTS, Level, Linter, Weakness, sorted_by_place
from remit.policies.solver import Prover
from remit.policies.symbolic import Symbolic, put

PROOF_SECONDS = 5.0
UNVERIFIED_INVARIANT = "policy.invariant-not-verified"


@dataclass(frozen=True)
class ProofReport:
    """What `remit policy prove` says. `usual` is the case that a witness is told apart from.

    An `error` makes it fail, and so does an invariant that is not verified: what must never be is never taken on trust.
    Of the questions that were `asked` so many were `answered` in time.
    """

    policy: PolicyRef
    findings: tuple[Weakness, ...]
    seconds: float
    asked: int
    answered: int
    usual: Mapping[str, Any] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        return not any(each.level == "error" or each.code == UNVERIFIED_INVARIANT for each in self.findings)

    @property
    def verified(self) -> bool:
        """Every question was answered."""
        return not any(each.level == "unverified" for each in self.findings)

    def counted(self) -> dict[str, int]:
        """How many findings there are of each level."""
        levels = ("error", "unverified", "warning", "info", "proved")
        return {level: sum(each.level == level for each in self.findings) for level in levels}

    def to_json(self) -> dict[str, Any]:
        return {
            "ok": self.ok,
            "verified": self.verified,
            "policy": self.policy.to_json(),
            "counts": self.counted(),
            "questions": {"asked": self.asked, "answered": self.answered},
            "seconds": round(self.seconds, 3),
            "findings": [each.to_json() for each in self.findings],
        }


def prove(compiled: CompiledContract, seconds: float = PROOF_SECONDS, *, overlaps: bool = True) -> ProofReport:
    """Every question about a contract, within so many seconds; what there was no time for is not verified.

    `overlaps` asks for rules of different effects that fire together, too: they are many, and mostly meant.

    The method is satisfiability modulo theories over the checked expressions, as Cedar's analysis does it (Cutler et
    al., "Cedar: A New Language for Expressive, Fast, Safe, and Analyzable Authorization", OOPSLA 2024).
    """
    begun = time.monotonic()
    symbolic, prover = _prepared(compiled, begun + seconds)
    linter = Linter(symbolic, prover)
    found = [*_invariants(symbolic, prover)]
    questions: tuple[Callable[[], Iterable[Weakness]], ...] = (
        linter.never_fires,
        linter.gaps,
        linter.can_fail,
        linter.idle_requirements,
        partial(idle.limits, linter),
        partial(idle.obligations, linter),
        partial(idle.invariants, linter),
        linter.outside,
        linter.tests,
        linter.dead_clauses,
        partial(idle.constants, linter),
        partial(idle.doubled_rules, linter),
        *([linter.overlaps] if overlaps else []),
    )
    for question in questions:
        found.extend(question())
    spent = time.monotonic() - begun
    usual, _ = usual_facts(compiled)
    return ProofReport(compiled.ref, sorted_by_place(found), spent, prover.asked, prover.answered, usual)


def usual_facts(contract: CompiledContract) -> tuple[dict[str, Any], datetime]:
    """The case and the moment that a reader of the contract has in mind: those of its tests."""
    since = contract.contract.metadata.effective_from
    noon = datetime(2026, 1, 1, 12, tzinfo=UTC) if since is None else datetime.combine(since, clock(12), UTC)
    case = dict(contract.tests[0][1].case) if contract.tests else {}
    return {**case, **contract.contract.test_case}, noon


def seeds_of(contract: CompiledContract, counting: bool) -> list[Facts]:
    """The facts of the contract's tests that are possible: many a question they answer at once.

    `counting` when what limits have counted is an input; else the limits are not looked at.
    """
    tests = [replace(facts, usage=(facts.usage or {}) if counting else None) for _, facts in contract.tests]
    return [facts for facts in tests if 0 <= facts.confidence <= 1 and 0 <= facts.propensity <= 1]


def _prepared(compiled: CompiledContract, deadline: float) -> tuple[Symbolic, Prover]:
    domain, (symbolic,) = put([compiled])
    domain.expect(*usual_facts(compiled))
    return symbolic, Prover(
        domain, compiled, max(deadline - time.monotonic(), 0.0), seeds_of(compiled, bool(domain.limits))
    )


def _invariants(symbolic: Symbolic, prover: Prover) -> Iterator[Weakness]:
    """Each invariant: proved for all facts, violated by a witness, or not verified."""
    compiled = symbolic.compiled
    for each in compiled.invariants:
        condition = symbolic.invariant(each)
        found = prover.ask(
            condition.holds,
            confirm=lambda found, each=each: each in compiled.violated(found.facts, found.effect),  # type: ignore[misc]
        )
        level: Level = "proved"
        code, mend, message = "policy.invariant-proved", "", f"the invariant `{each.id}` holds on all facts"
        if found.kind == "found":
            level, code, mend = "error", "policy.invariant-violated", "Mend the rules, or the invariant."
            message = f"the invariant `{each.id}` is violated"
        elif found.kind == "unknown":
            level, code = "unverified", UNVERIFIED_INVARIANT
            reasons = dict.fromkeys(place.reason for place in (*condition.outside, *symbolic.outside))
            why = "; ".join((found.why, *(f"the contract has {reason}" for reason in reasons)))
            message = f"not verified: the invariant `{each.id}`: {why}"
            mend = BY_TESTS if reasons else ""
        elif prover.never(condition.fails) is not True:
            level, code = "unverified", UNVERIFIED_INVARIANT
            message = f"not verified: the invariant `{each.id}` cannot be evaluated on all facts"
            mend = "Guard it, so that it is true or false everywhere."
        problem = each.at.problem(message, "never", code=code, mend=mend)
        yield Weakness(level, problem, (each.id,), found.witness)
