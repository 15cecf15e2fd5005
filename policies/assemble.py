"""From checked texts to a compiled contract: the last step of loading, in which only size can still go wrong."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set

from remit.core.errors import SourceError
from remit.core.problems import Problem
from remit.core.schema import ActionSchema, Record
from remit.core.words import PolicyRef
from remit.policies.cel import Environment, ExpressionError, Program
from remit.policies.clauses import clauses_of
from remit.policies.contract import Contract, ContractTest
from remit.policies.evaluate import CompiledContract, CompiledInvariant, CompiledRequirement, CompiledRule
from remit.policies.facts import Facts
from remit.policies.imports import Document, contract_sha256
from remit.policies.limits import CompiledLimit, limits_read
from remit.policies.trace import check_text, rule_text, scope_text
from remit.policies.traps import words_compared


def put_together(
    contract: Contract,
    documents: Sequence[Document],
    environment: Environment,
    case: Record,
    actions: Sequence[ActionSchema],
    tests: tuple[tuple[ContractTest, Facts], ...],
    counting: Set[str],
) -> CompiledContract:
    """The compiled contract of documents without a problem. The first of them is the contract itself.

    `counting` are the variables that depend on what limits have counted.

    Raises:
        SourceError: the conditions are too large when put together.
    """
    source = documents[0].source
    always, once = environment.compile("true"), environment.compile("1")
    try:
        rules = tuple(each for document in documents for each in _rules(document, environment))
        requires = tuple(each for document in documents for each in _requirements(document, environment, always))
        obligations = tuple(
            (documents[0].programs["obligations", number, "when"], {"do": each.do, "to": each.to})
            for number, each in enumerate(contract.obligations)
        )
        conditions = [rule.program for rule in rules]
        conditions += [each.scope for each in requires] + [each.program for each in requires]
        conditions += [program for program, _ in obligations]
        batch = environment.compile_all(conditions)
    except ExpressionError as error:
        raise SourceError([Problem(str(error), source.file, code="policy.size")]) from None
    programs = [(path, program) for document in documents for path, program in document.programs.items()]
    compiled = {f"variables.{path[1]}": program for path, program in programs if path[0] == "variables"}
    variables = sorted((f"variables.{name}" for name in contract.variables), key=counting.__contains__)
    metadata = contract.metadata
    return CompiledContract(
        contract=contract,
        source=source,
        ref=PolicyRef(metadata.name, metadata.version, contract_sha256(source, list(documents[1:]))),
        case=case,
        actions={action.name: action for action in actions},
        environment=environment,
        variables=tuple((name, compiled[name]) for name in variables),
        reads=frozenset(limit for _, program in programs for limit in limits_read(program.tree)),
        counting=frozenset(counting),
        rules=rules,
        requires=requires,
        limits=tuple(each for document in documents for each in _limits(document, always, once)),
        obligations=obligations,
        invariants=tuple(each for document in documents for each in _invariants(document)),
        batch=batch,
        tests=tests,
        warnings=tuple(_warnings(contract, documents, rules, actions)),
    )


def _rules(document: Document, environment: Environment) -> Iterator[CompiledRule]:
    for number, rule in enumerate(document.model.rules if document.model else ()):
        when = document.programs.get(("rules", number, "when"))
        text = rule_text(rule)
        program = when if when is not None and text == rule.when else environment.compile(text)
        yield CompiledRule(
            rule.id,
            rule.effect,
            rule.reason,
            rule.approval.terms() if rule.approval else None,
            program,
            clauses_of(text, environment),
            when,
            document.place("rules", number),
        )


def _requirements(document: Document, environment: Environment, always: Program) -> Iterator[CompiledRequirement]:
    for number, each in enumerate(document.model.requires if document.model else ()):
        scope_of, check = scope_text(each), check_text(each)
        scope = always if scope_of is None else environment.compile(scope_of)
        # Outside of its scope a requirement holds, even where its check could not be evaluated.
        whole = check if scope_of is None else f"!({scope_of}\n) || ({check}\n)"
        yield CompiledRequirement(
            each.id,
            each.else_,
            each.reason or f"The requirement {each.id} must hold before this is allowed.",
            each.approval.terms() if each.approval else None,
            scope,
            environment.compile(whole),
            clauses_of(check, environment, may_fail=True),
            document.programs.get(("requires", number, "check")),
            document.place("requires", number),
        )


def _limits(document: Document, always: Program, once: Program) -> Iterator[CompiledLimit]:
    for number, each in enumerate(document.model.limits if document.model else ()):
        programs = document.programs
        yield CompiledLimit(
            each.id,
            each.else_,
            each.reason or f"The limit {each.id} is used up.",
            each.approval.terms() if each.approval else None,
            programs.get(("limits", number, "for"), always),
            programs.get(("limits", number, "sum"), once),
            each.per,
            tuple(programs["limits", number, "by", step] for step in range(len(each.by))),
            each.max,
            document.place("limits", number),
        )


def _invariants(document: Document) -> Iterator[CompiledInvariant]:
    for number, each in enumerate(document.model.invariants if document.model else ()):
        program = document.programs["invariants", number, "never"]
        yield CompiledInvariant(each.id, program, each.reason or "", document.place("invariants", number))


def _warnings(
    contract: Contract, documents: Sequence[Document], rules: Sequence[CompiledRule], actions: Sequence[ActionSchema]
) -> Iterator[Problem]:
    """What loads, but looks like an oversight."""
    main = documents[0]
    named = {
        str(constant.value)
        for program in _spoken(rules, documents)
        for subject, constant in words_compared(program.tree)
        if (subject.kind, subject.name) == ("name", "action.name")
    }
    for action in actions:
        if action.name not in named:
            message, mend = f"no rule names the action `{action.name}`", "Say in a rule what is to be done with it."
            yield main.place("rules").problem(message, key=True, code="policy.unnamed-action", mend=mend)
    if not contract.tests:
        mend = "Write tests; `remit policy generate-tests` makes a first set."
        yield main.place().problem("the contract has no tests", code="policy.no-tests", mend=mend)
    yield from _unused_variables(documents)
    for document in documents:
        yield from _idle_timeouts(document)


def _spoken(rules: Sequence[CompiledRule], documents: Sequence[Document]) -> Iterator[Program]:
    """What rules say: their conditions, and the variables that these use."""
    variables = {
        f"variables.{path[1]}": program
        for document in documents
        for path, program in document.programs.items()
        if path[0] == "variables"
    }
    told, said = set[str](), [rule.program for rule in rules]
    while said:
        yield (program := said.pop())
        more = (program.names & variables.keys()) - told
        told |= more
        said += [variables[name] for name in more]


def _unused_variables(documents: Sequence[Document]) -> Iterator[Problem]:
    """Variables of the contract itself: those of a shared file may be there for another contract."""
    used = {name for document in documents for program in document.programs.values() for name in program.names}
    for name, _ in documents[0].entries("variables"):
        if f"variables.{name}" not in used:
            place = documents[0].place("variables", name)
            message, mend = f"nothing uses the variable `{name}`", "Use it, or take it out."
            yield place.problem(message, key=True, code="policy.unused-variable", mend=mend)


def _idle_timeouts(document: Document) -> Iterator[Problem]:
    for section in ("rules", "requires", "limits"):
        for number, each in enumerate(getattr(document.model, section)):
            approval = each.approval
            if approval is not None and approval.within is None and approval.on_timeout == "deny":
                message = "`on_timeout: deny` says what happens after a time, but no time is given: this waits for ever"
                place = document.place(section, number, "approval", "on_timeout")
                yield place.problem(message, code="policy.no-deadline", mend="Add `within`, such as `within: 4h`.")
