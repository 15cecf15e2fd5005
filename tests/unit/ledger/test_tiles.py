"""Tiles: complete subtrees as C2SP tlog-tiles lays them out, and proofs from them without reading the log."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from remit.ledger import merkle
from remit.ledger.tiles import WIDTH, TileWriter, tile_path, tile_place
from remit.ledger.verifier import Frontier


def leaves(count: int) -> list[bytes]:
    return [merkle.leaf_hash(str(number).encode()) for number in range(count)]


@pytest.mark.parametrize(
    ("level", "number", "width", "path"),
    [
        (0, 0, 256, "tile/0/000"),
        (0, 67, 17, "tile/0/067.p/17"),
        (1, 1234067, 256, "tile/1/x001/x234/067"),
        (2, 1000, 1, "tile/2/x001/000.p/1"),
    ],
)
def test_a_tile_lies_where_the_layout_says(level: int, number: int, width: int, path: str) -> None:
    assert tile_path(level, number, width) == path
    assert tile_place(path.removeprefix(f"tile/{level}/")) == (number, width)


@pytest.mark.parametrize(
    "path", ["", "0", "0000", "x000/067", "067.p/0", "067.p/256", "067.p/017", "x1/067", "067/x001", "../067", "067/"]
)
def test_a_path_that_the_layout_does_not_know_is_no_tiles(path: str) -> None:
    assert tile_place(path) is None


def test_tiles_hold_the_leaf_hashes_and_above_them_the_roots_of_full_tiles() -> None:
    hashes, writer = leaves(2 * WIDTH + 3), TileWriter()
    full = [tile for leaf in hashes for tile in writer.add(leaf)]
    tiles = dict([*full, *writer.rest()])
    assert list(tiles) == ["tile/0/000", "tile/0/001", "tile/0/002.p/3", "tile/1/000.p/2"]
    assert tiles["tile/0/001"] == b"".join(hashes[WIDTH : 2 * WIDTH])
    assert tiles["tile/1/000.p/2"] == merkle.root_of(hashes[:WIDTH]) + merkle.root_of(hashes[WIDTH : 2 * WIDTH])


def test_a_growing_tree_tells_each_full_tile_once_at_every_level() -> None:
    frontier, size = Frontier(), WIDTH**2 + WIDTH
    told = [tile for _ in range(size) for tile in frontier.append(b"\0" * 32)]
    by_level = {level: [tile.number for tile in told if tile.level == level] for level in (0, 1, 2)}
    assert (by_level[0], by_level[1], by_level[2]) == (list(range(WIDTH + 1)), [0], [])


def test_a_proof_of_a_long_log_reads_few_hashes_and_never_the_whole_log() -> None:
    size = WIDTH**2 + 3 * WIDTH + 5
    hashes = merkle.hashes_of(leaves(size))
    read: list[tuple[int, int, int]] = []

    def counting(level: int, first: int, count: int) -> Sequence[bytes]:
        read.append((level, first, count))
        return hashes(level, first, count)

    for prove in (merkle.inclusion_proof, merkle.consistency_proof):
        read.clear()
        assert prove(counting, size, 12_345)
        assert sum(count for _, _, count in read) <= 4 * WIDTH


@pytest.mark.parametrize("size", [1, 255, 256, 257, WIDTH**2 - 1, WIDTH**2 + 1])
def test_proofs_from_tiles_hold_around_the_seams(size: int) -> None:
    all_leaves = leaves(size)
    hashes, root = merkle.hashes_of(all_leaves), merkle.root_of(all_leaves)
    for index in {0, size // 2, size - 1, min(255, size - 1), min(256, size - 1)}:
        proof = merkle.inclusion_proof(hashes, size, index)
        assert merkle.verify_inclusion(all_leaves[index], index, size, proof, root)
        old_root = merkle.root_of(all_leaves[: index + 1])
        growth = merkle.consistency_proof(hashes, size, index + 1)
        assert merkle.verify_consistency(index + 1, old_root, size, root, growth)
