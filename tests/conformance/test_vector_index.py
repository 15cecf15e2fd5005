"""Every vector index keeps these promises."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from remit.adapters.chroma.index import ChromaVectorIndex
from remit.adapters.memory.vectors import MemoryVectorIndex
from remit.retrieval.ports import IndexGone, VectorIndex, Vectors

IDS = [f"d{number}" for number in range(300)]


@pytest.fixture(params=["memory", "chroma"])
def index(request: pytest.FixtureRequest, tmp_path: Path) -> VectorIndex:
    return MemoryVectorIndex() if request.param == "memory" else ChromaVectorIndex(tmp_path / "chroma")


def unit_vectors(seed: int, rows: int = 300) -> Vectors:
    vectors = np.random.default_rng(seed).standard_normal((rows, 16)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def test_the_nearest_come_first_and_exactly(index: VectorIndex) -> None:
    vectors = unit_vectors(1)
    index.ensure("c", "r1", IDS, vectors)
    wanted = vectors[7]
    expected = [IDS[position] for position in np.argsort(-(vectors @ wanted))[:50]]
    assert [chunk_id for chunk_id, _ in index.query("c", "r1", wanted, 50)] == expected


def test_the_number_beside_an_id_is_its_cosine(index: VectorIndex) -> None:
    vectors = unit_vectors(2)
    index.ensure("c", "r1", IDS, vectors)
    found = dict(index.query("c", "r1", vectors[0], 300))
    assert found == pytest.approx(dict(zip(IDS, (vectors @ vectors[0]).tolist(), strict=True)), abs=1e-5)


def test_more_than_there_is_may_be_asked_for(index: VectorIndex) -> None:
    index.ensure("c", "r1", IDS[:3], unit_vectors(3, 3))
    assert len(index.query("c", "r1", unit_vectors(4, 1)[0], 50)) == 3


def test_an_unknown_collection_is_gone(index: VectorIndex) -> None:
    with pytest.raises(IndexGone):
        index.query("nobody", "r1", unit_vectors(1, 1)[0], 5)


def test_another_revision_is_gone_and_not_guessed(index: VectorIndex) -> None:
    index.ensure("c", "r1", IDS, unit_vectors(1))
    with pytest.raises(IndexGone):
        index.query("c", "r2", unit_vectors(1, 1)[0], 5)


def test_a_new_revision_replaces_the_old_content(index: VectorIndex) -> None:
    vectors = unit_vectors(1)
    index.ensure("c", "r1", IDS, vectors)
    index.ensure("c", "r2", ["new"], vectors[:1])
    assert [chunk_id for chunk_id, _ in index.query("c", "r2", vectors[0], 10)] == ["new"]


def test_collections_do_not_mix(index: VectorIndex) -> None:
    vectors = unit_vectors(1)
    index.ensure("one", "r", ["a"], vectors[:1])
    index.ensure("two", "r", ["b"], vectors[:1])
    assert [chunk_id for chunk_id, _ in index.query("one", "r", vectors[0], 10)] == ["a"]


def test_a_dropped_collection_is_gone(index: VectorIndex) -> None:
    index.ensure("c", "r1", IDS, unit_vectors(1))
    index.drop("c")
    index.drop("c")
    with pytest.raises(IndexGone):
        index.query("c", "r1", unit_vectors(1, 1)[0], 5)


class TestChroma:
    def test_a_second_opening_finds_what_the_first_built(self, tmp_path: Path) -> None:
        vectors = unit_vectors(1)
        ChromaVectorIndex(tmp_path).ensure("c", "r1", IDS, vectors)
        assert ChromaVectorIndex(tmp_path).query("c", "r1", vectors[0], 1)[0][0] == "d0"

    def test_only_a_few_revisions_are_kept(self, tmp_path: Path) -> None:
        index, vectors = ChromaVectorIndex(tmp_path), unit_vectors(1)
        for revision in range(7):
            index.ensure("c", f"r{revision}", IDS, vectors)
        with pytest.raises(IndexGone):
            index.query("c", "r0", vectors[0], 1)
        assert index.query("c", "r6", vectors[0], 1)[0][0] == "d0"

    @pytest.mark.parametrize("damage", ["no database", "garbage", "a file in place of the folder"])
    def test_a_broken_folder_is_built_anew(self, tmp_path: Path, damage: str) -> None:
        index, vectors = ChromaVectorIndex(tmp_path), unit_vectors(1)
        index.ensure("c", "r1", IDS, vectors)
        index.close()
        break_it(tmp_path / "0001", damage)
        again = ChromaVectorIndex(tmp_path)
        again.ensure("c", "r1", IDS, vectors)
        assert again.query("c", "r1", vectors[3], 1)[0][0] == "d3"

    def test_a_collection_whose_files_are_damaged_is_gone_then_built_anew(self, tmp_path: Path) -> None:
        index, vectors = ChromaVectorIndex(tmp_path), unit_vectors(1, 3000)
        ids = [f"d{number}" for number in range(3000)]
        index.ensure("c", "r1", ids, vectors)
        index.close()
        for file in tmp_path.glob("0001/*/*"):
            file.write_bytes(b"damaged" * 100)
        again = ChromaVectorIndex(tmp_path)
        with pytest.raises(IndexGone):
            again.query("c", "r1", vectors[3], 1)
        again.ensure("c", "r1", ids, vectors)
        assert again.query("c", "r1", vectors[3], 1)[0][0] == "d3"

    def test_a_folder_that_cannot_be_made_is_a_clear_failure(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("in the way")
        with pytest.raises(Exception, match="cannot be used") as failure:
            ChromaVectorIndex(tmp_path / "file" / "chroma").ensure("c", "r1", IDS, unit_vectors(1))
        assert "writable" in failure.value.mend


def break_it(data: Path, damage: str) -> None:
    database = data / "chroma.sqlite3"
    if damage == "no database":
        shutil.rmtree(data)
    elif damage == "garbage":
        database.write_bytes(b"this is no database" * 1000)
    else:
        shutil.rmtree(data)
        data.write_text("a file")


def test_under_a_new_mark_nothing_of_before_is_held(index: VectorIndex) -> None:
    index.ensure("c", "r1", IDS, unit_vectors(1))
    index.renew("1")
    with pytest.raises(IndexGone):
        index.query("c", "r1", unit_vectors(1, 1)[0], 5)


@pytest.mark.parametrize("mark", ["0", "1"])
def test_under_the_same_mark_everything_is_kept(index: VectorIndex, mark: str) -> None:
    index.renew(mark)
    index.ensure("c", "r1", IDS, unit_vectors(1))
    index.renew(mark)
    assert len(index.query("c", "r1", unit_vectors(1, 1)[0], 5)) == 5


def test_another_opening_of_a_renewed_index_begins_anew_too(tmp_path: Path) -> None:
    ours, theirs = ChromaVectorIndex(tmp_path), ChromaVectorIndex(tmp_path)
    for each in (ours, theirs):
        each.ensure("c", "r1", IDS, unit_vectors(1))
    ours.renew("1")
    theirs.renew("1")
    theirs.ensure("c", "r2", IDS, unit_vectors(2))
    assert len(ours.query("c", "r2", unit_vectors(2, 1)[0], 5)) == 5
    assert [path.name for path in tmp_path.iterdir() if path.name.isdecimal()] == ["0002"]
