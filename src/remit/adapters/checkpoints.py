"""The checkpointer: keeps paused runs only, in a SQLite file of its own beside the database.

SQL is the truth; this is a cache. A run that ends in its first leg leaves nothing here, and a paused run's checkpoints
go when its decision is final. Writes hold the file's lock, for the same reason as the database's (see
`remit.adapters.sql.sqlite`).
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from remit.adapters.sql.sqlite import FileLock
from remit.agents.records import FINAL
from remit.core.errors import SystemFailed

os.environ.setdefault("LANGGRAPH_STRICT_MSGPACK", "true")

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import ChannelVersions, Checkpoint, CheckpointMetadata, CheckpointTuple
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph.checkpoint.sqlite import SqliteSaver

_TIMEOUT_SECONDS = 30.0


class PausedRuns(SqliteSaver):
    """LangGraph's SQLite saver, narrowed to what can be resumed.

    It reads nothing but JSON primitives and LangGraph's own types, whatever the environment says. Every method raises
    SystemFailed when the file cannot be used.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file_lock = FileLock(path.with_name(path.name + ".lock"))
        # One handle on the file lock keeps other processes out, but not the threads of this one.
        self._turn = threading.Lock()
        with self._in_our_words():
            path.parent.mkdir(parents=True, exist_ok=True)
            connection = sqlite3.connect(path, check_same_thread=False, timeout=_TIMEOUT_SECONDS)
            # A state tells of its case: once a run is over, nothing of it may linger in a free page.
            connection.execute("PRAGMA secure_delete=ON")
            # Nobody waits for the disk here: in WAL mode a power failure takes the newest commits and leaves the file
            # whole, and a run whose checkpoint it took is re-entered from SQL.
            connection.execute("PRAGMA synchronous=NORMAL")
        super().__init__(connection, serde=JsonPlusSerializer(allowed_msgpack_modules=None))
        with contextlib.ExitStack() as stack:
            stack.callback(connection.close)
            with self._writing():
                self.setup()
            stack.pop_all()

    def get_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        with self._in_our_words():
            return super().get_tuple(config)

    def put(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        ended = final_config(config, checkpoint)
        if ended is not None:
            return ended
        with self._writing():
            return super().put(config, checkpoint, metadata, new_versions)

    def put_writes(
        self, config: RunnableConfig, writes: Sequence[tuple[str, Any]], task_id: str, task_path: str = ""
    ) -> None:
        with self._writing():
            super().put_writes(config, writes, task_id, task_path)

    def delete_thread(self, thread_id: str) -> None:
        with self._writing():
            super().delete_thread(thread_id)

    def threads(self) -> list[str]:
        """The ids of the runs that are remembered."""
        with self._in_our_words(), self.cursor(transaction=False) as cursor:
            cursor.execute("SELECT thread_id FROM checkpoints UNION SELECT thread_id FROM writes ORDER BY 1")
            return [thread_id for (thread_id,) in cursor.fetchall()]

    def purge(self) -> None:
        """Write the file anew without what was deleted, and empty its WAL."""
        with self._writing():
            self.conn.commit()
            self.conn.execute("VACUUM")
            self.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()

    def close(self) -> None:
        """Close the file, under its lock: closing copies the WAL home."""
        with self._writing():
            self.conn.close()
        self._file_lock.forget()

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        with self._turn, self._file_lock.held(_TIMEOUT_SECONDS), self._in_our_words():
            yield

    @contextlib.contextmanager
    def _in_our_words(self) -> Iterator[None]:
        try:
            yield
        except (OSError, sqlite3.Error) as error:
            raise SystemFailed(
                f"{self._path} cannot be used: {error}",
                code="checkpoints",
                mend="see that the data folder can be written; a damaged file may be moved away: it is a cache",
            ) from error


def final_config(config: RunnableConfig, checkpoint: Checkpoint) -> RunnableConfig | None:
    """Where the checkpoint of a finished run would be, which is not kept; None for a run that goes on.

    A finished run is never resumed: its row has everything.
    """
    if checkpoint["channel_values"].get("stage") not in FINAL:
        return None
    return {
        "configurable": {
            "thread_id": config["configurable"]["thread_id"],
            "checkpoint_ns": config["configurable"].get("checkpoint_ns", ""),
            "checkpoint_id": checkpoint["id"],
        }
    }
