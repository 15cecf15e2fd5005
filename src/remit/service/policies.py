"""Check a policy contract where it lies, and evaluate it on facts from a file."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from remit.core.errors import InputError, NotFound, SourceError
from remit.core.source import parse_model, read_yaml
from remit.core.words import Verdict
from remit.packs.files import read_folder
from remit.packs.load import load_policy
from remit.policies.check import CheckReport, report_on
from remit.policies.evaluate import CompiledContract
from remit.policies.facts import Facts
from remit.policies.given import Given


def check_policy(file: Path) -> CheckReport:
    """Load a contract with the types of the pack that it lies in, and run its tests.

    Raises:
        NotFound: there is no such file, or no pack around it.
        SourceError: the contract, or what its types come from, has problems.
    """
    return report_on(load_contract_file(file))


def eval_policy(file: Path, facts: str, label: str, now: datetime) -> Verdict:
    """One verdict on facts given as JSON text, in the shape of the contract's own tests; `now` where they name no time.

    Raises:
        NotFound, SourceError: as for `check_policy`; SourceError also for facts that do not fit, with their place.
    """
    compiled = load_contract_file(file)
    return compiled.evaluate(given_facts(compiled, facts, label, now))


def given_facts(compiled: CompiledContract, facts: str, label: str, now: datetime) -> Facts:
    """Facts from JSON text, checked against a contract's types. Raises SourceError."""
    source = read_yaml(facts, label)
    given = parse_model(Given, source)
    faults = list(given.faults(compiled.case, given.case, compiled.actions, compiled.windows))
    if faults:
        raise SourceError([source.problem(wrong, path, code="policy.facts") for path, wrong in faults])
    windows = {limit.id: limit.per for limit in compiled.limits}
    return given.facts(given.case, now, windows)


def load_contract_file(file: Path) -> CompiledContract:
    """The contract in a file, with the types of the pack that it lies in. Raises NotFound, InputError, SourceError."""
    if not file.is_file():
        raise NotFound(f"there is no policy contract {file}", mend="give the path of a policy.yaml")
    if file.stat().st_size == 0:
        raise InputError(f"{file} is empty", mend="see docs/guides/write-a-policy.md")
    return load_policy(read_folder(file.parent), file.name)
