"""A bare FastAPI route on the bare graph, a process: ``python -m remit.eval.bench.bare_service PORT FILE [BOOK]``.

The route takes the same request as Remit's and answers with what the graph ends in. There is no identity, no contract,
no evidence and no ledger behind it; a killed run goes on where it was, by LangGraph's own checkpointer on FILE. With
BOOK, what is allowed is also carried out: one entry in the system of record that the shipped packs act on.
"""

from __future__ import annotations

import itertools
import sqlite3
import sys
import uuid
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI
from langgraph.checkpoint.sqlite import SqliteSaver
from pydantic import BaseModel, ConfigDict

from remit.eval.bench.bare_graph import Verdict, build_bare_graph
from remit.packs.local_record import LocalRecord


class Asked(BaseModel):
    """A case, and which way it shall go."""

    model_config = ConfigDict(extra="forbid")

    pack: str
    case: dict[str, Any]
    verdict: Verdict


def bare_app(file: str, book: str | None = None) -> FastAPI:
    """The application, with its checkpoints in that file; it acts where it has a book."""
    saver = SqliteSaver(sqlite3.connect(file, check_same_thread=False))
    record = None if book is None else LocalRecord(Path(book))

    def act() -> None:
        if record is not None:
            record.write(str(uuid.uuid4()), "account", {"amount_cents": 1})

    graph = build_bare_graph(saver, act)
    threads = itertools.count()
    app = FastAPI()

    @app.post("/v1/decisions")
    def decide(asked: Asked) -> dict[str, Any]:
        config: Any = {"configurable": {"thread_id": str(next(threads))}}
        return dict(graph.invoke({"verdict": asked.verdict}, config, durability="sync"))

    @app.get("/readyz")
    def ready() -> dict[str, str]:
        return {"status": "ready"}

    return app


if __name__ == "__main__":
    uvicorn.run(bare_app(*sys.argv[2:]), port=int(sys.argv[1]), http="h11", log_config=None, access_log=False)
