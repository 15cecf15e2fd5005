"""Fences: one process at a time works on one decision, and a killed one leaves no fence."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from remit.adapters.fences import FileFences
from remit.core.errors import Conflict, SystemFailed

HOLD = (
    "import sys, time; from pathlib import Path; from remit.adapters.fences import FileFences\n"
    "with FileFences(Path(sys.argv[1])).around('d'): print('held', flush=True); time.sleep(60)"
)


def test_a_second_process_is_kept_out_and_a_killed_one_leaves_no_fence(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", HOLD, tmp_path], stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(Conflict, match="another process"), FileFences(tmp_path).around("d"):
            pass
        other.kill()
        other.wait()
    with FileFences(tmp_path).around("d"):
        assert (tmp_path / "d.lock").exists()


def test_other_decisions_go_on_meanwhile(tmp_path: Path) -> None:
    fences = FileFences(tmp_path)
    with fences.around("a"), fences.around("b"):
        assert {each.name for each in tmp_path.iterdir()} == {"a.lock", "b.lock"}


def test_a_fence_is_gone_after_the_work_even_when_it_fails(tmp_path: Path) -> None:
    fences = FileFences(tmp_path)
    with fences.around("d"):
        pass
    with pytest.raises(ZeroDivisionError), fences.around("d"):
        raise ZeroDivisionError
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_a_clear_failure(tmp_path: Path) -> None:
    (tmp_path / "locks").write_text("in the way")
    with pytest.raises(SystemFailed, match="cannot write"), FileFences(tmp_path / "locks").around("d"):
        pass
