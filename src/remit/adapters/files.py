"""Small files that are written whole or not at all."""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path

from remit.core.errors import SystemFailed


def write_atomically(path: Path, data: bytes, *, mode: int = 0o644, replace: bool = True) -> bool:
    """Write `data` to `path`, durably and at once; with `replace=False` only where there is no such file yet.

    Returns:
        False when the file was there already and was left alone.

    Raises:
        SystemFailed: the folder is read-only, the disk is full.
    """
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            _write_durably(draft, data, mode)
            if replace:
                os.replace(draft, path)
            else:
                os.link(draft, path)
        finally:
            with contextlib.suppress(FileNotFoundError):
                draft.unlink()
        _make_durable(path.parent)
    except FileExistsError:
        return False
    except OSError as error:
        raise SystemFailed(
            f"cannot write {path}: {error.strerror}", code="file_unwritable", mend="mend the folder or free some space"
        ) from error
    return True


def make_home(home: Path) -> None:
    """Make the data folder, where it is not there. Raises SystemFailed."""
    try:
        home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SystemFailed(
            f"cannot make the data folder {home}: {error.strerror}",
            code="home",
            mend="set REMIT_HOME to a folder that can be written",
        ) from error


def _write_durably(path: Path, data: bytes, mode: int) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(handle)


def _make_durable(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
