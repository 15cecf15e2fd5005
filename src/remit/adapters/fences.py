"""One process at a time works on one decision: a lock file for each decision under way, gone with its process."""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path

from remit.core.errors import Conflict, SystemFailed

_PAUSE_SECONDS = 0.005


class FileFences:
    """`remit.service.ports.Fences` with `flock`: a killed process leaves no fence behind."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextlib.contextmanager
    def around(self, decision_id: str, patience_seconds: float = 0.0) -> Iterator[None]:
        """Hold the decision for the block. Raises Conflict when another process is at work on it for too long."""
        path = self._folder / f"{decision_id}.lock"
        deadline = time.monotonic() + patience_seconds
        while (handle := self._locked(path)) is None:
            if time.monotonic() >= deadline:
                raise Conflict(
                    f"decision {decision_id} is being worked on by another process", mend="ask again in a moment"
                )
            time.sleep(_PAUSE_SECONDS)
        try:
            yield
        finally:
            path.unlink(missing_ok=True)
            os.close(handle)

    def _locked(self, path: Path) -> int | None:
        """A handle that holds the lock; None while somebody else does."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise SystemFailed(
                f"cannot write {path}: {error.strerror}", mend="choose a data folder that can be written"
            ) from error
        if _holds(handle, path):
            return handle
        os.close(handle)
        return None


def _holds(handle: int, path: Path) -> bool:
    """Whether this handle now holds the lock, on the file that still bears the name.

    The holder before may have removed the file between our opening and our locking it; a lock on a file without a
    name keeps nobody out.
    """
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return os.fstat(handle).st_ino == path.stat().st_ino
    except (BlockingIOError, FileNotFoundError):
        return False
