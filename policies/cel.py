"""The one door to the CEL library: text and types in, plain values out.

Measured facts that shape it: the library's eval() does not raise when an expression fails, it returns a value of type
ERROR which is truthy; an exhausted budget does raise; an error in one element makes a whole list an error; a bool is
taken for an int. None of this passes the door: a run gives a checked plain value or a `CelError`.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from cel_expr_python import cel  # type: ignore[import-untyped]

from remit.core.errors import InputError
from remit.core.problems import did_you_mean
from remit.core.schema import Record
from remit.policies.checked import Node, read_checked
from remit.policies.traps import Fault, find_traps
from remit.policies.types import CelType, Kind, Messages, UnfitFacts, scalar_converter


class ExpressionError(InputError):
    """An expression does not fit its environment: every fault, each with its offset in the text."""

    code = "policy.expression"

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(fault.message for fault in faults))


@dataclass(frozen=True, slots=True)
class CelError:
    """An expression could not be evaluated on these facts; nothing may be concluded from it."""

    message: str


@dataclass(frozen=True, slots=True)
class Binding:
    """Facts that were checked and are ready to be run against, by any program of their environment."""

    data: Mapping[str, Any]
    activation: Any


@dataclass(frozen=True, slots=True)
class Program:
    """A compiled expression: its text, its type, and the variables that it names."""

    text: str
    type: CelType
    names: frozenset[str]
    tree: Node = field(repr=False)
    environment: Environment = field(repr=False)
    _compiled: Any = field(repr=False)

    def run(self, facts: Binding | Mapping[str, Any]) -> Any:
        """The value on these facts as plain Python, or a `CelError`. Never raises."""
        if not isinstance(facts, Binding):
            try:
                facts = self.environment.bind(facts)
            except UnfitFacts as error:
                return CelError(str(error))
        value = _run(self._compiled, facts)
        return CelError("the result is not a finite number") if _has_no_number(value) else value


@dataclass(frozen=True, slots=True)
class Batch:
    """Many programs that run as one."""

    _compiled: tuple[Any, ...] = field(repr=False)

    def run(self, binding: Binding) -> list[Any] | CelError:
        """The value of each, in order; or one error for all, when one of them could not be evaluated."""
        values: list[Any] = []
        for compiled in self._compiled:
            found = _run(compiled, binding)
            if isinstance(found, CelError):
                return found
            values.extend(found)
        return values


_WRITTEN_OUT = {"matches": "''.matches({})", "timestamp": "timestamp({})", "duration": "duration({})"}
_MEANT = {
    "matches": ("pattern", "Mend it: patterns are those of RE2."),
    "timestamp": ("time", "Write it as RFC 3339 does, such as 2026-11-01T12:00:00Z."),
    "duration": ("span of time", "Write it in h, m and s, such as 36h or 1h30m."),
}

# The library refuses texts of more than 100,000 characters.
_CHUNK_MAX = 60_000


class Environment:
    """Names with their types. Compiles expressions over them and binds facts to them.

    A name may have dots (`action.name`): it is then one name. Raises `UnfitRecord` for a record with a field name that
    an expression cannot speak.
    """

    def __init__(self, variables: Mapping[str, CelType]) -> None:
        self.variables = dict(variables)
        self._messages = Messages([record for each in variables.values() if (record := _record(each)) is not None])
        self._prepare()

    def extended(self, more: Mapping[str, CelType]) -> Environment:
        """This environment with more names; they may use only records that are already known here."""
        wider = object.__new__(Environment)
        wider.variables = {**self.variables, **more}
        wider._messages = self._messages
        wider._prepare()
        return wider

    def compile(self, text: str, *, expect: CelType | Collection[Kind] | None = None) -> Program:
        """Compile one expression; `expect` is the type, or the kinds, that its value must have (never null).

        Raises:
            ExpressionError: it does not parse, names what is not there, mixes types, or falls into a known trap.
        """
        if not text.strip():
            mend = "Write a condition, or leave the line out."
            raise ExpressionError([Fault(0, "the expression is empty", mend, "cel.syntax")])
        try:
            compiled = self._env.compile(text)
        except RuntimeError as error:
            raise ExpressionError(self._faults(text, str(error))) from None
        tree = read_checked(compiled.serialize(), self._messages.records)
        faults = [*find_traps(tree, self.variables), *self._broken_constants(tree)]
        if expect is not None and not _fits(tree.type, expect):
            kinds = [str(expect)] if isinstance(expect, CelType) else [str(CelType(kind)) for kind in expect]
            message = f"the value must be {' or '.join(kinds)}, but is {tree.type}"
            mend = _result_mend(tree.type, expect)
            faults.append(Fault(len(text) - len(text.lstrip()), message, mend, "cel.result"))
        if faults:
            raise ExpressionError(sorted(faults, key=lambda fault: fault.offset))
        names = frozenset(node.name for node in tree.walk() if node.kind == "name" and node.name in self.variables)
        return Program(text, tree.type, names, tree, self, compiled)

    def _broken_constants(self, tree: Node) -> Iterator[Fault]:
        """A pattern, a time or a span that is written out wrongly: its condition fails on all facts."""
        for node in tree.walk():
            written = node.items[-1] if node.kind == "call" and node.items else None
            if node.name not in _WRITTEN_OUT or written is None or not isinstance(written.value, int | str):
                continue
            quoted = json.dumps(written.value, ensure_ascii=False)
            value = _run(
                self._env.compile(_WRITTEN_OUT[node.name].format(quoted)), Binding({}, self._env.Activation({}))
            )
            if isinstance(value, CelError):
                what, mend = _MEANT[node.name]
                message = f"`{str(written.value)[:60]}` is no {what}, so this fails on all facts: {value.message}"
                yield Fault(written.offset, message, mend, "cel.constant")

    def compile_part(self, text: str) -> Program:
        """Compile a part of an expression that `compile` has accepted: its guard may stand in another part.

        Raises:
            ExpressionError: it is not a whole expression of its own.
        """
        try:
            compiled = self._env.compile(text)
        except RuntimeError as error:
            raise ExpressionError(self._faults(text, str(error))) from None
        return Program(text, CelType("other"), frozenset(), Node("other"), self, compiled)

    def compile_all(self, programs: Sequence[Program]) -> Batch:
        """All of these programs as one, which runs in a fraction of the time that they take one by one.

        Raises:
            ExpressionError: one of them is nested too deeply to be put in a list.
        """
        chunks: list[list[str]] = [[]]
        size = 0
        for program in programs:
            # The line break ends a comment that the text may end with.
            text = f"({program.text}\n)"
            size += len(text) + 1
            if size > _CHUNK_MAX:
                chunks.append([])
                size = len(text) + 1
            chunks[-1].append(text)
        try:
            return Batch(tuple(self._env.compile("[" + ",".join(chunk) + "]") for chunk in chunks))
        except RuntimeError as error:
            raise ExpressionError([Fault(0, f"too large when put together: {_plainly(str(error))}")]) from None

    def bind(self, facts: Mapping[str, Any], base: Binding | None = None) -> Binding:
        """Check facts and make them ready; on top of an earlier binding if one is given. Names may be left out.

        Raises:
            UnfitFacts: a value is not of its declared type, is beyond int64 or not finite, or a field is missing.
        """
        data = dict(base.data) if base is not None else {}
        for name, value in facts.items():
            convert = self._converters.get(name)
            if convert is None:
                raise UnfitFacts(f"`{name}` is not declared")
            data[name] = convert(value)
        return Binding(data, self._env.Activation(data))

    def _prepare(self) -> None:
        types = {name: self._library_type(typed) for name, typed in self.variables.items()}
        self._env = cel.NewEnv(descriptor_pool=self._messages.pool, variables=types)
        self._converters = {name: self._converter(name, typed) for name, typed in self.variables.items()}

    def _converter(self, name: str, typed: CelType) -> Callable[[Any], Any]:
        if typed.item is not None:
            each = self._converter(name, typed.item)

            def convert_list(value: Any) -> Any:
                if not isinstance(value, list | tuple):
                    raise UnfitFacts(f"{name} must be a list")
                return [each(item) for item in value]

            def convert_map(value: Any) -> Any:
                if not isinstance(value, Mapping):
                    raise UnfitFacts(f"{name} must be a mapping")
                return {key: each(item) for key, item in value.items()}

            return convert_map if typed.kind == "map" else convert_list
        convert = self._messages.builder(typed.record) if typed.record is not None else scalar_converter(typed)

        def convert_one(value: Any) -> Any:
            try:
                return convert(value)
            except UnfitFacts as error:
                raise UnfitFacts(f"{name}{error}") from None

        return convert_one

    def _library_type(self, typed: CelType) -> Any:
        if typed.record is not None:
            return cel.Type(self._messages.names[typed.record])
        if typed.item is not None:
            item = self._library_type(typed.item)
            return cel.Type.Map(cel.Type.STRING, item) if typed.kind == "map" else cel.Type.List(item)
        return getattr(cel.Type, typed.kind.upper())

    def _faults(self, text: str, said: str) -> list[Fault]:
        """The library's report, as faults in a reader's words."""
        found = [
            self._fault(text, int(line), int(column), message)
            for line, column, message in re.findall(r"ERROR: <input>:(\d+):(\d+): ([^\n]*)", said)
        ]
        if not found:
            plain = re.sub(r"^[A-Z_]+: | \[[A-Z_]+\]$", "", said.strip()).split("\n")[0]
            mend = "Nest it less: give parts of it names under `variables`." if "recursion" in plain else ""
            return [Fault(0, f"cannot be compiled: {plain}", mend, "cel.compile")]
        return found

    def _fault(self, text: str, line: int, column: int, said: str) -> Fault:
        offset = sum(len(each) + 1 for each in text.split("\n")[: line - 1]) + max(column - 1, 0)
        if text[offset : offset + 1] == ".":
            offset += 1  # the word after the dot is what is wrong
        said = said.removesuffix(" [INVALID_ARGUMENT]")
        if match := re.match(r"undefined field '(.*)' not found in struct '(.*)'", said):
            record, name = self._messages.records.get(match[2]), match[1][:60]
            known = record.names if record is not None else ()
            message = f"undeclared field `{name}` of {record.name if record is not None else match[2]}"
            return Fault(offset, _hint(message, name, known), _known(known), "cel.undeclared")
        if match := re.match(r"undeclared reference to '(.*)' \(in container ''\)", said):
            return self._undeclared(offset, match[1][:60])
        if match := re.match(r"found no matching overload for '(.*)' applied to '\((.*)\)'", said):
            operator = match[1].replace("@in", "in").strip("_").replace("_?_:_", "?:").replace("?_:", "? :")
            given = self._rename(match[2])
            return Fault(offset, f"`{operator}` does not go with ({given})", _type_mend(given), "cel.type")
        if said.startswith("Syntax error"):
            words = re.search(r"\b(not|and|or)\b", text)
            mend = "CEL writes `!`, `&&` and `||`." if words else ""
            return Fault(offset, f"{said[:1].lower()}{said[1:]}", mend, "cel.syntax")
        return Fault(offset, self._rename(said), code="cel.compile")

    def _undeclared(self, offset: int, name: str) -> Fault:
        fields = [
            f"{variable}.{field_name}"
            for variable, typed in self.variables.items()
            if typed.record is not None
            for field_name in typed.record.names
        ]
        spoken = [*self.variables, *fields]
        exact = [each for each in spoken if each.rsplit(".", 1)[-1] == name]
        message = f"undeclared name `{name}`"
        if exact:
            message += f"; did you mean `{exact[0]}`?"
        else:
            message = _hint(message, name, spoken)
        return Fault(offset, message, _known(self.variables), "cel.undeclared")

    def _rename(self, said: str) -> str:
        for message, record in self._messages.records.items():
            said = re.sub(rf"\b{re.escape(message)}\b", f"the record {record.name}", said)
        said = re.sub(r"wrapper\((\w+)\)", r"\1 or null", said)
        for theirs, ours in (("double", "number"), ("int", "integer"), ("string", "text"), ("bool", "true-or-false")):
            said = re.sub(rf"\b{theirs}\b", ours, said)
        return said


def _run(compiled: Any, binding: Binding) -> Any:
    """The plain value of a library program, or a `CelError`."""
    try:
        value = compiled.eval(binding.activation)
        if value.type() == cel.Type.ERROR:
            return CelError(_plainly(str(value.value())))
        return value.plain_value()
    except (RuntimeError, ValueError, OverflowError) as error:
        # An exhausted budget, or a time that Python cannot hold.
        return CelError(_plainly(str(error)))


def _has_no_number(value: Any) -> bool:
    if isinstance(value, float):
        return not math.isfinite(value)
    if isinstance(value, dict):
        return any(map(_has_no_number, value.values()))
    return isinstance(value, list) and any(map(_has_no_number, value))


def _plainly(said: str) -> str:
    said = re.sub(r"^[A-Z_]+: | \[[A-Z_]+\]$", "", said.strip())
    if match := re.match(r"No matching overloads found : _?(\S+?)_?\((.*)\)", said):
        if "null" in match[2]:
            return f"`{match[1]}` met null: an optional field is absent (guard it with has())"
        return f"`{match[1]}` does not go with ({match[2]})"
    return said


def _fits(found: CelType, expect: CelType | Collection[Kind]) -> bool:
    if isinstance(expect, CelType):
        if found.nullable and not expect.nullable:
            return False
        # Only an empty list has items of unknown type: find_traps refuses the others.
        empty = found.item is not None and found.item.kind == "dyn" and expect.kind == "list"
        return empty or replace(found, nullable=expect.nullable) == expect or (found.kind == "null" and expect.nullable)
    return found.kind in expect and not found.nullable


def _record(typed: CelType) -> Record | None:
    return typed.record if typed.item is None else _record(typed.item)


def _hint(message: str, word: str, known: Collection[str]) -> str:
    return "; ".join(filter(None, (message, did_you_mean(word, known))))


def _known(words: Collection[str]) -> str:
    return "Known here: " + ", ".join(sorted(words)) + "." if 0 < len(words) <= 40 else ""


def _result_mend(found: CelType, expect: CelType | Collection[Kind]) -> str:
    if not isinstance(expect, CelType) or expect.kind != "bool":
        return ""
    if found.kind == "bool":
        return "It may be absent: say what is meant then, such as `has(x) && x == true`."
    return "Compare it with something, such as `x > 0`."


def _type_mend(given: str) -> str:
    if "the record " in given:
        return "Compare a field of the record, such as `case.FIELD`."
    if re.search(r"\bnumber\b", given) and re.search(r"\binteger\b", given):
        return "Numbers and integers do not mix: write `3.0` for `3`, or convert with double(…)."
    return "The two sides have to be of one type." if given.count(",") == 1 else ""
