"""Arrays in files of their own, for what can be made again."""

from __future__ import annotations

import io
import logging
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from remit.adapters.files import write_atomically
from remit.core.errors import SystemFailed

_log = logging.getLogger(__name__)


class KeptArrays:
    """`remit.chat.ports.Keeping` in a folder: a file a name, in NumPy's format without objects, checked by its sums."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def get(self, name: str) -> Mapping[str, NDArray[np.float32]] | None:
        """What was kept under that name; None when there is nothing, or nothing whole."""
        try:
            with np.load(io.BytesIO(self._file(name).read_bytes()), allow_pickle=False) as found:
                return {each: found[each] for each in found.files}
        except FileNotFoundError:
            return None
        except (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile) as error:
            _log.warning("what was kept in %s is damaged (%s); it is made anew", self._folder, type(error).__name__)
            return None

    def keep(self, name: str, arrays: Mapping[str, NDArray[np.float32]]) -> None:
        """Keep it in place of all that was kept before."""
        made = io.BytesIO()
        np.savez(made, allow_pickle=False, **dict(arrays))
        try:
            write_atomically(self._file(name), made.getvalue())
        except SystemFailed as error:
            _log.warning("%s", error.message)
            return
        for other in self._folder.glob("*.npz"):
            if other != self._file(name):
                other.unlink(missing_ok=True)

    def _file(self, name: str) -> Path:
        return self._folder / f"{name}.npz"
