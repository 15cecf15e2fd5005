"""What Remit holds DBOS to: no pickle, no network, nothing of a case in its tables, and a file that may be lost."""

from __future__ import annotations

import base64
import os
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from remit.adapters.dbos.queue import DbosQueue
from remit.core.errors import SystemFailed

D1 = "01K00000000000000000000001"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "queue.db"


@pytest.fixture
def queue(file: Path) -> Any:
    made = DbosQueue(f"sqlite:///{file}")
    yield made
    made.close()


def rows(file: Path, query: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(file, timeout=30)) as link:
        found = link.execute(query).fetchall()
        link.commit()
        return found


def until_ended(queue: Any) -> None:
    for _ in range(1000):
        if queue.backlog() == 0:
            return
        time.sleep(0.01)
    raise AssertionError("the queue was never done")


def test_a_row_that_claims_to_be_pickled_is_not_unpickled(queue: Any, file: Path, tmp_path: Path) -> None:
    mark = tmp_path / "unpickled"
    # Unpickling this makes the folder.
    bomb = b"cos\nmkdir\n(V" + str(mark).encode() + b"\ntR."
    queue.put(D1)
    text = base64.b64encode(bomb).decode()
    rows(file, f"UPDATE workflow_input SET inputs = '{text}'")
    rows(file, "UPDATE workflow_status SET serialization = 'py_pickle'")
    with queue.shift("W1", lambda decision_id: "done", None):
        time.sleep(1)
    assert not mark.exists()


def test_the_queue_holds_ids_and_words_and_nothing_else(queue: Any, file: Path) -> None:
    queue.put(D1)
    with queue.shift("W1", lambda decision_id: "executed", None):
        until_ended(queue)
    [(inputs, _)] = rows(file, "SELECT inputs, workflow_uuid FROM workflow_input")
    assert inputs == f'{{"args":["{D1}"],"kwargs":{{}}}}'
    outputs = rows(file, "SELECT output FROM workflow_output UNION SELECT output FROM operation_outputs")
    assert outputs == [('"executed"',)]


def test_a_shift_listens_on_no_port_and_leaves_no_thread(queue: Any, monkeypatch: Any) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("a socket was bound or connected")

    before = set(threading.enumerate())
    monkeypatch.setattr(socket.socket, "bind", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    queue.put(D1)
    with queue.shift("W1", lambda decision_id: "done", None):
        until_ended(queue)
    assert set(threading.enumerate()) <= before


def test_the_makers_cloud_is_not_asked_even_where_the_environment_says_so(tmp_path: Path) -> None:
    code = (
        "from remit.adapters.dbos.queue import DbosQueue\n"
        f"queue = DbosQueue('sqlite:///{tmp_path}/queue.db')\n"
        f"queue.put('{D1}')\n"
        "with queue.shift('W1', lambda decision_id: 'done', None):\n"
        "    pass\n"
    )
    environment = {**os.environ, "DBOS__CLOUD": "true", "DBOS_SYSTEM_DATABASE_URL": "postgresql://nowhere.invalid/x"}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "queue.db").exists()


def test_the_file_is_in_wal_mode(queue: Any, file: Path) -> None:
    queue.put(D1)
    assert rows(file, "PRAGMA journal_mode") == [("wal",)]


def test_a_process_has_one_shift(queue: Any) -> None:
    with (
        queue.shift("W1", lambda decision_id: "done", None),
        pytest.raises(SystemFailed, match="has a shift already"),
        queue.shift("W2", lambda decision_id: "done", None),
    ):
        pass


def test_a_shift_can_follow_another(queue: Any) -> None:
    done: list[str] = []
    for worker in ("W1", "W2"):
        queue.put(D1)
        with queue.shift(worker, lambda decision_id, worker=worker: done.append(worker) or "done", None):
            until_ended(queue)
    assert done == ["W1", "W2"]


def test_what_a_version_before_left_is_queued_anew_under_this_one(queue: Any, monkeypatch: Any) -> None:
    with monkeypatch.context() as before:
        before.setattr("remit.adapters.dbos.queue.VERSION", "0")
        queue.put(D1)
    assert (queue.tasks([D1]), queue.backlog(), queue.put(D1)) == ({}, 0, True)
    with queue.shift("W1", lambda decision_id: "done", None):
        until_ended(queue)
    assert queue.tasks([D1])[D1].state == "ended"


def test_a_decision_may_be_tried_any_number_of_times(queue: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr("remit.adapters.dbos.queue._NUMBERS_AT_ONCE", 2)
    with queue.shift("W1", lambda decision_id: "done", None):
        for tries in range(1, 6):
            assert queue.put(D1)
            until_ended(queue)
            assert queue.tasks([D1])[D1].tries == tries


def test_a_damaged_file_is_told_with_its_mend(queue: Any, file: Path) -> None:
    file.write_bytes(b"this is no database, " * 500)
    with pytest.raises(SystemFailed, match="cannot be used") as raised:
        queue.put(D1)
    assert "may be moved away" in str(raised.value.mend)


def test_threads_and_processes_that_queue_at_once_queue_each_decision_once(queue: Any, file: Path) -> None:
    code = (
        "from remit.adapters.dbos.queue import DbosQueue\n"
        f"queue = DbosQueue('sqlite:///{file}')\n"
        f"[queue.put(f'{D1[:-2]}{{number:02}}') for number in range(20)]\n"
    )
    others = [subprocess.Popen([sys.executable, "-c", code]) for _ in range(2)]
    ids = [f"{D1[:-2]}{number:02}" for number in range(20)]
    threads = [threading.Thread(target=lambda: [queue.put(each) for each in ids]) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [process.wait(60) for process in others] == [0, 0]
    assert queue.backlog() == 20
