"""The queue on DBOS: one workflow for each attempt at a decision, whose one step is to carry the decision on."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

# First, for it sets what DBOS reads at its import.
from remit.adapters.dbos.serializer import JsonOnly  # isort: split

from dbos import DBOS, DBOSClient, DBOSConfig, WorkflowStatus
from dbos import error as faults
from sqlalchemy import Engine, create_engine, make_url
from sqlalchemy.exc import SQLAlchemyError

from remit.adapters.dbos.engine import LockedFile
from remit.adapters.postgres.database import bounded
from remit.core.errors import SystemFailed
from remit.service.work.ports import Task, TaskState

NAME = "remit"
QUEUE = "decisions"
WORKFLOW = "remit.carry_on"
VERSION = "1"
"""Raised when a queued workflow could no longer be run by this code. Workers see only what is of their version: what an
earlier one left is queued anew under this one."""

POLL_SECONDS = 0.1
"""How often a worker looks for work. It takes at most its concurrency at each look."""

CONCURRENCY = 8
DEATHS_MAX = 5
"""A workflow that was under way at so many deaths of its worker is not run again; the sweep waits before it tries."""

_STATES: dict[str, TaskState] = {"ENQUEUED": "queued", "DELAYED": "queued", "PENDING": "held"}
_ENDED = ["SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"]
_DECISIONS_AT_ONCE = 50
_NUMBERS_AT_ONCE = 16
_FORGOTTEN_AT_ONCE = 1000
_NEVER_SECONDS = 10**9

_do: Callable[[str], str] | None = None
"""What this process does with a decision while it has a shift. DBOS knows one application in a process."""


@DBOS.step(name="carry_on")
def _carry_on(decision_id: str) -> str:
    if _do is None:
        raise SystemFailed("a decision was taken up by a process that has no shift", code="no_shift")
    return _do(decision_id)


@DBOS.workflow(name=WORKFLOW, max_recovery_attempts=DEATHS_MAX)
def _workflow(decision_id: str) -> str:
    return _carry_on(decision_id)


class DbosQueue:
    """`remit.service.work.ports.Queue` and `Workshop`. Opened at the first use; every method may raise SystemFailed.

    Args:
        url: the PostgreSQL database, where DBOS keeps a schema of its own, or ``sqlite:///path`` of a file for DBOS.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._turn = threading.RLock()
        self._file: LockedFile | None = None
        self._opened: tuple[Engine, DBOSClient] | None = None

    def put(self, decision_id: str) -> bool:
        with self._in_our_words():
            before = self._workflows([decision_id]).get(decision_id, [])
            if any(each.status in _STATES for each in before):
                return False
            number = max((_number(each) for each in before), default=0) + 1
            # Of two that queue it at the same moment both mean the same workflow, and there is one.
            self._client.enqueue(
                {
                    "queue_name": QUEUE,
                    "workflow_name": WORKFLOW,
                    "workflow_id": _workflow_id(decision_id, number),
                    "app_version": VERSION,
                },
                decision_id,
            )
            return True

    def tasks(self, decision_ids: Sequence[str]) -> dict[str, Task]:
        with self._in_our_words():
            return {
                decision_id: _task(decision_id, workflows)
                for first in range(0, len(decision_ids), _DECISIONS_AT_ONCE)
                for decision_id, workflows in self._workflows(decision_ids[first : first + _DECISIONS_AT_ONCE]).items()
            }

    def backlog(self, limit: int | None = None) -> int:
        with self._in_our_words():
            return len(_listed(self._client, status=[*_STATES], limit=limit))

    @contextlib.contextmanager
    def shift(self, worker_id: str, do: Callable[[str], str], concurrency: int | None) -> Iterator[DbosShift]:
        global _do
        if _do is not None:
            raise SystemFailed("this process has a shift already", code="second_shift", mend="start another process")
        _do = do
        try:
            with self._in_our_words():
                self._launch(worker_id, concurrency)
            yield DbosShift(self._client, self._in_our_words)
        finally:
            DBOS.destroy(workflow_completion_timeout_sec=_NEVER_SECONDS)
            _do = None

    def close(self) -> None:
        """Let go of the database; the next use opens it anew."""
        with self._turn:
            if self._opened is not None:
                engine, client = self._opened
                client.destroy()
                if self._file is None:
                    engine.dispose()
            if self._file is not None:
                self._file.close()
            self._file = self._opened = None

    def _launch(self, worker_id: str, concurrency: int | None) -> None:
        # Registered before the launch, which finds it at once; later it would be seen a second later.
        self._client.register_queue(
            QUEUE,
            worker_concurrency=concurrency or CONCURRENCY,
            polling_interval_sec=POLL_SECONDS,
            on_conflict="never_update" if concurrency is None else "always_update",
        )
        config: DBOSConfig = {
            "name": NAME,
            "application_version": VERSION,
            "executor_id": worker_id,
            "system_database_engine": self._engine,
            "serializer": JsonOnly(),
            "run_migrations": False,
            "enable_otlp": False,
            # Nothing is ever notified here; this is how long a shift's end waits for the listener to notice it.
            "notification_listener_polling_interval_sec": 0.1,
            # It would warn ten times a second for as long as a database is away. A worker tells of that once.
            "log_level": "ERROR",
        }
        DBOS(config=config)
        DBOS.listen_queues([QUEUE])
        DBOS.launch()

    def _workflows(self, decision_ids: Sequence[str]) -> dict[str, list[WorkflowStatus]]:
        """The workflows of each decision that has any. They are asked for by their ids, which has an index."""
        found: dict[str, list[WorkflowStatus]] = {}
        numbers, asked = range(1, _NUMBERS_AT_ONCE + 1), list(decision_ids)
        while asked:
            ids = [_workflow_id(decision_id, number) for decision_id in asked for number in numbers]
            for each in _listed(self._client, workflow_ids=ids):
                found.setdefault(_decision_of(each), []).append(each)
            # Further on it can only go where the last number is taken.
            asked = [each for each in asked if any(_number(one) == numbers[-1] for one in found.get(each, ()))]
            numbers = range(numbers.stop, numbers.stop + _NUMBERS_AT_ONCE)
        return found

    # The connection

    @property
    def _engine(self) -> Engine:
        return self._open()[0]

    @property
    def _client(self) -> DBOSClient:
        return self._open()[1]

    def _open(self) -> tuple[Engine, DBOSClient]:
        with self._turn:
            if self._opened is None:
                # Always: in PostgreSQL a migration of another process may be half way, and this one waits for it.
                self._migrate()
                engine = self._new_engine()
                client = DBOSClient(
                    system_database_engine=engine,
                    serializer=JsonOnly(),
                    application_name=NAME,
                    retry_connection_errors=False,
                )
                self._opened = engine, client
            return self._opened

    def _new_engine(self) -> Engine:
        if self._path is None:
            return create_engine(self._url, pool_size=5, max_overflow=5, pool_pre_ping=True, connect_args=bounded())
        self._file = self._file or LockedFile(self._path)
        return self._file.engine

    def _migrate(self) -> None:
        if self._path is None:
            DBOS.migrate(self._url)
            return
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._file = self._file or LockedFile(self._path)
        with self._file.alone():
            DBOS.migrate(f"sqlite:///{self._path}")

    @property
    def _path(self) -> Path | None:
        url = make_url(self._url)
        return Path(str(url.database)) if url.get_backend_name() == "sqlite" else None

    @contextlib.contextmanager
    def _in_our_words(self) -> Iterator[None]:
        try:
            yield
        except (faults.DBOSException, SQLAlchemyError, OSError) as error:
            place = self._path or "the database's schema `dbos`"
            raise SystemFailed(
                f"the queue in {place} cannot be used: {str(error).splitlines()[0]}",
                code="queue",
                mend="see that it can be written. It may be moved away: decisions are queued anew from their rows",
            ) from error


class DbosShift:
    """`remit.service.work.ports.Shift`, in the process that was launched for it."""

    def __init__(self, client: DBOSClient, in_our_words: Callable[[], contextlib.AbstractContextManager[None]]) -> None:
        self._client = client
        self._in_our_words = in_our_words

    def holders(self) -> set[str]:
        with self._in_our_words():
            held = _listed(self._client, status="PENDING")
            return {each.executor_id for each in held if each.executor_id is not None}

    def release(self, holder: str) -> int:
        with self._in_our_words():
            return len(DBOS._recover_pending_workflows([holder]))

    def forget(self, kept_seconds: float) -> int:
        before = (datetime.now(UTC) - timedelta(seconds=kept_seconds)).isoformat()
        forgotten = 0
        with self._in_our_words():
            while ended := self._ended(before):
                self._client.delete_workflows([each.workflow_id for each in ended])
                forgotten += len(ended)
        return forgotten

    def _ended(self, before: str) -> list[WorkflowStatus]:
        """Some of what ended before a moment, of whatever version."""
        return self._client.list_workflows(
            status=_ENDED, completed_before=before, limit=_FORGOTTEN_AT_ONCE, load_input=False, load_output=False
        )


def _listed(client: DBOSClient, **wanted: Any) -> list[WorkflowStatus]:
    return client.list_workflows(app_version=VERSION, load_input=False, load_output=False, **wanted)


def _workflow_id(decision_id: str, number: int) -> str:
    return f"{decision_id}.{VERSION}.{number}"


def _decision_of(workflow: WorkflowStatus) -> str:
    return workflow.workflow_id.partition(".")[0]


def _number(workflow: WorkflowStatus) -> int:
    return int(workflow.workflow_id.rpartition(".")[2])


def _task(decision_id: str, workflows: list[WorkflowStatus]) -> Task:
    newest = max(workflows, key=_number)
    moved_at = (newest.completed_at or newest.updated_at or newest.created_at or 0) / 1000
    return Task(
        decision_id=decision_id,
        state=_STATES.get(newest.status, "ended"),
        tries=sum(max(1, each.recovery_attempts or 0) for each in workflows),
        idle_seconds=max(0.0, time.time() - moved_at),
    )
