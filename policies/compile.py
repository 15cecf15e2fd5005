"""From a contract's text to a compiled contract: everything is checked, and every problem is told at once."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time
from typing import Any

from remit.core.canonical import sha256_hex
from remit.core.errors import SourceError
from remit.core.problems import Problem, did_you_mean
from remit.core.schema import ActionSchema, Record
from remit.core.source import Path, Source, parse_model, read_yaml
from remit.core.words import PolicyRef
from remit.policies.cel import Environment, ExpressionError, Program
from remit.policies.contract import RESERVED_IDS, UNREAD_KEYS, Contract, ContractTest
from remit.policies.evaluate import CompiledContract, CompiledRequirement, CompiledRule
from remit.policies.explain import clauses_of
from remit.policies.expressions import compile_at
from remit.policies.facts import Facts, prelude
from remit.policies.traps import words_compared
from remit.policies.types import BOOL, Kind, UnfitRecord

VARIABLE_KINDS: tuple[Kind, ...] = ("bool", "int", "double", "string", "timestamp", "duration", "list")
TEST_DAY = datetime(2026, 1, 1, 12, tzinfo=UTC)
"""When an embedded test takes place, if it does not say and the contract has no `effective_from`."""


def load_contract(text: str, file: str, *, case: Record, actions: Sequence[ActionSchema]) -> CompiledContract:
    """Read, check and compile a policy contract against a case's record and the actions that it governs.

    Raises:
        SourceError: every problem of the contract, each at its line and column.
    """
    source = read_yaml(text, file)
    work = _Work(source)
    contract: Contract | None = None
    with work.collecting():
        contract = parse_model(Contract, work.without_unread_keys())
    with work.collecting():
        work.environment = _environment(source, case, actions)
        work.compile_variables()
        work.compile_conditions()
    tests: tuple[tuple[ContractTest, Facts], ...] = ()
    if contract is not None:
        work.check_words(contract, actions)
        tests = tuple(work.tests(contract, case, {action.name: action for action in actions}))
    if work.problems or contract is None:
        raise SourceError(sorted(dict.fromkeys(work.problems), key=lambda each: (each.line, each.column)))
    return _put_together(work, contract, case, actions, tests)


def _environment(source: Source, case: Record, actions: Sequence[ActionSchema]) -> Environment:
    try:
        return Environment(prelude(case, actions))
    except (UnfitRecord, ValueError) as error:
        raise SourceError([Problem(str(error), source.file, code="policy.types")]) from None


@dataclass
class _Work:
    """A contract under construction: the problems so far, and the programs by the place of their text."""

    source: Source
    environment: Environment = field(init=False)
    problems: list[Problem] = field(default_factory=list)
    programs: dict[Path, Program] = field(default_factory=dict)
    broken_variables: set[str] = field(default_factory=set)

    @contextmanager
    def collecting(self) -> Iterator[None]:
        try:
            yield
        except SourceError as error:
            self.problems.extend(each for each in error.problems if not self._is_echo(each))

    def _is_echo(self, problem: Problem) -> bool:
        """A variable that did not compile is told once, not again wherever it is used."""
        return any(problem.message.startswith(f"undeclared name `{name}`") for name in self.broken_variables)

    def without_unread_keys(self) -> Source:
        data = self.source.data
        if not isinstance(data, dict):
            return self.source
        for key in UNREAD_KEYS:
            if key in data:
                message = f"this version does not read `{key}`, so a contract with it is not taken"
                self.complain(message, (key,), key=True, code="policy.unread", mend="Take the key out.")
        return replace(self.source, data={key: value for key, value in data.items() if key not in UNREAD_KEYS})

    def complain(self, message: str, path: Path, *, key: bool = False, code: str, mend: str = "") -> None:
        self.problems.append(self.source.problem(message, path, key=key, code=code, mend=mend))

    def compile_variables(self) -> None:
        for name, text in _entries(self.source.data, "variables"):
            path: Path = ("variables", name)
            if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
                message = f"the variable `{name}` needs another name: small letters, digits and `_`"
                self.complain(message, path, key=True, code="policy.name")
            self.broken_variables.add(f"variables.{name}")
            if not isinstance(text, str):
                continue  # the model tells it
            with self.collecting():
                program = compile_at(self.environment, self.source, path)
                typed = program.type
                scalars = typed.item is None or typed.item.kind in VARIABLE_KINDS[:-1]
                if typed.kind not in VARIABLE_KINDS or not scalars:
                    raise SourceError(
                        [self.source.problem(f"a variable cannot be {typed}", path, code="policy.variable")]
                    )
                # A variable is never null: one whose value is null is an error wherever it is used.
                self.environment = self.environment.extended({f"variables.{name}": replace(typed, nullable=False)})
                self.programs[path] = program
                self.broken_variables.discard(f"variables.{name}")

    def compile_conditions(self) -> None:
        for path in _conditions(self.source.data):
            with self.collecting():
                self.programs[path] = compile_at(self.environment, self.source, path, expect=BOOL)

    def check_words(self, contract: Contract, actions: Sequence[ActionSchema]) -> None:
        self._check_ids(contract)
        if contract.default == "allow" and any(action.has_effect for action in actions):
            message = "`default: allow` is refused, because an action here has an effect on the world"
            self.complain(message, ("default",), code="policy.default", mend="Use escalate or deny.")

    def _check_ids(self, contract: Contract) -> None:
        first: dict[str, Path] = {}
        ids: list[tuple[Path, str]] = [(("rules", number, "id"), rule.id) for number, rule in enumerate(contract.rules)]
        ids += [(("requires", number, "id"), each.id) for number, each in enumerate(contract.requires)]
        for path, name in ids:
            if name in RESERVED_IDS or name.startswith("obligation-"):
                self.complain(f"the id `{name}` is the engine's own", path, code="policy.id")
            if name in first:
                line, _ = self.source.place(first[name])
                self.complain(f"duplicate id `{name}`; it is first used on line {line}", path, code="policy.id")
            first.setdefault(name, path)
        for number, test in enumerate(contract.tests):
            for place, name in enumerate(test.by):
                if name not in first and name not in RESERVED_IDS:
                    message = "; ".join(filter(None, (f"there is no rule `{name}`", did_you_mean(name, first))))
                    self.complain(message, ("tests", number, "by", place), code="policy.test")

    def tests(
        self, contract: Contract, case: Record, actions: Mapping[str, ActionSchema]
    ) -> Iterator[tuple[ContractTest, Facts]]:
        since = contract.metadata.effective_from
        noon = TEST_DAY if since is None else datetime.combine(since, time(12), UTC)
        for number, test in enumerate(contract.tests):
            values = {**contract.test_case, **test.case}
            faults = list(test.faults(case, values, actions))
            for place, wrong in faults:
                path: Path = ("tests", number, *place)
                missing = place[0] == "case" and place[1] not in values
                if place[0] == "case" and not missing and place[1] not in test.case:
                    path = ("test_case", place[1])
                self.complain(wrong, path, key=missing, code="policy.test")
            if not any(place == ("action", "name") for place, _ in faults):
                yield test, test.facts(values, noon)


def _entries(data: Any, section: str) -> list[tuple[Any, Any]]:
    """The entries of a section of raw data, whatever shape it has: the model tells of a wrong one."""
    found = data.get(section) if isinstance(data, dict) else None
    if isinstance(found, dict):
        return list(found.items())
    return list(enumerate(found)) if isinstance(found, list) else []


def _conditions(data: Any) -> Iterator[Path]:
    """The place of every condition that is there as text."""
    for section, names in (("rules", ("when",)), ("requires", ("for", "check")), ("obligations", ("when",))):
        for number, item in _entries(data, section):
            for name in names:
                if isinstance(item, dict) and isinstance(item.get(name), str):
                    yield (section, number, name)


def _put_together(
    work: _Work,
    contract: Contract,
    case: Record,
    actions: Sequence[ActionSchema],
    tests: tuple[tuple[ContractTest, Facts], ...],
) -> CompiledContract:
    environment, programs = work.environment, work.programs
    obligations = tuple(
        (programs["obligations", number, "when"], {"do": each.do, "to": each.to})
        for number, each in enumerate(contract.obligations)
    )
    try:
        rules = tuple(_rules(contract, programs, environment))
        requires = tuple(_requirements(contract, programs, environment))
        conditions = [rule.program for rule in rules]
        conditions += [each.scope for each in requires] + [each.program for each in requires]
        conditions += [program for program, _ in obligations]
        batch = environment.compile_all(conditions)
    except ExpressionError as error:
        raise SourceError([Problem(str(error), work.source.file, code="policy.size")]) from None
    return CompiledContract(
        contract=contract,
        source=work.source,
        ref=PolicyRef(contract.metadata.name, contract.metadata.version, sha256_hex(work.source.text.encode())),
        case=case,
        actions={action.name: action for action in actions},
        environment=environment,
        variables=tuple((f"variables.{name}", programs["variables", name]) for name in contract.variables),
        rules=rules,
        requires=requires,
        obligations=obligations,
        batch=batch,
        tests=tests,
        warnings=tuple(_warnings(work, contract, actions)),
    )


def _rules(contract: Contract, programs: Mapping[Path, Program], environment: Environment) -> Iterator[CompiledRule]:
    for number, rule in enumerate(contract.rules):
        terms = rule.approval.terms() if rule.approval else None
        program = programs["rules", number, "when"]
        yield CompiledRule(rule.id, rule.effect, rule.reason, terms, program, clauses_of(rule.when, environment))


def _requirements(
    contract: Contract, programs: Mapping[Path, Program], environment: Environment
) -> Iterator[CompiledRequirement]:
    always = environment.compile("true")
    for number, each in enumerate(contract.requires):
        check = programs["requires", number, "check"]
        scope = always if each.for_ is None else programs["requires", number, "for"]
        # Outside of its scope a requirement holds, even where its check could not be evaluated.
        program = check if each.for_ is None else environment.compile(f"!({scope.text}\n) || ({check.text}\n)")
        yield CompiledRequirement(
            each.id,
            each.else_,
            each.reason or f"The requirement {each.id} must hold before this is allowed.",
            each.approval.terms() if each.approval else None,
            scope,
            program,
            clauses_of(each.check, environment, may_fail=True),
        )


def _warnings(work: _Work, contract: Contract, actions: Sequence[ActionSchema]) -> Iterator[Problem]:
    """What loads, but looks like an oversight."""
    trees = [program.tree for path, program in work.programs.items() if path[0] == "rules"]
    named = {
        str(constant.value)
        for tree in trees
        for subject, constant in words_compared(tree)
        if (subject.kind, subject.name) == ("name", "action.name")
    }
    for action in actions:
        if action.name not in named:
            message = f"no rule names the action `{action.name}`"
            yield work.source.problem(message, ("rules",), key=True, code="policy.unnamed-action")
    if not contract.tests:
        yield work.source.problem("the contract has no tests", (), code="policy.no-tests")
