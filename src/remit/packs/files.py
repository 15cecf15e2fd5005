"""The files of a pack, as bytes by name: read from a folder, or from the bundle that a past decision was made with."""

from __future__ import annotations

import contextlib
import functools
import io
import os
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from remit.core.canonical import digest, sha256_hex
from remit.core.errors import Corrupted, InputError, NotFound

FILE_BYTES_MAX = 64 * 1024 * 1024
_DECIDING = (".yaml", ".yml", ".py", ".onnx", ".json")
_WHERE = {"": _DECIDING, "models": _DECIDING, "shared": (".yaml",)}
"""Which files decide, by the folder below the pack's own that they are in."""
_TICK_NS = 2_000_000_000
"""More than the coarsest time that a file system keeps."""


@dataclass(frozen=True)
class PackFiles:
    """The files that decide: everything but knowledge, history and golden cases, which have identities of their own.

    `folder` is where a person sees them; None for a bundle taken from the store. `labels` names files that come from
    somewhere else.
    """

    contents: Mapping[str, bytes]
    folder: Path | None
    labels: Mapping[str, str] = field(default_factory=dict, compare=False)

    @functools.cached_property
    def sha256(self) -> str:
        """The pack's identity: a digest over the name and SHA-256 of every deciding file."""
        return digest([[name, sha256_hex(data)] for name, data in sorted(self.contents.items())])

    def label(self, name: str) -> str:
        """How a problem names this file to a person."""
        if name in self.labels:
            return self.labels[name]
        return str(self.folder / name) if self.folder else name

    def replaced(self, texts: Mapping[str, str], labels: Mapping[str, str]) -> PackFiles:
        """These files with other texts in place of their own; the very same object when nothing differs."""
        contents = {name: text.encode() for name, text in texts.items()}
        if all(self.contents.get(name) == data for name, data in contents.items()):
            return self
        return replace(self, contents={**self.contents, **contents}, labels={**self.labels, **labels})

    def text(self, name: str) -> str | None:
        """The file as text; None when it is not there or not UTF-8."""
        data = self.contents.get(name)
        if data is None:
            return None
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError:
            return None

    def texts(self, suffix: str) -> dict[str, str]:
        """The texts of all files whose name ends so, by name."""
        names = [name for name in self.contents if name.endswith(suffix)]
        return {name: text for name in names if (text := self.text(name)) is not None}

    def to_zip(self) -> bytes:
        """A deterministic archive of the files, for the store."""
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in sorted(self.contents.items()):
                archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
        return buffer.getvalue()


def read_folder(folder: Path) -> PackFiles:
    """The deciding files of a pack folder.

    Raises:
        NotFound: there is no such folder, or it holds no pack.yaml.
        InputError: a file is too large or cannot be read.
    """
    if not (folder / "pack.yaml").is_file():
        raise NotFound(f"{folder} is not a pack: it has no pack.yaml", mend="give a pack's name, or its folder")
    return PackFiles({name: _read(folder / name) for name, _ in _deciding(folder)}, folder)


@dataclass(frozen=True, slots=True)
class Marks:
    """By what it is known that no deciding file of a folder was changed: names, sizes, and when they were written."""

    files: tuple[tuple[str, int, int, int, int], ...]

    def are_telling(self, now_ns: int) -> bool:
        """Whether a later change must leave other marks. What was changed a moment ago may change within one tick."""
        return all(now_ns - changed_ns > _TICK_NS for *_, changed_ns in self.files)


def marks_of(folder: Path) -> Marks:
    """The marks of the deciding files of a folder; none where there is no such folder."""
    return Marks(
        tuple(
            (name, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)
            for name, found in _deciding(folder)
        )
    )


def _deciding(folder: Path) -> list[tuple[str, os.stat_result]]:
    """The deciding files below a folder by name, in order."""
    found: list[tuple[str, os.stat_result]] = []
    for below, suffixes in _WHERE.items():
        with contextlib.suppress(FileNotFoundError, NotADirectoryError), os.scandir(folder / below) as entries:
            found += [
                (f"{below}/{each.name}" if below else each.name, each.stat())
                for each in entries
                if os.path.splitext(each.name)[1] in suffixes and not each.name.startswith(".") and each.is_file()
            ]
    return sorted(found)


def read_zip(data: bytes) -> PackFiles:
    """The files of a stored bundle (`PackFiles.to_zip`). Raises Corrupted when it is not one."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return PackFiles({name: archive.read(name) for name in archive.namelist()}, None)
    except (zipfile.BadZipFile, zlib.error) as error:
        raise Corrupted(
            f"a stored pack version is damaged: {error}", mend="restore a backup of the database"
        ) from error


def _read(path: Path) -> bytes:
    try:
        if path.stat().st_size > FILE_BYTES_MAX:
            raise InputError(f"{path} is larger than {FILE_BYTES_MAX // 2**20} MiB", code="too_large")
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}", mend="check the file's permissions") from error
