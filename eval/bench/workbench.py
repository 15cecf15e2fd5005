"""What the benchmarks work on: an engine in a folder that is thrown away, and the real cases of the pack `credit`."""

from __future__ import annotations

import contextlib
import functools
import itertools
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from remit.core.errors import NotFound
from remit.core.words import Actor
from remit.packs.admit import CaseRejected, admit
from remit.packs.pack import Decision
from remit.retrieval.ports import Embedder
from remit.service.tables import CaseFile
from remit.settings import load_settings
from remit.wiring import Engine

PACK = "credit"
ACTOR = Actor("bench", roles=("analyst",))


@dataclass
class Workbench:
    """An open engine, and a folder for whatever else is needed."""

    engine: Engine
    folder: Path
    _numbers: Iterator[int]

    @functools.cached_property
    def decision(self) -> Decision:
        return self.engine.services.decision(self.engine.services.pack(PACK), None)

    @functools.cached_property
    def cases(self) -> list[dict[str, Any]]:
        """The pack's history: raw cases, outcomes left out."""
        folder = self.engine.services.pack(PACK).files.folder
        if folder is None or not (folder / "history.csv").is_file():
            raise NotFound(f"the pack `{PACK}` has no history.csv", mend="run it from a source tree or a whole install")
        return [case for _, case in CaseFile(folder / "history.csv", self.decision.contract.record).cases()]

    @functools.cached_property
    def admitted(self) -> list[dict[str, Any]]:
        """The cases as they pass the door, without those that do not."""
        passed = []
        for raw in self.cases:
            with contextlib.suppress(CaseRejected):
                passed.append(admit(self.decision, raw).case)
        return passed

    def fresh(self, suffix: str = "") -> Path:
        """A path that nobody has used yet."""
        return self.folder / f"{next(self._numbers)}{suffix}"


def engine_in(home: Path, database_url: str | None = None, *, embedder: Embedder | None = None) -> Engine:
    """An engine on that folder and the shipped packs; the database that the settings name is left alone."""
    settings = load_settings().model_copy(update={"home": home, "database_url": database_url, "packs": None})
    return Engine(settings, embedder=embedder)


@contextlib.contextmanager
def workbench() -> Iterator[Workbench]:
    """A workbench; all of it is gone afterwards."""
    thrown_away = tempfile.TemporaryDirectory(prefix="remit-bench-", ignore_cleanup_errors=True)
    with thrown_away as name, engine_in(Path(name) / "home") as engine:
        yield Workbench(engine, Path(name), itertools.count(1))
