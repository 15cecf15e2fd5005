"""The signed checkpoint as a file beside the database."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from remit.adapters.files import write_atomically
from remit.core.errors import Corrupted, SystemFailed


class CheckpointFile:
    """`CheckpointSink` over one file: written whole and durable, or not at all."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> str | None:
        try:
            return self.path.read_text("utf-8")
        except FileNotFoundError:
            return None
        except UnicodeDecodeError as error:
            raise Corrupted(f"{self.path} is not a signed checkpoint", mend="restore it from a backup") from error
        except OSError as error:
            raise SystemFailed(f"cannot read {self.path}: {error.strerror}", mend="mend its permissions") from error

    def written_at(self) -> datetime | None:
        """When the note was last written, by the machine's clock; None when it never was."""
        try:
            return datetime.fromtimestamp(self.path.stat().st_mtime, UTC)
        except FileNotFoundError:
            return None

    def write(self, note: str) -> None:
        write_atomically(self.path, note.encode())
