"""What every fence must do: one at a time works on one decision."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from remit.adapters.fences import FileFences
from remit.adapters.memory.fences import MemoryFences
from remit.core.errors import Conflict
from remit.service.ports import Fences


@pytest.fixture(params=["files", "memory"])
def fences(request: pytest.FixtureRequest, tmp_path: Path) -> Fences:
    return MemoryFences() if request.param == "memory" else FileFences(tmp_path / "locks")


def test_a_second_one_is_kept_out_and_told_so(fences: Fences) -> None:
    with fences.around("a"), pytest.raises(Conflict, match="being worked on"), fences.around("a"):
        pass


def test_who_is_kept_out_does_not_open_the_fence(fences: Fences) -> None:
    with fences.around("a"):
        for _ in range(2):
            with pytest.raises(Conflict), fences.around("a"):
                pass


def test_other_decisions_go_on_meanwhile(fences: Fences) -> None:
    with fences.around("a"), fences.around("b"), pytest.raises(Conflict), fences.around("a"):
        pass


def test_a_fence_is_gone_after_the_work_even_when_it_fails(fences: Fences) -> None:
    with pytest.raises(ZeroDivisionError), fences.around("a"):
        raise ZeroDivisionError
    with fences.around("a"):
        pass


def test_who_has_patience_gets_in_when_the_other_is_done(fences: Fences) -> None:
    order: list[str] = []
    begun, may_end = threading.Event(), threading.Event()

    def hold() -> None:
        with fences.around("a"):
            begun.set()
            may_end.wait(10)
            order.append("first")

    holder = threading.Thread(target=hold)
    holder.start()
    begun.wait(10)
    threading.Timer(0.02, may_end.set).start()
    with fences.around("a", patience_seconds=10):
        order.append("second")
    holder.join()
    assert order == ["first", "second"]
