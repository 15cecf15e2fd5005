"""The report on a contract: it loads, its tests pass, and its tests reach its rules."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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
    """What `remit policy check` says. Warnings and unreached rules are told, but only a failed test makes it fail.

    `failures` are the tests that fail and `untested` what no test reaches, each at its place.
    """

    policy: PolicyRef
    decision: str
    warnings: tuple[Problem, ...]
    tests: tuple[TestResult, ...]
    coverage: Coverage
    failures: tuple[Problem, ...] = ()
    untested: tuple[Problem, ...] = ()

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
            "failures": [each.to_json() for each in self.failures],
            "untested": [each.to_json() for each in self.untested],
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
    return CheckReport(
        compiled.ref,
        compiled.decision,
        compiled.warnings,
        results,
        coverage,
        tuple(_failures(compiled, results)),
        tuple(_untested(compiled, coverage)),
    )


def _failures(compiled: CompiledContract, results: Sequence[TestResult]) -> Iterator[Problem]:
    for number, test in enumerate(results):
        if not test.passed:
            message = f"the test `{test.name}` fails: {test.why}"
            place = ("tests", number, "expect" if test.got != test.expected else "by")
            mend = "Mend the rules, or what the test expects."
            yield compiled.source.problem(message, place, code="policy.test-failed", mend=mend)


def _untested(compiled: CompiledContract, coverage: Coverage) -> Iterator[Problem]:
    places = {rule.id: rule.at for rule in compiled.rules}
    places |= {each.id: each.at for each in compiled.requires} | {each.id: each.at for each in compiled.limits}
    for name in coverage.unreached:
        message, mend = f"no test reaches `{name}`", "Add one; `remit policy generate-tests` writes some."
        yield places[name].problem(message, "id", code="policy.untested", mend=mend)
