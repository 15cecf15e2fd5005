"""The CEL library against the conformance tests of the language.

The files are those of github.com/google/cel-spec under tests/simple/testdata. Put the folder that holds them into
REMIT_CEL_SPEC. Core are the tests that need no extension library and no protobuf message of the test suite itself;
well-known messages, type values and tests that switch the type check off are core.

Measured with cel-expr-python 0.1.3 on the tests of cel-spec v0.25.1 as the npm package @bufbuild/cel-spec 0.6.1 has
them (as JSON, written out as text before they were read here): of 2,344 tests 1,161 are core, and 1,158 of these pass.
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cel_expr_python import cel  # type: ignore[import-untyped]

FOLDER = os.environ.get("REMIT_CEL_SPEC")
FILES = (
    "basic",
    "comparisons",
    "conversions",
    "dynamic",
    "enums",
    "fields",
    "fp_math",
    "integer_math",
    "lists",
    "logic",
    "macros",
    "namespace",
    "parse",
    "plumbing",
    "string",
    "timestamps",
    "wrappers",
)
KNOWN = {
    "fields/qualified_identifier_resolution/map_value_repeat_key_heterogeneous",
    "fields/qualified_identifier_resolution/qualified_identifier_resolution_unchecked",
    "namespace/namespace/self_eval_container_lookup_unchecked",
}
"""The core tests that the library fails at its pinned version: a key that stands twice in a map written out, such as
`{0: 1, 0u: 2}`, and dotted names where the type check is off, which Remit never switches off."""

Message = dict[str, list[Any]]


# Reading: the text format of protocol buffers, as far as these files use it.

_TOKEN = re.compile(
    r"""(?P<skip>\s+|\#[^\n]*|[,;])|(?P<text>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')
    |(?P<name>\[[\w./]+\]|[A-Za-z_][\w.]*)|(?P<number>-?(?:\d[\w.+-]*|\.\d[\w+-]*|inf(?:inity)?|nan))|(?P<mark>[-:{}<>\[\]])""",
    re.VERBOSE,
)
_ESCAPE = re.compile(rb"\\(?:([0-7]{1,3})|x([0-9A-Fa-f]{1,2})|u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))", re.DOTALL)
_PLAIN = {b"n": b"\n", b"t": b"\t", b"r": b"\r", b"a": b"\a", b"b": b"\b", b"f": b"\f", b"v": b"\v"}


def read_textproto(text: str) -> Message:
    """Every field with all of its values; text as bytes, names as str, messages as mappings."""
    tokens = [(found.lastgroup, found.group()) for found in _TOKEN.finditer(text) if found.lastgroup != "skip"]
    tokens.reverse()
    return _message(tokens)


def _message(tokens: list[Any]) -> Message:
    fields: Message = {}
    while tokens and tokens[-1][1] not in ("}", ">"):
        _, name = tokens.pop()
        if tokens[-1][1] == ":":
            tokens.pop()
        values = fields.setdefault(name, [])
        if tokens[-1][1] == "[":
            tokens.pop()
            while tokens[-1][1] != "]":
                values.append(_value(tokens))
            tokens.pop()
        else:
            values.append(_value(tokens))
    if tokens:
        tokens.pop()
    return fields


def _value(tokens: list[Any]) -> Any:
    kind, token = tokens.pop()
    if token in ("{", "<"):
        return _message(tokens)
    if kind == "text":
        whole = _unescaped(token)
        while tokens and tokens[-1][0] == "text":
            whole += _unescaped(tokens.pop()[1])
        return whole
    return f"-{tokens.pop()[1]}" if token == "-" else token


def _unescaped(token: str) -> bytes:
    def plain(found: re.Match[bytes]) -> bytes:
        octal, short, four, eight, other = found.groups()
        if octal or short:
            return bytes([int(octal, 8) if octal else int(short, 16)])
        return chr(int(four or eight, 16)).encode() if four or eight else _PLAIN.get(other, other)

    return _ESCAPE.sub(plain, token[1:-1].encode())


# Running


class NotCore(Exception):
    """The test needs an extension or a message that is not part of the core language."""


def each_test(text: str) -> Iterator[tuple[str, Message]]:
    """Each test with its name."""
    for section in read_textproto(text).get("section", []):
        for test in section.get("test", []):
            yield f"{_said(section, 'name')}/{_said(test, 'name')}", test


def wrong_with(test: Message) -> str:
    """How a test comes out otherwise than it should, or nothing. Raises NotCore."""
    container, text = _said(test, "container"), _said(test, "expr")
    if re.search(r"TestAllTypes|GlobalEnum|cel\.expr|optional|proto\.|\bmath\.", text):
        raise NotCore
    if container.startswith(("cel.expr", "google.api")) or "disable_macros" in test or "check_only" in test:
        raise NotCore
    bindings = {_said(each, "key"): _bound(each["value"][0]) for each in test.get("bindings", [])}
    variables = dict.fromkeys(bindings, cel.Type.DYN)
    variables |= {_said(each, "name"): _declared(each) for each in test.get("type_env", [])}
    expected = _expected(test)
    unchecked = _said(test, "disable_check") == "true"
    try:
        environment = cel.NewEnv(variables=variables, container=cel.ExpressionContainer(container))
        compiled = environment.compile(text, disable_check=unchecked)
        found = compiled.eval(environment.Activation(bindings))
        failed = found.type() == cel.Type.ERROR
    except (RuntimeError, ValueError, OverflowError) as error:
        return "" if expected is None else f"{text}: {error}"
    if expected is None or failed:
        return "" if failed is (expected is None) else f"{text}: {found.value()!r}, expected {expected}"
    kind, value = expected
    actual, plain = found.type().name(), found.plain_value()
    if kind == "TYPE":
        plain = plain.name().partition("<")[0]  # LIST<DYN>
    same = actual.startswith(kind) and _same(plain, value)
    return "" if same else f"{text}: {plain!r} of {actual}, expected {expected}"


def _said(message: Message, name: str) -> str:
    found = message.get(name, [b""])[0]
    return found.decode() if isinstance(found, bytes) else str(found)


def _declared(each: Message) -> Any:
    if "ident" not in each:
        raise NotCore
    return _type(each["ident"][0]["type"][0])


def _type(given: Message) -> Any:
    if "primitive" in given:
        return {
            "BOOL": cel.Type.BOOL,
            "INT64": cel.Type.INT,
            "UINT64": cel.Type.UINT,
            "DOUBLE": cel.Type.DOUBLE,
            "STRING": cel.Type.STRING,
            "BYTES": cel.Type.BYTES,
        }[given["primitive"][0]]
    if "list_type" in given:
        return cel.Type.List(_type(given["list_type"][0]["elem_type"][0]))
    if "map_type" in given:
        parts = given["map_type"][0]
        return cel.Type.Map(_type(parts["key_type"][0]), _type(parts["value_type"][0]))
    if "dyn" in given:
        return cel.Type.DYN
    raise NotCore


def _bound(given: Message) -> Any:
    if "value" not in given:
        raise NotCore
    kind, value = _plain(given["value"][0])
    if kind == "UINT":
        raise NotCore  # a plain Python number is bound as an integer
    return value


def _expected(test: Message) -> tuple[str, Any] | None:
    """The kind and the value that are expected; None for an error."""
    if "eval_error" in test or "any_eval_errors" in test:
        return None
    if "unknown" in test or "any_unknowns" in test or "typed_result" in test:
        raise NotCore
    return _plain(test["value"][0]) if "value" in test else ("BOOL", True)


_KINDS = {"int64_value": "INT", "uint64_value": "UINT"}
_TYPES = {
    "null_type": "NULL",
    "google.protobuf.Timestamp": "TIMESTAMP",
    "google.protobuf.Duration": "DURATION",
}
"""What the library calls a type, where that is not its name in capitals."""


def _plain(given: Message) -> tuple[str, Any]:
    ((name, (value, *_)),) = given.items()
    if name in ("int64_value", "uint64_value"):
        return _KINDS[name], int(value, 0)
    if name == "double_value":
        return "DOUBLE", float(value)
    if name == "bool_value":
        return "BOOL", value == "true"
    if name == "null_value":
        return "NULL", None
    if name == "type_value":
        return "TYPE", _TYPES.get(value.decode(), value.decode().upper())
    if name == "string_value":
        return "STRING", value.decode()
    if name == "bytes_value":
        return "BYTES", value
    if name == "list_value":
        return "LIST", [_plain(each)[1] for each in value.get("values", [])]
    if name == "map_value":
        entries = value.get("entries", [])
        return "MAP", {_plain(each["key"][0])[1]: _plain(each["value"][0])[1] for each in entries}
    raise NotCore


def _same(found: Any, wanted: Any) -> bool:
    if isinstance(wanted, float) and math.isnan(wanted):
        return isinstance(found, float) and math.isnan(found)
    if isinstance(wanted, list):
        return isinstance(found, list) and len(found) == len(wanted) and all(map(_same, found, wanted))
    if isinstance(wanted, dict):
        return (
            isinstance(found, dict)
            and found.keys() == wanted.keys()
            and all(_same(found[k], wanted[k]) for k in wanted)
        )
    return bool(found == wanted) and isinstance(found, bool) is isinstance(wanted, bool)


# The tests

SAMPLE = r"""
# A comment.
name: "sample"
section {
  name: "right"
  test { name: "integer" expr: "2 + 3" value: { int64_value: 5 } }
  test { name: "quotes" expr: '"a" + \'b\'' value { string_value: "a" "b" } }
  test { name: "bytes" expr: "b'\\303\\277'" value: { bytes_value: "\303\277" } }
  test { name: "list" expr: "[1, 2.0]"
    value: { list_value { values: { int64_value: 1 } values: { double_value: 2 } } } }
  test { name: "map" expr: '{"k": -1}'
    value: { map_value { entries { key: { string_value: "k" } value: { int64_value: -1 } } } } }
  test { name: "error" expr: "1 / 0" eval_error: { errors: { message: "divide by zero" } } }
  test { name: "bound" expr: "x > 9223372036854775806" type_env: { name: "x" ident: { type: { primitive: INT64 } } }
    bindings: { key: "x" value: { value: { int64_value: 9223372036854775807 } } } }
  test { name: "infinite" expr: "1.0 / 0.0" value: { double_value: inf } }
  test { name: "null" expr: "null" value: { null_value: NULL_VALUE } }
  test { name: "type" expr: "type(null)" value: { type_value: "null_type" } }
  test { name: "a list's type" expr: "type([1])" value: { type_value: "list" } }
  test { name: "well known" expr: "google.protobuf.Int32Value{value: 3}" value: { int64_value: 3 } }
  test { name: "unchecked" expr: "1 == '1' || x" disable_check: true
    bindings: { key: "x" value: { value: { bool_value: true } } } }
}
section {
  name: "wrong"
  test { name: "value" expr: "2 + 3" value: { int64_value: 6 } }
  test { name: "kind" expr: "2u" value: { int64_value: 2 } }
  test { name: "type" expr: "type(1)" value: { type_value: "uint" } }
  test { name: "boolean" expr: "1" }
  test { name: "no error" expr: "1" eval_error: { errors: { message: "foo" } } }
  test { name: "an error" expr: "1 / 0" value: { int64_value: 1 } }
  test { name: "no compilation" expr: "1 +" value: { int64_value: 1 } }
}
section {
  name: "beyond"
  test { name: "message" expr: "TestAllTypes{}" container: "cel.expr.conformance.proto3" }
  test { name: "object" expr: "x" value: { object_value: { [type.googleapis.com/google.protobuf.Duration] {} } } }
}
"""


@pytest.mark.parametrize(("name", "test"), [pytest.param(*each, id=each[0]) for each in each_test(SAMPLE)])
def test_the_runner_tells_right_from_wrong_and_knows_what_is_beyond(name: str, test: Message) -> None:
    section = name.partition("/")[0]
    if section == "beyond":
        with pytest.raises(NotCore):
            wrong_with(test)
    else:
        assert bool(wrong_with(test)) is (section == "wrong")


@pytest.mark.skipif(
    FOLDER is None, reason="REMIT_CEL_SPEC is not set: the CEL conformance tests were NOT run against the library"
)
def test_the_library_passes_the_core_tests_of_the_language(capsys: pytest.CaptureFixture[str]) -> None:
    assert FOLDER is not None
    failures: dict[str, str] = {}
    core = 0
    for name in FILES:
        for title, test in _tests_of(name):
            try:
                wrong = wrong_with(test)
            except NotCore:
                continue
            core += 1
            if wrong:
                failures[f"{name}/{title}"] = wrong
    every = sum(len(list(_tests_of(path.stem))) for path in Path(FOLDER).glob("*.textproto"))
    with capsys.disabled():
        print(f"\n{core} of {every} tests of the language are core; the library passes {core - len(failures)} of them")
    assert core > 1_000
    unknown = {name: wrong for name, wrong in failures.items() if name not in KNOWN}
    assert not unknown, "\n".join(f"{name}: {wrong}" for name, wrong in unknown.items())


def _tests_of(name: str) -> Iterator[tuple[str, Message]]:
    path = Path(FOLDER or "") / f"{name}.textproto"
    if not path.is_file():
        pytest.fail(f"{path} is not there: REMIT_CEL_SPEC has to be tests/simple/testdata of cel-spec")
    return each_test(path.read_text(encoding="utf-8"))
