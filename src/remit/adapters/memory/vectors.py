"""A vector index in memory: exact, by brute force."""

from __future__ import annotations

from collections.abc import Sequence

from remit.retrieval.ports import IndexGone, Vectors


class MemoryVectorIndex:
    """Twin of the Chroma index. Holds one revision of each collection."""

    def __init__(self) -> None:
        self._collections: dict[str, tuple[str, list[str], Vectors]] = {}
        self._mark = "0"

    def ensure(self, collection: str, revision: str, ids: Sequence[str], vectors: Vectors) -> None:
        self._collections[collection] = (revision, list(ids), vectors.copy())

    def query(self, collection: str, revision: str, vector: Vectors, limit: int) -> list[tuple[str, float]]:
        held, ids, vectors = self._collections.get(collection, ("", [], vector[None, :]))
        if held != revision:
            raise IndexGone(f"the collection `{collection}` is not held at this revision")
        found = zip(ids, (vectors @ vector).tolist(), strict=True)
        return sorted(found, key=lambda pair: (-pair[1], pair[0]))[:limit]

    def drop(self, collection: str) -> None:
        self._collections.pop(collection, None)

    def renew(self, mark: str) -> None:
        if mark != self._mark:
            self._collections.clear()
            self._mark = mark
