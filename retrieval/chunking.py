"""Documents become passages: by headings and paragraphs, each with its stable place in the document's text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from remit.core.canonical import sha256_hex
from remit.retrieval.documents import Document

MAX_CHARACTERS = 900
"""About 200 word pieces of English: what a small sentence encoder reads without cutting."""

_LINE = re.compile(r"[^\n]*\n|[^\n]+\Z")
_HEADING = re.compile(r"(#{1,6})[ \t]+(\S.*)")
_FENCE = re.compile(r" {0,3}(```|~~~)")
_SENTENCE_END = re.compile(r"[.!?;:]\s|\n")
_GAP = re.compile(r"\s")
_SPACE = re.compile(r"\s*")


@dataclass(frozen=True, slots=True)
class Chunk:
    """One passage. `id` is ``doc_id@revision#number``, numbers count from 1; ``document.text[start:end] == text``.

    `headings` is the path of headings above it, outermost first; `sha256` is of the text.
    """

    id: str
    doc_id: str
    revision: int
    number: int
    start: int
    end: int
    text: str
    sha256: str
    headings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Block:
    start: int
    end: int
    headings: tuple[str, ...]
    is_heading: bool


def chunk(document: Document, max_characters: int = MAX_CHARACTERS) -> tuple[Chunk, ...]:
    """The passages of a document, in order; between them lies white space only, so that nothing is lost.

    A passage holds whole paragraphs, up to `max_characters`. A longer paragraph is cut at the end of a sentence, else
    at a space. A heading opens a passage and stays with what follows, which may make it longer by a third.
    """
    passages: list[_Block] = []
    for block in _pieces(document.text, max_characters):
        if passages and _joins(passages[-1], block, max_characters):
            last = passages[-1]
            passages[-1] = _Block(last.start, block.end, block.headings, last.is_heading and block.is_heading)
        else:
            passages.append(block)
    return tuple(_as_chunk(document, number, passage) for number, passage in enumerate(passages, start=1))


def _joins(passage: _Block, block: _Block, max_characters: int) -> bool:
    if passage.is_heading and passage.end - passage.start <= max_characters // 3:
        return True
    return not block.is_heading and block.end - passage.start <= max_characters


def _as_chunk(document: Document, number: int, passage: _Block) -> Chunk:
    text = document.text[passage.start : passage.end]
    return Chunk(
        id=f"{document.doc_id}@{document.revision}#{number}",
        doc_id=document.doc_id,
        revision=document.revision,
        number=number,
        start=passage.start,
        end=passage.end,
        text=text,
        sha256=sha256_hex(text.encode()),
        headings=passage.headings,
    )


def _pieces(text: str, max_characters: int) -> Iterator[_Block]:
    """The blocks of a text, the long ones cut; none is empty, none begins or ends with white space."""
    for block in _blocks(text):
        start = block.start
        while block.end - start > max_characters:
            cut = _cut(text, start, start + max_characters)
            yield _trimmed(text, start, cut, block.headings, block.is_heading)
            start = _SPACE.match(text, cut).end()  # type: ignore[union-attr]  # it matches the empty text too
        yield _trimmed(text, start, block.end, block.headings, block.is_heading)


def _blocks(text: str) -> Iterator[_Block]:
    """Headings, and paragraphs between blank lines. Inside a fence `#` is a sign and a blank line is a line."""
    path: list[tuple[int, str]] = []
    start: int | None = None
    fence = ""
    for line in _LINE.finditer(text):
        fence_was, fence = fence, _fence_after(line[0], fence)
        heading = None if fence or fence_was else _HEADING.match(line[0])
        blank = not fence_was and not line[0].strip()
        if start is not None and (heading or blank):
            yield _trimmed(text, start, line.start(), _titles(path), is_heading=False)
            start = None
        if heading:
            path = [(level, title) for level, title in path if level < len(heading[1])]
            path.append((len(heading[1]), heading[2].strip(" \t#")[:200]))
            yield _trimmed(text, line.start(), line.end(), _titles(path), is_heading=True)
        elif start is None and not blank:
            start = line.start()
    if start is not None:
        yield _trimmed(text, start, len(text), _titles(path), is_heading=False)


def _fence_after(line: str, fence: str) -> str:
    """The fence that is open after this line: a fence is closed by its own kind only."""
    mark = _FENCE.match(line)
    if not mark:
        return fence
    return "" if fence == mark[1] else fence or mark[1]


def _titles(path: list[tuple[int, str]]) -> tuple[str, ...]:
    return tuple(title for _, title in path)


def _trimmed(text: str, start: int, end: int, headings: tuple[str, ...], is_heading: bool) -> _Block:
    piece = text[start:end]
    leading = len(piece) - len(piece.lstrip())
    return _Block(start + leading, start + len(piece.rstrip()), headings, is_heading)


def _cut(text: str, start: int, limit: int) -> int:
    """Where to cut: behind the last sentence or else the last space in the second half, or else at the limit."""
    for boundary in (_SENTENCE_END, _GAP):
        ends = [match.end() for match in boundary.finditer(text, (start + limit) // 2, limit)]
        if ends:
            return ends[-1]
    return limit
