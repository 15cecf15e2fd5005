"""The report on a contract: it loads, its tests pass, and its tests reach its rules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from remit.core.problems import Problem
from remit.core.schema import ActionSchema, Record
from remit.core.words import PolicyRef
from remit.policies.cases import Coverage, TestResult, run_tests
from remit.policies.compile import load_contract
from remit.policies.evaluate import CompiledContract


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What `remit policy check` says. Warnings and unreached rules are told, but only a failed test makes it fail."""

    policy: PolicyRef
    decision: str
    warnings: tuple[Problem, ...]
    tests: tuple[TestResult, ...]
    coverage: Coverage

    @property
    def ok(self) -> bool:
        return all(test.passed for test in self.tests)

    def to_json(self) -> dict[str, Any]:
        return {
            "ok": self.ok,
            "policy": self.policy.to_json(),
            "decision": self.decision,
            "warnings": [warning.to_json() for warning in self.warnings],
            "tests": [test.to_json() for test in self.tests],
            "coverage": self.coverage.to_json(),
        }


def check_contract(text: str, file: str, *, case: Record, actions: Sequence[ActionSchema]) -> CheckReport:
    """Load a contract, run its tests and report.

    Raises:
        SourceError: the contract does not load; every problem at its place.
    """
    return report_on(load_contract(text, file, case=case, actions=actions))


def report_on(compiled: CompiledContract) -> CheckReport:
    """The report on a contract that is already loaded."""
    results, coverage = run_tests(compiled)
    return CheckReport(compiled.ref, compiled.decision, compiled.warnings, results, coverage)
