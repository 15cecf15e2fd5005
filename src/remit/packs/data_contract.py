"""The data contract of a case: Open Data Contract Standard 3.1 in, a typed record and quality rules out.

Read with the standard's own Python model (package open-data-contract-standard). What it says about a single record is
enforced at admission; rules over whole data sets (`rowCount`, `duplicateValues`) belong to the learning loop.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import pydantic

from remit.core.errors import SourceError
from remit.core.problems import Problem, did_you_mean
from remit.core.schema import Field, FieldType, Record
from remit.core.source import Source

if TYPE_CHECKING:
    from open_data_contract_standard.model import DataQuality, SchemaObject, SchemaProperty

Severity = Literal["reject", "quarantine", "degrade"]
SEVERITIES: tuple[Severity, ...] = ("reject", "quarantine", "degrade")
STRING_CHARACTERS_MAX = 10_000

_TYPES: dict[str, FieldType] = {
    "string": "string",
    "integer": "integer",
    "number": "number",
    "boolean": "boolean",
    "timestamp": "timestamp",
}
_OVER_DATA_SETS = ("rowCount", "duplicateValues")
_BOUNDS = ("minimum", "maximum")
_OPTIONS: dict[FieldType, tuple[str, ...]] = {
    "string": ("minLength", "maxLength", "pattern"),
    "integer": _BOUNDS,
    "number": _BOUNDS,
}


@dataclass(frozen=True, slots=True)
class FieldRule:
    """One rule over one field. `values` or `pattern` say what is valid; neither means that it must be present."""

    name: str
    field: str
    severity: Severity
    description: str
    values: tuple[str, ...] = ()
    pattern: str | None = None


@dataclass(frozen=True, slots=True)
class RowRule:
    """A CEL condition over the whole case that must hold."""

    name: str
    severity: Severity
    description: str
    condition: str
    path: tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class DataContract:
    """What a case looks like and what makes it good enough to decide on."""

    name: str
    version: str
    record: Record
    lengths: dict[str, tuple[int, int]]
    patterns: dict[str, str]
    field_rules: tuple[FieldRule, ...]
    row_rules: tuple[RowRule, ...]
    key: str | None
    protected: tuple[str, ...]


def read_data_contract(source: Source) -> DataContract:
    """Read an ODCS 3.1 document that describes one object: the case.

    Raises:
        SourceError: every problem of the document at once, each with its place.
    """
    from open_data_contract_standard.model import OpenDataContractStandard

    problems = list(_undeclared(source, (), OpenDataContractStandard))
    data, known = source.data, _names(OpenDataContractStandard)
    if isinstance(data, dict):
        data = {key: value for key, value in data.items() if key in known}
    try:
        document = OpenDataContractStandard.model_validate(data)
    except pydantic.ValidationError as error:
        raise SourceError([*problems, *(_standard_problem(source, item) for item in error.errors())]) from None
    problems.extend(_document_problems(source, document))
    if len(document.schema_ or []) != 1:
        raise SourceError(problems)
    reader = _Reader(source, (document.schema_ or [])[0])
    contract = reader.read(document.name or document.id or "case", document.version or "")
    problems.extend(reader.problems)
    if problems:
        raise SourceError(problems)
    return contract


class _Reader:
    """Walks the one schema object and gathers fields, rules and problems."""

    def __init__(self, source: Source, schema: SchemaObject) -> None:
        self.source = source
        self.schema = schema
        self.problems: list[Problem] = []
        self.field_rules: list[FieldRule] = []
        self.row_rules: list[RowRule] = []

    def read(self, name: str, version: str) -> DataContract:
        fields: list[Field] = []
        lengths: dict[str, tuple[int, int]] = {}
        patterns: dict[str, str] = {}
        properties = self.schema.properties or []
        for index, prop in enumerate(properties):
            path: tuple[str | int, ...] = ("schema", 0, "properties", index)
            field = self._field(prop, path)
            if field is None:
                continue
            if any(known.name == field.name for known in fields):
                self._problem(f"the field `{field.name}` is declared twice", (*path, "name"))
                continue
            options = prop.logicalTypeOptions or {}
            if field.type == "string":
                lengths[field.name] = self._lengths(options, path)
                if "pattern" in options:
                    self._regex(options["pattern"], (*path, "logicalTypeOptions", "pattern"))
                    patterns[field.name] = str(options["pattern"])
            fields.append(field)
        for index, rule in enumerate(self.schema.quality or []):
            self._row_rule(rule, ("schema", 0, "quality", index))
        return DataContract(
            name=name,
            version=version,
            record=Record("Case", tuple(fields)),
            lengths=lengths,
            patterns=patterns,
            field_rules=tuple(self.field_rules),
            row_rules=tuple(self.row_rules),
            key=next((prop.name for prop in properties if prop.primaryKey and prop.name), None),
            protected=tuple(prop.name for prop in properties if prop.classification == "protected" and prop.name),
        )

    def _field(self, prop: SchemaProperty, path: tuple[str | int, ...]) -> Field | None:
        if not prop.name or not re.fullmatch(r"[a-z][a-z0-9_]*", prop.name):
            self._problem(f"a field needs a snake_case name, not {prop.name!r}", (*path, "name"))
            return None
        kind = _TYPES.get(prop.logicalType or "")
        if kind is None:
            self._problem(
                f"field `{prop.name}` has the logicalType {prop.logicalType!r}, which a case cannot hold",
                (*path, "logicalType"),
                mend=did_you_mean(prop.logicalType or "", _TYPES) or f"use one of {', '.join(_TYPES)}",
            )
            return None
        options = prop.logicalTypeOptions or {}
        read_here = _OPTIONS.get(kind, ())
        for option in options:
            if option not in read_here:
                self._problem(
                    f"the option `{option}` is not read for the {kind} field `{prop.name}`",
                    (*path, "logicalTypeOptions", option),
                    mend=did_you_mean(option, read_here) or f"read here: {', '.join(read_here) or 'none'}",
                )
        if prop.enum is not None:
            self._problem(
                f"the `enum` of `{prop.name}` is not read", (*path, "enum"), mend="write a rule with `validValues`"
            )
        values: tuple[str, ...] = ()
        for index, rule in enumerate(prop.quality or []):
            read = self._field_rule(prop.name, kind, rule, (*path, "quality", index))
            if read is not None:
                self.field_rules.append(read)
                if read.severity == "reject" and read.values:
                    values = read.values
        minimum, maximum = (self._bound(options, name, kind, path) for name in _BOUNDS)
        if minimum is not None and maximum is not None and minimum > maximum:
            self._problem(f"no value of `{prop.name}` can be valid", (*path, "logicalTypeOptions", "minimum"))
        return Field(
            name=prop.name,
            type=kind,
            required=bool(prop.required or prop.primaryKey),
            values=values,
            minimum=minimum,
            maximum=maximum,
            description=prop.description or "",
        )

    def _lengths(self, options: dict[str, Any], path: tuple[str | int, ...]) -> tuple[int, int]:
        """The least and the greatest number of characters."""
        low, high = options.get("minLength", 0), options.get("maxLength", STRING_CHARACTERS_MAX)
        for name, value in (("minLength", low), ("maxLength", high)):
            if type(value) is not int or value < 0:
                self._problem(f"`{name}` must be a whole number from 0", (*path, "logicalTypeOptions", name))
                return 0, STRING_CHARACTERS_MAX
        if low > high:
            self._problem("no text can be valid", (*path, "logicalTypeOptions", "minLength"))
        return low, high

    def _bound(
        self, options: dict[str, Any], name: str, kind: FieldType, path: tuple[str | int, ...]
    ) -> float | int | None:
        bound = options.get(name)
        if bound is None or kind not in ("integer", "number"):
            return None
        fits = isinstance(bound, int) and not isinstance(bound, bool)
        fits = fits or (kind == "number" and isinstance(bound, float) and math.isfinite(bound))
        if not fits:
            self._problem(f"`{name}: {bound}` does not fit a field of type {kind}", (*path, "logicalTypeOptions", name))
            return None
        return int(bound) if kind == "integer" else float(bound)

    def _field_rule(
        self, field: str, kind: FieldType, rule: DataQuality, path: tuple[str | int, ...]
    ) -> FieldRule | None:
        severity = self._severity(rule, path)
        if rule.type != "library" or rule.metric in _OVER_DATA_SETS:
            if rule.metric not in _OVER_DATA_SETS and rule.type != "text":
                self._problem(
                    f"a rule on `{field}` has the type {rule.type!r}; a field takes `library` rules",
                    path,
                    mend="write conditions over several fields under the schema's `quality`, engine remit-cel",
                )
            return None
        name = rule.name or f"{field}.{rule.metric}"
        arguments = rule.arguments or {}
        if rule.mustBe != 0:
            self._problem(f"the rule `{name}` has to say `mustBe: 0`: it is held against single cases", path)
            return None
        if rule.metric in ("missingValues", "nullValues"):
            return FieldRule(name, field, severity, rule.description or "must be given")
        if rule.metric == "invalidValues" and kind != "string":
            self._problem(f"the rule `{name}` is for texts, but `{field}` has the type {kind}", path)
            return None
        if rule.metric == "invalidValues":
            values = arguments.get("validValues")
            pattern = arguments.get("pattern")
            if isinstance(values, list) and values and all(isinstance(value, str) for value in values):
                return FieldRule(name, field, severity, rule.description or "must be a known value", tuple(values))
            if isinstance(pattern, str):
                self._regex(pattern, (*path, "arguments", "pattern"))
                return FieldRule(name, field, severity, rule.description or "must fit the pattern", (), pattern)
            self._problem(f"the rule `{name}` needs `arguments.validValues` (texts) or `arguments.pattern`", path)
            return None
        self._problem(f"the rule `{name}` has the metric {rule.metric!r}, which is not read", path)
        return None

    def _row_rule(self, rule: DataQuality, path: tuple[str | int, ...]) -> None:
        severity = self._severity(rule, path)
        if rule.type == "text" or rule.metric in _OVER_DATA_SETS:
            return
        if rule.type != "custom" or rule.engine != "remit-cel" or not isinstance(rule.implementation, str):
            self._problem(
                "a rule over the case is `type: custom, engine: remit-cel` with a CEL `implementation`",
                path,
            )
            return
        name = rule.name or f"row_rule_{path[-1]}"
        if any(known.name == name for known in self.row_rules):
            self._problem(f"the rule `{name}` is declared twice", (*path, "name"))
            return
        self.row_rules.append(
            RowRule(name, severity, rule.description or name, rule.implementation, (*path, "implementation"))
        )

    def _severity(self, rule: DataQuality, path: tuple[str | int, ...]) -> Severity:
        for known in SEVERITIES:
            if rule.severity == known:
                return known
        if rule.type != "text":
            self._problem(
                f"severity {rule.severity!r} is not one of {', '.join(SEVERITIES)}",
                (*path, "severity") if rule.severity else path,
                mend=did_you_mean(rule.severity or "", SEVERITIES),
            )
        return "reject"

    def _regex(self, pattern: Any, path: tuple[str | int, ...]) -> None:
        try:
            re.compile(pattern)
        except (re.error, TypeError) as error:
            self._problem(f"not a regular expression: {error}", path)

    def _problem(self, message: str, path: tuple[str | int, ...], mend: str = "") -> None:
        self.problems.append(self.source.problem(message, path, code="data-contract", mend=mend))


def _document_problems(source: Source, document: Any) -> Iterator[Problem]:
    if document.apiVersion not in ("v3.1.0", "v3.0.2", "v3.0.1", "v3.0.0"):
        yield source.problem(
            f"apiVersion {document.apiVersion!r} is not read", ("apiVersion",), code="data-contract", mend="use v3.1.0"
        )
    if document.kind != "DataContract":
        yield source.problem("kind has to be DataContract", ("kind",), code="data-contract")
    if len(document.schema_ or []) != 1:
        yield source.problem("a case is described by exactly one schema object", ("schema",), code="data-contract")
    elif not (document.schema_[0].properties or []):
        yield source.problem("the case has no properties", ("schema", 0), code="data-contract")


def _undeclared(source: Source, path: tuple[str | int, ...], model: type[pydantic.BaseModel]) -> Iterator[Problem]:
    """Fields that the standard does not know. Its own model passes over them, below the top."""
    from open_data_contract_standard.model import DataQuality, SchemaObject, SchemaProperty

    here = source.value(path)
    if not isinstance(here, dict):
        return
    known = _names(model)
    for key in here:
        if key not in known:
            hint = did_you_mean(key, known)
            yield source.problem(f"undeclared field `{key}`", (*path, key), key=True, code="data-contract", mend=hint)
    for key, inner in (("schema", SchemaObject), ("properties", SchemaProperty), ("quality", DataQuality)):
        items = here.get(key)
        for index in range(len(items)) if isinstance(items, list) else ():
            yield from _undeclared(source, (*path, key, index), inner)


def _names(model: type[pydantic.BaseModel]) -> set[str]:
    return {field.alias or name for name, field in model.model_fields.items()}


def _standard_problem(source: Source, item: Any) -> Problem:
    path = tuple(part for part in item["loc"] if isinstance(part, str | int))
    message = str(item["msg"])
    return source.problem(message[:1].lower() + message[1:], path, code="data-contract")
