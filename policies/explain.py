"""The clause that made it so: which part of a condition decided, in the contract's own words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from remit.policies.cel import Binding, Environment, Program


@dataclass(frozen=True, slots=True)
class Clauses:
    """A condition and its parts at the top level, ready to be asked which of them decided."""

    text: str
    joined_by: Literal["&&", "||", ""]
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
    """The clauses of a condition that compiles in `environment`; `may_fail` when `why_false` will be asked, too."""
    joined_by, parts = split(text)
    if joined_by == "&&" and not may_fail:
        joined_by, parts = "", ()
    return Clauses(tidy(text), joined_by, tuple((tidy(part), environment.compile_part(part)) for part in parts))


def split(text: str) -> tuple[Literal["&&", "||", ""], tuple[str, ...]]:
    """A condition's parts at its top level, and what joins them; no parts when nothing does."""
    text = _without_outer_brackets(tidy(text))
    cuts: dict[str, list[int]] = {"||": [], "&&": [], "?": []}
    for token, start in _top_level(text):
        if token in cuts:
            cuts[token].append(start)
    if cuts["?"]:
        return "", ()  # `?:` binds loosest, so what looks like the top level is inside its branches
    for joint in ("||", "&&"):
        if cuts[joint]:
            edges = [-2, *cuts[joint], len(text)]
            parts = (text[left + 2 : right].strip() for left, right in pairwise(edges))
            return joint, tuple(parts)
    return "", ()


def tidy(text: str) -> str:
    """The text on one line, without comments."""
    shown: list[str] = []
    for kind, token, _ in _tokens(text):
        if kind not in ("comment", "blank"):
            shown.append(token)
        elif shown and shown[-1] != " ":
            shown.append(" ")
    return "".join(shown).strip()


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


def _tokens(text: str) -> Iterator[tuple[str, str, int]]:
    for found in _TOKEN.finditer(text):
        yield str(found.lastgroup), found.group(), found.start()


def _top_level(text: str) -> Iterator[tuple[str, int]]:
    """The marks that stand outside of every bracket and every text, with their places."""
    depth = 0
    for kind, token, start in _tokens(text):
        if kind != "mark":
            continue
        if token in "([{":
            depth += 1
        elif token in ")]}":
            depth -= 1
        elif depth == 0:
            yield token, start


def _without_outer_brackets(text: str) -> str:
    while text.startswith("(") and _closing(text) == len(text) - 1:
        text = text[1:-1].strip()
    return text


def _closing(text: str) -> int:
    """The place of the bracket that closes the first one."""
    depth = 0
    for kind, token, start in _tokens(text):
        if kind == "mark":
            depth += (token == "(") - (token == ")")
            if depth == 0:
                return start
    return -1
