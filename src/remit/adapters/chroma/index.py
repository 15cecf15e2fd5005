"""The Chroma index: one collection for each collection and revision that somebody asked for of late."""

from __future__ import annotations

import contextlib
import fcntl
import shutil
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from remit.adapters.files import write_atomically
from remit.core.canonical import sha256_hex
from remit.core.errors import SystemFailed
from remit.retrieval.ports import IndexGone, Vectors

_BATCH = 1000
_EXACT_UP_TO = 2000
"""Up to this many vectors the search visits all of them, so that its answer is exact."""

_MARK = "mark"
"""The file that says under which mark the folder is filled."""

_REVISIONS_KEPT = 4
"""A replay asks for old revisions while others ask for the newest; a few of each live side by side."""


class ChromaVectorIndex:
    """Twin of the memory index, on disk. A revision is never changed once built, so readers never see half of one.

    A folder that Chroma cannot read is thrown away and filled again: it is a cache.

    Args:
        folder: where Chroma keeps its files; made when missing.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._turn = threading.RLock()
        self._client: Any = None
        self._opened_at = 0
        self._ready: dict[str, Any] = {}

    def ensure(self, collection: str, revision: str, ids: Sequence[str], vectors: Vectors) -> None:
        if _name(collection, revision) in self._ready:
            return
        with self._turn, self._alone():
            try:
                self._build(collection, revision, ids, vectors)
            except _failures():
                self._throw_away()
                try:
                    self._build(collection, revision, ids, vectors)
                except _failures() as error:
                    raise self._unusable(str(error)) from error

    def query(self, collection: str, revision: str, vector: Vectors, limit: int) -> list[tuple[str, float]]:
        try:
            handle = self._held(collection, revision)
            found = handle.query(query_embeddings=[vector], n_results=limit, include=["distances"])
        except _failures() as error:
            # Whatever is wrong with it, it is built anew at the next `ensure`.
            self._delete(_name(collection, revision))
            raise IndexGone(f"the collection `{collection}` is not held at this revision") from error
        pairs = zip(found["ids"][0], found["distances"][0], strict=True)
        near = [(chunk_id, 1.0 - distance) for chunk_id, distance in pairs]
        return sorted(near, key=lambda pair: (-pair[1], pair[0]))

    def drop(self, collection: str) -> None:
        for name in self._built(collection):
            self._delete(name)

    def renew(self, mark: str) -> None:
        with self._turn, self._alone():
            if self._mark() != mark:
                self.close()
                self._begin_anew()
                # Written last: whoever is cut off before does all of it again.
                write_atomically(self._folder / _MARK, mark.encode())
            elif self._client is not None and self._newest() != self._opened_at:
                self.close()

    def close(self) -> None:
        """Let go of Chroma's files. The next use opens them anew."""
        with self._turn:
            self._ready.clear()
            if self._client is not None:
                self._client.close()
                self._client = None

    def _build(self, collection: str, revision: str, ids: Sequence[str], vectors: Vectors) -> None:
        built = self._built(collection)
        name = _name(collection, revision)
        handle = self._opened().get_or_create_collection(
            name,
            embedding_function=None,  # the default one would download a model
            metadata={"revision": revision, "size": len(ids), "built": max(built.values(), default=0) + 1},
            configuration={"hnsw": {"space": "cosine", "ef_search": min(max(len(ids), 100), _EXACT_UP_TO)}},
        )
        # What a killed process left unfinished is finished here: the same ids are written over themselves.
        if handle.count() != len(ids):
            for first in range(0, len(ids), _BATCH):
                handle.upsert(ids=list(ids[first : first + _BATCH]), embeddings=vectors[first : first + _BATCH])
        self._ready[name] = handle
        for old in sorted(built.keys() - {name}, key=lambda each: built[each])[: 1 - _REVISIONS_KEPT]:
            self._delete(old)

    def _held(self, collection: str, revision: str) -> Any:
        """The collection at that revision, complete. Raises one of `_failures`."""
        name = _name(collection, revision)
        if name not in self._ready:
            handle = self._opened().get_collection(name, embedding_function=None)
            if handle.count() != (handle.metadata or {}).get("size"):
                raise ValueError(f"the collection `{collection}` is not complete")
            self._ready[name] = handle
        return self._ready[name]

    def _built(self, collection: str) -> dict[str, int]:
        """The names of every revision that is held, each with its place in the order of building."""
        found = self._opened().list_collections()
        prefix = _name(collection, "")
        return {each.name: (each.metadata or {}).get("built", 0) for each in found if each.name.startswith(prefix)}

    def _delete(self, name: str) -> None:
        self._ready.pop(name, None)
        with contextlib.suppress(*_failures()):
            self._opened().delete_collection(name)

    def _opened(self) -> Any:
        with self._turn:
            if self._client is None:
                import chromadb
                from chromadb.config import Settings

                self._opened_at = self._newest()
                self._client = chromadb.PersistentClient(
                    str(self._data(self._opened_at)), settings=Settings(anonymized_telemetry=False)
                )
            return self._client

    def _throw_away(self) -> None:
        """Begin again in an empty folder, or in the one that somebody else began since this one was opened.

        Its number is new because Chroma remembers, by path, an opening that failed.
        """
        self.close()
        if self._newest() <= self._opened_at:
            self._begin_anew()

    def _begin_anew(self) -> None:
        """Make an empty folder, and remove every older one."""
        older = self._numbers()
        try:
            self._data(self._newest() + 1).mkdir(parents=True)
            for number in older:
                if self._data(number).is_dir():
                    shutil.rmtree(self._data(number))
                else:
                    self._data(number).unlink(missing_ok=True)
        except OSError as error:
            raise self._unusable(error.strerror or str(error)) from error

    def _mark(self) -> str:
        """Under which mark the folder is filled."""
        try:
            return (self._folder / _MARK).read_text("utf-8")
        except FileNotFoundError:
            return "0"
        except OSError as error:
            raise self._unusable(error.strerror or str(error)) from error

    def _newest(self) -> int:
        return max(self._numbers(), default=1)

    def _numbers(self) -> list[int]:
        return [int(each.name) for each in self._folder.iterdir() if each.name.isdecimal()]

    def _data(self, number: int) -> Path:
        return self._folder / f"{number:04}"

    def _unusable(self, why: str) -> SystemFailed:
        return SystemFailed(
            f"the vector index in {self._folder} cannot be used: {why}",
            code="index_folder",
            mend="make the folder writable, or free some space; it can be deleted, it is filled again",
        )

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """One process at a time builds. The lock goes with its process."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            lock = (self._folder / "building.lock").open("a")
        except OSError as error:
            raise self._unusable(error.strerror or str(error)) from error
        with lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _name(collection: str, revision: str) -> str:
    """Chroma wants 3 to 512 plain characters, so names are hashes; without a revision, their common beginning."""
    return f"remit-{sha256_hex(collection.encode())[:20]}-{sha256_hex(revision.encode())[:20] if revision else ''}"


def _failures() -> tuple[type[Exception], ...]:
    """What Chroma raises when a collection or its folder is missing, damaged or locked."""
    from chromadb.errors import ChromaError

    # AttributeError: cleaning up after a failed opening, Chroma 1.5 stumbles over what it did not make.
    return (ChromaError, ValueError, RuntimeError, OSError, AttributeError)
