"""Pictures of screens made small: a palette of the colours that are used most says them in a byte a pixel."""

from __future__ import annotations

import struct
import zlib
from typing import Any

import numpy as np

COLOURS_MAX = 256
SIGNATURE = b"\x89PNG\r\n\x1a\n"
_AT_ONCE = 4_096


def smaller(png: bytes) -> bytes:
    """A PNG with a palette of one as Chromium takes it: 8-bit RGB or RGBA, not interlaced. Alpha is dropped."""
    pixels = _pixels(png)
    palette, places = _palette(pixels.reshape(-1, 3))
    height, width, _ = pixels.shape
    lines = np.zeros((height, width + 1), np.uint8)  # each line begins with the number of its filter: none
    lines[:, 1:] = places.reshape(height, width)
    return SIGNATURE + b"".join(
        (
            _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)),
            _chunk(b"PLTE", palette.tobytes()),
            _chunk(b"IDAT", zlib.compress(lines.tobytes(), 9)),
            _chunk(b"IEND", b""),
        )
    )


def _pixels(png: bytes) -> np.ndarray[Any, Any]:
    """Rows of columns of red, green and blue."""
    header, packed, place = b"", b"", len(SIGNATURE)
    while place < len(png):
        (length,) = struct.unpack_from(">I", png, place)
        kind, body = png[place + 4 : place + 8], png[place + 8 : place + 8 + length]
        header, packed = (body if kind == b"IHDR" else header), (packed + body if kind == b"IDAT" else packed)
        place += length + 12
    width, height, depth, colour, _, _, interlaced = struct.unpack(">IIBBBBB", header)
    if (depth, interlaced) != (8, 0) or colour not in (2, 6):
        raise ValueError("not a PNG of 8-bit RGB or RGBA without interlace")
    step = 3 if colour == 2 else 4
    lines = np.frombuffer(zlib.decompress(packed), np.uint8).reshape(height, width * step + 1)
    above = np.zeros((width, step), np.uint8)
    rows = []
    for line in lines:
        above = _unfiltered(int(line[0]), line[1:].reshape(width, step), above)
        rows.append(above[:, :3])
    return np.stack(rows)


def _unfiltered(kind: int, line: np.ndarray[Any, Any], above: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """One line with its filter taken off (PNG, third edition, section 9): bytes are sums modulo 256."""
    if kind == 0:
        return line
    if kind == 1:
        return np.cumsum(line, axis=0, dtype=np.uint8)
    if kind == 2:
        return line + above
    guess = _average if kind == 3 else _paeth
    row = []
    left, corner = [0] * line.shape[1], [0] * line.shape[1]
    for pixel, up in zip(line.tolist(), above.tolist(), strict=True):
        left = [(each + guess(a, b, c)) & 255 for each, a, b, c in zip(pixel, left, up, corner, strict=True)]
        corner = up
        row.append(left)
    return np.array(row, np.uint8)


def _average(left: int, up: int, _: int) -> int:
    return (left + up) // 2


def _paeth(left: int, up: int, corner: int) -> int:
    near = left + up - corner
    far_left, far_up, far_corner = abs(near - left), abs(near - up), abs(near - corner)
    if far_left <= far_up and far_left <= far_corner:
        return left
    return up if far_up <= far_corner else corner


def _palette(pixels: np.ndarray[Any, Any]) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """The colours that are used most, and for each pixel the place of the one that is nearest to its own."""
    codes = pixels.astype(np.uint32) @ np.array([65536, 256, 1], np.uint32)
    used, where, counts = np.unique(codes, return_inverse=True, return_counts=True)
    colours = np.stack([used >> 16, used >> 8 & 255, used & 255], axis=1).astype(np.int64)
    kept = colours[np.argsort(-counts, kind="stable")[:COLOURS_MAX]]
    nearest = [
        ((colours[begin : begin + _AT_ONCE, None] - kept[None]) ** 2).sum(axis=2).argmin(axis=1)
        for begin in range(0, len(colours), _AT_ONCE)
    ]
    return kept.astype(np.uint8), np.concatenate(nearest).astype(np.uint8)[where.reshape(-1)]


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
