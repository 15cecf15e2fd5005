"""What every place that keeps the ledger must do: SQLite, PostgreSQL, and their twin in memory."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from remit.adapters.checkpoint_file import CheckpointFile
from remit.adapters.memory.ledger import MemoryCheckpoint, MemoryLedger
from remit.adapters.sql.migrate import migrate
from remit.core.errors import Corrupted, InputError, NotFound, SystemFailed
from remit.core.system import FixedClock, SeededRandom, UlidIds
from remit.ledger.chain import Receipt
from remit.ledger.event import Draft
from remit.ledger.export import export_lines
from remit.ledger.merkle import consistency_proof, inclusion_proof, root_of, verify_consistency, verify_inclusion
from remit.ledger.note import Signer, open_note
from remit.ledger.ports import CheckpointSink, LedgerLog
from remit.ledger.verifier import next_key, verify_export
from remit.ledger.verify import Report, verify
from remit.wiring.backend import open_backend

SIGNER = Signer("remit/test", b"s" * 32)


@dataclass
class Place:
    log: LedgerLog[Any]
    write: Callable[[], AbstractContextManager[Any]]
    close: Callable[[], None]
    sink: CheckpointSink

    def append(self, *drafts: Draft) -> list[Receipt]:
        with self.write() as unit:
            recorded = self.log.append(unit, drafts)
        return [self.log.receipt(event_id) for event_id in recorded]

    def append_and_fail(self, *drafts: Draft) -> None:
        with self.write() as unit:
            self.log.append(unit, drafts)
            raise ZeroDivisionError

    def rotate_and_fail(self) -> None:
        with self.write() as unit:
            self.log.rotate(unit, Signer(SIGNER.name, b"n" * 32), Draft("ledger.key_rotated"))
            raise ZeroDivisionError

    def verify(self) -> Report:
        return verify(self.log, self.sink.read(), SIGNER.verifier)


@pytest.fixture(params=["sqlite", "postgres", "memory"])
def place(request: pytest.FixtureRequest, tmp_path: Path, database_url: Callable[[str], str]) -> Iterator[Place]:
    clock = FixedClock(datetime(2026, 1, 31, 12, tzinfo=UTC))
    ids = UlidIds(clock, SeededRandom(1))
    if request.param == "memory":
        sink = MemoryCheckpoint()
        memory = MemoryLedger(SIGNER, sink, clock, ids)
        yield Place(memory, memory.write, memory.close, sink)
        return
    backend = open_backend(database_url(request.param), tmp_path)
    migrate(backend.database)
    file = CheckpointFile(tmp_path / "ledger.checkpoint")
    yield Place(backend.ledger(SIGNER, file, clock, ids), backend.database.write, backend.close, file)
    backend.close()


def draft(number: int = 0, decision_id: str | None = None) -> Draft:
    return Draft("decision.received", {"number": number}, decision_id=decision_id)


def test_a_new_log_opens_with_the_name_of_its_key(place: Place) -> None:
    place.append(draft())
    with place.log.snapshot() as snapshot:
        first = next(snapshot.entries)
    assert first.columns["type"] == "ledger.opened"
    assert SIGNER.verifier.text.encode() in first.body


def test_receipts_name_place_and_leaf_of_every_event_in_order(place: Place) -> None:
    receipts = place.append(draft(1), draft(2))
    with place.log.snapshot() as snapshot:
        stored = {entry.seq: hashlib.sha256(b"\0" + entry.body).hexdigest() for entry in snapshot.entries}
    assert [(receipt.seq, receipt.leaf_sha256) for receipt in receipts] == [(1, stored[1]), (2, stored[2])]


def test_two_appends_in_one_unit_of_work_follow_each_other(place: Place) -> None:
    with place.write() as unit:
        recorded = [place.log.append(unit, [draft(number)])[0] for number in range(3)]
    assert [place.log.receipt(event_id).seq for event_id in recorded] == [1, 2, 3]
    assert place.verify().sound


def test_nothing_is_recorded_of_a_unit_of_work_that_failed(place: Place) -> None:
    place.append(draft(1))
    with pytest.raises(ZeroDivisionError):
        place.append_and_fail(draft(2))
    assert place.append(draft(3))[0].seq == 2
    assert place.verify().size == 3


def test_a_first_unit_of_work_that_failed_leaves_no_log(place: Place) -> None:
    with pytest.raises(ZeroDivisionError):
        place.append_and_fail(draft(2))
    assert place.verify().size == 0
    assert place.append(draft(3))[0].seq == 1


def test_a_draft_that_cannot_be_recorded_takes_the_others_with_it(place: Place) -> None:
    place.append(draft())
    with pytest.raises(InputError):
        place.append(draft(), Draft("decision.received", {"x": float("nan")}))
    assert place.verify().size == 2


def test_no_drafts_leave_no_trace(place: Place) -> None:
    assert place.append() == []
    assert place.verify().size == 0


def test_the_story_of_one_decision_reads_in_order(place: Place) -> None:
    for number in range(4):
        place.append(draft(number, decision_id="ab"[number % 2]))
    assert [event.draft.body["number"] for event in place.log.of_decision("a")] == [0, 2]
    assert place.log.of_decision("unknown") == []


def test_an_empty_log_is_sound(place: Place) -> None:
    assert place.verify().sound


def test_the_checkpoint_outside_covers_everything_after_closing(place: Place) -> None:
    place.append(*map(draft, range(9)))
    place.close()
    assert open_note(place.sink.read() or "", SIGNER.verifier).size == 10


def test_the_checkpoint_outside_is_renewed_after_256_events(place: Place) -> None:
    place.append(*map(draft, range(255)))
    assert open_note(place.sink.read() or "", SIGNER.verifier).size == 256


def test_the_log_is_sound_while_its_checkpoint_lags_behind(place: Place) -> None:
    for number in range(5):
        place.append(draft(number))
    report = place.verify()
    assert report.sound
    assert report.checkpointed <= report.size == 6


def test_an_export_verifies_with_its_own_head(place: Place) -> None:
    place.append(draft(1), draft(2))
    with place.log.snapshot() as snapshot:
        lines = list(export_lines(snapshot))
    assert snapshot.head is not None
    assert verify_export(lines, snapshot.head.note, SIGNER.verifier.text).size == 3


def test_nothing_is_appended_when_the_checkpoint_names_more_events_than_the_log(place: Place) -> None:
    other = MemoryLedger(SIGNER, place.sink, FixedClock(datetime(2026, 1, 1, tzinfo=UTC)), UlidIds(*_chance()))
    with other.write() as unit:
        other.append(unit, [draft(number) for number in range(400)])
    with pytest.raises(Corrupted, match="cut off"):
        place.append(draft())


def test_nothing_is_appended_while_the_checkpoint_cannot_be_written(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(note: str) -> None:
        raise SystemFailed("the disk is full")

    place.append(draft())
    monkeypatch.setattr(place.sink, "write", full)
    place.append(*map(draft, range(300)))
    with pytest.raises(SystemFailed, match="full"):
        place.append(draft())
    monkeypatch.undo()
    assert place.append(draft())[0].seq == 302


# What is kept beside the events


def test_proofs_come_from_what_is_kept_and_hold(place: Place) -> None:
    place.append(*map(draft, range(600)))
    with place.log.snapshot() as snapshot:
        assert snapshot.head is not None
        leaves = [bytes.fromhex(entry.leaf) for entry in snapshot.entries]
    with place.log.snapshot() as snapshot:
        for seq in (0, 255, 256, 511, 512, 600):
            path = inclusion_proof(snapshot.kept.hashes, 601, seq)
            assert verify_inclusion(leaves[seq], seq, 601, path, snapshot.head.root)
        growth = consistency_proof(snapshot.kept.hashes, 601, 300)
    assert verify_consistency(300, root_of(leaves[:300]), 601, snapshot.head.root, growth)


def test_the_root_of_every_full_tile_is_kept_once(place: Place) -> None:
    for number in range(2):
        place.append(*map(draft, range(300 + number)))
    with place.log.snapshot() as snapshot:
        assert [(tile.level, tile.number) for tile in snapshot.kept.tiles()] == [(0, 0), (0, 1)]


def test_a_tile_of_a_unit_of_work_that_failed_is_not_kept(place: Place) -> None:
    place.append(draft())
    with pytest.raises(ZeroDivisionError):
        place.append_and_fail(*map(draft, range(300)))
    with place.log.snapshot() as snapshot:
        assert list(snapshot.kept.tiles()) == []
    place.append(*map(draft, range(300)))
    assert place.verify().sound


def test_what_is_due_for_outside_is_kept_as_a_checkpoint_too(place: Place) -> None:
    place.append(*map(draft, range(255)))
    place.append(draft())
    place.append(*map(draft, range(256)))
    assert {256, 513} <= set(checkpoints(place))


def test_a_checkpoint_that_is_asked_for_is_kept_and_written_outside(place: Place) -> None:
    place.append(draft(1))
    place.append(draft(2))
    with place.write() as unit:
        note = place.log.checkpoint(unit)
    assert (open_note(note, SIGNER.verifier).size, checkpoints(place)[-1]) == (3, 3)
    assert place.sink.read() == note
    with place.write() as unit:
        assert place.log.checkpoint(unit) == note
    assert checkpoints(place).count(3) == 1


def test_an_empty_log_has_no_checkpoint(place: Place) -> None:
    with pytest.raises(NotFound, match="empty"), place.write() as unit:
        place.log.checkpoint(unit)


def test_another_key_takes_over_and_the_log_stays_sound(place: Place) -> None:
    new = Signer(SIGNER.name, b"n" * 32)
    place.append(draft(1))
    with place.write() as unit:
        place.log.rotate(unit, new, Draft("ledger.key_rotated", {"reason": "a year is over"}))
    place.append(draft(2))
    place.close()
    assert place.verify().sound
    with place.log.snapshot() as snapshot:
        [note] = snapshot.kept.rotations()
    assert next_key(note, SIGNER.verifier) == new.verifier
    assert open_note(place.sink.read() or "", new.verifier).size == 5


def test_a_rotation_that_failed_never_was(place: Place) -> None:
    place.append(draft(1))
    with pytest.raises(ZeroDivisionError):
        place.rotate_and_fail()
    place.append(draft(2))
    assert place.verify().sound


def test_events_are_found_by_their_id_and_by_their_decision(place: Place) -> None:
    place.append(draft(1, "D1"), draft(2, "D2"), draft(3, "D1"))
    with place.log.snapshot() as snapshot:
        kept = snapshot.kept
        assert (kept.seqs("D1"), kept.seqs("nobody")) == ([1, 3], [])
        assert kept.seqs(json.loads(kept.bodies([3, 2])[1])["event_id"]) == [2]
        with pytest.raises(NotFound):
            kept.bodies([0, 9])


def checkpoints(place: Place) -> list[int]:
    with place.log.snapshot() as snapshot:
        return [open_note(note.text, SIGNER.verifier).size for note in snapshot.kept.checkpoints()]


def _chance() -> tuple[FixedClock, SeededRandom]:
    return FixedClock(datetime(2026, 1, 1, tzinfo=UTC)), SeededRandom(2)
