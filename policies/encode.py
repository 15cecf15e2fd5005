"""From a checked expression to terms of a solver, with its errors and nulls: what it gives there, it gives in CEL.

A condition that is outside of what can be translated becomes a free truth that may also be an error, the same one for
the same condition. That only adds possibilities, so what is proved stays proved; what is found because of it is caught
when the witness is run. Each such place is kept, to be told as not verified.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import z3

from remit.policies.arithmetic import calculated, converted, is_endless
from remit.policies.checked import Node
from remit.policies.domain import NEAR_MAX, NEAR_MIN, Domain
from remit.policies.moments import duration_of, moment_of
from remit.policies.terms import (
    Fields,
    Items,
    Outside,
    Term,
    Truth,
    Value,
    both,
    choose,
    compare_doubles,
    either,
    negated,
    same,
)

_ORDER = {"_<_": "<", "_<=_": "<=", "_>_": ">", "_>=_": ">="}
_ARITHMETIC = {"_+_": "+", "_-_": "-", "_*_": "*", "_/_": "/", "_%_": "%"}
_Instance = tuple[Node, int]
_Scope = Mapping[str, tuple[Value, _Instance]]
"""The loop variables around: each with its value, and with the list and the place in it that the value is of."""


@dataclass(frozen=True)
class Place:
    """A condition that is outside: why, and at which character of its text."""

    reason: str
    offset: int


class Encoder:
    """Translates the expressions of one contract, or of two that share their inputs.

    `definitions` are the variables under unique names, in an order in which each one comes after those that it uses.
    """

    def __init__(self, domain: Domain, definitions: Mapping[str, Node]) -> None:
        self.domain = domain
        self.names: dict[str, Value] = dict(domain.names)
        self._outside: list[Place] = []
        self._free: dict[tuple[Node, tuple[_Instance, ...]], Term] = {}
        self._made: dict[tuple[Node, tuple[_Instance, ...]], Value] = {}
        self._is_special = False
        self._unsaid: dict[str, Outside] = {}
        self._unsure: dict[str, tuple[Place, ...]] = {}
        for name, tree in definitions.items():
            self._define(name, tree)

    def condition(self, tree: Node, more: Mapping[str, Value] | None = None) -> tuple[Term, tuple[Place, ...]]:
        """A condition, and the places in it that are outside. `more` are names that are known here only."""
        before, self._outside = self._outside, []
        kept, self._is_special = self.names, bool(more)
        self.names = {**kept, **(more or {})}
        try:
            return self._truth(tree, {}), tuple(dict.fromkeys(self._outside))
        finally:
            self._outside, self.names, self._is_special = before, kept, False

    def _define(self, name: str, tree: Node) -> None:
        """A variable: an error where it is null or not finite, as when it is computed."""
        self._outside = []
        try:
            made = self._truth(tree, {}) if tree.type.kind == "bool" else self._value(tree, {})
        except Outside as error:
            self._unsaid[name] = error
            return
        self._unsure[name] = tuple(self._outside)
        if isinstance(made, Term):
            endless = [both(guard, is_endless(one)) for guard, one in made.value] if made.kind == "double" else []
            if made.kind == "timestamp":
                # Far away from now the library may take it for another instant, or fail: anything is possible.
                far = either(made.value < NEAR_MIN, made.value > NEAR_MAX)
                made = replace(made, value=choose(far, self.domain.moment(f"{name}~"), made.value))
                endless.append(both(far, self.domain.truth(f"{name}!")))
            made = replace(made, error=either(made.error, made.null, *endless), null=False)
        self.names[name] = made

    def _truth(self, node: Node, scope: _Scope) -> Term:
        """A node that is true, false, an error or null; a free one where it is outside."""
        try:
            found = self._logic(node, scope)
            if not isinstance(found, Term) or found.kind not in ("bool", "null"):
                raise Outside("a condition that is not true or false", node.offset)
            return found if found.kind == "bool" else Term("bool", False, found.error, True)
        except Outside as error:
            return self._anything(node, scope, Place(error.reason, error.offset))

    def _anything(self, node: Node, scope: _Scope, place: Place) -> Term:
        """A free truth that may be an error, too; the same one for the same node."""
        self._outside.append(place)
        instances = _instances(scope)
        if (node, instances) not in self._free:
            name = f"outside{len(self._free)}"
            self._free[node, instances] = Term("bool", self.domain.truth(name), self.domain.truth(f"{name}!"))
        return self._free[node, instances]

    def _logic(self, node: Node, scope: _Scope) -> Value:
        """&&, || and ! over truths; a wrong or absent operand is an error that the other operand may make up for."""
        if node.kind != "call" or node.name not in ("_&&_", "_||_", "!_"):
            return self._value(node, scope)
        return self._kept(node, scope, self._joined)

    def _joined(self, node: Node, scope: _Scope) -> Term:
        parts = [self._truth(item, scope) for item in node.items]
        errors = [either(part.error, part.null) for part in parts]
        if node.name == "!_":
            return Term("bool", negated(parts[0].value), errors[0])
        wanted = node.name == "_||_"
        # What decides alone: a true operand of ||, a false one of &&.
        sure = [
            both(negated(error), part.value if wanted else negated(part.value))
            for part, error in zip(parts, errors, strict=True)
        ]
        decided = either(*sure)
        return Term("bool", decided if wanted else negated(decided), both(negated(decided), either(*errors)))

    def _value(self, node: Node, scope: _Scope) -> Value:
        if node.kind == "constant":
            return self._constant(node)
        if node.kind == "name":
            return self._name(node, scope)
        if node.kind == "select":
            return self._select(node, scope)
        if node.kind == "list":
            made = [self._value(item, scope) for item in node.items]
            if not all(isinstance(each, Term) for each in made):
                raise Outside("a list of lists", node.offset)
            places = tuple((True, each) for each in made if not isinstance(each, Items))
            return Items(places, len(places), error=either(*(each.error for each in made)))
        if node.kind == "comprehension":
            return self._kept(node, scope, self._quantified)
        if node.kind != "call":
            raise Outside(f"a {node.kind}" if node.kind != "other" else "an expression of this kind", node.offset)
        return self._call(node, scope)

    def _kept(self, node: Node, scope: _Scope, make: Callable[[Node, _Scope], Value]) -> Value:
        """What was made of the same words in the same place before; rules of one contract repeat each other."""
        key = (node, _instances(scope))
        if key not in self._made:
            before = len(self._outside)
            made = make(node, scope)
            if self._is_special or len(self._outside) > before:
                return made  # its places are to be told wherever it stands
            self._made[key] = made
        return self._made[key]

    def _constant(self, node: Node) -> Term:
        if node.value is None:
            return Term("null", null=True)
        if isinstance(node.value, bool):
            return Term("bool", node.value)
        if isinstance(node.value, int) and node.type.kind == "int":
            return Term("int", node.value)
        if isinstance(node.value, float):
            return Term("double", ((True, node.value),))
        if isinstance(node.value, str):
            return Term("string", self.domain.words.number(node.value))
        raise Outside(f"a constant of the type {node.type}", node.offset)

    def _name(self, node: Node, scope: _Scope) -> Value:
        if node.name in scope:
            return scope[node.name][0]
        spoken = node.name.partition("#")[0]
        if node.name in self._unsaid:
            raise Outside(f"{self._unsaid[node.name].reason}, in `{spoken}`", node.offset)
        if node.name not in self.names:
            raise Outside(f"the name `{spoken}`", node.offset)
        self._outside += [
            Place(f"{each.reason}, in `{spoken}`", node.offset) for each in self._unsure.get(node.name, ())
        ]
        return self.names[node.name]

    def _select(self, node: Node, scope: _Scope) -> Value:
        record = self._value(node.items[0], scope)
        if not isinstance(record, Fields) or node.name not in record.fields:
            raise Outside(f"the field `{node.name}`", node.offset)
        if node.test:
            held = record.fields[node.name]
            if isinstance(held, Items):
                self._listed(held, node.offset)
            return Term("bool", record.present[node.name], record.error)
        found = record.fields[node.name]
        return found if record.error is False else replace(found, error=either(found.error, record.error))

    def _call(self, node: Node, scope: _Scope) -> Value:
        if node.name in ("_==_", "_!=_") or node.name in _ORDER:
            return self._comparison(node, scope)
        if node.name in ("_&&_", "_||_", "!_"):
            return self._truth(node, scope)
        if node.name == "_?_:_":
            return self._ternary(node, scope)
        if node.name == "@in":
            return self._membership(node, scope)
        if node.name == "size" and len(node.items) == 1:
            return self._size(node, scope, counted=False)
        if node.name in ("timestamp", "duration") and node.items[0].kind == "constant":
            read: Callable[[str], int | None] = moment_of if node.name == "timestamp" else duration_of
            found = read(str(node.items[0].value))
            if found is None:
                raise Outside(f"this {node.name}", node.offset)
            return Term("timestamp" if node.name == "timestamp" else "duration", found)
        if node.name in _ARITHMETIC and len(node.items) == 2:
            left, right = (self._scalar(item, scope) for item in node.items)
            return calculated(_ARITHMETIC[node.name], left, right, node.offset)
        if node.name in ("-_", "double") and len(node.items) == 1:
            return converted(node.name, self._scalar(node.items[0], scope), node.offset)
        if node.name in ("startsWith", "endsWith", "contains") or _is_pattern(node):
            return self._of_text(node, scope)
        raise Outside(f"`{node.name.strip('_@')}`", node.offset)

    def _of_text(self, node: Node, scope: _Scope) -> Term:
        """A look into a text is true or false, nobody knows which; it fails only where a text is absent or an error."""
        texts = [self._scalar(item, scope) for item in node.items]
        free = self._anything(node, scope, Place(f"`{node.name}`", node.offset))
        return replace(free, error=either(*(either(each.error, each.null) for each in texts)))

    def _scalar(self, node: Node, scope: _Scope) -> Term:
        found = self._truth(node, scope) if node.type.kind == "bool" else self._value(node, scope)
        if not isinstance(found, Term):
            raise Outside("a list or a record as a whole", node.offset)
        return found

    def _comparison(self, node: Node, scope: _Scope) -> Term:
        """Equality holds between null and null; an order with null is an error."""
        sides = [self._counted(one, other, scope) for one, other in (node.items, node.items[::-1])]
        left, right = sides
        error = either(left.error, right.error)
        if node.name in _ORDER:
            error = either(error, left.null, right.null)
            return Term("bool", self._ordered(_ORDER[node.name], left, right, node.offset), error)
        equal = self._equal(left, right, node.offset)
        return Term("bool", equal if node.name == "_==_" else negated(equal), error)

    def _counted(self, node: Node, other: Node, scope: _Scope) -> Term:
        constant = other.kind == "constant" and type(other.value) is int
        if node.kind == "call" and node.name == "size" and len(node.items) == 1 and constant:
            return self._size(node, scope, counted=True)
        return self._scalar(node, scope)

    def _equal(self, left: Term, right: Term, offset: int) -> Truth:
        if "null" in (left.kind, right.kind):
            return both(left.null, right.null)
        if left.kind != right.kind:
            raise Outside(f"a comparison of {left.kind} and {right.kind}", offset)
        if left.kind == "bool":
            equal = same(left.value, right.value)
        elif left.kind == "double":
            equal = self._ordered("==", left, right, offset)
        else:
            equal = left.value == right.value
        return either(both(left.null, right.null), both(negated(left.null), negated(right.null), equal))

    def _ordered(self, operator: str, left: Term, right: Term, offset: int) -> Truth:
        if left.kind != right.kind or left.kind not in ("int", "double", "timestamp", "duration", "bool"):
            raise Outside(f"an order of {left.kind} and {right.kind}", offset)
        if left.kind == "double":
            return either(
                *(
                    both(guard, other, compare_doubles(operator, one, two, offset))
                    for guard, one in left.value
                    for other, two in right.value
                )
            )
        one, two = (choose(side.value, 1, 0) if left.kind == "bool" else side.value for side in (left, right))
        return {"<": one < two, "<=": one <= two, ">": one > two, ">=": one >= two}[operator]

    def _ternary(self, node: Node, scope: _Scope) -> Term:
        condition = self._truth(node.items[0], scope)
        one, other = (self._scalar(item, scope) for item in node.items[1:])
        chosen, unsure = condition.value, either(condition.error, condition.null)
        error = either(unsure, choose(chosen, one.error, other.error))
        null = choose(chosen, one.null, other.null)
        kind = other.kind if one.kind == "null" else one.kind
        if other.kind not in (kind, "null"):
            raise Outside(f"a choice between {one.kind} and {other.kind}", node.offset)
        if kind == "null":
            return Term("null", None, error, True)
        if "null" in (one.kind, other.kind):
            return replace(other if one.kind == "null" else one, error=error, null=null)
        if kind != "double":
            return Term(kind, choose(chosen, one.value, other.value), error, null)
        value = [(both(chosen, guard), each) for guard, each in one.value]
        value += [(both(negated(chosen), guard), each) for guard, each in other.value]
        return Term(kind, tuple(value), error, null)

    def _listed(self, found: Value, offset: int) -> Items:
        if not isinstance(found, Items):
            raise Outside("a list of this kind", offset)
        if found.unbounded:
            raise Outside("a list whose length cannot be bounded", offset)
        return found

    def _size(self, node: Node, scope: _Scope, *, counted: bool) -> Term:
        """`counted` when it is compared with a constant, for which the list is long enough."""
        if node.items[0].type.kind != "list":
            raise Outside("the length of a text", node.offset)
        items = self._listed(self._value(node.items[0], scope), node.offset)
        if not counted and not items.exact:
            raise Outside("the length of a list that has no maximum", node.offset)
        return Term("int", items.size, items.error)

    def _membership(self, node: Node, scope: _Scope) -> Term:
        wanted = self._scalar(node.items[0], scope)
        if node.items[1].kind == "map":
            raise Outside("a map", node.offset)
        items = self._listed(self._value(node.items[1], scope), node.offset)
        found = [
            both(there, self._equal(wanted, each, node.offset))
            for there, each in items.places
            if isinstance(each, Term)
        ]
        # An element that is an error makes the whole list one.
        return Term("bool", either(*found), either(wanted.error, items.error))

    def _quantified(self, node: Node, scope: _Scope) -> Value:
        range_, begin, _, step, _ = node.items
        items = self._listed(self._value(range_, scope), node.offset)
        macro, body = _macro(begin, step, node)
        scopes = [{**scope, node.name: (each, (range_, place))} for place, (_, each) in enumerate(items.places)]
        taken = [there for there, _ in items.places]
        if macro == "map":
            made = [self._scalar(body, inner) for inner in scopes]
            wrong = [both(there, each.error) for there, each in zip(taken, made, strict=True)]
            return Items(
                tuple(zip(taken, made, strict=True)), items.size, items.exact, error=either(items.error, *wrong)
            )
        tests = [self._truth(body, inner) for inner in scopes]
        errors = either(*(both(there, either(test.error, test.null)) for there, test in zip(taken, tests, strict=True)))
        wanted = macro != "all"
        found = [
            both(there, negated(test.error), negated(test.null), test.value if wanted else negated(test.value))
            for there, test in zip(taken, tests, strict=True)
        ]
        if macro == "filter":
            kept = tuple((one, each) for one, (_, each) in zip(found, items.places, strict=True))
            return Items(kept, self._count(found), items.exact, error=either(items.error, errors))
        if macro == "exists_one":
            return Term("bool", self._count(found) == 1, either(items.error, errors))
        # One element decides, whatever the others are; else an error in any of them is an error.
        decided = either(*found)
        error = either(items.error, both(negated(decided), errors))
        return Term("bool", decided if wanted else negated(decided), error)

    def _count(self, held: list[Truth]) -> Any:
        zero, one = (z3.IntVal(number, self.domain.context) for number in (0, 1))
        return z3.Sum([choose(each, one, zero) for each in held]) if held else 0


def _is_pattern(node: Node) -> bool:
    """A match with a pattern that is written out: one that is broken was refused at load."""
    return node.name == "matches" and node.items[-1].kind == "constant"


def _instances(scope: _Scope) -> tuple[_Instance, ...]:
    return tuple(where for _, (_, where) in sorted(scope.items(), key=lambda each: each[0]))


def _macro(begin: Node, step: Node, node: Node) -> tuple[str, Node]:
    """Which macro a comprehension was written as, and the part that is run for each element."""
    whole = Node("name", "@result")
    parts = step.items
    element = Node("list", items=(Node("name", node.name),))
    if step.kind == "call" and begin.kind == "constant" and len(parts) == 2 and parts[0] == whole:
        if step.name == "_||_" and begin.value is False:
            return "exists", parts[1]
        if step.name == "_&&_" and begin.value is True:
            return "all", parts[1]
    if step.kind == "call" and step.name == "_?_:_" and parts[2] == whole:
        if begin.type.kind == "int" and parts[1] == Node("call", "_+_", (whole, Node("constant", value=1))):
            return "exists_one", parts[0]
        if begin.kind == "list" and parts[1] == Node("call", "_+_", (whole, element)):
            return "filter", parts[0]
    if step.kind == "call" and step.name == "_+_" and begin.kind == "list" and parts[0] == whole:
        return "map", parts[1].items[0]
    raise Outside("a loop of this kind", node.offset)
