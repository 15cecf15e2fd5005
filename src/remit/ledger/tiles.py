"""Hash tiles as C2SP tlog-tiles lays them out: 256 hashes a file, so that whoever mirrors a log fetches each once."""

from __future__ import annotations

import re
from collections.abc import Iterator

from remit.ledger.verifier import TILE_HEIGHT, Frontier

WIDTH = 1 << TILE_HEIGHT
_PLACE = re.compile(r"((?:x[0-9]{3}/){0,5})([0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?")


class TileWriter:
    """Takes leaf hashes in order and gives tiles as they fill up. Memory is one open tile for each level."""

    def __init__(self) -> None:
        self._frontier = Frontier()
        self._open: list[list[bytes]] = []
        self._numbers: list[int] = []

    def add(self, leaf: bytes) -> Iterator[tuple[str, bytes]]:
        """The path and content of each tile that this leaf completes."""
        roots = self._frontier.append(leaf)
        for level, added in enumerate([leaf, *(tile.root for tile in roots)]):
            if level == len(self._open):
                self._open.append([])
                self._numbers.append(0)
            self._open[level].append(added)
            if len(self._open[level]) == WIDTH:
                yield tile_path(level, self._numbers[level]), b"".join(self._open[level])
                self._open[level] = []
                self._numbers[level] += 1

    def rest(self) -> Iterator[tuple[str, bytes]]:
        """The tiles at the right edge, which are not full."""
        for level, hashes in enumerate(self._open):
            if hashes:
                yield tile_path(level, self._numbers[level], len(hashes)), b"".join(hashes)


def tile_path(level: int, number: int, width: int = WIDTH) -> str:
    """``tile/0/x001/x234/067``, with ``.p/17`` behind it for a tile of 17 hashes."""
    groups = [f"{number % 1000:03}"]
    while number >= 1000:
        number //= 1000
        groups.insert(0, f"x{number % 1000:03}")
    partial = "" if width == WIDTH else f".p/{width}"
    return f"tile/{level}/{'/'.join(groups)}{partial}"


def tile_place(path: str) -> tuple[int, int] | None:
    """The number and the width of the tile that lies at ``x001/x234/067`` or ``067.p/17``; None if none can."""
    found = _PLACE.fullmatch(path)
    if found is None:
        return None
    number, width = int(found[1].replace("x", "").replace("/", "") + found[2]), int(found[3] or WIDTH)
    # Each tile has one path: no leading group of zeros, and no partial one as wide as a whole.
    leading = found[1].startswith("x000") or (found[3] is not None and width >= WIDTH)
    return None if leading else (number, width)
