"""The database: whole units of work, one writer at a time, and plain words when the machine fails."""

from __future__ import annotations

import contextlib
import functools
import multiprocessing
import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError

from remit.adapters.checkpoint_file import CheckpointFile
from remit.adapters.keys import open_signer, read_verifier_key
from remit.adapters.sql import migrations, tables
from remit.adapters.sql.database import Database
from remit.adapters.sql.group import FOREVER
from remit.adapters.sql.ledger import SqlLedger
from remit.adapters.sql.migrate import migrate
from remit.core.errors import Corrupted, InputError, SystemFailed
from remit.core.system import SystemClock, SystemRandom, UlidIds
from remit.ledger.event import Draft
from remit.ledger.note import Signer
from remit.ledger.verify import verify

INSERT = text("INSERT INTO note VALUES (:number)")
COUNT = text("SELECT count(*) FROM note")


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = at(tmp_path)
    with database.write() as connection:
        connection.execute(text("CREATE TABLE note (number INTEGER PRIMARY KEY)"))
    yield database
    database.close()


def at(folder: Path, *, lock_timeout_seconds: float = 10.0) -> Database:
    return Database(f"sqlite:///{folder}/remit.db", lock_timeout_seconds=lock_timeout_seconds, readers=2)


def insert(database: Database, number: int) -> None:
    with database.write() as connection:
        connection.execute(INSERT, {"number": number})


def count(database: Database) -> int:
    with database.read() as connection:
        return connection.execute(COUNT).scalar_one()


def insert_and_fail(database: Database) -> None:
    with database.write() as connection:
        connection.execute(INSERT, {"number": 1})
        raise ZeroDivisionError


def roll_back_and_fail(database: Database) -> None:
    """As SQLite does on its own when the disk is full."""
    with database.write() as connection:
        connection.exec_driver_sql("ROLLBACK")
        raise ZeroDivisionError


def insert_by_reading(database: Database) -> None:
    with database.read() as connection:
        connection.execute(INSERT, {"number": 1})


def write_in_a_write(database: Database) -> None:
    with database.write():
        insert(database, 1)


# Units of work


def test_what_was_written_is_read_also_after_closing(database: Database) -> None:
    insert(database, 1)
    database.close()
    assert count(database) == 1


def test_a_unit_of_work_that_fails_never_was(database: Database) -> None:
    with pytest.raises(ZeroDivisionError):
        insert_and_fail(database)
    insert(database, 2)
    assert count(database) == 1


def test_a_reader_sees_one_snapshot_while_others_write(database: Database) -> None:
    with database.read() as connection:
        before = connection.execute(COUNT).scalar_one()
        insert(database, 1)
        assert connection.execute(COUNT).scalar_one() == before


def test_nothing_can_be_written_through_a_reading_connection(database: Database) -> None:
    with pytest.raises(SystemFailed, match="cannot be written"):
        insert_by_reading(database)


def test_a_broken_constraint_is_left_to_the_caller(database: Database) -> None:
    insert(database, 1)
    with pytest.raises(IntegrityError):
        insert(database, 1)
    assert count(database) == 1


def test_a_unit_of_work_inside_another_is_refused(database: Database) -> None:
    with pytest.raises(SystemFailed, match="inside another"):
        write_in_a_write(database)
    insert(database, 1)


def test_closing_twice_is_no_harm_and_leaves_no_wal_behind(database: Database, tmp_path: Path) -> None:
    insert(database, 1)
    database.close()
    database.close()
    assert not (tmp_path / "remit.db-wal").exists()


def test_the_wal_is_copied_into_the_database_now_and_then(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/remit.db", checkpoint_every_commits=4)
    with database.write() as connection:
        connection.execute(text("CREATE TABLE note (number INTEGER PRIMARY KEY)"))
    before = (tmp_path / "remit.db").stat().st_size
    for number in range(4):
        insert(database, number)
    assert (tmp_path / "remit.db").stat().st_size > before
    database.close()


class Diary:
    def __init__(self) -> None:
        self.lines: list[str] = []

    def unit_ended(self, kept: bool) -> None:
        self.lines.append("kept" if kept else "failed")

    def committing(self, connection: Connection) -> None:
        self.lines.append("committing")

    def ended(self, committed: bool) -> None:
        self.lines.append("committed" if committed else "rolled back")

    def closing(self) -> None:
        self.lines.append("closing")


def test_observers_are_told_how_each_unit_of_work_ended(database: Database) -> None:
    diary = Diary()
    database.observe(diary)
    insert(database, 2)
    with pytest.raises(ZeroDivisionError):
        insert_and_fail(database)
    database.close()
    assert diary.lines == ["kept", "committing", "committed", "failed", "rolled back", "closing"]


# Many at once


def test_threads_take_turns(database: Database) -> None:
    threads = [threading.Thread(target=lambda base=base: _insert_many(database, base)) for base in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert count(database) == 100


def _insert_many(database: Database, base: int) -> None:
    for number in range(25):
        insert(database, base * 1000 + number)


def test_writers_that_come_together_share_a_commit(database: Database) -> None:
    diary = Diary()
    database.observe(diary)
    _write_together(database, [functools.partial(insert, database, number) for number in range(8)])
    assert count(database) == 9
    assert diary.lines.count("kept") == 9
    assert diary.lines.count("committed") == 1


def test_a_unit_of_work_that_fails_in_company_takes_nobody_along(database: Database) -> None:
    def fail() -> None:
        with pytest.raises(ZeroDivisionError):
            insert_and_fail(database)

    works = [functools.partial(insert, database, number) for number in range(10, 14)]
    _write_together(database, [*works[:2], fail, *works[2:], fail])
    assert count(database) == 5


def test_when_the_commit_fails_everybody_who_was_part_of_it_is_told(database: Database) -> None:
    migrate(database)
    told: list[str] = []

    def insert_and_be_told(number: int) -> None:
        try:
            insert(database, number)
        except (SystemFailed, IntegrityError) as error:
            told.append(type(error).__name__)

    def break_the_commit() -> None:
        with contextlib.suppress(SystemFailed, IntegrityError), database.write() as connection:
            connection.execute(text("PRAGMA defer_foreign_keys=ON"))
            connection.execute(text("INSERT INTO payload VALUES ('nobody', 's', '{}')"))

    works = [functools.partial(insert_and_be_told, number) for number in range(3)]
    with contextlib.suppress(SystemFailed, IntegrityError):
        _write_together(database, [*works, break_the_commit])
    while len(told) < 3:
        time.sleep(0.001)
    assert count(database) == 0
    insert(database, 7)
    assert count(database) == 1


def test_a_disk_that_fills_up_in_company_leaves_nobody_with_a_false_yes(database: Database) -> None:
    with database.write() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 3")
    said_yes: list[int] = []

    def insert_and_say(number: int) -> None:
        with contextlib.suppress(SystemFailed):
            insert(database, number)
            said_yes.append(number)

    def fill() -> None:
        with contextlib.suppress(SystemFailed):
            _insert_a_lot(database)

    works = [functools.partial(insert_and_say, 20_000), fill, functools.partial(insert_and_say, 20_001)]
    try:
        _write_together(database, works)
        said_yes.append(1_000_000)
    except SystemFailed:
        pass
    assert count(database) == len(said_yes)


def test_who_comes_late_to_a_commit_that_failed_is_told_so(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """It lets the others go ahead, and by the time it asks for its turn they have failed and nobody is there."""
    ask, failed = database._turns.take, threading.Event()

    def ask_late(timeout_seconds: float, unless: Callable[[], bool] = lambda: False) -> bool:
        if timeout_seconds == FOREVER:
            failed.wait()
        return ask(timeout_seconds, unless)

    def fail() -> None:
        with pytest.raises(ZeroDivisionError):
            roll_back_and_fail(database)
        failed.set()

    monkeypatch.setattr(database._turns, "take", ask_late)
    with pytest.raises(SystemFailed, match="the commit that this work was part of failed"):
        _write_together(database, [fail])
    assert count(database) == 0


def _write_together(database: Database, works: list[Callable[[], None]]) -> None:
    """Hold the turn until all of the works wait for it, so that they share a transaction."""
    threads = [threading.Thread(target=work) for work in works]
    try:
        with database.write() as connection:
            connection.execute(INSERT, {"number": 1_000_000})
            for thread in threads:
                thread.start()
            while database._turns.waiting < len(works):
                time.sleep(0.001)
    finally:
        for thread in threads:
            thread.join()


def test_forked_children_take_turns_with_their_parent(database: Database) -> None:
    insert(database, 999_999)
    context = multiprocessing.get_context("fork")
    children = [context.Process(target=_insert_many, args=(database, base)) for base in range(3)]
    for child in children:
        child.start()
    _insert_many(database, 3)
    for child in children:
        child.join()
    assert [child.exitcode for child in children] == [0, 0, 0]
    assert count(database) == 101


def test_a_writer_who_waits_too_long_is_told_who_is_in_the_way(database: Database, tmp_path: Path) -> None:
    insert(database, 1)
    other = at(tmp_path, lock_timeout_seconds=0.05)
    with database.write(), pytest.raises(SystemFailed, match="another writer"):
        insert(other, 2)


def test_a_lock_held_by_another_program_is_named(database: Database, tmp_path: Path) -> None:
    database.close()
    stranger = sqlite3.connect(tmp_path / "remit.db", isolation_level=None)
    stranger.execute("BEGIN EXCLUSIVE")
    with pytest.raises(SystemFailed, match="another program"):
        insert(at(tmp_path, lock_timeout_seconds=0.05), 1)
    stranger.close()


def test_more_readers_than_connections_are_told_to_try_again(tmp_path: Path, database: Database) -> None:
    small = at(tmp_path, lock_timeout_seconds=0.05)
    with small.read(), small.read(), pytest.raises(SystemFailed, match="in use"):
        count(small)
    small.close()


# When the machine fails


def test_a_missing_database_is_named(tmp_path: Path) -> None:
    with pytest.raises(SystemFailed, match="cannot be opened") as error:
        count(at(tmp_path))
    assert str(tmp_path) in error.value.message


@pytest.mark.parametrize("act", [count, lambda database: insert(database, 1), migrate])
def test_a_file_that_is_no_database_is_named(tmp_path: Path, act: object) -> None:
    (tmp_path / "remit.db").write_bytes(b"this is not a database at all" * 100)
    with pytest.raises(Corrupted, match="not a Remit database"):
        act(at(tmp_path))  # type: ignore[operator]


def test_a_damaged_database_is_named(database: Database, tmp_path: Path) -> None:
    _insert_a_lot(database)
    database.close()
    file = tmp_path / "remit.db"
    data = bytearray(file.read_bytes())
    data[4096:] = b"\xff" * (len(data) - 4096)
    file.write_bytes(data)
    with pytest.raises(Corrupted, match="damaged"):
        count(database)


def test_a_full_disk_is_named_and_nothing_is_half_done(database: Database) -> None:
    with database.write() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 3")
    with pytest.raises(SystemFailed, match="disk is full"):
        _insert_a_lot(database)
    assert count(database) == 0


def _insert_a_lot(database: Database) -> None:
    with database.write() as connection:
        connection.execute(INSERT, [{"number": number} for number in range(10_000)])


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SystemFailed, match="cannot write"):
        migrate(at(tmp_path / "file"))


def test_a_read_only_disk_is_named() -> None:
    with pytest.raises(SystemFailed, match="cannot write") as error:
        migrate(at(Path("/proc/remit")))
    assert error.value.mend


@pytest.mark.parametrize("url", ["", "remit.db", "mysql://host/remit", "sqlite://", "sqlite:///:memory:"])
def test_a_url_that_names_no_file_is_refused(url: str) -> None:
    with pytest.raises(InputError) as error:
        Database(url)
    assert "sqlite:///" in (error.value.mend or "")


# Migrations


def test_the_migrated_database_has_the_tables_that_the_code_declares(tmp_path: Path) -> None:
    database = at(tmp_path)
    migrate(database)
    with database.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, tables.metadata) == []
    database.close()


def test_the_newest_revision_is_the_one_the_code_names() -> None:
    script = ScriptDirectory(str(Path(migrations.__file__).parent))
    assert script.get_heads() == [migrations.HEAD]


def test_migrating_again_does_nothing_and_needs_no_alembic(tmp_path: Path) -> None:
    migrate(at(tmp_path))
    code = (
        "import sys; from remit.adapters.sql.database import Database; from remit.adapters.sql.migrate import migrate;"
        f"migrate(Database('sqlite:///{tmp_path}/remit.db')); print('alembic' in sys.modules)"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout == "False\n"


def test_a_database_of_a_newer_remit_is_refused(tmp_path: Path) -> None:
    database = at(tmp_path)
    migrate(database)
    with database.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(SystemFailed, match="9999") as error:
        migrate(database)
    assert error.value.code == "database_newer"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE event SET type = 'x'",
        "DELETE FROM event",
        "REPLACE INTO event SELECT * FROM event WHERE seq = 0",
        "REPLACE INTO event SELECT 2, event_id, type, ts, decision_id, leaf_sha256, body FROM event WHERE seq = 0",
        "INSERT INTO event SELECT 9, 'x', type, ts, decision_id, leaf_sha256, body FROM event WHERE seq = 0",
        "DELETE FROM ledger_head",
    ],
)
def test_the_ledger_takes_additions_only(tmp_path: Path, statement: str) -> None:
    database, log = _ledger(tmp_path)
    _record(database, log)
    with pytest.raises(IntegrityError, match="append-only"), database.write() as connection:
        connection.execute(text(statement))
    database.close()


# Keys


def test_the_secret_key_is_for_its_owner_only_and_stays_the_same(tmp_path: Path) -> None:
    first, second = _signer(tmp_path), _signer(tmp_path)
    assert first == second
    assert (tmp_path / "ledger.key").stat().st_mode & 0o777 == 0o600
    assert read_verifier_key(tmp_path) == first.verifier


def test_a_secret_key_that_others_may_read_is_refused(tmp_path: Path) -> None:
    _signer(tmp_path)
    (tmp_path / "ledger.key").chmod(0o644)
    with pytest.raises(SystemFailed, match="others may read"):
        _signer(tmp_path)


@pytest.mark.parametrize("name", ["ledger.key", "ledger.pub"])
@pytest.mark.parametrize("data", [b"", b"nonsense", b"\xff\xfe"])
def test_a_spoilt_key_is_named(tmp_path: Path, name: str, data: bytes) -> None:
    _signer(tmp_path)
    (tmp_path / name).write_bytes(data)
    with pytest.raises(Corrupted, match=name):
        _signer(tmp_path)


def test_a_lost_secret_key_is_not_replaced_by_another(tmp_path: Path) -> None:
    _signer(tmp_path)
    (tmp_path / "ledger.key").unlink()
    with pytest.raises(SystemFailed, match=r"cannot read .*ledger\.key"):
        _signer(tmp_path)
    assert not (tmp_path / "ledger.key").exists()


def test_a_ledger_is_not_continued_with_another_key(tmp_path: Path) -> None:
    database, log = _ledger(tmp_path)
    _record(database, log)
    database.close()
    for file in (tmp_path / "keys").iterdir():
        file.unlink()
    database, log = _ledger(tmp_path)
    with pytest.raises(Corrupted, match="not signed by"):
        _record(database, log)
    database.close()


# Killed anywhere

WRITER = """
import sys
from pathlib import Path
from remit.adapters.checkpoint_file import CheckpointFile
from remit.adapters.keys import open_signer
from remit.adapters.sql.database import Database
from remit.adapters.sql.ledger import SqlLedger
from remit.adapters.sql.migrate import migrate
from remit.core.system import SystemClock, SystemRandom, UlidIds
from remit.ledger.event import Draft

folder = Path(sys.argv[1])
database = Database(f"sqlite:///{folder}/remit.db")
migrate(database)
clock, chance = SystemClock(), SystemRandom()
ids = UlidIds(clock, chance)
signer = open_signer(folder / "keys", ids, chance)
log = SqlLedger(database, signer, CheckpointFile(folder / "ledger.checkpoint"), clock, ids)
while True:
    with database.write() as unit:
        recorded = log.append(unit, [Draft("ledger.exported")])
    print(log.receipt(recorded[0]).seq, flush=True)
"""


def test_killed_writers_leave_a_sound_ledger_with_everything_they_reported(tmp_path: Path) -> None:
    chance = random.Random(7)
    reported: list[int] = []
    for _ in range(3):
        writers = [_start_writer(tmp_path) for _ in range(2)]
        firsts = [int(writer.stdout.readline()) for writer in writers if writer.stdout]
        time.sleep(chance.uniform(0.01, 0.2))
        for writer in writers:
            os.kill(writer.pid, signal.SIGKILL)
        reported += firsts
        for writer in writers:
            reported += [int(line) for line in writer.communicate()[0].split("\n")[:-1]]
    database, log = _ledger(tmp_path)
    last = _record(database, log)
    note = CheckpointFile(tmp_path / "ledger.checkpoint").read()
    report = verify(log, note, read_verifier_key(tmp_path / "keys"))
    database.close()
    assert report.sound, report
    # Each was given its own place, and nothing that was reported is gone.
    assert len(set(reported)) == len(reported) < last
    assert max(reported) < last


def _start_writer(folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", WRITER, str(folder)], stdout=subprocess.PIPE, text=True)


# The ledger across connections


def test_two_processes_worth_of_ledgers_go_on_where_the_other_left(tmp_path: Path) -> None:
    places = [_ledger(tmp_path), _ledger(tmp_path)]
    seqs = [_record(*places[number % 2]) for number in range(6)]
    assert seqs == [1, 2, 3, 4, 5, 6]
    for database, _ in places:
        database.close()


def test_a_ledger_reopened_goes_on_where_others_left(tmp_path: Path) -> None:
    (ours, our_log), (others, other_log) = _ledger(tmp_path), _ledger(tmp_path)
    _record(ours, our_log)
    ours.close()
    _record(others, other_log)
    others.close()
    assert _record(ours, our_log) == 3
    ours.close()


def test_a_forked_child_goes_on_where_its_parent_left(tmp_path: Path) -> None:
    database, log = _ledger(tmp_path)
    _record(database, log)
    child = multiprocessing.get_context("fork").Process(target=_record, args=(database, log))
    child.start()
    child.join()
    assert (child.exitcode, _record(database, log)) == (0, 3)
    database.close()


def _ledger(folder: Path) -> tuple[Database, SqlLedger]:
    database = at(folder)
    migrate(database)
    clock, chance = SystemClock(), SystemRandom()
    ids = UlidIds(clock, chance)
    sink = CheckpointFile(folder / "ledger.checkpoint")
    return database, SqlLedger(database, open_signer(folder / "keys", ids, chance), sink, clock, ids)


def _record(database: Database, log: SqlLedger) -> int:
    with database.write() as unit:
        recorded = log.append(unit, [Draft("ledger.exported")])
    return log.receipt(recorded[0]).seq


def _signer(folder: Path) -> Signer:
    return open_signer(folder, UlidIds(SystemClock(), SystemRandom()), SystemRandom())
