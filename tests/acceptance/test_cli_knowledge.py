"""A pack's documents: taken in once, found again."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from conftest import Remit


def test_an_index_that_is_made_again_adds_nothing(own: Remit) -> None:
    done = own("index", "credit", "--json")
    assert (done.code, done.err) == (0, "")
    report = done.json
    assert (report["added"], report["changed"], report["removed"]) == ([], [], [])
    assert len(report["unchanged"]) == report["documents"] > 5


def test_a_new_document_and_a_changed_one_are_taken_in_and_found(own: Remit) -> None:
    pack = own.pack()
    bands = pack / "knowledge" / "amount-bands-and-authority.md"
    (pack / "knowledge" / "lighthouses.md").write_text(
        bands.read_text().split("\n---\n")[0] + "\n---\n# Lighthouses\n\nA lighthouse is financed as a machine.\n"
    )
    bands.write_text(bands.read_text() + "\nAsk the desk when in doubt.\n")
    done = own("index", pack, "--json")
    assert (done.json["added"], done.json["changed"]) == (
        ["credit/lighthouses"],
        ["credit/amount-bands-and-authority"],
    )
    found = own("search", pack, "who finances a lighthouse?", "--json")
    assert found.json[0]["id"].startswith("credit/lighthouses@1")


def test_a_document_goes_with_whom_it_is_about_and_does_not_come_back(
    own: Remit, case: Callable[..., dict[str, Any]]
) -> None:
    pack = own.pack()
    front = (pack / "knowledge" / "amount-bands-and-authority.md").read_text().split("\n---\n")[0]
    file = pack / "knowledge" / "lighthouses.md"
    file.write_text(f"{front}\nsubject: C-77001\n---\n# Lighthouses\n\nThis lighthouse is financed as a machine.\n")
    assert own("index", pack, "--json").json["added"] == ["credit/lighthouses"]
    own.write("case.json", case(applicant_id="C-9001"))
    assert own("decide", pack, "--case", "case.json").code in (0, 1)
    done = own("ledger", "erase", "--subject", "C-77001", "--reason", "Ticket 4711.")
    assert (done.code, "0 decisions, 1 documents" in done.out, f"yours to delete: {file}" in done.out) == (
        0,
        True,
        True,
    )
    assert "lighthouse" not in own("search", pack, "who finances a lighthouse?").out
    replayed = own("replay", "--all")
    assert (replayed.code, "60 the same, 0 different, 1 not to be thought again" in replayed.out) == (0, True)
    assert "a document that this decision rested on was erased" in replayed.out
    again = own("index", pack)
    assert (again.code, "somebody whom it is about was erased" in again.err, str(file) in again.err) == (0, True, True)
    assert own("ledger", "verify").code == 0


def test_search_finds_the_rule_with_its_label_and_age(remit: Remit) -> None:
    done = remit("search", "credit", "largest amount without a second officer", "--limit", "3", "--json")
    assert (done.code, done.err, len(done.json)) == (0, "", 3)
    best = done.json[0]
    assert best["id"].startswith("credit/amount-bands")
    assert best.keys() >= {"title", "source", "trust", "age_days", "score", "similarity", "text"}


def test_a_person_reads_titles_and_labels(remit: Remit) -> None:
    done = remit("search", "credit", "guarantor")
    assert done.code == 0
    assert "(trusted, " in done.out
