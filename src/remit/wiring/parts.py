"""What the operations are handed of the outside: packs from folders, and the parts that a pack is made of."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from remit.adapters.connectors import PackConnectors
from remit.core.errors import NotFound
from remit.core.problems import did_you_mean
from remit.packs.files import Marks, PackFiles, marks_of, read_folder
from remit.packs.pack import Decision, Pack
from remit.settings import Settings

if TYPE_CHECKING:
    from remit.agents.aids import LanguageModel
    from remit.learning.ports import OutcomeModel
    from remit.retrieval.ports import Embedder, KnowledgeStore, VectorIndex
    from remit.retrieval.search import Corpus


class Indexing(Protocol):
    """What the parts need of the engine: where to keep things, the store of documents, the embedding model."""

    home: Path
    settings: Settings
    knowledge_store: KnowledgeStore

    @property
    def embedder(self) -> Embedder: ...


class FolderLibrary:
    """Packs by name in the settings' folders, or by their own folder.

    It is asked at every decision, so that a change counts from the next one on; files that were not touched are not
    read again, and their digest is known.

    Args:
        now_ns: the machine's time as its files are marked with it.
    """

    def __init__(self, settings: Settings, now_ns: Callable[[], int] = time.time_ns) -> None:
        self._folders = settings.pack_folders
        self._now_ns = now_ns
        self._known: dict[Path, tuple[Marks, PackFiles]] = {}

    def files(self, ref: str) -> PackFiles:
        if "/" in ref or "\\" in ref or ref.startswith("."):
            return self._read(Path(ref))
        for folder in self._folders:
            if (folder / ref / "pack.yaml").is_file():
                return self._read(folder / ref)
        if Path(ref, "pack.yaml").is_file():
            return self._read(Path(ref))
        known = self.names()
        raise NotFound(
            f"there is no pack `{ref}`",
            mend=did_you_mean(ref, known) or f"known packs: {', '.join(known) or 'none'}; or give a pack's folder",
        )

    def _read(self, folder: Path) -> PackFiles:
        before, now_ns = marks_of(folder), self._now_ns()
        marks, files = self._known.get(folder, (None, None))
        if files is not None and marks == before:
            return files
        files = read_folder(folder)
        if before.are_telling(now_ns) and marks_of(folder) == before:
            self._known[folder] = (before, files)
        return files

    def names(self) -> list[str]:
        return sorted({path.parent.name for folder in self._folders for path in folder.glob("*/pack.yaml")})


class PackParts:
    """The outside parts of packs, made once for each version."""

    def __init__(self, engine: Indexing) -> None:
        self._engine = engine
        self._corpora: dict[tuple[str, str | None], Corpus] = {}
        self._erasures = 0
        self._connectors: dict[str, PackConnectors] = {}

    def model(self, pack: Pack, decision: Decision) -> OutcomeModel | None:
        if decision.model is None:
            return None
        from remit.adapters.onnx_model import model_of

        return model_of(pack, decision)

    def language_model(self, name: str) -> LanguageModel | None:
        """Of any other than the one that is set nobody has said that cases may be sent to it."""
        if self._engine.settings.llm != name:
            return None
        from remit.adapters.structured import StructuredModel

        return StructuredModel(name)

    def connectors(self, pack: Pack) -> PackConnectors:
        if pack.sha256 not in self._connectors:
            self._connectors[pack.sha256] = PackConnectors(pack.files, self._engine.home)
        return self._connectors[pack.sha256]

    def is_indexed(self, pack: str) -> bool:
        return (pack, None) in self._corpora or self._engine.knowledge_store.latest(pack) is not None

    def corpus(self, pack: str, snapshot: str | None = None) -> Corpus:
        from remit.retrieval.search import load_corpus

        newest = self._corpora.get((pack, None))
        if newest is not None and snapshot is None and self._newest(pack) == newest.snapshot.sha256:
            return newest
        self.forget_erased()
        newest = self._corpora.get((pack, None))
        if newest is not None and snapshot == newest.snapshot.sha256:
            return newest
        if snapshot is None or (pack, snapshot) not in self._corpora:
            self._corpora[pack, snapshot] = load_corpus(
                pack,
                store=self._engine.knowledge_store,
                index=self._index if snapshot is None else brute_force(),
                embedder=self._engine.embedder,
                snapshot=snapshot,
            )
        return self._corpora[pack, snapshot]

    def forget_erased(self) -> None:
        """`remit.service.ports.DocumentIndex`: after an erasure, whoever did it, all that was read is forgotten.

        An erasure gives a pack that held the document a new newest snapshot, so nobody decides without coming by here.
        """
        erasures = self._engine.knowledge_store.erasures()
        if erasures != self._erasures:
            self._corpora.clear()
            self._index.renew(str(erasures))
            self._erasures = erasures

    def _newest(self, pack: str) -> str | None:
        """The newest snapshot's SHA-256, asked every time: another process may have indexed the pack since."""
        latest = self._engine.knowledge_store.latest(pack)
        return latest.sha256 if latest else None

    @functools.cached_property
    def _index(self) -> VectorIndex:
        from remit.adapters.chroma.index import ChromaVectorIndex

        return ChromaVectorIndex(self._engine.home / "chroma")


def brute_force() -> VectorIndex:
    """For a snapshot of the past: the index on disk keeps serving the newest one undisturbed."""
    from remit.adapters.memory.vectors import MemoryVectorIndex

    return MemoryVectorIndex()
