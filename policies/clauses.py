"""The clauses of a condition: its checked tree cut at `&&`, `||`, `!` and `?:`, in the contract's own words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Literal

from remit.policies.cel import Binding, Environment, Program
from remit.policies.checked import Node

Joint = Literal["&&", "||", "!", "?:", ""]


@dataclass(frozen=True, slots=True)
class Clause:
    """A condition or a part of it. `start` and `end` cut it out of the condition's text, brackets and all.

    `text` is on one line, without comments and outer brackets. An atom has no parts; `?:` has test, then and else.
    """

    text: str
    joined_by: Joint
    parts: tuple[Clause, ...]
    node: Node
    start: int
    end: int

    def atoms(self) -> Iterator[Clause]:
        """The clauses that cannot be split, in source order."""
        if not self.parts:
            yield self
        for part in self.parts:
            yield from part.atoms()


@dataclass(frozen=True, slots=True)
class Sides:
    """An atom that compares: its operator with its place, and the text on either side of it."""

    left: str
    operator: str
    right: str
    place: int


def read_clauses(program: Program) -> Clause:
    """The clauses of a compiled condition."""
    return _Cutter(program.text).clause(program.tree, 0, len(program.text))


_COMPARISONS = {"_==_": "==", "_!=_": "!=", "_<_": "<", "_<=_": "<=", "_>_": ">", "_>=_": ">=", "@in": "in"}


def sides_of(text: str, atom: Clause) -> Sides | None:
    """The two sides of an atom of the condition `text`; None when it is no comparison."""
    operator = _COMPARISONS.get(atom.node.name) if atom.node.kind == "call" else None
    if operator is None:
        return None
    start, end = _Cutter(text).inner(atom.start, atom.end)
    place = atom.node.offset
    return Sides(tidy(text[start:place]), operator, tidy(text[place + len(operator) : end]), place)


class _Cutter:
    """Cuts by the places of the operators in the tree, so that the grammar is never guessed at."""

    def __init__(self, text: str) -> None:
        self.text = text

    def clause(self, node: Node, start: int, end: int) -> Clause:
        first, last = self.inner(start, end)
        joined = node.kind == "call" and node.name in ("_&&_", "_||_", "!_", "_?_:_")
        while joined and self._negated(first) >= 2 + (node.name == "!_") and not self._stands_free(node, first, last):
            first, last = self.inner(self.text.index("!", first + 1) + 1, last)  # the parser drops a pair of them
        make = partial(Clause, tidy(self.text[first:last]), node=node, start=start, end=end)
        if not joined:
            return make(joined_by="", parts=())
        place = node.offset
        if node.name == "!_":
            return make(joined_by="!", parts=(self.clause(node.items[0], first + 1, last),))
        if node.name == "_?_:_":
            colon = self._colon(place + 1, last)
            edges = ((first, place), (place + 1, colon), (colon + 1, last))
            parts = tuple(self.clause(item, *edge) for item, edge in zip(node.items, edges, strict=True))
            return make(joined_by="?:", parts=parts)
        joint: Joint = "&&" if node.name == "_&&_" else "||"
        halves = (self.clause(node.items[0], first, place), self.clause(node.items[1], place + 2, last))
        flat = [each for half in halves for each in (half.parts if half.joined_by == joint else (half,))]
        return make(joined_by=joint, parts=tuple(flat))

    def inner(self, start: int, end: int) -> tuple[int, int]:
        """The range without the blanks, the comments and the brackets around it."""
        tokens = [(kind, token, place) for kind, token, place in _tokens(self.text, start, end) if kind not in _BLANK]
        while tokens and tokens[0][1] == "(" and _closes(tokens) == len(tokens) - 1:
            tokens = tokens[1:-1]
        if not tokens:
            return start, end
        return tokens[0][2], tokens[-1][2] + len(tokens[-1][1])

    def _negated(self, start: int) -> int:
        """How many `!` stand there, up to three."""
        found = re.compile(r"(!\s*){1,3}").match(self.text, start)
        return found.group().count("!") if found else 0

    def _stands_free(self, node: Node, start: int, end: int) -> bool:
        """Whether the operator of a joined node is outside of every bracket, so that a `!` before it is not its own."""
        depth = 0
        for kind, token, place in _tokens(self.text, start, end):
            if place == node.offset:
                return depth == 0 and node.name != "!_"
            depth += (kind == "mark") * ((token in "([{") - (token in ")]}"))
        return False

    def _colon(self, start: int, end: int) -> int:
        """The place of the `:` that belongs to the `?` before `start`; between them another `?` stands in brackets."""
        depth = 0
        for kind, token, place in _tokens(self.text, start, end):
            if kind != "mark":
                continue
            depth += (token in "([{") - (token in ")]}")
            if depth == 0 and token == ":":
                return place
        return end


def tidy(text: str) -> str:
    """The text on one line, without comments."""
    shown: list[str] = []
    for kind, token, _ in _tokens(text, 0, len(text)):
        if kind not in _BLANK:
            shown.append(token)
        elif shown and shown[-1] != " ":
            shown.append(" ")
    return "".join(shown).strip()


_BLANK = ("comment", "blank")
_TOKEN = re.compile(
    r"""
    (?P<text>
        [bB]?[rR](?:\"\"\"(?:.*?)\"\"\"|'''(?:.*?)'''|"[^"]*"|'[^']*')
      | [bB]?(?:\"\"\"(?:\\.|.)*?\"\"\"|'''(?:\\.|.)*?'''|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')
    )
  | (?P<comment>//[^\n]*)
  | (?P<blank>\s+)
  | (?P<word>[A-Za-z0-9_.]+)
  | (?P<mark>&&|\|\||.)
    """,
    re.VERBOSE | re.DOTALL,
)


def _tokens(text: str, start: int, end: int) -> Iterator[tuple[str, str, int]]:
    for found in _TOKEN.finditer(text, start, end):
        yield str(found.lastgroup), found.group(), found.start()


def _closes(tokens: list[tuple[str, str, int]]) -> int:
    """The number of the token that closes the bracket which the first one opens."""
    depth = 0
    for number, (kind, token, _) in enumerate(tokens):
        if kind == "mark":
            depth += (token == "(") - (token == ")")
            if depth == 0:
                return number
    return -1


@dataclass(frozen=True, slots=True)
class Clauses:
    """A condition and its parts at the top level, ready to be asked on the hot path which of them decided."""

    text: str
    joined_by: Joint
    parts: tuple[tuple[str, Program], ...]

    def why_true(self, binding: Binding) -> str:
        """The first alternative that holds; the whole condition when it has no alternatives."""
        return self._first(True, binding) if self.joined_by == "||" else self.text

    def why_false(self, binding: Binding) -> str:
        """The first condition that fails; the whole when it is not a conjunction."""
        return self._first(False, binding) if self.joined_by == "&&" else self.text

    def _first(self, wanted: bool, binding: Binding) -> str:
        return next((text for text, program in self.parts if program.run(binding) is wanted), self.text)


def clauses_of(text: str, environment: Environment, *, may_fail: bool = False) -> Clauses:
    """The top-level clauses of a condition that compiles; `may_fail` when `why_false` will be asked, too."""
    shown = tidy(text)
    wanted = ("||", "&&") if may_fail else ("||",)
    if not any(joint in shown for joint in wanted):
        return Clauses(shown, "", ())
    clause = read_clauses(environment.compile(text))
    if clause.joined_by not in wanted:
        return Clauses(shown, "", ())
    parts = tuple((part.text, environment.compile_part(part.text)) for part in clause.parts)
    return Clauses(shown, clause.joined_by, parts)
