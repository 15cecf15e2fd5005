"""The signed head goes outside often enough, and never back."""

from datetime import UTC, datetime

import pytest

from remit.adapters.memory.ledger import MemoryCheckpoint
from remit.core.errors import Corrupted
from remit.core.system import FixedClock, SeededRandom, UlidIds
from remit.ledger import checkpointer
from remit.ledger.chain import Head, extend
from remit.ledger.checkpointer import Checkpointer
from remit.ledger.event import Draft
from remit.ledger.note import Signer, open_note

SIGNER = Signer("remit/test", b"s" * 32)


class Watch:
    """Stands in for `time`: it moves when it is told to."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def monotonic(self) -> float:
        return self.seconds


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Watch:
    watch = Watch()
    monkeypatch.setattr(checkpointer, "time", watch)
    return watch


@pytest.fixture
def sink() -> MemoryCheckpoint:
    return MemoryCheckpoint()


def grown(head: Head | None, by: int) -> Head:
    clock = FixedClock(datetime(2026, 1, 31, tzinfo=UTC))
    return extend(head, [Draft("ledger.exported")] * by, SIGNER, clock, UlidIds(clock, SeededRandom(1)))[1]


def outside(sink: MemoryCheckpoint) -> int:
    return open_note(sink.note or "", SIGNER.verifier).size


def test_a_new_log_leaves_a_note_of_no_events_first(sink: MemoryCheckpoint, watch: Watch) -> None:
    Checkpointer(sink, SIGNER).begin(None)
    assert outside(sink) == 0


@pytest.mark.parametrize(
    ("events", "seconds", "written"), [(255, 0.9, False), (256, 0.0, True), (2, 1.0, True), (2, 0.9, False)]
)
def test_a_head_is_written_after_256_events_or_one_second(
    sink: MemoryCheckpoint, watch: Watch, events: int, seconds: float, written: bool
) -> None:
    keeper = Checkpointer(sink, SIGNER)
    keeper.begin(None)
    watch.seconds = seconds
    keeper.committed(grown(None, events - 1))
    assert outside(sink) == (events if written else 0)


def test_the_note_never_goes_back(sink: MemoryCheckpoint, watch: Watch) -> None:
    keeper = Checkpointer(sink, SIGNER)
    keeper.begin(None)
    older = grown(None, 3)
    keeper.write(grown(older, 3))
    with pytest.raises(Corrupted, match="cut off"):
        keeper.write(older)
    assert outside(sink) == 7


def test_a_note_removed_while_the_log_is_in_use_is_noticed(sink: MemoryCheckpoint, watch: Watch) -> None:
    keeper = Checkpointer(sink, SIGNER)
    keeper.begin(None)
    sink.note = None
    keeper.committed(grown(None, 300))
    with pytest.raises(Corrupted, match="removed"):
        keeper.settle()


def test_a_log_of_equal_size_with_another_past_is_not_continued(sink: MemoryCheckpoint, watch: Watch) -> None:
    keeper = Checkpointer(sink, SIGNER)
    keeper.begin(None)
    keeper.write(grown(None, 1))
    other = extend(
        None,
        [Draft("knowledge.indexed")],
        SIGNER,
        FixedClock(datetime(2026, 1, 31, tzinfo=UTC)),
        UlidIds(FixedClock(datetime(2026, 1, 31, tzinfo=UTC)), SeededRandom(1)),
    )[1]
    with pytest.raises(Corrupted, match="other 2 events"):
        Checkpointer(sink, SIGNER).begin(other)
