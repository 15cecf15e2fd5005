"""Admission: a raw case is held against its data contract before anything is decided on it.

Reject: the case is not a case (wrong type, missing field, out of range); the caller gets every field that is off.
Quarantine: it is one, but nothing may be decided on it until a person has looked at the data.
Degrade: it can be decided on, and the policy is told through `case_quality`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from itertools import islice
from typing import Any, Literal

from remit.core.canonical import MAX_SAFE_INTEGER
from remit.core.errors import InputError
from remit.core.problems import did_you_mean
from remit.core.schema import Field
from remit.packs.data_contract import DataContract, Severity
from remit.packs.pack import Decision, FeaturesFailed, spoken
from remit.policies.cel import CelError
from remit.policies.types import UnfitFacts, convert_field

CaseQuality = Literal["ok", "degraded", "quarantined"]
UNDECLARED_MAX = 100
"""So many undeclared fields are named, at most: a hostile case may have a million."""


@dataclass(frozen=True, slots=True)
class Violation:
    """One way in which a case falls short. `field` is empty for a rule over several fields."""

    field: str
    rule: str
    severity: Severity
    message: str

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Admission:
    """An admitted case: its values, and what was found wanting short of rejecting it."""

    case: dict[str, Any]
    quality: CaseQuality
    violations: tuple[Violation, ...]


class CaseRejected(InputError):
    """The case does not fit the data contract. `violations` names every field."""

    code = "case_rejected"

    def __init__(self, violations: tuple[Violation, ...]) -> None:
        self.violations = violations
        lines = "\n".join(f"  {item.field or item.rule}: {item.message}" for item in violations)
        super().__init__(f"the case does not fit its data contract:\n{lines}", mend="mend these fields and ask again")

    def to_json(self) -> dict[str, Any]:
        return {**super().to_json(), "violations": [violation.to_json() for violation in self.violations]}


def admit(decision: Decision, raw: Any) -> Admission:
    """Hold a raw case (parsed JSON) against the data contract.

    Raises:
        CaseRejected: with every violation that rejects.
    """
    contract = decision.contract
    if not isinstance(raw, Mapping):
        raise CaseRejected((Violation("", "type", "reject", "a case is an object of fields"),))
    case = {name: value for name, value in raw.items() if value is not None}
    _reject((*_unknown(contract, case), *_misfits(contract, case)))
    typed = {
        field.name: float(case[field.name]) if field.type == "number" else case[field.name]
        for field in contract.record.fields
        if field.name in case
    }
    violations = tuple(_field_violations(contract, typed))
    _reject(violations)
    # A condition over the case is only asked when every field is what it says it is.
    violations += tuple(_row_violations(decision, typed))
    _reject(violations)
    quarantined = any(item.severity == "quarantine" for item in violations)
    quality: CaseQuality = "quarantined" if quarantined else "degraded" if violations else "ok"
    return Admission(typed, quality, violations)


def _reject(violations: tuple[Violation, ...]) -> None:
    if rejecting := tuple(item for item in violations if item.severity == "reject"):
        raise CaseRejected(rejecting)


def _unknown(contract: DataContract, case: Mapping[str, Any]) -> Iterator[Violation]:
    undeclared = (str(name)[:80] for name in case if name not in contract.record.names)
    for name in islice(undeclared, UNDECLARED_MAX):
        hint = did_you_mean(name, contract.record.names)
        # As ASCII without control characters: the name comes from outside and goes to a terminal.
        yield Violation(ascii(name)[1:-1], "undeclared", "reject", f"is not a field of the case. {hint}".strip())


def _misfits(contract: DataContract, case: Mapping[str, Any]) -> Iterator[Violation]:
    for field in contract.record.fields:
        if field.name not in case:
            if field.required:
                yield Violation(field.name, "required", "reject", "is missing")
        elif message := _misfit(contract, field, case[field.name]):
            yield Violation(field.name, "type", "reject", message)


def _misfit(contract: DataContract, field: Field, value: Any) -> str:
    """Why the value does not fit the field; empty when it does. The value itself is not repeated: it may be private."""
    if not _has_type(field, value):
        return f"must be {_TYPE_WORDS[field.type]}"
    if field.type in ("integer", "number"):
        # Put this way round, so that NaN is refused too, and an integer that no float can hold does not raise.
        if not abs(value) <= MAX_SAFE_INTEGER:
            return "must be a finite number within 2**53"
        if field.minimum is not None and value < field.minimum:
            return f"must be at least {field.minimum}"
        if field.maximum is not None and value > field.maximum:
            return f"must be at most {field.maximum}"
    if field.type == "string":
        low, high = contract.lengths[field.name]
        if not low <= len(value) <= high:
            return f"must have {low} to {high} characters, not {len(value)}"
        if not value.isascii() and any("\ud800" <= char <= "\udfff" for char in value):
            return "is not valid text (a lone surrogate)"
        pattern = contract.patterns.get(field.name)
        if pattern is not None and not re.fullmatch(pattern, value):
            return f"must fit the pattern {pattern}"
    if field.type == "timestamp":
        try:
            convert_field(field, value)
        except UnfitFacts:
            return f"must be {_TYPE_WORDS[field.type]}"
    return ""


def _has_type(field: Field, value: Any) -> bool:
    if field.type == "boolean":
        return isinstance(value, bool)
    if field.type == "integer":
        return isinstance(value, int) and not isinstance(value, bool)
    if field.type == "number":
        return isinstance(value, int | float) and not isinstance(value, bool)
    if field.type == "strings":
        return isinstance(value, list) and all(isinstance(item, str) for item in value)
    return isinstance(value, str)


_TYPE_WORDS = {
    "boolean": "true or false",
    "integer": "a whole number",
    "number": "a number",
    "string": "text",
    "timestamp": "a moment with its offset from UTC, such as 2026-11-01T12:00:00Z",
    "strings": "a list of texts",
}


def _field_violations(contract: DataContract, case: Mapping[str, Any]) -> Iterator[Violation]:
    for rule in contract.field_rules:
        value = case.get(rule.field)
        if rule.values:
            if value is not None and value not in rule.values:
                hint = did_you_mean(str(value)[:80], rule.values) if isinstance(value, str) else ""
                message = f"must be one of {', '.join(rule.values)}. {hint}".strip()
                yield Violation(rule.field, rule.name, rule.severity, message)
        elif rule.pattern is not None:
            if value is not None and not (isinstance(value, str) and re.fullmatch(rule.pattern, value)):
                yield Violation(rule.field, rule.name, rule.severity, rule.description)
        elif value is None or value == "":
            yield Violation(rule.field, rule.name, rule.severity, rule.description)


def _row_violations(decision: Decision, case: Mapping[str, Any]) -> Iterator[Violation]:
    """Conditions over the whole case. One that cannot be evaluated counts as broken; so does a feature."""
    facts = decision.case_environment.bind({"case": case})
    for rule in decision.contract.row_rules:
        held = decision.row_rules[rule.name].run(facts)
        if held is not True:
            why = f" (cannot be evaluated: {spoken(held)})" if isinstance(held, CelError) else ""
            yield Violation("", rule.name, rule.severity, rule.description + why)
    try:
        decision.features_of(case)
    except FeaturesFailed as error:
        yield Violation("", f"features.{error.name}", "quarantine", error.message)
