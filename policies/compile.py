"""From a contract's text to a compiled contract: everything is checked, and every problem is told at once."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, time
from typing import Any

from remit.core.errors import SourceError
from remit.core.problems import Problem, did_you_mean
from remit.core.schema import ActionSchema, Record
from remit.core.source import Path, Source, parse_model, read_yaml
from remit.policies.assemble import put_together
from remit.policies.cel import Environment
from remit.policies.contract import RESERVED_IDS, Contract, ContractTest, RuleFile
from remit.policies.evaluate import CompiledContract
from remit.policies.expressions import compile_at
from remit.policies.facts import USAGE, Facts, prelude
from remit.policies.imports import Document, Place, read_imports
from remit.policies.types import BOOL, CelType, Kind, UnfitRecord, text_of

CONDITIONS: dict[str, dict[str, CelType]] = {
    "rules": {"when": BOOL},
    "requires": {"for": BOOL, "check": BOOL},
    "limits": {"for": BOOL, "sum": CelType("int", nullable=True)},
    "obligations": {"when": BOOL},
    "invariants": {"never": BOOL},
}
KEY_KINDS: tuple[Kind, ...] = ("bool", "int", "string")
VERDICT = text_of(("allow", "escalate", "deny"))
VARIABLE_KINDS: tuple[Kind, ...] = ("bool", "int", "double", "string", "timestamp", "duration", "list")
TEST_DAY = datetime(2026, 1, 1, 12, tzinfo=UTC)
"""When an embedded test takes place, if it does not say and the contract has no `effective_from`."""


def load_contract(
    text: str,
    file: str,
    *,
    case: Record,
    actions: Sequence[ActionSchema],
    shared: Mapping[str, str] | None = None,
    label: Callable[[str], str] = str,
    needs: Collection[str] | None = None,
) -> CompiledContract:
    """Read, check and compile a policy contract against a case's record and the actions that it governs.

    `shared` holds the texts that it may import, by their path from the contract's folder, and `label` says how problems
    name such a file. `needs` are the evidence
    needs that a plan can have; when they are given, `read` must name one of them.

    Raises:
        SourceError: every problem of the contract and of what it imports, each at its line and column.
    """
    source = read_yaml(text, file)
    work = _Work(source, shared or {}, label)
    with work.collecting():
        work.main.model = parse_model(Contract, source)
    with work.collecting():
        work.environment = _environment(source, case, actions, work.limits())
        work.compile_variables()
        work.compile_conditions()
    tests: tuple[tuple[ContractTest, Facts], ...] = ()
    contract = work.merged()
    if contract is not None:
        work.check_words(contract, actions, needs)
        tests = tuple(work.tests(contract, case, {action.name: action for action in actions}))
    if work.problems or contract is None:
        raise SourceError(sorted(dict.fromkeys(work.problems), key=lambda each: work.order(each)))
    return put_together(contract, work.documents, work.environment, case, actions, tests, work.counting - {USAGE})


def _environment(source: Source, case: Record, actions: Sequence[ActionSchema], limits: Collection[str]) -> Environment:
    try:
        return Environment(prelude(case, actions, limits))
    except (UnfitRecord, ValueError) as error:
        raise SourceError([Problem(str(error), source.file, code="policy.types")]) from None


class _Work:
    """A contract under construction: its files, and the problems so far."""

    environment: Environment

    def __init__(self, source: Source, shared: Mapping[str, str], label: Callable[[str], str]) -> None:
        self.main = Document(source, None)
        imported, self.problems = read_imports(source, shared, label)
        self.documents = [self.main, *imported]
        self.broken_variables: set[str] = set()
        self.counting: set[str] = {USAGE}

    @contextmanager
    def collecting(self) -> Iterator[None]:
        try:
            yield
        except SourceError as error:
            self.problems.extend(each for each in error.problems if not self._is_echo(each))

    def _is_echo(self, problem: Problem) -> bool:
        """A variable that did not compile is told once, not again wherever it is used."""
        return any(problem.message.startswith(f"undeclared name `{name}`") for name in self.broken_variables)

    def order(self, problem: Problem) -> tuple[bool, str, int, int]:
        """The contract's own problems first, then file by file."""
        return problem.file != self.main.source.file, problem.file, problem.line, problem.column

    def limits(self) -> list[str]:
        """The ids of all limits, as far as they are there."""
        items = [item for document in self.documents for _, item in document.entries("limits")]
        return [each["id"] for each in items if isinstance(each, dict) and isinstance(each.get("id"), str)]

    def compile_variables(self) -> None:
        """Variables in their order; those of an imported file come before the contract's own."""
        known: set[str] = set()
        for document in [*self.documents[1:], self.main]:
            for name, text in document.entries("variables"):
                if isinstance(name, str):
                    self._compile_variable(document, name, text, known)

    def _compile_variable(self, document: Document, name: str, text: Any, known: set[str]) -> None:
        path: Path = ("variables", name)
        spoken = f"variables.{name}"
        place = document.place(*path)
        if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
            message = f"the variable `{name}` needs another name: small letters, digits and `_`"
            self.problems.append(place.problem(message, key=True, code="policy.name"))
        if name in known:
            message = f"the variable `{name}` is defined in an imported file, too"
            self.problems.append(place.problem(message, key=True, code="policy.name"))
            return
        known.add(name)
        self.broken_variables.add(spoken)
        if not isinstance(text, str):
            return  # the model tells it
        with self.collecting():
            program = compile_at(self.environment, document.source, path)
            typed = program.type
            scalars = typed.item is None or typed.item.kind in VARIABLE_KINDS[:-1]
            if typed.kind not in VARIABLE_KINDS or not scalars:
                message, mend = f"a variable cannot be {typed}", "Give it one value, such as a field."
                raise SourceError([place.problem(message, code="policy.variable", mend=mend)])
            # A variable is never null: one whose value is null is an error wherever it is used.
            self.environment = self.environment.extended({spoken: replace(typed, nullable=False)})
            if not program.names.isdisjoint(self.counting):
                self.counting.add(spoken)
            document.programs[path] = program
            self.broken_variables.discard(spoken)

    def compile_conditions(self) -> None:
        judged = self.environment.extended({"verdict": VERDICT})
        for document in self.documents:
            for path, expect in _expressions(document):
                environment = judged if path[0] == "invariants" else self.environment
                with self.collecting():
                    program = compile_at(environment, document.source, path, expect=expect)
                    if path[0] == "limits" and not program.names.isdisjoint(self.counting):
                        message = "what a limit counts cannot depend on `usage`, which is what limits have counted"
                        raise SourceError([document.place(*path).problem(message, code="policy.usage")])
                    if expect is None and program.type.kind not in KEY_KINDS:
                        message = f"a budget cannot be kept by {program.type}"
                        mend = "Keep it by a text, an integer or true-or-false, such as a region."
                        raise SourceError([document.place(*path).problem(message, code="policy.key", mend=mend)])
                    document.programs[path] = program

    def merged(self) -> Contract | None:
        """The contract with everything that it imports; None while a file does not fit its model."""
        main, models = self.main.model, [document.model for document in self.documents]
        if not isinstance(main, Contract) or None in models:
            return None
        imported = [model for model in models if isinstance(model, RuleFile)]
        if not imported:
            return main
        sections = {
            name: tuple(each for model in (main, *imported) for each in getattr(model, name))
            for name in ("rules", "requires", "limits", "invariants")
        }
        variables: dict[str, str] = {}
        for imports in imported:
            variables.update(imports.variables)
        return main.model_copy(update={**sections, "variables": {**variables, **main.variables}})

    def check_words(self, contract: Contract, actions: Sequence[ActionSchema], needs: Collection[str] | None) -> None:
        self._check_ids(contract)
        self._check_scopes([action.name for action in actions], needs)
        if contract.default == "allow" and any(action.has_effect for action in actions):
            message = "`default: allow` is refused, because an action here has an effect on the world"
            place = self.main.place("default")
            self.problems.append(place.problem(message, code="policy.default", mend="Use escalate or deny."))

    def _check_ids(self, contract: Contract) -> None:
        first: dict[str, Place] = {}
        for document in self.documents:
            for section in ("rules", "requires", "limits", "invariants"):
                for number, each in enumerate(getattr(document.model, section)):
                    self._check_id(each.id, document.place(section, number, "id"), first)
        for number, test in enumerate(contract.tests):
            for place, name in enumerate(test.by):
                if name not in first and name not in RESERVED_IDS:
                    said = "; ".join(filter(None, (f"there is no rule `{name}`", did_you_mean(name, first))))
                    where = self.main.place("tests", number, "by", place)
                    self.problems.append(where.problem(said, code="policy.test"))

    def _check_id(self, name: str, place: Place, first: dict[str, Place]) -> None:
        if name in RESERVED_IDS or name.startswith("obligation-"):
            message = f"the id `{name}` is the engine's own"
            self.problems.append(place.problem(message, code="policy.id", mend="Choose another one."))
        if name in first:
            where = f"on line {first[name].line}"
            if first[name].source is not place.source:
                where = f"in {first[name].source.file} {where}"
            message = f"duplicate id `{name}`; it is first used {where}"
            self.problems.append(place.problem(message, code="policy.id", mend="A finding has to name one of them."))
        first.setdefault(name, place)

    def _check_scopes(self, actions: Sequence[str], needs: Collection[str] | None) -> None:
        """Every action and every evidence need that a shorthand names must be there."""
        for document in self.documents:
            for section, key in (("rules", "actions"), ("requires", "before")):
                for number, each in enumerate(getattr(document.model, section)):
                    for step, name in enumerate(getattr(each, key) or ()):
                        self._check_word("action", name, actions, document.place(section, number, key, step))
            for number, each in enumerate(document.model.requires if document.model else ()):
                if each.read is not None and needs is not None:
                    self._check_word("evidence need", each.read, needs, document.place("requires", number, "read"))

    def _check_word(self, what: str, name: str, known: Collection[str], place: Place) -> None:
        if name not in known:
            said = "; ".join(filter(None, (f"there is no {what} `{name}`", did_you_mean(name, known))))
            mend = "Known here: " + ", ".join(sorted(known)) + "." if known else ""
            self.problems.append(place.problem(said, code="policy.word", mend=mend))

    def tests(
        self, contract: Contract, case: Record, actions: Mapping[str, ActionSchema]
    ) -> Iterator[tuple[ContractTest, Facts]]:
        since = contract.metadata.effective_from
        noon = TEST_DAY if since is None else datetime.combine(since, time(12), UTC)
        windows = {limit.id: limit.per for limit in contract.limits}
        for number, test in enumerate(contract.tests):
            values = {**contract.test_case, **test.case}
            faults = list(test.faults(case, values, actions, windows))
            for place, wrong in faults:
                path: Path = ("tests", number, *place)
                missing = place[0] == "case" and place[1] not in values
                if place[0] == "case" and not missing and place[1] not in test.case:
                    path = ("test_case", place[1])
                mend = "Give it in the test, or in `test_case` for all of them." if missing else ""
                self.problems.append(self.main.place(*path).problem(wrong, key=missing, code="policy.test", mend=mend))
            if not any(place == ("action", "name") for place, _ in faults):
                yield test, test.facts(values, noon, windows)


def _expressions(document: Document) -> Iterator[tuple[Path, CelType | None]]:
    """The place of every expression that is there as text, and what it must give; None for the key of a budget."""
    for section, names in CONDITIONS.items():
        for number, item in document.entries(section):
            if not isinstance(item, dict):
                continue
            for name, expect in names.items():
                if isinstance(item.get(name), str):
                    yield (section, number, name), expect
            keys = item.get("by") if section == "limits" else None
            for step, key in enumerate(keys if isinstance(keys, list) else ()):
                if isinstance(key, str):
                    yield (section, number, "by", step), None
