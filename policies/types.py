"""The types that an expression can meet, and the messages that carry records into it.

A record becomes a protobuf message whose required fields are plain scalars and whose optional ones are wrappers, so
that CEL's checker knows every field and an absent value is null, never a silent zero.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Literal

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory, timestamp_pb2, wrappers_pb2

from remit.core.errors import InputError
from remit.core.problems import did_you_mean
from remit.core.scalars import INT64_MAX, INT64_MIN
from remit.core.schema import Field, Record

Kind = Literal[
    "bool", "int", "double", "string", "timestamp", "duration", "null", "list", "map", "record", "dyn", "other"
]


@dataclass(frozen=True, slots=True)
class CelType:
    """A type of CEL. `item` is a list's or a map's; `nullable` marks an optional scalar.

    `values` closes a text to these words, and a map to these keys.
    """

    kind: Kind
    record: Record | None = None
    item: CelType | None = None
    nullable: bool = False
    values: tuple[str, ...] = field(default=(), compare=False)

    def __str__(self) -> str:
        """In a reader's words: `integer`, `list of text`, `the record case`, `number or null`."""
        name = _WORDS.get(self.kind, self.kind)
        if self.kind in ("list", "map") and self.item is not None:
            name = f"{self.kind} of {self.item}"
        if self.record is not None:
            name = f"the record {self.record.name}"
        return f"{name} or null" if self.nullable else name


_WORDS: dict[str, str] = {
    "bool": "true-or-false",
    "int": "integer",
    "double": "number",
    "string": "text",
    "dyn": "a value of unknown type",
}

BOOL = CelType("bool")
INT = CelType("int")
DOUBLE = CelType("double")
STRING = CelType("string")
TIMESTAMP = CelType("timestamp")
STRINGS = CelType("list", item=STRING)


def text_of(values: Iterable[str]) -> CelType:
    """Text that is always one of these words; comparing it with any other word is a fault."""
    return CelType("string", values=tuple(values))


def record_of(record: Record) -> CelType:
    """The type of a record."""
    return CelType("record", record=record)


def list_of(item: CelType) -> CelType:
    """The type of a list."""
    return CelType("list", item=item)


def map_of(item: CelType, keys: Iterable[str]) -> CelType:
    """The type of a map that is read by these keys, and in no other way."""
    return CelType("map", item=item, values=tuple(keys))


_FIELD_KINDS: dict[str, CelType] = {
    "integer": INT,
    "number": DOUBLE,
    "string": STRING,
    "boolean": BOOL,
    "timestamp": TIMESTAMP,
    "strings": STRINGS,
}


def type_of_field(one: Field) -> CelType:
    """The type of a field's value; that of an optional field may be null."""
    return replace(_FIELD_KINDS[one.type], nullable=not one.required, values=one.values)


class UnfitRecord(InputError):
    """A record has a field name that an expression cannot speak."""

    code = "policy.record"


class UnfitFacts(ValueError):
    """A value does not fit its declared type, so nothing can be concluded from it.

    The message goes on where the name of the value ends: `` must be text``, ``.amount is missing``.
    """


# https://github.com/google/cel-spec/blob/master/doc/langdef.md, "Reserved words".
RESERVED = frozenset(
    {"as", "break", "const", "continue", "else", "false", "for", "function", "if", "import", "in", "let", "loop"}
    | {"namespace", "null", "package", "return", "true", "var", "void", "while"}
)


def unfit_names(names: Sequence[str]) -> dict[str, str]:
    """The field names that cannot be used in an expression, each with the reason."""
    unfit: dict[str, str] = {}
    spelled: dict[str, str] = {}
    for name in names:
        plain = name.replace("_", "").lower()
        if name in RESERVED:
            unfit[name] = "is a reserved word of CEL"
        elif not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name, re.ASCII):
            unfit[name] = "is not a name: letters, digits and `_` only, not beginning with a digit"
        elif plain in spelled:
            unfit[name] = f"is too much like `{spelled[plain]}`: names must differ by more than case and `_`"
        spelled.setdefault(plain, name)
    return unfit


class Messages:
    """Records as protobuf messages, in a descriptor pool of their own."""

    def __init__(self, records: Sequence[Record]) -> None:
        self.pool = descriptor_pool.DescriptorPool()
        for needed in (wrappers_pb2, timestamp_pb2):
            self.pool.AddSerializedFile(needed.DESCRIPTOR.serialized_pb)
        self.names: dict[Record, str] = {}
        file = descriptor_pb2.FileDescriptorProto(name="remit/facts.proto", package="remit", syntax="proto2")
        file.dependency.extend(["google/protobuf/wrappers.proto", "google/protobuf/timestamp.proto"])
        for record in dict.fromkeys(records):
            _describe(record, file.message_type.add(name=f"R{len(self.names)}"))
            self.names[record] = f"remit.R{len(self.names)}"
        self.pool.Add(file)
        self.records = {name: record for record, name in self.names.items()}
        self._builders = {record: self._builder(record) for record in self.names}

    def builder(self, record: Record) -> Callable[[Any], Any]:
        """What makes the message of one record from a mapping.

        It raises `UnfitFacts` when a field is missing, undeclared, of another type, beyond int64 or not finite.
        """
        return self._builders[record]

    def _builder(self, record: Record) -> Callable[[Mapping[str, Any]], Any]:
        make = message_factory.GetMessageClass(self.pool.FindMessageTypeByName(self.names[record]))
        plans = {one.name: (_field_converter(one), _wraps(one)) for one in record.fields}
        required = [one.name for one in record.fields if one.required and one.type != "strings"]

        def build(values: Any) -> Any:
            if not isinstance(values, Mapping):
                raise UnfitFacts(" must be a mapping of fields")
            filled: dict[str, Any] = {}
            for name, value in values.items():
                if value is None:
                    continue
                plan = plans.get(name)
                if plan is None:
                    raise UnfitFacts(f" has no field `{name}`")
                convert, wraps = plan
                try:
                    filled[name] = {"value": convert(value)} if wraps else convert(value)
                except UnfitFacts as error:
                    raise UnfitFacts(f".{name}{error}") from None
            for name in required:
                if name not in filled:
                    raise UnfitFacts(f".{name} is missing")
            return make(**filled)

        return build


def convert_field(one: Field, value: Any) -> Any:
    """A field's value as the library takes it.

    Raises:
        UnfitFacts: it is of another type, beyond int64, not finite, or none of the field's words.
    """
    return _field_converter(one)(value)


def scalar_converter(typed: CelType) -> Callable[[Any], Any]:
    """What turns a scalar into the library's; it raises `UnfitFacts` as `convert_field` does."""
    return _closed(_CONVERT_KIND[typed.kind], typed.values)


def _field_converter(one: Field) -> Callable[[Any], Any]:
    return _closed(_CONVERT[one.type], one.values)


def _closed(convert: Callable[[Any], Any], values: tuple[str, ...]) -> Callable[[Any], Any]:
    """The conversion, open to these words only where any are given."""
    if not values:
        return convert

    def convert_word(value: Any) -> Any:
        if convert(value) not in values:
            hint = did_you_mean(value, values)
            raise UnfitFacts("; ".join(filter(None, (f" is never `{value[:60]}`", hint))))
        return value

    return convert_word


_WRAPPERS = {"integer": "Int64Value", "number": "DoubleValue", "string": "StringValue", "boolean": "BoolValue"}


def _wraps(one: Field) -> bool:
    return not one.required and one.type in _WRAPPERS


def _describe(record: Record, message: descriptor_pb2.DescriptorProto) -> None:
    unfit = unfit_names(record.names)
    if unfit:
        raise UnfitRecord("; ".join(f"the field `{name}` of {record.name} {why}" for name, why in unfit.items()))
    proto = descriptor_pb2.FieldDescriptorProto
    scalars = {"integer": proto.TYPE_INT64, "number": proto.TYPE_DOUBLE, "boolean": proto.TYPE_BOOL}
    for number, one in enumerate(record.fields, start=1):
        made = message.field.add(name=one.name, number=number, label=proto.LABEL_OPTIONAL, json_name=one.name)
        if one.type == "strings":
            made.type, made.label = proto.TYPE_STRING, proto.LABEL_REPEATED
        elif one.type == "timestamp":
            made.type, made.type_name = proto.TYPE_MESSAGE, ".google.protobuf.Timestamp"
        elif one.required:
            # proto2 keeps presence, so has() of a required field is true even for 0, "" and false.
            made.type = scalars.get(one.type, proto.TYPE_STRING)
        else:
            made.type, made.type_name = proto.TYPE_MESSAGE, f".google.protobuf.{_WRAPPERS[one.type]}"


def _integer(value: Any) -> int:
    if type(value) is not int:
        raise UnfitFacts(f" must be an integer, not {_named(value)}")
    if not INT64_MIN <= value <= INT64_MAX:
        raise UnfitFacts(" does not fit in 64 bits")
    return value


def _number(value: Any) -> float:
    if type(value) is not float and type(value) is not int:
        raise UnfitFacts(f" must be a number, not {_named(value)}")
    try:
        number = float(value)
    except OverflowError:
        raise UnfitFacts(" is too large a number") from None
    if not math.isfinite(number):
        raise UnfitFacts(f" is not a finite number ({number})")
    return number


def _text(value: Any) -> str:
    if type(value) is not str:
        raise UnfitFacts(f" must be text, not {_named(value)}")
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            raise UnfitFacts(" is not valid text (a lone surrogate)") from None
    return value


def _boolean(value: Any) -> bool:
    if type(value) is not bool:
        raise UnfitFacts(f" must be true or false, not {_named(value)}")
    return value


def _texts(value: Any) -> list[str]:
    if not isinstance(value, list | tuple):
        raise UnfitFacts(f" must be a list of text, not {_named(value)}")
    return [_text(item) for item in value]


def _moment(value: Any) -> datetime:
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            raise UnfitFacts(" must be a time as RFC 3339 writes it, such as 2026-11-01T12:00:00Z") from None
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise UnfitFacts(" must be a time with its offset from UTC")
    try:
        return value.astimezone(UTC)
    except OverflowError:
        raise UnfitFacts(" is a time out of range") from None


def _as_is(value: Any) -> Any:
    return value


def _named(value: Any) -> str:
    names = {
        type(None): "nothing",
        bool: "true or false",
        str: "text",
        dict: "a mapping",
        list: "a list",
        float: "a number",
    }
    return names.get(type(value), type(value).__name__)


_CONVERT: dict[str, Callable[[Any], Any]] = {
    "integer": _integer,
    "number": _number,
    "string": _text,
    "boolean": _boolean,
    "timestamp": _moment,
    "strings": _texts,
}
_CONVERT_KIND: dict[str, Callable[[Any], Any]] = {
    "int": _integer,
    "double": _number,
    "string": _text,
    "bool": _boolean,
    "timestamp": _moment,
    "duration": _as_is,
}
