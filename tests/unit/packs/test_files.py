"""A pack's files: their content is the pack's identity, and a bundle gives back what it was made of."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from remit.core.errors import Corrupted, InputError, NotFound
from remit.packs.files import FILE_BYTES_MAX, PackFiles, read_folder, read_zip
from remit.settings import Settings
from remit.wiring.parts import FolderLibrary

WritePack = Callable[..., Path]


def test_the_same_content_is_the_same_pack_wherever_it_lies(write_pack: WritePack, tmp_path: Path) -> None:
    folder = write_pack()
    before = read_folder(folder).sha256
    assert read_folder(folder.rename(tmp_path / "elsewhere")).sha256 == before


@pytest.mark.parametrize("file", ["pack.yaml", "case.odcs.yaml", "policy.yaml", "connectors.py", "models/new.onnx"])
def test_any_change_of_a_deciding_file_is_another_pack(write_pack: WritePack, file: str) -> None:
    folder = write_pack()
    before = read_folder(folder).sha256
    (folder / "models").mkdir()
    with (folder / file).open("ab") as stream:
        stream.write(b"\n")
    assert read_folder(folder).sha256 != before


@pytest.mark.parametrize("file", ["golden.jsonl", "knowledge/new.md", "history.csv", "notes.txt", ".hidden.yaml"])
def test_documents_history_and_golden_cases_are_not_part_of_the_identity(write_pack: WritePack, file: str) -> None:
    folder = write_pack()
    before = read_folder(folder).sha256
    (folder / file).write_text("something new")
    assert read_folder(folder).sha256 == before


def test_a_bundle_gives_back_the_same_pack_and_is_the_same_bytes_every_time(write_pack: WritePack) -> None:
    files = read_folder(write_pack(files={"models/m.onnx": b"\x00\xff"}))
    again = read_zip(files.to_zip())
    assert (again.contents, again.sha256, again.folder) == (files.contents, files.sha256, None)
    assert again.to_zip() == files.to_zip()


@pytest.mark.parametrize("cut", [0, 10, -30])
def test_a_damaged_bundle_is_corruption(write_pack: WritePack, cut: int) -> None:
    with pytest.raises(Corrupted, match="damaged"):
        read_zip(read_folder(write_pack()).to_zip()[:cut])


def test_a_file_that_is_too_large_is_refused_unread(write_pack: WritePack) -> None:
    folder = write_pack(files={"models/m.onnx": b""})
    with (folder / "models/m.onnx").open("wb") as stream:
        stream.truncate(FILE_BYTES_MAX + 1)
    with pytest.raises(InputError, match=r"m\.onnx is larger than 64 MiB"):
        read_folder(folder)


def test_a_folder_without_a_pack_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=r"has no pack\.yaml"):
        read_folder(tmp_path)


@dataclass
class Shelf:
    """A library with a pack on it, whose time a test chooses: after how long a look at the files is taken."""

    folder: Path
    later_ns: int = 3_600 * 10**9

    def __post_init__(self) -> None:
        settings = Settings(packs=self.folder.parent)
        self.library = FolderLibrary(settings, lambda: time.time_ns() + self.later_ns)

    def files(self) -> PackFiles:
        return self.library.files(self.folder.name)


def test_a_pack_that_nobody_touches_is_read_once(write_pack: WritePack) -> None:
    shelf = Shelf(write_pack())
    assert shelf.files() is shelf.files()


def test_a_pack_that_was_just_changed_is_read_again_for_it_may_change_within_one_tick(write_pack: WritePack) -> None:
    shelf = Shelf(write_pack(), later_ns=0)
    assert shelf.files() is not shelf.files()


def test_any_change_of_a_pack_counts_from_the_next_look_on(write_pack: WritePack) -> None:
    shelf = Shelf(write_pack())
    policy = shelf.folder / "policy.yaml"
    seen, written = [shelf.files().sha256], policy.stat()
    policy.write_text(policy.read_text().replace("allow", "ALLOW", 1))
    os.utime(policy, ns=(written.st_atime_ns, written.st_mtime_ns))  # of the same size, and as if of the same time
    seen.append(shelf.files().sha256)
    (shelf.folder / "models").mkdir()
    (shelf.folder / "models" / "new.onnx").write_bytes(b"new")
    seen.append(shelf.files().sha256)
    (shelf.folder / "connectors.py").unlink()
    seen.append(shelf.files().sha256)
    assert len(set(seen)) == 4
