"""Checkpoints in memory, as the real saver keeps them: paused runs only, and nothing that a dead process sends."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import ChannelVersions, Checkpoint, CheckpointMetadata
from langgraph.checkpoint.memory import InMemorySaver

from remit.agents.records import FINAL
from remit.core.errors import SystemFailed
from simulator.process import Process


class UnsteadyCheckpoints(InMemorySaver):
    """A process's way to the checkpoints that all processes share.

    LangGraph saves from threads of its own, and also while an error unwinds. So there is no turn for others here.
    """

    def __init__(self, shared: InMemorySaver, process: Process) -> None:
        super().__init__()
        self.storage, self.writes, self.blobs = shared.storage, shared.writes, shared.blobs
        self._process = process

    def put(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        if checkpoint["channel_values"].get("stage") in FINAL or not self._process.alive:
            return {
                "configurable": {
                    "thread_id": config["configurable"]["thread_id"],
                    "checkpoint_ns": config["configurable"].get("checkpoint_ns", ""),
                    "checkpoint_id": checkpoint["id"],
                }
            }
        if self._process.happens("unsaved"):
            self._process.tell("a checkpoint was not saved")
            raise SystemFailed("the checkpoints cannot be written", code="checkpoints")
        return super().put(config, checkpoint, metadata, new_versions)

    def put_writes(
        self, config: RunnableConfig, writes: Sequence[tuple[str, Any]], task_id: str, task_path: str = ""
    ) -> None:
        if self._process.alive:
            super().put_writes(config, writes, task_id, task_path)

    def delete_thread(self, thread_id: str) -> None:
        if self._process.alive:
            super().delete_thread(thread_id)

    def threads(self) -> list[str]:
        """The ids of the runs that are remembered."""
        return sorted(
            {*(thread for thread, spaces in self.storage.items() if spaces), *(key[0] for key in self.writes)}
        )
