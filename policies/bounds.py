"""How long a list has to be, so that no condition of a contract can tell it from a longer one.

A condition looks at a list only through `exists`, `all`, `exists_one`, `filter`, `map`, `in` and a comparison of its
size with a constant. With everything else held fixed, the body of a quantifier is a predicate of ONE element, so its
outcome (true, false or an error) is kept by every part of the list that keeps one element that shows it: one element
for `exists`, `all`, `in`, `filter` and `map`, two for `exists_one`; `size(...) > c` is kept by c + 1 elements, or by
all. A list from which everything but these elements is taken away thus gives the same truth to every condition, and
each element was already allowed before. So the sum over all different occurrences is a bound that loses nothing: what
is unsatisfiable up to it is unsatisfiable for all lengths.

An occurrence inside of the body of another one over a second list counts once for each element of that list, which is
cut down first. Two lists inside of each other in both orders, or a list inside of itself, have no such bound: outside.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from remit.core.schema import ActionSchema, Record
from remit.policies.checked import Node
from remit.policies.facts import union_of_args

EXACT_MAX = 8
"""A list that can have no more items than these is modelled whole, so everything can be said of it."""

LENGTH_MAX = 24
"""A longer bound than this would make too many instances of each condition."""

_Place = tuple[Node, tuple[str | int, ...]]


def lengths(trees: Iterable[Node], definitions: Mapping[str, Node], exact: Mapping[str, int]) -> dict[str, int]:
    """The bound of each list that is looked at, by its path; -1 where there is none. `exact` ones are known before."""
    found: dict[_Place, tuple[str, int]] = {}
    search = _Search(definitions, found)
    for tree in (*definitions.values(), *trees):
        search.visit(tree, (), frozenset())
    uses: dict[str, list[tuple[int, tuple[str | int, ...]]]] = {}
    for (_, around), (root, weight) in found.items():
        uses.setdefault(root, []).append((weight, around))
    known = dict(exact)
    for root in uses:
        _settle(root, uses, known, ())
    return known


def exact_lists(case: Record, actions: Iterable[ActionSchema]) -> dict[str, int]:
    """The lists of the data contract that are short enough to be modelled whole, with the most items they can have."""
    found: dict[str, int] = {}
    for name, record in (("case", case), ("action.args", union_of_args(tuple(actions)))):
        for one in record.fields:
            if one.type == "strings" and one.max_items is not None and one.max_items <= EXACT_MAX:
                found[f"{name}.{one.name}"] = one.max_items
    return found


def _settle(
    root: str, uses: Mapping[str, list[tuple[int, tuple[str | int, ...]]]], known: dict[str, int], path: tuple[str, ...]
) -> int:
    if root in path:
        return -1
    if root not in known:
        total = 0
        for weight, around in uses.get(root, ()):
            for each in around:
                times = each if isinstance(each, int) else _settle(each, uses, known, (*path, root))
                weight = -1 if times < 0 or weight < 0 else weight * times
            total = -1 if weight < 0 or total < 0 else total + weight
        known[root] = total if total <= LENGTH_MAX else -1
    return known[root]


class _Search:
    def __init__(self, definitions: Mapping[str, Node], found: dict[_Place, tuple[str, int]]) -> None:
        self.definitions = definitions
        self.found = found

    def visit(self, node: Node, around: tuple[str | int, ...], bound: frozenset[str]) -> None:
        if node.kind == "comprehension":
            range_, *_, step, _result = node.items
            self.visit(range_, around, bound)
            root = self.root(range_, bound)
            if isinstance(root, str):
                self.found[node, around] = (root, 2 if node.items[1].type.kind == "int" else 1)
            self.visit(step, around if root is None else (*around, root), bound | {node.name})
            return
        if node.kind == "call":
            self._call(node, around, bound)
        if node.kind == "select" and node.test and node.type.kind == "bool":
            self._use(Node("select", node.name, node.items), node, 1, around, bound)
        for item in node.items:
            self.visit(item, around, bound)

    def _call(self, node: Node, around: tuple[str | int, ...], bound: frozenset[str]) -> None:
        if node.name == "@in":
            self._use(node.items[1], node, 1, around, bound)
        elif len(node.items) == 2:
            for one, other in (node.items, node.items[::-1]):
                if one.kind == "call" and one.name == "size" and other.kind == "constant" and type(other.value) is int:
                    self._use(one.items[0], node, max(other.value, 0) + 1, around, bound)

    def _use(self, list_: Node, node: Node, weight: int, around: tuple[str | int, ...], bound: frozenset[str]) -> None:
        root = self.root(list_, bound)
        if isinstance(root, str):
            self.found[node, around] = (root, weight)

    def root(self, node: Node, bound: frozenset[str]) -> str | int | None:
        """The path of the list that an expression is made from; the length of one that is written out."""
        if node.kind == "list":
            return len(node.items)
        if node.kind == "comprehension":
            return self.root(node.items[0], bound)
        if node.kind == "name" and node.name not in bound:
            defined = self.definitions.get(node.name)
            return node.name if defined is None else self.root(defined, frozenset())
        if node.kind == "select" and node.items[0].kind == "name" and node.items[0].name not in bound:
            return f"{node.items[0].name}.{node.name}"
        return None
