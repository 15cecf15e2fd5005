"""Export the ledger: what an auditor takes away to verify it without Remit."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from remit.core.errors import NotFound, SystemFailed
from remit.ledger import verifier
from remit.ledger.export import export_line
from remit.ledger.ports import LedgerLog
from remit.ledger.tiles import TileWriter


def export_ledger(log: LedgerLog[Any], public_key: Path, folder: Path) -> dict[str, Any]:
    """Write events, the checkpoint that covers them, hash tiles, the public keys and the verifier into a folder.

    Raises:
        NotFound: the ledger is empty.
        SystemFailed: the folder cannot be written.
    """
    try:
        events = _write(log, folder)
        shutil.copyfile(public_key, folder / "ledger.pub")
        shutil.copyfile(verifier.__file__, folder / "verifier.py")
    except OSError as error:
        raise SystemFailed(
            f"cannot write the export into {folder}: {error.strerror}", mend="choose a folder that can be written"
        ) from error
    return {"events": events, "folder": str(folder)}


def _write(log: LedgerLog[Any], folder: Path) -> int:
    """Write events, tiles and checkpoint, all of one moment; gives the number of events."""
    events, tiles = 0, TileWriter()
    with log.snapshot() as snapshot:
        if snapshot.head is None:
            raise NotFound("the ledger is empty: there is nothing to export")
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / "events.jsonl").open("w", encoding="utf-8", errors="surrogateescape") as file:
            for entry in snapshot.entries:
                file.write(export_line(entry))
                _write_tiles(folder, tiles.add(verifier.leaf_hash(entry.body)))
                events += 1
        _write_tiles(folder, tiles.rest())
        (folder / "checkpoint").write_text(snapshot.head.note, "utf-8")
    return events


def _write_tiles(folder: Path, tiles: Iterator[tuple[str, bytes]]) -> None:
    for name, data in tiles:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
