"""The files of a pack, as bytes by name: read from a folder, or from the bundle that a past decision was made with."""

from __future__ import annotations

import functools
import io
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from remit.core.canonical import digest, sha256_hex
from remit.core.errors import Corrupted, InputError, NotFound

FILE_BYTES_MAX = 64 * 1024 * 1024
_DECIDING = (".yaml", ".yml", ".py", ".onnx", ".json")


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
    contents: dict[str, bytes] = {}
    for path in sorted([*folder.iterdir(), *folder.glob("models/*"), *folder.glob("shared/*.yaml")]):
        if path.is_file() and path.suffix in _DECIDING and not path.name.startswith("."):
            contents[path.relative_to(folder).as_posix()] = _read(path)
    return PackFiles(contents, folder)


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
