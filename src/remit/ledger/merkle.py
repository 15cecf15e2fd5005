"""Proofs over the tree: this event is in the log, and this log only grew (RFC 9162, section 2.1.3 and 2.1.4).

What is needed of the tree is asked for by tile level: level 0 are the leaf hashes, level n the roots over complete
tiles of level n - 1, that is over 256 ** n leaves. So a proof reads at most 256 hashes for each level and side, however
long the log is. The hashes, the growing tree and the checking side are those of `verifier`: they exist once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from remit.ledger.verifier import (
    EMPTY_ROOT,
    TILE_HEIGHT,
    Frontier,
    leaf_hash,
    node_hash,
    verify_consistency,
    verify_inclusion,
)

__all__ = [
    "EMPTY_ROOT",
    "Frontier",
    "Hashes",
    "consistency_proof",
    "hashes_of",
    "inclusion_proof",
    "leaf_hash",
    "node_hash",
    "root_of",
    "verify_consistency",
    "verify_inclusion",
]

Hashes = Callable[[int, int, int], Sequence[bytes]]
"""``hashes(level, first, count)``: so many hashes of a tile level, from that one on."""


def root_of(leaves: Sequence[bytes]) -> bytes:
    """The root over leaf hashes of 32 bytes each."""
    frontier = Frontier()
    for leaf in leaves:
        frontier.append(leaf)
    return frontier.root()


def hashes_of(leaves: Sequence[bytes]) -> Hashes:
    """The hashes of a tree that is at hand as a whole."""
    levels: list[list[bytes]] = [list(leaves)]
    frontier = Frontier()
    for leaf in leaves:
        for tile in frontier.append(leaf):
            if tile.level + 1 == len(levels):
                levels.append([])
            levels[tile.level + 1].append(tile.root)
    return lambda level, first, count: levels[level][first : first + count]


def inclusion_proof(hashes: Hashes, size: int, index: int) -> list[bytes]:
    """The sibling hashes from leaf `index` up to the root over `size` leaves; at most log2(size), rounded up.

    Raises:
        IndexError: there is no such leaf.
    """
    if not 0 <= index < size:
        raise IndexError(f"there is no leaf {index} among {size}")
    path: list[bytes] = []
    low, high = 0, size
    while high - low > 1:
        split = low + _left_size(high - low)
        if index < split:
            path.append(_root(hashes, split, high))
            high = split
        else:
            path.append(_root(hashes, low, split))
            low = split
    return path[::-1]


def consistency_proof(hashes: Hashes, size: int, old_size: int) -> list[bytes]:
    """The hashes that show that the first `old_size` of `size` leaves were the whole log once.

    Raises:
        IndexError: `old_size` is not between 1 and the number of leaves.
    """
    if not 0 < old_size <= size:
        raise IndexError(f"a log of {size} leaves never had {old_size} of interest")
    path: list[bytes] = []
    low, high, whole = 0, size, True
    while old_size < high:
        split = low + _left_size(high - low)
        if old_size <= split:
            path.append(_root(hashes, split, high))
            high = split
        else:
            path.append(_root(hashes, low, split))
            low, whole = split, False
    if not whole:
        path.append(_root(hashes, low, high))
    return path[::-1]


def _root(hashes: Hashes, low: int, high: int) -> bytes:
    """The root over the leaves from `low` to before `high`. Such a range begins at a multiple of its rounded size."""
    size = high - low
    if size & (size - 1):
        split = low + _left_size(size)
        return node_hash(_root(hashes, low, split), _root(hashes, split, high))
    level, height = divmod(size.bit_length() - 1, TILE_HEIGHT)
    first = low >> level * TILE_HEIGHT
    return root_of(hashes(level, first, 1 << height))


def _left_size(size: int) -> int:
    """The largest power of two below `size`, for `size` > 1."""
    return 1 << (size - 1).bit_length() - 1
