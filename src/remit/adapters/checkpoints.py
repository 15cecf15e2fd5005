"""The checkpointer: keeps paused runs only, in a SQLite file of its own beside the database.

SQL is the truth; this is a cache. A run that ends in its first leg leaves nothing here, and a paused run's checkpoints
go when its decision is final. Writes hold the file's lock, for the same reason as the database's (see
`remit.adapters.sql.sqlite`).
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from remit.adapters.sql.sqlite import FileLock
from remit.agents.records import FINAL
from remit.core.errors import SystemFailed

os.environ.setdefault("LANGGRAPH_STRICT_MSGPACK", "true")

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import ChannelVersions, Checkpoint, CheckpointMetadata
from langgraph.checkpoint.sqlite import SqliteSaver

_TIMEOUT_SECONDS = 30.0


class PausedRuns(SqliteSaver):
    """LangGraph's SQLite saver, narrowed to what can be resumed."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file_lock = FileLock(path.with_name(path.name + ".lock"))
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            connection = sqlite3.connect(path, check_same_thread=False, timeout=_TIMEOUT_SECONDS)
        except (OSError, sqlite3.Error) as error:
            raise SystemFailed(
                f"cannot open {path}: {error}", code="checkpoints", mend="choose a data folder that can be written"
            ) from error
        super().__init__(connection)

    def setup(self) -> None:
        if self.is_setup:
            return
        try:
            with self._file_lock.held(_TIMEOUT_SECONDS):
                super().setup()
        except sqlite3.DatabaseError as error:
            raise SystemFailed(
                f"{self._path} is damaged: {error}",
                code="checkpoints",
                mend="move the file away: it is a cache, and paused runs go on from the database",
            ) from error

    def put(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        if checkpoint["channel_values"].get("stage") in FINAL:
            # A finished run is never resumed: its row has everything.
            return {
                "configurable": {
                    "thread_id": config["configurable"]["thread_id"],
                    "checkpoint_ns": config["configurable"].get("checkpoint_ns", ""),
                    "checkpoint_id": checkpoint["id"],
                }
            }
        self.setup()
        with self._file_lock.held(_TIMEOUT_SECONDS):
            return super().put(config, checkpoint, metadata, new_versions)

    def put_writes(
        self, config: RunnableConfig, writes: Sequence[tuple[str, Any]], task_id: str, task_path: str = ""
    ) -> None:
        self.setup()
        with self._file_lock.held(_TIMEOUT_SECONDS):
            super().put_writes(config, writes, task_id, task_path)

    def delete_thread(self, thread_id: str) -> None:
        self.setup()
        with self._file_lock.held(_TIMEOUT_SECONDS):
            super().delete_thread(thread_id)

    def close(self) -> None:
        """Close the file, under its lock: closing copies the WAL home."""
        with self._file_lock.held(_TIMEOUT_SECONDS):
            self.conn.close()
        self._file_lock.forget()
