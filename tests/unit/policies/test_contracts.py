"""A folder of contracts: each weak one is caught with its code, place and mend, and no sound one raises an alarm.

Every file under `contracts/weak` says in its head what must be told of it: nothing less, and nothing else.

    # finds CODE at LINE:COLUMN (or FILE:LINE:COLUMN, in a shared file)
    #   says: part of the message
    #   mend: part of the mend
    #   shown: part of the witness | its verdict
"""

from __future__ import annotations

import importlib.util
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from remit.core.errors import SourceError
from remit.core.problems import Problem
from remit.policies.check import report_on
from remit.policies.compile import load_contract
from remit.policies.evaluate import CompiledContract
from remit.policies.prove import prove
from remit.policies.witness import judged

HERE = Path(__file__).parent
_spec = importlib.util.spec_from_file_location("contract_domains", HERE / "contract_domains.py")
assert _spec is not None
assert _spec.loader is not None
domains = importlib.util.module_from_spec(_spec)
sys.modules[_spec.name] = domains
_spec.loader.exec_module(domains)

FOLDER = HERE / "contracts"
WEAK = sorted((FOLDER / "weak").glob("*/*.yaml"))
SOUND = sorted((FOLDER / "sound").glob("*/*.yaml"))
SHARED = {f"shared/{file.name}": file.read_text(encoding="utf-8") for file in (FOLDER / "shared").glob("*.yaml")}
NOTES = {"policy.overlap", "policy.implied-clause"}
"""Told only by `prove --all`: mostly they are meant."""


@dataclass(frozen=True)
class Told:
    """One thing that is told of a contract; `shown` is its witness with the verdict on it."""

    problem: Problem
    shown: str = ""

    @property
    def where(self) -> str:
        problem = self.problem
        place = f"{problem.line}:{problem.column}"
        return f"{problem.code} at {problem.file}:{place}" if "/" in problem.file else f"{problem.code} at {place}"


def loaded(file: Path) -> CompiledContract:
    decision = domains.DECISIONS[file.parent.name]
    text = file.read_text(encoding="utf-8")
    return load_contract(
        text, file.name, case=decision.case, actions=decision.actions, needs=decision.needs, shared=SHARED
    )


def told(file: Path) -> list[Told]:
    """All that `remit policy check` says of a contract, and the notes."""
    try:
        compiled = loaded(file)
    except SourceError as error:
        return [Told(problem) for problem in error.problems]
    report = report_on(compiled)
    found = [Told(problem) for problem in (*report.warnings, *report.failures, *report.untested)]
    proof = prove(compiled, seconds=60)
    for each in proof.findings:
        shown = ""
        if each.witness is not None:
            assert judged(compiled, each.witness.facts) == each.witness
            by = ", ".join(each.witness.deciding)
            shown = f"{each.witness.in_words(proof.usual)} | {each.witness.effect} by {by}"
        if each.level != "proved":
            found.append(Told(each.problem, shown))
    return found


def announced(file: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """What the head of a weak contract says: `CODE at PLACE`, and the parts of what is told."""
    head = file.read_text(encoding="utf-8").partition("apiVersion")[0]
    for block in head.split("# finds ")[1:]:
        first, *rest = block.splitlines()
        yield first, dict(re.findall(r"^#   (says|mend|shown): (.*)$", "\n".join(rest), re.MULTILINE))


@pytest.mark.parametrize("file", WEAK, ids=lambda file: f"{file.parent.name}/{file.stem}")
def test_a_weak_contract_is_caught_with_code_place_and_mend(file: Path) -> None:
    expected = sorted(announced(file), key=lambda each: each[0])
    wanted = {first.partition(" ")[0] for first, _ in expected}
    found = sorted(told(file), key=lambda each: each.where)
    found = [each for each in found if each.problem.code not in NOTES - wanted]
    assert [each.where for each in found] == [first for first, _ in expected]
    for each, (_, parts) in zip(found, expected, strict=True):
        assert parts["says"] in each.problem.message
        assert parts.get("mend", "") in each.problem.mend
        for part in parts.get("shown", "").split(" | "):
            assert part in each.shown


@pytest.mark.parametrize("file", SOUND, ids=lambda file: f"{file.parent.name}/{file.stem}")
def test_a_sound_contract_raises_no_alarm(file: Path) -> None:
    assert [each.problem.render() for each in told(file) if each.problem.code not in NOTES] == []


def codes() -> set[str]:
    return {first.partition(" ")[0] for file in WEAK for first, _ in announced(file)}


def test_the_folder_is_as_large_as_it_should_be() -> None:
    assert len(WEAK) >= 120
    assert len(SOUND) >= 24
    assert len(codes()) >= 60


def test_each_code_is_explained_in_the_guide() -> None:
    guide = (HERE.parents[2] / "docs" / "guides" / "write-a-policy.md").read_text(encoding="utf-8")
    assert {code for code in codes() if code.startswith("policy.") and f"`{code}`" not in guide} == set()
