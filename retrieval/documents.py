"""Knowledge documents: Markdown or plain text under a strict front matter, read whole or not at all."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, StringConstraints

from remit.core.canonical import sha256_hex
from remit.core.errors import InputError, SourceError
from remit.core.problems import Problem
from remit.core.source import Source, StrictModel, parse_model, read_yaml
from remit.core.words import Trust
from remit.retrieval.trust import sanitise

MAX_BYTES = 2_000_000
SUFFIXES = (".md", ".txt")
_STEM = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


@dataclass(frozen=True, slots=True)
class Document:
    """One revision of one document. `doc_id` is ``pack/stem``; `text` is sanitised; `sha256` is of the file's bytes.

    `revision` counts from 1; 0 means that no store has seen it yet. `stripped` counts what sanitising took out.
    `subjects` are those whom it is about, and `file` is where it was read; no store gives these two back.
    """

    doc_id: str
    pack: str
    title: str
    owner: str
    source: str
    trust: Trust
    valid_from: date
    valid_to: date | None
    audience: tuple[str, ...]
    text: str
    sha256: str
    stripped: Mapping[str, int]
    revision: int = 0
    subjects: tuple[str, ...] = field(default=(), compare=False)
    file: str = field(default="", compare=False)


def read_folder(folder: Path, pack: str) -> tuple[Document, ...]:
    """Every document of a knowledge folder, in the order of their ids. Dot files are passed over.

    Raises:
        InputError: the folder is missing or cannot be read.
        SourceError: every problem of every file at once, each with its place.
    """
    try:
        files = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    except OSError as error:
        raise InputError(
            f"the knowledge folder {folder} cannot be read: {error.strerror}",
            code="knowledge_folder",
            mend="make the folder, or put the pack's documents back into it",
        ) from error
    documents: dict[str, Document] = {}
    problems: list[Problem] = []
    for file in files:
        try:
            document = read_document(file, pack)
        except SourceError as error:
            problems.extend(error.problems)
            continue
        if document.doc_id in documents:
            problems.append(_of_file(file, f"there is another document with the id `{document.doc_id}`", "rename one"))
        documents[document.doc_id] = document
    if problems:
        raise SourceError(problems)
    return tuple(documents[doc_id] for doc_id in sorted(documents))


def read_document(file: Path, pack: str) -> Document:
    """One document from its file. Raises SourceError."""
    formats = f"Remit reads {' and '.join(SUFFIXES)} files here"
    if file.suffix not in SUFFIXES or not file.is_file():
        raise SourceError([_of_file(file, "not a document that can be read", formats)])
    if not _STEM.fullmatch(file.stem):
        mend = "letters, digits, dots, hyphens and underscores make a document's name, 100 at most"
        raise SourceError([_of_file(file, f"`{file.stem}` cannot be a document's name", mend)])
    try:
        with file.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise SourceError([_of_file(file, f"cannot be read: {error.strerror}", "")]) from error
    return parse_document(data, str(file), pack, file.stem)


def parse_document(data: bytes, file: str, pack: str, stem: str) -> Document:
    """A document from the bytes of its file.

    Raises:
        SourceError: it is too large, is not UTF-8, has no or a wrong front matter, has no text, or is called after
            somebody whom it is about.
    """
    front_text, body = _split(_decoded(data, file), file)
    source = read_yaml(front_text, file)
    front = parse_model(_FrontMatter, source)
    if front.valid_to is not None and front.valid_to < front.valid_from:
        raise SourceError([source.problem("`valid_to` is before `valid_from`", ("valid_to",))])
    if problems := list(_namings(front, source, stem)):
        raise SourceError(problems)
    text, title, origin = sanitise(body), sanitise(front.title), sanitise(front.source)
    if not text.text.strip():
        raise SourceError([Problem("the document has no text", file, code="document.empty")])
    return Document(
        doc_id=f"{pack}/{stem}",
        pack=pack,
        title=title.text,
        owner=front.owner,
        source=origin.text,
        trust=front.trust,
        valid_from=front.valid_from,
        valid_to=front.valid_to,
        audience=tuple(sorted(set(front.audience))),
        text=text.text,
        sha256=sha256_hex(data),
        stripped=dict(Counter(text.stripped) + Counter(title.stripped) + Counter(origin.stripped)),
        subjects=tuple(sorted(set(front.subject))),
        file=file,
    )


def _namings(front: _FrontMatter, source: Source, stem: str) -> Iterator[Problem]:
    """Where a document's id, title or source names a subject: those go into the ledger and into others' records."""
    for what, text, path in (
        ("file name", stem, ()),
        ("title", front.title, ("title",)),
        ("source", front.source, ("source",)),
    ):
        if any(subject.casefold() in text.casefold() for subject in front.subject):
            message = f"the {what} names somebody whom the document is about, and would outlive an erasure"
            yield source.problem(message, path, mend=f"choose a {what} that names nobody")


def _decoded(data: bytes, file: str) -> str:
    if len(data) > MAX_BYTES:
        raise SourceError([Problem(f"the document is larger than {MAX_BYTES:,} bytes", file, code="document.size")])
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - data.rfind(b"\n", 0, error.start)
        message = f"the byte 0x{data[error.start]:02x} is not UTF-8"
        problem = Problem(message, file, line, column, code="document.encoding", mend="save the file as UTF-8")
        raise SourceError([problem]) from error
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _split(text: str, file: str) -> tuple[str, str]:
    """The front matter, its first line blank so that its lines count as the file's do; and the text below it."""
    lines = text.split("\n")
    code, mend = "document.front-matter", "begin with a line of three hyphens, the fields, and three hyphens again"
    if lines[0].rstrip() != "---":
        raise SourceError([Problem("the document has no front matter", file, 1, 1, lines[0], code, mend)])
    for number, line in enumerate(lines[1:], start=1):
        if line.rstrip() == "---":
            return "\n".join(["", *lines[1:number], ""]), "\n".join(lines[number + 1 :])
    raise SourceError([Problem("the front matter is not closed", file, 1, 1, lines[0], code, mend)])


_Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]


def _listed(value: Any) -> Any:
    """One name stands for a list of one."""
    return (value,) if isinstance(value, str) else tuple(value) if isinstance(value, list) else value


class _FrontMatter(StrictModel):
    """The front matter as people write it."""

    title: _Words
    owner: _Words
    source: _Words
    trust: Trust
    valid_from: date
    valid_to: date | None = None
    audience: tuple[_Words, ...] = Field(min_length=1)
    subject: Annotated[tuple[_Words, ...], BeforeValidator(_listed)] = ()


def _of_file(file: Path, message: str, mend: str) -> Problem:
    return Problem(message, str(file), code="document.file", mend=mend)
