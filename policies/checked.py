"""The checked tree of an expression, as own small nodes: what it names, compares and calls, with types and places.

The library hands it over as a serialized `cel.expr.CheckedExpr`; the few fields that are needed are declared here by
number. Source: cel-spec, proto/cel/expr/checked.proto and syntax.proto.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from google.protobuf import any_pb2, descriptor_pb2, descriptor_pool, message_factory

from remit.core.schema import Record
from remit.policies.types import CelType, Kind


@dataclass(frozen=True, slots=True)
class Node:
    """One node. Two nodes are equal when they say the same, wherever they stand.

    `name` is an identifier, the selected field, or the called function; `items` are operand, arguments, elements or the
    parts of a comprehension, in source order; `value` a constant; `test` marks has(). `offset` counts characters.
    """

    kind: Literal["constant", "name", "select", "call", "list", "map", "comprehension", "other"]
    name: str = ""
    items: tuple[Node, ...] = ()
    value: Any = None
    test: bool = False
    type: CelType = field(default=CelType("other"), compare=False)
    offset: int = field(default=0, compare=False)
    _sort: str = field(init=False, repr=False, default="")

    def __post_init__(self) -> None:
        # To Python 1, 1.0 and True are equal, and so are 0.0 and -0.0; in an expression they are not the same.
        if self.value is not None:
            negative = isinstance(self.value, float) and math.copysign(1.0, self.value) < 0
            object.__setattr__(self, "_sort", f"{'-' if negative else ''}{type(self.value).__name__}")

    def walk(self) -> Iterator[Node]:
        """This node and every node below it."""
        yield self
        for item in self.items:
            yield from item.walk()


def read_checked(serialized: bytes, records: Mapping[str, Record]) -> Node:
    """The tree of a serialized checked expression; `records` names the message types."""
    wrapped = any_pb2.Any.FromString(serialized)
    return _Tree(_CHECKED.FromString(wrapped.value), records).node()


class _Tree:
    def __init__(self, checked: Any, records: Mapping[str, Record]) -> None:
        self.root = checked.expr
        self.records = records
        self.types = {entry.key: entry.value for entry in checked.type_map}
        self.offsets = {entry.key: entry.value for entry in checked.source_info.positions}

    def node(self) -> Node:
        return self._node(self.root)

    def _node(self, expr: Any) -> Node:
        typed = self._type(self.types[expr.id]) if expr.id in self.types else CelType("other")
        offset = self.offsets.get(expr.id, 0)
        which = expr.WhichOneof("kind")
        part: Any = getattr(expr, which) if which else None
        if which == "const_expr":
            held = part.WhichOneof("kind")
            value = None if held in (None, "null_value") else getattr(part, held)
            return Node("constant", value=value, type=typed, offset=offset)
        if which == "ident_expr":
            return Node("name", part.name, type=typed, offset=offset)
        if which == "select_expr":
            return Node("select", part.field, (self._node(part.operand),), None, part.test_only, typed, offset)
        if which == "call_expr":
            arguments = ([part.target] if part.HasField("target") else []) + list(part.args)
            items = tuple(map(self._node, arguments))
            if part.function == "_[_]" and _is_by_key(*items):
                return Node("select", items[1].value, items[:1], type=typed, offset=items[1].offset)
            return Node("call", part.function, items, type=typed, offset=offset)
        if which == "list_expr":
            return Node("list", items=tuple(map(self._node, part.elements)), type=typed, offset=offset)
        if which == "struct_expr":
            entries = [item for entry in part.entries for item in (entry.map_key, entry.value)]
            return Node("map", part.message_name, tuple(map(self._node, entries)), type=typed, offset=offset)
        if which == "comprehension_expr":
            steps = (part.iter_range, part.accu_init, part.loop_condition, part.loop_step, part.result)
            return Node("comprehension", part.iter_var, tuple(map(self._node, steps)), type=typed, offset=offset)
        return Node("other", type=typed, offset=offset)

    def _type(self, given: Any) -> CelType:
        which = given.WhichOneof("kind")
        if which == "primitive":
            return CelType(_PRIMITIVES.get(given.primitive, "other"))
        if which == "wrapper":
            return CelType(_PRIMITIVES.get(given.wrapper, "other"), nullable=True)
        if which == "well_known":
            return CelType(_WELL_KNOWN.get(given.well_known, "dyn"))
        if which == "list_type":
            return CelType("list", item=self._type(given.list_type.elem_type))
        if which == "message_type":
            record = self.records.get(given.message_type)
            return CelType("other") if record is None else CelType("record", record=record)
        plain: dict[str | None, Kind] = {"null": "null", "map_type": "map", "dyn": "dyn"}
        return CelType(plain.get(which, "other"))


def _is_by_key(operand: Node, key: Node) -> bool:
    """`usage['a-limit']` says the same as `usage.a_limit` could, were it not for the hyphen."""
    named = operand.kind == "name" and operand.type.kind == "map"
    return named and key.kind == "constant" and isinstance(key.value, str)


_PRIMITIVES: dict[int, Kind] = {1: "bool", 2: "int", 4: "double", 5: "string"}
_WELL_KNOWN: dict[int, Kind] = {2: "timestamp", 3: "duration"}

# name: (number, type, repeated, member of the oneof). A type in capitals is another message below.
_SHAPES: dict[str, dict[str, tuple[int, str, bool, bool]]] = {
    "Checked": {
        "type_map": (3, "TypeEntry", True, False),
        "expr": (4, "Expr", False, False),
        "source_info": (5, "SourceInfo", False, False),
    },
    "TypeEntry": {"key": (1, "int64", False, False), "value": (2, "Type", False, False)},
    "SourceInfo": {"positions": (4, "PositionEntry", True, False)},
    "PositionEntry": {"key": (1, "int64", False, False), "value": (2, "int32", False, False)},
    "Type": {
        "dyn": (1, "Empty", False, True),
        "null": (2, "int32", False, True),
        "primitive": (3, "int32", False, True),
        "wrapper": (4, "int32", False, True),
        "well_known": (5, "int32", False, True),
        "list_type": (6, "ListType", False, True),
        "map_type": (7, "Empty", False, True),
        "message_type": (9, "string", False, True),
    },
    "Empty": {},
    "ListType": {"elem_type": (1, "Type", False, False)},
    "Expr": {
        "id": (2, "int64", False, False),
        "const_expr": (3, "Constant", False, True),
        "ident_expr": (4, "Ident", False, True),
        "select_expr": (5, "Select", False, True),
        "call_expr": (6, "Call", False, True),
        "list_expr": (7, "ListExpr", False, True),
        "struct_expr": (8, "Struct", False, True),
        "comprehension_expr": (9, "Comprehension", False, True),
    },
    "Constant": {
        "null_value": (1, "int32", False, True),
        "bool_value": (2, "bool", False, True),
        "int64_value": (3, "int64", False, True),
        "uint64_value": (4, "uint64", False, True),
        "double_value": (5, "double", False, True),
        "string_value": (6, "string", False, True),
    },
    "Ident": {"name": (1, "string", False, False)},
    "Select": {
        "operand": (1, "Expr", False, False),
        "field": (2, "string", False, False),
        "test_only": (3, "bool", False, False),
    },
    "Call": {
        "target": (1, "Expr", False, False),
        "function": (2, "string", False, False),
        "args": (3, "Expr", True, False),
    },
    "ListExpr": {"elements": (1, "Expr", True, False)},
    "Struct": {"message_name": (1, "string", False, False), "entries": (2, "Entry", True, False)},
    "Entry": {"map_key": (3, "Expr", False, False), "value": (4, "Expr", False, False)},
    "Comprehension": {
        "iter_var": (1, "string", False, False),
        "iter_range": (2, "Expr", False, False),
        "accu_init": (4, "Expr", False, False),
        "loop_condition": (5, "Expr", False, False),
        "loop_step": (6, "Expr", False, False),
        "result": (7, "Expr", False, False),
    },
}


def _checked_class() -> Any:
    """The message class of the shapes above, in a pool of its own so that it meets no other copy of the schema."""
    proto = descriptor_pb2.FieldDescriptorProto
    file = descriptor_pb2.FileDescriptorProto(name="remit/checked.proto", package="remit.checked", syntax="proto3")
    for message_name, shape in _SHAPES.items():
        message = file.message_type.add(name=message_name)
        if any(member for *_, member in shape.values()):
            message.oneof_decl.add(name="kind")
        for name, (number, typed, repeated, member) in shape.items():
            label = proto.LABEL_REPEATED if repeated else proto.LABEL_OPTIONAL
            made = message.field.add(name=name, number=number, label=label)
            if typed in _SHAPES:
                made.type, made.type_name = proto.TYPE_MESSAGE, f".remit.checked.{typed}"
            else:
                made.type = proto.Type.Value(f"TYPE_{typed.upper()}")
            if member:
                made.oneof_index = 0
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("remit.checked.Checked"))


_CHECKED = _checked_class()
