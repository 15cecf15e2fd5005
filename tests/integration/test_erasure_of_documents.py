"""A document that says whom it is about goes with them, wherever it was read; and it does not come back in silence."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from remit.adapters.exported import open_export
from remit.adapters.memory.embedder import HashingEmbedder
from remit.core.errors import Conflict, NotFound, Refused
from remit.core.system import SeededRandom
from remit.core.words import Actor
from remit.settings import Settings
from remit.wiring import Engine

KIM, OLGA = Actor("kim"), Actor("olga", roles=("privacy",))
WHY = "Asked for it, ticket 4711."
ANA, BEN = "C-70017", "C-70027"
SECRET = "zebrafinch"
"""A word that occurs nowhere else, so that it can be looked for."""

Write = Callable[..., Path]


@pytest.fixture
def write(desk: Any) -> Write:
    """Put a document into the desk's folder and index it."""

    def put(name: str = "letter", subject: str = ANA, text: str = f"Which pet is kept? A {SECRET} is kept.") -> Path:
        about = f"subject: {subject}\n" if subject else ""
        front = "title: A letter\nowner: desk\nsource: Post\ntrust: trusted\nvalid_from: 2026-01-01\n"
        path = Path(desk.pack / "knowledge" / f"{name}.md")
        path.write_text(f"---\n{front}audience: [everyone]\n{about}---\n# Letter\n\n{text}\n", "utf-8")
        desk.engine.index(str(desk.pack), KIM)
        return path

    return put


def erase(desk: Any, subject: str = ANA) -> dict[str, Any]:
    done: dict[str, Any] = desk.engine.safekeeping.erase(subject, WHY, OLGA)
    return done


def found(desk: Any, query: str = f"which pet, a {SECRET}?") -> list[str]:
    return [hit["id"] for hit in desk.engine.search(str(desk.pack), query, KIM) if SECRET in hit["text"]]


def test_a_document_about_an_erased_subject_is_found_no_more(desk: Any, write: Write) -> None:
    file = write()
    assert found(desk) == ["desk/letter@1#1"]
    done = erase(desk)
    assert (done["documents"], done["files"], found(desk)) == (["desk/letter"], [str(file)], [])
    assert desk.is_sound()


def test_another_process_finds_it_no_more_either(desk: Any, write: Write) -> None:
    write()
    other = desk.another()
    assert found(other) == ["desk/letter@1#1"]
    erase(desk)
    assert found(other) == []
    other.close()


@pytest.mark.parametrize("desk", ["sqlite"], indirect=True)
def test_no_byte_of_it_is_left_in_the_data_folder(desk: Any, write: Write) -> None:
    write()
    write(text=f"A {SECRET} was kept, and is no more.", subject=f"[{ANA}, {BEN}]")
    query = "SELECT vector FROM embedding JOIN chunk ON chunk_sha256 = sha256 WHERE doc_id = 'desk/letter'"
    needles = [SECRET.encode(), b"A letter", *(vector for (vector,) in desk.sql(query))]
    desk.close()
    # With the vector index on disk.
    engine = Engine(Settings(home=desk.home), clock=desk.clock, chance=SeededRandom(7), embedder=HashingEmbedder())
    with engine:
        engine.search(str(desk.pack), SECRET, KIM)
        assert {path.name for path in holding(desk, *needles)} >= {"remit.db", "chroma.sqlite3"}
        engine.safekeeping.erase(ANA, WHY, OLGA)
        assert holding(desk, *needles, ANA.encode(), BEN.encode()) == []
        engine.search(str(desk.pack), "limit", KIM)
    assert holding(desk, *needles, ANA.encode(), BEN.encode()) == []


def holding(desk: Any, *needles: bytes) -> list[Path]:
    """The files of the data folder in which something still stands."""
    files = [path for path in desk.home.rglob("*") if path.is_file()]
    return [path for path in files if any(needle in path.read_bytes() for needle in needles)]


def test_the_ledger_says_how_many_documents_went_and_names_nobody(desk: Any, write: Write) -> None:
    write()
    subject = erase(desk)["subject"]
    types = ("subject.erased", "knowledge.indexed")
    bodies = [
        json.loads(body)["body"]
        for kind, body in desk.sql("SELECT type, body FROM event ORDER BY seq")
        if kind in types
    ]
    assert bodies[-2] == {"subject": subject, "decisions": 0, "documents": 1, "reason": WHY}
    assert bodies[-1]["removed"] == ["desk/letter"]
    assert bodies[-1]["snapshot"] == desk.engine.knowledge_store.latest("desk").sha256


def test_the_next_index_refuses_the_file_and_says_so(desk: Any, write: Write) -> None:
    file = write()
    erase(desk)
    report = desk.engine.index(str(desk.pack), KIM)
    assert (report["refused"], report["added"], found(desk)) == ([str(file)], (), [])
    desk.decide(request_id=ANA)
    assert desk.engine.index(str(desk.pack), KIM)["refused"] == [str(file)], "also when they come back with a case"


def test_without_the_subject_it_is_a_document_like_any_other_under_a_new_number(desk: Any, write: Write) -> None:
    write()
    erase(desk)
    write(subject="")
    assert found(desk) == ["desk/letter@2#1"]


def test_what_was_written_before_somebody_was_named_is_theirs_and_what_comes_after_is_not(
    desk: Any, write: Write
) -> None:
    for subject, text in (("", f"One {SECRET}."), (ANA, f"Two {SECRET}."), ("", f"Nobody, a {SECRET}.")):
        write(subject=subject, text=text)
    erase(desk)
    rows = desk.sql("SELECT revision, text FROM document WHERE doc_id = 'desk/letter' ORDER BY revision")
    assert [revision for revision, text in rows if text] == [3]
    assert found(desk) == ["desk/letter@3#1"]


def test_whose_document_is_held_is_not_erased(desk: Any, write: Write) -> None:
    write(subject=f"[{ANA}, {BEN}]")
    desk.engine.safekeeping.hold(BEN, "Court.", OLGA)
    with pytest.raises(Refused, match="desk/letter"):
        erase(desk, ANA)
    with pytest.raises(Refused, match="held by olga"):
        erase(desk, BEN)
    desk.engine.safekeeping.release(BEN, "Settled.", OLGA)
    erase(desk, ANA)
    with pytest.raises(NotFound):
        erase(desk, BEN)


def test_a_subject_whose_last_case_goes_is_known_while_a_document_is_about_them(desk: Any, write: Write) -> None:
    desk.edit("pack.yaml", "    autonomy: act\n", "    autonomy: act\n    retention: {class: desk, keep_days: 1}\n")
    write()
    desk.decide(request_id=ANA)
    desk.clock.advance(timedelta(days=2))
    desk.engine.safekeeping.apply_retention(OLGA)
    assert erase(desk)["documents"] == ["desk/letter"]


def test_a_decision_that_rested_on_it_says_so_and_is_not_called_different(desk: Any, write: Write) -> None:
    write()
    resting = desk.decide(request_id="R-1")["decision_id"]
    erase(desk)
    later = desk.decide(request_id="R-2")["decision_id"]
    replayed = {each.decision_id: each for each in desk.engine.replay_all()}
    assert (replayed[resting].same, replayed[resting].lost) == (False, True)
    assert "a document that this decision rested on was erased" in replayed[resting].note
    assert (replayed[later].same, replayed[later].lost) == (True, False)
    assert desk.engine.verify_records() == (2, [])


def test_a_decision_that_cited_it_is_explained_without_its_text(desk: Any, write: Write) -> None:
    (desk.pack / "knowledge" / "limits.md").unlink()
    write(text="Which payment limit holds for the desk? The payment limit that holds for the desk is 1,000.")
    decision_id = desk.decide(request_id="R-1")["decision_id"]
    texts = {item["id"]: item["text"] for item in desk.engine.explain(decision_id)["evidence"]}
    assert "1,000" in texts["desk/letter@1#1"]
    erase(desk)
    texts = {item["id"]: item["text"] for item in desk.engine.explain(decision_id)["evidence"]}
    assert texts["desk/letter@1#1"] is None


def test_an_export_says_the_same(desk: Any, write: Write, tmp_path: Path) -> None:
    write()
    resting = desk.decide(request_id="R-1")["decision_id"]
    erase(desk)
    later = desk.decide(request_id="R-2")["decision_id"]
    desk.engine.export_ledger(tmp_path / "audit", cases_for=OLGA)
    opened = open_export(tmp_path / "audit")
    assert {each.decision_id: each.lost for each in opened.replay_all()} == {resting: True, later: False}


def test_a_document_does_not_slip_in_beside_an_erasure(
    desk: Any, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.decide(request_id=ANA)
    embed = desk.engine.embedder.embed

    def erasing(texts: list[str]) -> Any:
        monkeypatch.undo()
        erase(desk)
        return embed(texts)

    monkeypatch.setattr(desk.engine.embedder, "embed", erasing)
    with pytest.raises(Conflict, match="erased in the meantime"):
        write()
    assert desk.engine.knowledge_store.latest("desk").sha256
    assert desk.sql("SELECT * FROM document_subject") == []
