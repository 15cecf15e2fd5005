"""An export with cases is thought again on another machine, without the home, the packs and the embedding model."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from remit.adapters.exported import Export, open_export
from remit.core.canonical import sha256_hex
from remit.core.errors import Corrupted, InputError, NotFound
from remit.core.words import Actor
from remit.ledger.note import Signer

CASES: list[dict[str, Any]] = [
    {},
    {"amount_cents": 200_000},
    {"amount_cents": 2_000_000},
    {"kind": "advice"},
    {"topic": "unwritten"},
    {"topic": "travel"},
    {"topic": "gossip"},
    {"kind": "order", "parts": 0},
]
KIM = Actor("kim", roles=("auditor",))


@pytest.fixture
def decided(desk: Any) -> list[str]:
    """One decision of every sort under two versions of the pack and its documents; the second is approved."""
    results = [desk.decide(request_id=f"SUBJECT-{number}", **case) for number, case in enumerate(CASES)]
    desk.vote(results[1]["review_id"])
    desk.edit("policy.yaml", "case.amount_cents > 1000000", "case.amount_cents > 1500000")
    desk.edit("knowledge/limits.md", "is 1,000.", "is 900.")
    desk.engine.index(str(desk.pack), KIM)
    results += [desk.decide(request_id="SUBJECT-9", amount_cents=cents) for cents in (1_200_000, 2_000_000)]
    return [result["decision_id"] for result in results]


@pytest.fixture
def away(desk: Any, decided: list[str], tmp_path: Path) -> Path:
    """The export, where nothing else is left."""
    desk.engine.export_ledger(tmp_path / "export", cases_for=KIM)
    desk.close()
    shutil.rmtree(desk.home)
    shutil.rmtree(desk.pack)
    return Path(shutil.move(tmp_path / "export", tmp_path / "elsewhere"))


def test_every_decision_comes_out_the_same_elsewhere(away: Path, decided: list[str]) -> None:
    export = open_export(away)
    assert [(each.decision_id, each.same) for each in export.replay_all()] == [(each, True) for each in sorted(decided)]
    assert (dict(export.left_out), export.differing) == ({}, ())


def test_one_decision_is_replayed_by_its_id(away: Path, decided: list[str]) -> None:
    assert open_export(away).replay(decided[0]).same
    with pytest.raises(NotFound):
        open_export(away).replay("01UNKNOWN")


def test_that_the_cases_left_and_who_took_them_is_in_the_exported_ledger(away: Path, decided: list[str]) -> None:
    last = json.loads(json.loads((away / "events.jsonl").read_text().splitlines()[-1])["body"])
    assert (last["type"], last["actor"]["id"]) == ("ledger.exported", "kim")


def test_without_cases_there_is_nothing_of_them_and_it_says_so(desk: Any, decided: list[str], tmp_path: Path) -> None:
    desk.engine.export_ledger(tmp_path / "export", cases_for=KIM)
    desk.engine.export_ledger(tmp_path / "export")
    files = [path for path in (tmp_path / "export").rglob("*") if path.is_file()]
    assert [path for path in files if b"SUBJECT-" in path.read_bytes()] == []
    with pytest.raises(InputError, match="without the cases"):
        open_export(tmp_path / "export")


def test_an_export_removes_nothing_but_an_earlier_one(desk: Any, decided: list[str], tmp_path: Path) -> None:
    (tmp_path / "export" / "replay").mkdir(parents=True)
    (tmp_path / "export" / "replay" / "thesis.txt").write_text("mine")
    with pytest.raises(InputError, match=r"holds something else: thesis\.txt"):
        desk.engine.export_ledger(tmp_path / "export")
    assert (tmp_path / "export" / "replay" / "thesis.txt").read_text() == "mine"


def test_a_decision_that_moves_on_during_the_export_is_left_out_and_named(desk: Any, tmp_path: Path) -> None:
    from remit.service.export_replay import export_replay

    still, moving = (desk.decide(request_id=f"R-{cents}", amount_cents=cents) for cents in (200_000, 300_000))
    desk.engine.export_ledger(tmp_path / "export", cases_for=KIM)
    desk.vote(moving["review_id"])
    export_replay(desk.engine.services, desk.engine, tmp_path / "export", with_cases=True)
    export = open_export(tmp_path / "export")
    assert dict(export.left_out) == {moving["decision_id"]: "its stage is not what the exported ledger says"}
    assert [each.decision_id for each in export.replay_all()] == [still["decision_id"]]
    with pytest.raises(NotFound, match="is not in this export"):
        export.replay(moving["decision_id"])


def test_a_decision_that_cannot_be_read_is_left_out_and_named(desk: Any, decided: list[str], tmp_path: Path) -> None:
    desk.sql("UPDATE decision SET versions = '{}' WHERE id = ?", decided[0])
    written = desk.engine.export_ledger(tmp_path / "export", cases_for=KIM)
    assert list(written["replay"]["left_out"]) == [decided[0]]


def test_a_decision_whose_case_was_erased_is_left_out_and_named(desk: Any, decided: list[str], tmp_path: Path) -> None:
    desk.engine.safekeeping.erase("SUBJECT-0", "they asked for it", KIM)
    desk.engine.export_ledger(tmp_path / "export", cases_for=KIM)
    export = open_export(tmp_path / "export")
    assert [(each, "erased" in why) for each, why in export.left_out.items()] == [(decided[0], True)]
    assert (export.differing, all(each.same for each in export.replay_all())) == ((), True)
    files = [path for path in (tmp_path / "export").rglob("*") if path.is_file()]
    assert [path for path in files if b"SUBJECT-0" in path.read_bytes()] == []


# What somebody may have changed on the way


def changed_line(name: str, change: Callable[[dict[str, Any]], None]) -> Callable[[Path], None]:
    """Change one line of a file of the export (of the cases, one that was judged), and make the manifest fit."""

    def burglary(away: Path) -> None:
        path = away / "replay" / name
        lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
        change(next(line for line in lines if line.get("judgement", True)))
        path.write_text("".join(json.dumps(line) + "\n" for line in lines if line), "utf-8")
        make_fit(away, name)

    return burglary


def make_fit(away: Path, name: str) -> None:
    manifest = json.loads((away / "replay" / "manifest.json").read_text())
    manifest["files"][name] = sha256_hex((away / "replay" / name).read_bytes())
    (away / "replay" / "manifest.json").write_text(json.dumps(manifest))


def larger(line: dict[str, Any]) -> None:
    line["case"]["amount_cents"] += 1


def surer(line: dict[str, Any]) -> None:
    line["judgement"]["proposal"]["confidence"] = 0.5


def denied(line: dict[str, Any]) -> None:
    line["stage"] = "advised" if line["stage"] == "denied" else "denied"


@pytest.mark.parametrize(
    ("burglary", "differs", "note"),
    [
        (changed_line("cases.jsonl", larger), ("record",), "its input is not"),
        (changed_line("cases.jsonl", surer), ("record",), "its judgement is not"),
        (changed_line("cases.jsonl", denied), ("record",), "its stage is not"),
        (changed_line("cases.jsonl", dict.clear), ("record",), "its row is not"),
        (changed_line("queries.jsonl", lambda line: line.update(text="another")), ("evidence", "needs"), ""),
    ],
    ids=["case", "judgement", "stage", "left away", "question"],
)
def test_what_was_changed_on_the_way_comes_out_as_different(
    away: Path, decided: list[str], burglary: Callable[[Path], None], differs: tuple[str, ...], note: str
) -> None:
    burglary(away)
    found = [each for each in open_export(away).replay_all() if not each.same]
    assert found
    assert all(set(differs) <= set(each.differs) and note in each.note for each in found)


def test_a_changed_passage_is_told_field_by_field(away: Path, decided: list[str]) -> None:
    path = away / "replay" / "knowledge.jsonl"
    lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    for line in lines:
        if line["kind"] == "document" and line["doc_id"] == "desk/limits":
            line["source"] = "A rumour"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    make_fit(away, "knowledge.jsonl")
    replayed = open_export(away).replay(decided[0])
    assert [(change.path, change.then, change.now) for change in replayed.changes] == [
        ("evidence[desk/limits@1#1].source", "Desk handbook, chapter 1", "A rumour")
    ]


def flipped(name: str) -> Callable[[Path], None]:
    def burglary(away: Path) -> None:
        path = away / name
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 1
        path.write_bytes(data)

    return burglary


@pytest.mark.parametrize(
    ("burglary", "error"),
    [
        (flipped("events.jsonl"), Corrupted),
        (flipped("checkpoint"), Corrupted),
        (flipped("replay/cases.jsonl"), Corrupted),
        (flipped("replay/knowledge.jsonl"), Corrupted),
        (lambda away: (away / "replay" / "manifest.json").write_text('{"format": 1}'), Corrupted),
        (lambda away: (away / "replay" / "manifest.json").write_text('{"format": 2}'), InputError),
        (lambda away: (away / "replay" / "manifest.json").unlink(), NotFound),
        (lambda away: shutil.rmtree(away), NotFound),
    ],
    ids=["event", "checkpoint", "cases", "knowledge", "no manifest", "other format", "cut off", "nothing"],
)
def test_an_export_that_is_not_whole_is_not_opened(
    away: Path, burglary: Callable[[Path], Any], error: type[Exception]
) -> None:
    burglary(away)
    with pytest.raises(error):
        open_export(away)


def test_an_export_that_was_made_anew_with_another_key_is_found_by_the_key_that_was_kept(
    away: Path, tmp_path: Path
) -> None:
    kept, another = tmp_path / "kept.pub", tmp_path / "another.pub"
    shutil.copyfile(away / "ledger.pub", kept)
    another.write_text(Signer("remit/another", b"a" * 32).verifier.text)
    assert open_export(away, kept).differing == ()
    with pytest.raises(Corrupted, match="is not what was signed"):
        open_export(away, another)


def test_an_export_decides_nothing(away: Path) -> None:
    export: Export = open_export(away)
    with pytest.raises(NotFound, match="no pack"):
        export.services.pack("desk")
    with pytest.raises(Exception, match="nothing runs"):
        export.services.graph()
