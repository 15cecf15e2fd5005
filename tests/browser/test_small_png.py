"""Pictures lose nothing but colours: whatever filters their lines came with, the same pixels are in the small one."""

from __future__ import annotations

import struct
import zlib
from typing import Any

import numpy as np
import pytest
from tests.browser.small_png import SIGNATURE, _average, _chunk, _paeth, smaller

WIDTH, HEIGHT = 7, 5
PICTURE = np.random.default_rng(7).integers(0, 256, (HEIGHT, WIDTH, 3), np.uint8)
GUESS = {
    0: lambda left, up, corner: 0,
    1: lambda left, up, corner: left,
    2: lambda left, up, corner: up,
    3: _average,
    4: _paeth,
}


def filtered(kind: int) -> bytes:
    """The picture as a PNG whose lines all have one filter."""
    padded = np.zeros((HEIGHT + 1, WIDTH + 1, 3), int)
    padded[1:, 1:] = PICTURE
    lines = b""
    for row in range(1, HEIGHT + 1):
        lines += bytes([kind])
        for column, part in np.ndindex(WIDTH, 3):
            left, up, corner = padded[row, column], padded[row - 1, column + 1], padded[row - 1, column]
            guess = GUESS[kind](int(left[part]), int(up[part]), int(corner[part]))
            lines += bytes([(int(padded[row, column + 1, part]) - guess) % 256])
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 2, 0, 0, 0)
    return SIGNATURE + _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(lines)) + _chunk(b"IEND", b"")


def shown(png: bytes) -> np.ndarray[Any, Any]:
    """The pixels of a PNG with a palette, as `smaller` makes it."""
    parts, place = {}, len(SIGNATURE)
    while place < len(png):
        (length,) = struct.unpack_from(">I", png, place)
        parts[png[place + 4 : place + 8]] = png[place + 8 : place + 8 + length]
        place += length + 12
    palette = np.frombuffer(parts[b"PLTE"], np.uint8).reshape(-1, 3)
    return palette[np.frombuffer(zlib.decompress(parts[b"IDAT"]), np.uint8).reshape(HEIGHT, WIDTH + 1)[:, 1:]]


@pytest.mark.parametrize("kind", GUESS)
def test_every_filter_is_taken_off(kind: int) -> None:
    assert np.array_equal(shown(smaller(filtered(kind))), PICTURE)


def test_what_is_no_such_picture_is_refused() -> None:
    with pytest.raises(ValueError, match="without interlace"):
        smaller(filtered(0)[:24] + b"\x10" + filtered(0)[25:])
