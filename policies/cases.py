"""Run the tests that a contract carries, and see which rules and clauses they reach."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from remit.core.words import Effect, Verdict
from remit.policies.coverage import ClauseCoverage, clause_coverage
from remit.policies.evaluate import CompiledContract
from remit.policies.explain import Anatomy


@dataclass(frozen=True, slots=True)
class TestResult:
    """One embedded test: what was expected, what came, and by which rules. `why` says what is wrong, or nothing."""

    __test__ = False
    name: str
    line: int
    expected: Effect
    got: Effect
    by: tuple[str, ...]
    why: str

    @property
    def passed(self) -> bool:
        return not self.why

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "by": list(self.by), "passed": self.passed}


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many rules, requirements and limits the tests make speak, and which they never do; and the same by clause."""

    reached: int
    total: int
    unreached: tuple[str, ...]
    clauses: ClauseCoverage

    def to_json(self) -> dict[str, Any]:
        return {
            "reached": self.reached,
            "total": self.total,
            "unreached": list(self.unreached),
            "clauses": self.clauses.to_json(),
        }


def run_tests(compiled: CompiledContract) -> tuple[tuple[TestResult, ...], Coverage]:
    """Every embedded test against the real evaluator, and the coverage of all of them together."""
    verdicts = [compiled.evaluate(facts) for _, facts in compiled.tests]
    results = tuple(_result(compiled, number, verdict) for number, verdict in enumerate(verdicts))
    return results, _coverage(compiled, verdicts)


def _result(compiled: CompiledContract, number: int, verdict: Verdict) -> TestResult:
    test, _ = compiled.tests[number]
    line, _ = compiled.source.place(("tests", number))
    deciding = tuple(finding.rule for finding in verdict.findings if finding.effect == verdict.effect)
    missing = [rule for rule in test.by if rule not in deciding]
    why = ""
    if verdict.effect != test.expect:
        said = "; ".join(finding.reason for finding in verdict.findings if finding.effect == verdict.effect)
        why = f"expected {test.expect}, but the verdict is {verdict.effect} by {', '.join(deciding)}: {said}"
    elif missing:
        why = f"the verdict is right, but it is by {', '.join(deciding)} and not by {', '.join(missing)}"
    return TestResult(test.name, line, test.expect, verdict.effect, deciding, why)


def _coverage(compiled: CompiledContract, verdicts: Sequence[Verdict]) -> Coverage:
    # A rule is reached when it fires; a requirement when it fails and a limit when it is exceeded: only then does it
    # change anything.
    spoke = {(finding.rule, finding.effect) for verdict in verdicts for finding in verdict.findings}
    wanted = [(rule.id, rule.effect) for rule in compiled.rules]
    wanted += [(each.id, each.effect) for each in compiled.requires]
    wanted += [(each.id, each.effect) for each in compiled.limits]
    unreached = tuple(rule for rule, effect in wanted if (rule, effect) not in spoke)
    tested = [(facts, verdict) for (_, facts), verdict in zip(compiled.tests, verdicts, strict=True)]
    clauses = clause_coverage(Anatomy(compiled), tested)
    return Coverage(len(wanted) - len(unreached), len(wanted), unreached, clauses)
