"""A compiled contract and its one question: what does it say of these facts?

The usual way runs every condition in one program. When any of them cannot be evaluated, the slow way runs them one by
one, so that the finding names the rule that failed and every other rule still speaks.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date
from typing import Any

from remit.core.problems import Problem
from remit.core.schema import ActionSchema, Record
from remit.core.source import Source
from remit.core.words import ApprovalTerms, Effect, Finding, PolicyRef, Verdict
from remit.policies.cel import Batch, Binding, CelError, Environment, Program
from remit.policies.clauses import Clauses
from remit.policies.combine import REVIEWER, in_order, merge_terms, strictest
from remit.policies.contract import Contract, ContractTest
from remit.policies.facts import USAGE, Facts, Used, Window, seen, seen_around, seen_of_action
from remit.policies.imports import Place
from remit.policies.limits import Budget, CompiledLimit, Draw, budget, draw, overrun, spoken
from remit.policies.types import UnfitFacts

Answer = Any
"""True, False or a `CelError`."""


@dataclass(frozen=True, slots=True)
class CompiledRule:
    """A rule that speaks when its condition holds.

    `program` is the whole condition, with the rule's actions and roles; `when` is the part that is written as an
    expression, so that its offsets are those of the file at `at`.
    """

    id: str
    effect: Effect
    reason: str
    terms: ApprovalTerms | None
    program: Program
    clauses: Clauses
    when: Program | None
    at: Place = field(repr=False)


@dataclass(frozen=True, slots=True)
class CompiledRequirement:
    """What must hold before an allow. `scope` says where it applies; `program` holds outside of the scope, too.

    `check` is the part that is written as an expression, so that its offsets are those of the file at `at`.
    """

    id: str
    effect: Effect
    reason: str
    terms: ApprovalTerms | None
    scope: Program
    program: Program
    clauses: Clauses
    check: Program | None
    at: Place = field(repr=False)


@dataclass(frozen=True, slots=True)
class CompiledInvariant:
    """What must never be true. `program` runs on the names of the prelude, the variables and `verdict`."""

    id: str
    program: Program
    reason: str
    at: Place = field(repr=False)


@dataclass(frozen=True)
class CompiledContract:
    """A contract that loaded without a problem. `warnings` are worth a look, but stop nothing.

    `reads` are the limits whose counts a condition reads; the variables that do so, `counting`, come after the others.
    """

    contract: Contract
    source: Source = field(repr=False)
    ref: PolicyRef
    case: Record
    actions: Mapping[str, ActionSchema]
    environment: Environment = field(repr=False)
    variables: tuple[tuple[str, Program], ...] = field(repr=False)
    reads: frozenset[str]
    counting: frozenset[str]
    rules: tuple[CompiledRule, ...] = field(repr=False)
    requires: tuple[CompiledRequirement, ...] = field(repr=False)
    limits: tuple[CompiledLimit, ...] = field(repr=False)
    obligations: tuple[tuple[Program, dict[str, str]], ...] = field(repr=False)
    invariants: tuple[CompiledInvariant, ...] = field(repr=False)
    batch: Batch = field(repr=False)
    tests: tuple[tuple[ContractTest, Facts], ...] = field(repr=False)
    warnings: tuple[Problem, ...]

    @property
    def decision(self) -> str:
        return self.contract.decision

    @property
    def reviewers(self) -> tuple[ApprovalTerms, ...]:
        """Everybody whom an escalation under this contract may ask."""
        speakers: tuple[CompiledRule | CompiledRequirement | CompiledLimit, ...]
        speakers = (*self.rules, *self.requires, *self.limits)
        asked = [each.terms or REVIEWER for each in speakers if each.effect == "escalate"]
        return merge_terms([*asked, REVIEWER] if self.contract.default == "escalate" else asked)

    @property
    def windows(self) -> dict[str, Window]:
        """The window of each limit, by its id."""
        return {limit.id: limit.per for limit in self.limits}

    def evaluate(self, facts: Facts) -> Verdict:
        """The verdict on these facts. Never raises: what cannot be evaluated has the effect of `on_error`."""
        return self._evaluate(facts, None)

    def evaluate_each(self, facts: Sequence[Facts]) -> list[Verdict]:
        """The verdicts on facts that differ in action and arguments alone: what they share is looked at once."""
        shared: Binding | None = None
        with contextlib.suppress(UnfitFacts):  # then each of them says so
            shared = self.environment.bind(seen_around(facts[0])) if facts else None
        return [self._evaluate(each, shared) for each in facts]

    def _evaluate(self, facts: Facts, shared: Binding | None) -> Verdict:
        try:
            binding, failed = bound(self, facts, shared)
        except UnfitFacts as error:
            finding = Finding("facts", self.contract.on_error, "", f"The facts cannot be evaluated: {error}.")
            return _verdict(self, [(finding, None)], ())
        not_in_force = _not_in_force(self.contract, facts.now.astimezone(UTC).date())
        if not_in_force is not None:
            return _verdict(self, [(not_in_force, None)], ())
        answers = self.batch.run(binding)
        if isinstance(answers, CelError):
            answers = [_answer(program, binding, failed) for program in self.programs]
        said, obligations = _judge(self, binding, answers)
        if facts.usage is not None and strictest(finding.effect for finding, _ in said) != "deny":
            said.extend(_overruns(self, binding, failed, facts.usage))
        return _verdict(self, said, obligations)

    def draws(self, facts: Facts) -> tuple[Draw, ...]:
        """What these facts take from the contract's limits. A limit of which nobody can tell is left out."""
        return tuple(each for each in self.budgets(facts) if isinstance(each, Draw))

    def budgets(self, facts: Facts) -> tuple[Budget, ...]:
        """The budgets whose counts a verdict on these facts rests on: drawn from, or read by a condition."""
        if not self.limits:
            return ()
        try:
            binding, failed = bound(self, facts)
        except UnfitFacts:
            return ()
        found: list[Draw | Budget | CelError | None] = []
        for limit in self.limits:
            drawn = _draw(self, limit, binding, failed)
            read = limit.id in self.reads and not isinstance(drawn, Draw)
            found.append(_budget(self, limit, binding, failed) if read else drawn)
        return tuple(each for each in found if isinstance(each, Budget))

    def violated(self, facts: Facts, effect: Effect) -> tuple[CompiledInvariant, ...]:
        """The invariants that a verdict of this effect on these facts breaks; none where they cannot be evaluated."""
        if not self.invariants:
            return ()
        try:
            binding, failed = bound(self, facts)
        except UnfitFacts:
            return ()
        judged = self.invariants[0].program.environment.bind({"verdict": effect}, binding)
        return tuple(each for each in self.invariants if _answer(each.program, judged, failed) is True)

    @property
    def programs(self) -> list[Program]:
        """Every condition, in the order in which the batch answers."""
        return [
            *(rule.program for rule in self.rules),
            *(each.scope for each in self.requires),
            *(each.program for each in self.requires),
            *(program for program, _ in self.obligations),
        ]


FAILED = "This could not be evaluated: "
"""How the reason of a finding begins that stands for an error."""

_Said = tuple[Finding, ApprovalTerms | None]


def _not_in_force(contract: Contract, today: date) -> Finding | None:
    since, until = contract.metadata.effective_from, contract.metadata.effective_until
    if since is not None and today < since:
        return Finding("effective", "escalate", f"effective_from: {since}", f"The contract is in force from {since}.")
    if until is not None and today > until:
        return Finding(
            "effective", "escalate", f"effective_until: {until}", f"The contract was in force until {until}."
        )
    return None


def bound(compiled: CompiledContract, facts: Facts, shared: Binding | None = None) -> tuple[Binding, dict[str, str]]:
    """The facts with every variable that could be computed, and why the others could not. Raises `UnfitFacts`.

    Args:
        shared: what is seen around the action, where it is bound already.
    """
    if shared is None:
        binding = compiled.environment.bind(seen(facts, compiled.actions))
    else:
        binding = compiled.environment.bind(seen_of_action(facts, compiled.actions), shared)
    failed: dict[str, str] = {}
    if not compiled.reads:
        return _with_variables(compiled, compiled.variables, binding, failed), failed
    plain = [each for each in compiled.variables if each[0] not in compiled.counting]
    binding = _with_variables(compiled, plain, binding, failed)
    counts = _counts(compiled, binding, failed, facts.usage or {})
    binding = compiled.environment.bind({USAGE: counts}, binding)
    return _with_variables(compiled, compiled.variables[len(plain) :], binding, failed), failed


def _counts(
    compiled: CompiledContract, binding: Binding, failed: dict[str, str], usage: Mapping[str, Used]
) -> dict[str, int]:
    """What each limit that is read has counted; without those of which nobody can tell which budget is meant."""
    counts: dict[str, int] = {}
    for limit in compiled.limits:
        if limit.id not in compiled.reads:
            continue
        found = _budget(compiled, limit, binding, failed)
        if isinstance(found, CelError):
            failed[USAGE] = f"{USAGE}['{limit.id}'] is not known: {found.message}"
        else:
            counts[limit.id] = usage[limit.id].used if limit.id in usage else 0
    return counts


def _with_variables(
    compiled: CompiledContract, variables: Sequence[tuple[str, Program]], binding: Binding, failed: dict[str, str]
) -> Binding:
    """The binding with every variable that could be computed; why another could not goes into `failed`."""
    fresh: dict[str, Any] = {}

    def with_fresh(before: Binding) -> Binding:
        try:
            return compiled.environment.bind(fresh, before)
        except UnfitFacts as error:
            failed.update((name, f"{name} could not be computed: {error}") for name in fresh)
            return before

    for name, program in variables:
        if fresh and not program.names.isdisjoint(fresh):
            binding = with_fresh(binding)
            fresh.clear()
        value = _answer(program, binding, failed)
        if isinstance(value, CelError):
            failed[name] = f"{name} could not be computed: {value.message}"
        elif value is None:
            failed[name] = f"{name} could not be computed: it is null"
        else:
            fresh[name] = value
    return with_fresh(binding) if fresh else binding


def _answer(program: Program, binding: Binding, failed: Mapping[str, str]) -> Answer:
    found = program.run(binding)
    if isinstance(found, CelError):
        return CelError(next((failed[name] for name in sorted(program.names) if name in failed), found.message))
    return found


def _judge(
    compiled: CompiledContract, binding: Binding, answers: Sequence[Answer]
) -> tuple[list[_Said], list[dict[str, str]]]:
    """What rules, requirements and obligations say."""
    on_error, default = compiled.contract.on_error, compiled.contract.default
    count, wide = len(compiled.rules), len(compiled.requires)
    said: list[_Said] = []
    for rule, answer in zip(compiled.rules, answers, strict=False):
        if answer is False:
            continue
        if isinstance(answer, CelError):
            said.append((_failure(rule.id, on_error, rule.clauses.text, answer), None))
        else:
            said.append((Finding(rule.id, rule.effect, rule.clauses.why_true(binding), rule.reason), rule.terms))
    if not said:
        said.append(
            (Finding("default", default, f"default: {default}", "No rule of the contract speaks of this."), None)
        )
    if strictest(finding.effect for finding, _ in said) == "allow":
        scopes, checks = answers[count : count + wide], answers[count + wide : count + 2 * wide]
        said.extend(_requirements(compiled, binding, scopes, checks))
    obligations: list[dict[str, str]] = []
    for number, ((program, duty), answer) in enumerate(
        zip(compiled.obligations, answers[count + 2 * wide :], strict=True), start=1
    ):
        if isinstance(answer, CelError):
            said.append((_failure(f"obligation-{number}", on_error, program.text, answer), None))
        elif answer:
            obligations.append(dict(duty))
    return said, obligations


def _requirements(
    compiled: CompiledContract, binding: Binding, scopes: Sequence[Answer], checks: Sequence[Answer]
) -> list[_Said]:
    said: list[_Said] = []
    for each, scope, check in zip(compiled.requires, scopes, checks, strict=True):
        for answer in (scope, check):
            if isinstance(answer, CelError):
                said.append((_failure(each.id, compiled.contract.on_error, each.clauses.text, answer), None))
                break
        else:
            if scope and check:
                said.append((Finding(each.id, "allow", each.clauses.why_true(binding), each.reason), None))
            elif scope:
                said.append((Finding(each.id, each.effect, each.clauses.why_false(binding), each.reason), each.terms))
    return said


def _overruns(
    compiled: CompiledContract, binding: Binding, failed: Mapping[str, str], usage: Mapping[str, Used]
) -> Iterator[_Said]:
    """What the limits say, when so much was used before."""
    for limit in compiled.limits:
        found: Draw | Finding | CelError | None = _draw(compiled, limit, binding, failed)
        if isinstance(found, Draw):
            found = overrun(found, usage.get(limit.id))
        if isinstance(found, CelError):
            yield _failure(limit.id, compiled.contract.on_error, spoken(limit), found), None
        elif isinstance(found, Finding):
            yield found, limit.terms


def _draw(
    compiled: CompiledContract, limit: CompiledLimit, binding: Binding, failed: Mapping[str, str]
) -> Draw | CelError | None:
    return draw(limit, _owner(compiled), lambda program: _answer(program, binding, failed))


def _budget(
    compiled: CompiledContract, limit: CompiledLimit, binding: Binding, failed: Mapping[str, str]
) -> Budget | CelError:
    return budget(limit, _owner(compiled), lambda program: _answer(program, binding, failed))


def _owner(compiled: CompiledContract) -> str:
    return f"{compiled.decision} {compiled.ref.name}"


def _failure(rule: str, effect: Effect, clause: str, error: CelError) -> Finding:
    return Finding(rule, effect, clause, f"{FAILED}{error.message}.")


def _verdict(compiled: CompiledContract, said: Sequence[_Said], obligations: Sequence[dict[str, str]]) -> Verdict:
    findings = in_order(finding for finding, _ in said)
    effect = findings[0].effect
    terms = [terms or REVIEWER for finding, terms in said if finding.effect == "escalate"]
    return Verdict(
        effect, findings, compiled.ref, tuple(obligations), merge_terms(terms) if effect == "escalate" else ()
    )
