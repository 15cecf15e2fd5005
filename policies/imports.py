"""The files that a contract is made of: its own, and the rule files that it imports from beside the pack."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from remit.core.canonical import digest, sha256_hex
from remit.core.errors import SourceError
from remit.core.problems import Problem, did_you_mean
from remit.core.source import Path, Source, parse_model, read_yaml
from remit.policies.cel import Program
from remit.policies.contract import Contract, RuleFile


@dataclass(frozen=True)
class Place:
    """Where something of a contract stands: the file, and the path of the value in it."""

    source: Source = field(repr=False)
    path: Path

    def problem(
        self, message: str, *names: str | int, key: bool = False, code: str, mend: str = "", offset: int | None = None
    ) -> Problem:
        """A problem here, or at what is below by these names; `offset` counts characters inside of a text."""
        return self.source.problem(message, (*self.path, *names), key=key, code=code, mend=mend, offset=offset)

    @property
    def line(self) -> int:
        return self.source.place(self.path)[0]


@dataclass
class Document:
    """One file of a contract under construction: its model, if it fits one, and the programs by their place."""

    source: Source
    model: Contract | RuleFile | None
    programs: dict[Path, Program] = field(default_factory=dict)

    def place(self, *path: str | int) -> Place:
        return Place(self.source, path)

    def entries(self, section: str) -> list[tuple[Any, Any]]:
        """The entries of a section of raw data, whatever shape it has: the model tells of a wrong one."""
        data = self.source.data
        found = data.get(section) if isinstance(data, dict) else None
        if isinstance(found, dict):
            return list(found.items())
        return list(enumerate(found)) if isinstance(found, list) else []


def read_imports(
    main: Source, shared: Mapping[str, str], label: Callable[[str], str]
) -> tuple[list[Document], list[Problem]]:
    """The rule files that a contract names, and everything that is wrong with them; `label` says how to name a file.

    A file is named by its path from the pack's folder, with forward slashes; it is never looked for elsewhere.
    """
    documents: list[Document] = []
    problems: list[Problem] = []
    named: set[str] = set()
    for number, name in Document(main, None).entries("imports"):
        if not isinstance(name, str):
            continue  # the model tells it
        place = Place(main, ("imports", number))
        wrong = _misnamed(name, named, shared)
        named.add(name)
        if wrong:
            mend = "Name a .yaml file of the pack's folder, such as shared/limits.yaml."
            problems.append(place.problem(wrong, code="policy.import", mend=mend))
            continue
        try:
            document = Document(read_yaml(shared[name], label(name)), None)
            documents.append(document)
            document.model = parse_model(RuleFile, document.source)
        except SourceError as error:
            problems.extend(error.problems)
    return documents, problems


def _misnamed(name: str, named: set[str], shared: Mapping[str, str]) -> str:
    if name in named:
        return f"`{name[:80]}` is imported twice"
    if not re.fullmatch(r"[A-Za-z0-9_-][A-Za-z0-9_.-]*(/[A-Za-z0-9_-][A-Za-z0-9_.-]*)*\.yaml", name):
        return f"`{name[:80]}` is not the path of a .yaml file inside of the pack's folder"
    if name not in shared:
        return "; ".join(filter(None, (f"there is no file {name} in the pack", did_you_mean(name, shared))))
    return ""


def contract_sha256(main: Source, imported: list[Document]) -> str:
    """The identity of a contract: of its file alone, or of its file and every file that it imports, in order."""
    own = sha256_hex(main.text.encode())
    if not imported:
        return own
    return digest([own, *(sha256_hex(each.source.text.encode()) for each in imported)])
