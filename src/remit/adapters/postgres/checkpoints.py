"""The checkpointer on PostgreSQL: keeps paused runs only, in LangGraph's own tables beside Remit's.

A cache, as the one of `remit.adapters.checkpoints` is; on whichever machine a run was paused, any other can resume it.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Sequence
from typing import Any

from remit.adapters.checkpoints import final_config
from remit.adapters.postgres.database import PostgresDatabase
from remit.core.errors import SystemFailed

os.environ.setdefault("LANGGRAPH_STRICT_MSGPACK", "true")

import psycopg
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import ChannelVersions, Checkpoint, CheckpointMetadata, CheckpointTuple
from langgraph.checkpoint.postgres import PostgresSaver
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from psycopg.rows import dict_row
from psycopg_pool import ConnectionPool, PoolTimeout

_CONNECTIONS = 8
_SETTING_UP = 0x52656D6975


class PostgresPausedRuns(PostgresSaver):
    """LangGraph's PostgreSQL saver, narrowed to what can be resumed; see `remit.adapters.checkpoints.PausedRuns`."""

    def __init__(self, database: PostgresDatabase) -> None:
        self._place = database.place
        pool: ConnectionPool[psycopg.Connection[dict[str, Any]]] = ConnectionPool(
            database.conninfo,
            min_size=0,
            max_size=_CONNECTIONS,
            open=True,
            timeout=30.0,
            kwargs={"autocommit": True, "prepare_threshold": 0, "row_factory": dict_row, "connect_timeout": 10},
        )
        super().__init__(pool, serde=JsonPlusSerializer(allowed_msgpack_modules=None))
        self._pool = pool
        with self._in_our_words():
            self._set_up(database)

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
        with self._in_our_words():
            return super().put(config, checkpoint, metadata, new_versions)

    def put_writes(
        self, config: RunnableConfig, writes: Sequence[tuple[str, Any]], task_id: str, task_path: str = ""
    ) -> None:
        with self._in_our_words():
            super().put_writes(config, writes, task_id, task_path)

    def delete_thread(self, thread_id: str) -> None:
        with self._in_our_words():
            super().delete_thread(thread_id)

    def threads(self) -> list[str]:
        """The ids of the runs that are remembered."""
        query = (
            "SELECT thread_id FROM checkpoints UNION SELECT thread_id FROM checkpoint_writes"
            " UNION SELECT thread_id FROM checkpoint_blobs ORDER BY 1"
        )
        with self._in_our_words(), self._pool.connection() as connection:
            return [row["thread_id"] for row in connection.execute(query)]

    def purge(self) -> None:
        """Write LangGraph's tables anew without what was deleted."""
        with self._in_our_words(), self._pool.connection() as connection:
            connection.execute("VACUUM FULL checkpoints, checkpoint_writes, checkpoint_blobs")

    def close(self) -> None:
        """Close the connections."""
        self._pool.close()

    def _set_up(self, database: PostgresDatabase) -> None:
        """Make LangGraph's tables, one process at a time; most of the time they are there."""
        with self._pool.connection() as connection:
            if _newest_migration(connection) == len(self.MIGRATIONS) - 1:
                return
        with database.alone(_SETTING_UP):
            self.setup()

    @contextlib.contextmanager
    def _in_our_words(self) -> Iterator[None]:
        try:
            yield
        except (psycopg.Error, PoolTimeout) as error:
            raise SystemFailed(
                f"{self._place}: paused runs cannot be reached: {error}",
                code="checkpoints",
                mend="see that the server runs, and that REMIT_DATABASE_URL names it",
            ) from error


def _newest_migration(connection: psycopg.Connection[dict[str, Any]]) -> int | None:
    there = connection.execute("SELECT to_regclass('checkpoint_migrations') IS NOT NULL AS there").fetchone()
    if not there or not there["there"]:
        return None
    row = connection.execute("SELECT max(v) AS v FROM checkpoint_migrations").fetchone()
    return row["v"] if row else None
