"""Documents are read strictly, and every problem has its place."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from remit.core.errors import InputError, SourceError
from remit.retrieval import documents
from remit.retrieval.documents import parse_document, read_folder

FRONT = """---
title: The lending rule
owner: consumer-credit
source: Credit handbook 4.2
trust: trusted
valid_from: 2025-01-01
audience: [lending, everyone]
---
"""
GOOD = FRONT + "# Rule\n\nNobody borrows twice.\n"


def parse(text: str | bytes) -> documents.Document:
    return parse_document(text.encode() if isinstance(text, str) else text, "rule.md", "credit", "rule")


def problem(text: str | bytes) -> str:
    with pytest.raises(SourceError) as failure:
        parse(text)
    return str(failure.value)


def test_a_document_is_its_front_matter_and_its_text() -> None:
    document = parse(GOOD)
    assert (document.doc_id, document.trust, document.valid_from) == ("credit/rule", "trusted", date(2025, 1, 1))
    assert document.audience == ("everyone", "lending")
    assert document.text == "# Rule\n\nNobody borrows twice.\n"


@pytest.mark.parametrize(
    ("line", "subjects"),
    [
        ("", ()),
        ("subject: C-1001\n", ("C-1001",)),
        ("subject: [C-2, C-1, C-2]\n", ("C-1", "C-2")),
        ("subject: []\n", ()),
    ],
)
def test_a_document_says_whom_it_is_about(line: str, subjects: tuple[str, ...]) -> None:
    document = parse(GOOD.replace("owner:", f"{line}owner:"))
    assert (document.subjects, document.file) == (subjects, "rule.md")


def test_any_change_of_the_file_changes_the_hash() -> None:
    assert parse(GOOD).sha256 != parse(GOOD.replace("4.2", "4.3")).sha256


def test_a_byte_order_mark_and_windows_line_ends_do_no_harm() -> None:
    assert parse(b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode()).text == parse(GOOD).text


def test_hidden_text_is_stripped_from_title_and_text_and_counted() -> None:
    document = parse(GOOD.replace("The lending", "The <b>lending").replace("Nobody", "<!-- all -->Nobo\u200bdy"))
    assert document.title == "The lending rule"
    assert document.stripped == {"html": 2, "zero_width": 1}


@pytest.mark.parametrize(
    ("text", "place", "said"),
    [
        ("no front matter", "rule.md:1:1", "no front matter"),
        ("", "rule.md:1:1", "no front matter"),
        (FRONT.removesuffix("---\n"), "rule.md:1:1", "not closed"),
        (FRONT, "rule.md", "no text"),
        (FRONT + " \n<!-- x -->\n", "rule.md", "no text"),
        (GOOD.replace("trust: trusted", "trust: yes"), "rule.md:5:8", "true or false to some readers"),
        (GOOD.replace("trust: trusted", "trust: truested"), "rule.md:5:8", "did you mean `trusted`?"),
        (GOOD.replace("2025-01-01", "20250101"), "rule.md:6:13", "date"),
        (GOOD.replace("2025-01-01", "2025-13-01"), "rule.md:6:13", "date"),
        (GOOD.replace("2025-01-01", "2025-01-02\nvalid_to: 2025-01-01"), "rule.md:7:11", "before `valid_from`"),
        (GOOD.replace("[lending, everyone]", "[]"), "rule.md:7:11", "at least 1"),
        (GOOD.replace("owner:", "subject: 1001\nowner:"), "rule.md:3:10", "list"),
        (GOOD.replace("owner:", "subject: The Lending\nowner:"), "rule.md:2:8", "title names somebody"),
        (GOOD.replace("owner:", "subject: [C-1, handbook 4.2]\nowner:"), "rule.md:5:9", "source names somebody"),
        (GOOD.replace("owner:", "subject: Rule\nowner:"), "rule.md:2:1", "file name names somebody"),
        (GOOD.replace("owner:", "ovner:"), "rule.md:3:1", "did you mean `owner`?"),
        (GOOD.replace("# Rule", "\xe9").encode("latin-1"), "rule.md:9:1", "not UTF-8"),
    ],
)
def test_a_problem_is_told_with_its_place(text: str | bytes, place: str, said: str) -> None:
    told = problem(text)
    assert f"{place}: " in told
    assert said in told


def test_a_document_that_is_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "MAX_BYTES", 100)
    assert "larger than 100 bytes" in problem(GOOD)


class TestFolder:
    def test_documents_come_in_the_order_of_their_ids(self, tmp_path: Path) -> None:
        for name in ("b.md", "a.txt", ".hidden"):
            (tmp_path / name).write_text(GOOD)
        assert [document.doc_id for document in read_folder(tmp_path, "credit")] == ["credit/a", "credit/b"]

    def test_every_problem_of_every_file_is_told_at_once(self, tmp_path: Path) -> None:
        (tmp_path / "a.md").write_text("nothing")
        (tmp_path / "b.pdf").write_text(GOOD)
        (tmp_path / "c d.md").write_text(GOOD)
        (tmp_path / "e.md").write_text(GOOD)
        (tmp_path / "e.txt").write_text(GOOD)
        (tmp_path / "folder").mkdir()
        with pytest.raises(SourceError) as failure:
            read_folder(tmp_path, "credit")
        assert [Path(each.file).name for each in failure.value.problems] == [
            "a.md",
            "b.pdf",
            "c d.md",
            "e.txt",
            "folder",
        ]

    def test_a_missing_folder_is_a_clear_error(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match="cannot be read"):
            read_folder(tmp_path / "nowhere", "credit")
