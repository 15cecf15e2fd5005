"""What the type checker lets through although it would make a rule silently false: each trap is a fault at load."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from remit.core.problems import did_you_mean
from remit.policies.checked import Node
from remit.policies.types import CelType


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault of an expression; `offset` counts characters from its beginning."""

    offset: int
    message: str
    mend: str = ""
    code: str = "cel.type"


def find_traps(tree: Node, names: Mapping[str, CelType]) -> list[Fault]:
    """Every trap in a checked expression; `names` are the variables with their types."""
    return [
        *_untyped(tree),
        *_record_equality(tree),
        *_foreign_words(tree, names),
        *_foreign_limits(tree, names),
        *_unguarded_times(tree),
        *_unguarded_divisions(tree),
    ]


_COMPARISONS = {"_==_", "_!=_", "_<_", "_<=_", "_>_", "_>=_"}
_EQUALITIES = {"_==_", "_!=_", "@in"}


def _untyped(tree: Node) -> Iterator[Fault]:
    for node in tree.walk():
        if node.kind == "call" and node.name == "dyn":
            yield Fault(node.offset, "dyn() turns the type check off", "Leave it out.", "cel.dyn")
        # An empty list has items of unknown type, too, but nothing can be wrong with them.
        mixed_list = node.kind == "list" and node.items and node.type.item == CelType("dyn")
        mixed_map = node.kind == "map" and len({value.type for value in node.items[1::2]}) > 1
        if mixed_list or mixed_map:
            message = f"a {node.kind} of values of different types cannot be checked"
            yield Fault(node.offset, message, "Give all its values one type.", "cel.mixed")


def _record_equality(tree: Node) -> Iterator[Fault]:
    for node in tree.walk():
        if node.kind == "call" and node.name in _EQUALITIES and any(_has_record(item.type) for item in node.items):
            message = "a whole record is compared, which says nothing about its fields"
            yield Fault(node.offset, message, "Compare a field, such as `case.FIELD == …`.", "cel.record-equality")


def _has_record(given: CelType) -> bool:
    return given.kind == "record" or (given.item is not None and _has_record(given.item))


def words_compared(tree: Node) -> Iterator[tuple[Node, Node]]:
    """Each pair of a text expression and a text constant that it is compared with by `==`, `!=` or `in [...]`."""
    for node in tree.walk():
        if node.kind != "call" or node.name not in _EQUALITIES:
            continue
        left, right = node.items
        for subject, other in ((left, right), (right, left)):
            for constant in other.items if other.kind == "list" else (other,):
                if constant.kind == "constant" and isinstance(constant.value, str):
                    yield subject, constant


def _foreign_words(tree: Node, names: Mapping[str, CelType]) -> Iterator[Fault]:
    for subject, constant in words_compared(tree):
        known = _domain(subject, names)
        if known and constant.value not in known:
            message = f"{_spoken(subject)} is never `{constant.value}`"
            close = did_you_mean(constant.value, known)
            mend = "It is one of: " + ", ".join(known) + "."
            yield Fault(constant.offset, "; ".join(filter(None, (message, close))), mend, "cel.unknown-word")


def _domain(subject: Node, names: Mapping[str, CelType]) -> tuple[str, ...]:
    if subject.kind == "name" and subject.name in names:
        return names[subject.name].values
    if subject.kind == "select" and subject.items[0].type.record is not None:
        found = subject.items[0].type.record.field(subject.name)
        return found.values if found is not None else ()
    return ()


def _foreign_limits(tree: Node, names: Mapping[str, CelType]) -> Iterator[Fault]:
    """`usage` is read by the id of a limit: of anything else nobody has counted anything."""
    maps = {name: typed for name, typed in names.items() if typed.kind == "map"}
    read: set[int] = set()
    for node in tree.walk():
        owner = node.items[0] if node.kind == "select" and not node.test else None
        if owner is None or owner.kind != "name" or owner.name not in maps or owner.type.kind != "map":
            continue
        read.add(id(owner))
        known = maps[owner.name].values
        if node.name not in known:
            close = did_you_mean(node.name, known)
            mend = "Known here: " + ", ".join(known) + "." if known else "The contract has no limits."
            message = "; ".join(filter(None, (f"there is no limit `{node.name[:60]}`", close)))
            yield Fault(node.offset, message, mend, "cel.unknown-limit")
    for node in tree.walk():
        # A loop variable of that name would hide it.
        if node.kind in ("name", "comprehension") and node.name in maps and id(node) not in read:
            message = f"`{node.name}` is read by the id of a limit, and in no other way"
            yield Fault(node.offset, message, f"Write {node.name}['ID'].", "cel.whole-map")


def _unguarded_times(tree: Node) -> Iterator[Fault]:
    """An absent time would read as 1970: protobuf has no null for it."""
    selects = [node for node in tree.walk() if node.kind == "select"]
    guarded = {(node.items[0], node.name) for node in selects if node.test}
    for node in selects:
        record = node.items[0].type.record
        found = record.field(node.name) if record is not None else None
        if found is None or found.required or found.type != "timestamp" or node.test:
            continue
        if (node.items[0], node.name) not in guarded:
            spoken = _spoken(node)
            message = f"{spoken} may be absent, and an absent time cannot be compared"
            yield Fault(node.offset, message, f"Write has({spoken.strip('`')}) && … first.", "cel.absent-time")


def _unguarded_divisions(tree: Node) -> Iterator[Fault]:
    """0.0/0.0 is no number, and every comparison with it is false."""
    comparisons = [node for node in tree.walk() if node.kind == "call" and node.name in _COMPARISONS]
    compared = {_bare(item) for node in comparisons for item in node.items}
    seen: set[int] = set()
    for comparison in comparisons:
        for node in comparison.walk():
            if node.kind != "call" or node.name != "_/_" or node.type.kind != "double" or id(node) in seen:
                continue
            seen.add(id(node))
            divisor = node.items[1]
            # A divisor that is written out needs no check, or no check can help.
            if divisor.value != 0 if divisor.kind == "constant" else _bare(divisor) in compared:
                continue
            message = "the divisor may be 0, and 0/0 is no number: every comparison with it would be silently false"
            mend = "Check the divisor first (`x > 0.0 && …`), or give the ratio a name of its own and compare that."
            yield Fault(node.offset, message, mend, "cel.division")


def _bare(node: Node) -> Node:
    """The node without a conversion around it."""
    return node.items[0] if node.kind == "call" and node.name == "double" and node.items else node


def _spoken(node: Node) -> str:
    parts: list[str] = []
    while node.kind == "select":
        parts.append(node.name)
        node = node.items[0]
    parts.append(node.name or "value")
    return "`" + ".".join(reversed(parts)) + "`"
