"""Whoever can write the database, but not sign, cannot change the past unseen."""

from __future__ import annotations

import hashlib
import json
import random
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

import remit.ledger.verifier
from remit.adapters.checkpoint_file import CheckpointFile
from remit.adapters.keys import open_signer, read_verifier_key
from remit.adapters.sql.database import Database
from remit.adapters.sql.ledger import SqlLedger
from remit.adapters.sql.migrate import migrate
from remit.core.errors import Corrupted
from remit.core.system import SystemClock, SystemRandom, UlidIds
from remit.ledger.event import Draft
from remit.ledger.export import export_lines
from remit.ledger.note import Signer, sign_note
from remit.ledger.verifier import Frontier, leaf_hash
from remit.ledger.verify import Report, verify

SIZE = 300
AT = 7
OLDER = 31
"""So many events had been recorded when a checkpoint was copied away; so many were in a copy of the database file."""


@dataclass
class Home:
    """A folder with a ledger, its checkpoint and its keys."""

    folder: Path

    def open(self) -> tuple[Database, SqlLedger]:
        database = Database(f"sqlite:///{self.folder}/remit.db")
        clock, chance = SystemClock(), SystemRandom()
        ids = UlidIds(clock, chance)
        sink = CheckpointFile(self.folder / "ledger.checkpoint")
        return database, SqlLedger(database, open_signer(self.folder / "keys", ids, chance), sink, clock, ids)

    def verify(self) -> Report:
        database, log = self.open()
        try:
            note = CheckpointFile(self.folder / "ledger.checkpoint").read()
            return verify(log, note, read_verifier_key(self.folder / "keys"))
        finally:
            database.close()

    def attack(self, tamper: Callable[[sqlite3.Connection], object]) -> None:
        connection = sqlite3.connect(self.folder / "remit.db", isolation_level=None)
        for (trigger,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {trigger}")
        tamper(connection)
        connection.close()


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = Home(tmp_path_factory.mktemp("ledger"))
    database, log = home.open()
    migrate(database)
    for number in range(SIZE - 1):
        with database.write() as unit:
            log.append(unit, [Draft("decision.judged", {"amount": number}, decision_id=f"D{number}")])
        if number == OLDER - 2:
            with database.write() as unit:
                (home.folder / "older.note").write_text(log.checkpoint(unit))
            database.close()
            shutil.copy(home.folder / "remit.db", home.folder / "older.db")
    with log.snapshot() as snapshot, (home.folder / "export.jsonl").open("w") as file:
        file.writelines(export_lines(snapshot))
    database.close()
    return home.folder


@pytest.fixture
def home(untouched: Path, tmp_path: Path) -> Home:
    return Home(Path(shutil.copytree(untouched, tmp_path / "home")))


# What an attacker does to the database. Each is given a connection; most take the place of the first event they touch.


def change_text(db: sqlite3.Connection, at: int = AT) -> None:
    db.execute("UPDATE event SET body = replace(body, '\"amount\":', '\"amount\":1') WHERE seq = ?", (at,))


def change_text_to_nonsense(db: sqlite3.Connection, at: int = AT) -> None:
    db.execute("UPDATE event SET body = CAST(x'ff00ff' AS TEXT) WHERE seq = ?", (at,))


def change_text_and_leaf(db: sqlite3.Connection, at: int = AT) -> None:
    change_text(db, at)
    rehash(db, at)


def change_leaf(db: sqlite3.Connection, at: int = AT) -> None:
    db.execute("UPDATE event SET leaf_sha256 = ? WHERE seq = ?", ("ab" * 32, at))


def change_type(db: sqlite3.Connection, at: int = AT) -> None:
    db.execute("UPDATE event SET type = 'decision.advised' WHERE seq = ?", (at,))


def change_time(db: sqlite3.Connection, at: int = AT) -> None:
    db.execute("UPDATE event SET ts = '2001-01-01T00:00:00.000000Z' WHERE seq = ?", (at,))


def change_decision(db: sqlite3.Connection, at: int = AT) -> None:
    db.execute("UPDATE event SET decision_id = 'D0815' WHERE seq = ?", (at,))


def hide_decision(db: sqlite3.Connection, at: int = AT) -> None:
    db.execute("UPDATE event SET decision_id = NULL WHERE seq = ?", (at,))


def change_id(db: sqlite3.Connection, at: int = AT) -> None:
    db.execute("UPDATE event SET event_id = 'another' WHERE seq = ?", (at,))


def remove(db: sqlite3.Connection, at: int = AT) -> None:
    db.execute("DELETE FROM event WHERE seq = ?", (at,))


def remove_and_close_the_gap(db: sqlite3.Connection, at: int = AT) -> None:
    remove(db, at)
    db.execute("UPDATE event SET seq = -seq WHERE seq > ?", (at,))
    db.execute("UPDATE event SET seq = -seq - 1 WHERE seq < 0")


def swap(db: sqlite3.Connection, at: int = AT) -> None:
    """Two neighbours change places, columns and all."""
    db.execute("UPDATE event SET seq = -1 WHERE seq = ?", (at,))
    db.execute("UPDATE event SET seq = ? WHERE seq = ?", (at, at + 1))
    db.execute("UPDATE event SET seq = ? WHERE seq = -1", (at + 1,))


def duplicate(db: sqlite3.Connection, at: int = AT) -> None:
    """An old event is appended once more, under a new id and place."""
    db.execute(
        "INSERT INTO event SELECT ?, event_id || 'x', type, ts, decision_id, leaf_sha256, body FROM event"
        " WHERE seq = ?",
        (SIZE, at),
    )


def insert_between(db: sqlite3.Connection, at: int = AT) -> None:
    """A forged event is put in; everything behind it moves on and is made to fit."""
    rows = db.execute("SELECT seq, body FROM event WHERE seq >= ? ORDER BY seq DESC", (at,)).fetchall()
    for seq, body in rows:
        moved = body.replace(f'"seq":{seq}', f'"seq":{seq + 1}')
        db.execute("UPDATE event SET seq = ?, body = ? WHERE seq = ?", (seq + 1, moved, seq))
    forge(db, at - 1, at)
    rechain(db)


def cut_the_end(db: sqlite3.Connection, at: int = AT) -> None:
    db.execute("DELETE FROM event WHERE seq >= ?", (at,))


def cut_the_end_and_mend_the_head(db: sqlite3.Connection, at: int = AT) -> None:
    cut_the_end(db, at)
    rechain(db)


def rewrite_everything(db: sqlite3.Connection, at: int = AT) -> None:
    """Change one event and recompute every hash and the head; only the signature cannot be made."""
    change_text(db, at)
    rechain(db)


def rewrite_everything_and_sign_with_another_key(db: sqlite3.Connection, at: int = AT) -> None:
    rewrite_everything(db, at)
    size, root, origin = db.execute("SELECT size, root, log_id FROM ledger_head").fetchone()
    db.execute("UPDATE ledger_head SET note = ?", (sign_note(size, bytes.fromhex(root), Signer(origin, b"a" * 32)),))


def forge_at_the_end(db: sqlite3.Connection, at: int = AT) -> None:
    forge(db, at, SIZE)
    rechain(db)


def change_head_size(db: sqlite3.Connection, at: int = AT) -> None:
    db.execute("UPDATE ledger_head SET size = ?", (at,))


def change_head_root(db: sqlite3.Connection, at: int = AT) -> None:
    db.execute("UPDATE ledger_head SET root = ?", ("ab" * 32,))


def change_head_frontier(db: sqlite3.Connection, at: int = AT) -> None:
    db.execute("UPDATE ledger_head SET frontier = replace(frontier, substr(frontier, 3, 8), '00000000')")


def shorten_head_frontier(db: sqlite3.Connection, at: int = AT) -> None:
    """It still has the root that was signed, but no event could be added to it."""
    root = db.execute("SELECT root FROM ledger_head").fetchone()[0]
    db.execute("UPDATE ledger_head SET frontier = ?", (json.dumps([root]),))


def spoil_head_frontier(db: sqlite3.Connection, at: int = AT) -> None:
    db.execute("UPDATE ledger_head SET frontier = 'no json'")


def change_head_note(db: sqlite3.Connection, at: int = AT) -> None:
    db.execute("UPDATE ledger_head SET note = replace(note, '300', '301')")


def remove_head(db: sqlite3.Connection, at: int = AT) -> None:
    db.execute("DELETE FROM ledger_head")


def remove_everything(db: sqlite3.Connection, at: int = AT) -> None:
    db.execute("DELETE FROM ledger_head")
    db.execute("DELETE FROM event")


def change_tile(db: sqlite3.Connection, at: int = AT) -> None:
    db.execute("UPDATE ledger_tile SET root = ?", ("ab" * 32,))


def remove_tile(db: sqlite3.Connection, at: int = AT) -> None:
    db.execute("DELETE FROM ledger_tile")


def add_tile(db: sqlite3.Connection, at: int = AT) -> None:
    db.execute("INSERT INTO ledger_tile VALUES (1, 0, ?)", ("ab" * 32,))


def change_checkpoint(db: sqlite3.Connection, at: int = AT) -> None:
    db.execute("UPDATE ledger_checkpoint SET note = replace(note, '— remit', '- remit') WHERE size = 31")


def move_checkpoint(db: sqlite3.Connection, at: int = AT) -> None:
    db.execute("UPDATE OR REPLACE ledger_checkpoint SET size = 30 WHERE size = 31")


def forge_checkpoint(db: sqlite3.Connection, at: int = AT) -> None:
    """A checkpoint that a key of the same name signed."""
    [origin] = db.execute("SELECT log_id FROM ledger_head").fetchone()
    note = sign_note(at, b"\7" * 32, Signer(origin, b"a" * 32))
    db.execute("INSERT OR REPLACE INTO ledger_checkpoint VALUES (?, ?)", (at, note))


def change_name_of_head(db: sqlite3.Connection, at: int = AT) -> None:
    db.execute("UPDATE ledger_head SET log_id = 'remit/another'")


def rehash(db: sqlite3.Connection, at: int) -> None:
    body = db.execute("SELECT body FROM event WHERE seq = ?", (at,)).fetchone()[0]
    leaf = hashlib.sha256(b"\0" + body.encode()).hexdigest()
    db.execute("UPDATE event SET leaf_sha256 = ? WHERE seq = ?", (leaf, at))


def forge(db: sqlite3.Connection, model: int, at: int) -> None:
    """A new event at a free place, in the likeness of another."""
    body = db.execute("SELECT body FROM event WHERE seq = ?", (model,)).fetchone()[0]
    event_id = json.loads(body)["event_id"]
    forged = body.replace(f'"seq":{model}', f'"seq":{at}').replace(event_id, "F" * 26)
    db.execute("INSERT INTO event VALUES (?, 'forged', '', '', '', '', ?)", (at, forged))


def rechain(db: sqlite3.Connection) -> None:
    """Everything that can be recomputed without the secret key; what cannot is removed."""
    frontier = Frontier()
    db.execute("DELETE FROM ledger_tile")
    db.execute("DELETE FROM ledger_checkpoint")
    for seq, body in db.execute("SELECT seq, body FROM event ORDER BY seq").fetchall():
        record, leaf = json.loads(body), leaf_hash(body.encode())
        db.execute(
            "UPDATE event SET event_id = ?, type = ?, ts = ?, decision_id = ?, leaf_sha256 = ? WHERE seq = ?",
            (record["event_id"], record["type"], record["ts"], record.get("decision_id"), leaf.hex(), seq),
        )
        tiles = [(tile.level, tile.number, tile.root.hex()) for tile in frontier.append(leaf)]
        db.executemany("INSERT INTO ledger_tile VALUES (?, ?, ?)", tiles)
    nodes = json.dumps([node.hex() for node in frontier.nodes])
    db.execute("UPDATE ledger_head SET size = ?, frontier = ?, root = ?", (frontier.size, nodes, frontier.root().hex()))


TAMPERINGS = [
    (change_text, AT, "not the one that was hashed"),
    (change_text_to_nonsense, AT, "not the one that was hashed"),
    (change_text_and_leaf, 0, "that were signed"),
    (change_leaf, AT, "not the one that was hashed"),
    (change_type, AT, "column `type`"),
    (change_time, AT, "column `ts`"),
    (change_decision, AT, "column `decision_id`"),
    (hide_decision, AT, "column `decision_id`"),
    (change_id, AT, "column `event_id`"),
    (remove, AT, "event 7 is missing"),
    (remove_and_close_the_gap, AT, "belongs to event 8"),
    (swap, AT, "belongs to event 8"),
    (duplicate, SIZE, "belongs to event 7"),
    (insert_between, 0, "are not the 300 that were signed"),
    (cut_the_end, AT, "the end was cut off"),
    (cut_the_end_and_mend_the_head, AT, "the end was cut off"),
    (rewrite_everything, 0, "are not the 300 that were signed"),
    (rewrite_everything_and_sign_with_another_key, 0, "not signed by"),
    (forge_at_the_end, SIZE, "were never signed"),
    (change_head_size, 0, "cannot be read"),
    (change_head_root, SIZE, "one of the two was changed"),
    (change_head_frontier, SIZE, "one of the two was changed"),
    (shorten_head_frontier, 0, "cannot be read"),
    (spoil_head_frontier, 0, "cannot be read"),
    (change_head_note, 0, "does not hold"),
    (remove_head, 0, "its head names 0"),
    (change_tile, 0, "tile 0 of level 0 is not the one"),
    (remove_tile, 0, "tile 0 of level 0 is not the one"),
    (add_tile, SIZE, "tile 0 of level 1 belongs to no events"),
    (change_checkpoint, 0, "checkpoint of 31 events in the database: the checkpoint is not signed"),
    (move_checkpoint, 0, "checkpoint of 30 events in the database"),
    (forge_checkpoint, 0, "not signed by"),
    (change_name_of_head, 0, "the head is of the log `remit/another`"),
    (remove_everything, 0, "the end was cut off"),
]


def test_an_untouched_ledger_is_sound(home: Home) -> None:
    report = home.verify()
    assert (report.sound, report.size, report.checkpointed) == (True, SIZE, SIZE)


@pytest.mark.parametrize(("tamper", "seq", "why"), TAMPERINGS, ids=[tamper.__name__ for tamper, *_ in TAMPERINGS])
def test_verification_finds_the_tampering_and_its_place(
    home: Home, tamper: Callable[[sqlite3.Connection], None], seq: int, why: str
) -> None:
    home.attack(tamper)
    report = home.verify()
    assert not report.sound
    assert (report.seq, why in report.why) == (seq, True), report


# The classes of tampering, at random places. Each is given a home and chance.


def flip_a_bit(home: Home, chance: random.Random) -> None:
    """One bit of one stored text, of whatever the ledger consists of."""
    table, columns, key = chance.choice(
        [
            ("event", ("event_id", "type", "ts", "leaf_sha256", "body"), "seq"),
            ("ledger_head", ("log_id", "frontier", "root", "note"), "id"),
            ("ledger_tile", ("root",), "number"),
            ("ledger_checkpoint", ("note",), "size"),
        ]
    )
    column = chance.choice(columns)

    def flip(db: sqlite3.Connection) -> None:
        rows = db.execute(f"SELECT {key}, CAST({column} AS BLOB) FROM {table}").fetchall()
        place, data = chance.choice(rows)
        bits = int.from_bytes(data, "big") ^ 1 << chance.randrange(len(data) * 8)
        changed = bits.to_bytes(len(data), "big")
        db.execute(f"UPDATE {table} SET {column} = CAST(? AS TEXT) WHERE {key} = ?", (changed, place))

    home.attack(flip)


def in_the_database(*tampers: Callable[[sqlite3.Connection, int], None]) -> Callable[[Home, random.Random], None]:
    """One of these, somewhere in the middle of the log."""

    def attack(home: Home, chance: random.Random) -> None:
        tamper, at = chance.choice(tampers), chance.randrange(2, SIZE - 2)
        home.attack(lambda db: tamper(db, at))

    return attack


def fork(home: Home, chance: random.Random) -> None:
    """An earlier copy of the database goes on with other events, signed by the true key, and takes the place."""
    other = Home(home.folder / "other")
    shutil.copytree(home.folder / "keys", other.folder / "keys")
    shutil.copy(home.folder / "older.db", other.folder / "remit.db")
    shutil.copy(home.folder / "older.note", other.folder / "ledger.checkpoint")
    database, log = other.open()
    with database.write() as unit:
        log.append(unit, [Draft("decision.denied", {"n": n}) for n in range(chance.randrange(1, 2 * SIZE))])
    database.close()
    shutil.copy(other.folder / "remit.db", home.folder / "remit.db")


def roll_back(home: Home, chance: random.Random) -> None:
    """The database file is an earlier copy of itself."""
    shutil.copy(home.folder / "older.db", home.folder / "remit.db")


CLASSES: dict[str, Callable[[Home, random.Random], None]] = {
    "bit flip": flip_a_bit,
    "delete": in_the_database(remove, remove_and_close_the_gap),
    "swap": in_the_database(swap),
    "duplicate": in_the_database(duplicate),
    "insert": in_the_database(insert_between, forge_at_the_end),
    "truncate": in_the_database(cut_the_end, cut_the_end_and_mend_the_head),
    "edit and re-chain": in_the_database(rewrite_everything, rewrite_everything_and_sign_with_another_key),
    "fork": fork,
    "rolled-back file": roll_back,
}


@pytest.mark.parametrize("trials", [3, pytest.param(200, marks=pytest.mark.soak)])
@pytest.mark.parametrize("attack", CLASSES.values(), ids=list(CLASSES))
def test_every_tampering_of_a_class_is_found(
    untouched: Path, tmp_path: Path, attack: Callable[[Home, random.Random], None], trials: int
) -> None:
    missed = []
    for seed in range(trials):
        home = Home(tmp_path / "home")
        shutil.copytree(untouched, home.folder)
        attack(home, random.Random(seed))
        if home.verify().sound:
            missed.append(seed)
        shutil.rmtree(home.folder)
    assert missed == []


@pytest.mark.parametrize("trials", [3, pytest.param(200, marks=pytest.mark.soak)])
def test_no_clean_log_is_called_tampered_with(tmp_path: Path, trials: int) -> None:
    alarms = []
    for seed in range(trials):
        chance = random.Random(seed)
        home = Home(tmp_path / str(seed))
        home.folder.mkdir()
        database, log = home.open()
        migrate(database)
        for _ in range(chance.randrange(1, 4)):
            with database.write() as unit:
                log.append(unit, [Draft("decision.judged", {"n": n}) for n in range(chance.randrange(1, 300))])
            if chance.random() < 0.5:
                database.close()
        database.close()
        report = home.verify()
        if not report.sound:
            alarms.append((seed, report.why))
    assert alarms == []


def go_back_to_an_older_head(home: Home) -> None:
    """The log is cut off at a head that was truly signed once: all that is in the database fits together."""
    note = (home.folder / "older.note").read_text()
    size = int(note.splitlines()[1])

    def back(db: sqlite3.Connection) -> None:
        cut_the_end(db, size)
        rechain(db)
        db.execute("UPDATE ledger_head SET note = ?", (note,))

    home.attack(back)


def test_going_back_to_an_older_signed_head_is_found_by_the_checkpoint_outside(home: Home) -> None:
    go_back_to_an_older_head(home)
    report = home.verify()
    assert (report.sound, report.seq) == (False, 31)
    assert "31 events" in report.why
    assert "names 300" in report.why


def test_nothing_is_appended_to_a_ledger_whose_end_was_cut_off(home: Home) -> None:
    go_back_to_an_older_head(home)
    database, log = home.open()
    with pytest.raises(Corrupted, match="cut off") as error, database.write() as unit:
        log.append(unit, [Draft("ledger.exported")])
    assert "ledger verify" in (error.value.mend or "")


@pytest.mark.parametrize(
    "tamper",
    [
        *(cut_the_end, change_head_size, change_head_root, change_head_frontier, spoil_head_frontier, change_head_note),
        *(
            shorten_head_frontier,
            remove_head,
            remove_everything,
            forge_at_the_end,
            rewrite_everything_and_sign_with_another_key,
        ),
    ],
)
def test_nothing_is_appended_when_the_head_does_not_fit(
    home: Home, tamper: Callable[[sqlite3.Connection], None]
) -> None:
    home.attack(tamper)
    database, log = home.open()
    with pytest.raises(Corrupted, match="cannot be trusted"), database.write() as unit:
        log.append(unit, [Draft("ledger.exported")])


def test_a_missing_checkpoint_is_said_plainly(home: Home) -> None:
    (home.folder / "ledger.checkpoint").unlink()
    report = home.verify()
    assert report.why == "the signed checkpoint outside the database is missing; the log has 300 events"


@pytest.mark.parametrize("text", ["", "nonsense", "a\n1\nAA==\n\n"])
def test_a_spoilt_checkpoint_is_tampering(home: Home, text: str) -> None:
    (home.folder / "ledger.checkpoint").write_text(text)
    assert not home.verify().sound


# The same through an export and the file that an auditor carries away.

Lines = list[str]


def edit(lines: Lines, at: int, **changes: object) -> Lines:
    return [*lines[:at], json.dumps(json.loads(lines[at]) | changes) + "\n", *lines[at + 1 :]]


def rewritten(lines: Lines) -> Lines:
    """One event changed and its leaf made to fit."""
    body = json.loads(lines[AT])["body"].replace('"amount":', '"amount":1')
    return edit(lines, AT, body=body, leaf=leaf_hash(body.encode()).hex())


EXPORT_TAMPERINGS: dict[str, tuple[Callable[[Lines], Lines], int]] = {
    "changed": (lambda lines: edit(lines, AT, body=json.loads(lines[8])["body"]), AT),
    "leaf changed": (lambda lines: edit(lines, AT, leaf="ab" * 32), AT),
    "removed": (lambda lines: lines[:AT] + lines[AT + 1 :], AT),
    "swapped": (lambda lines: [*lines[:AT], lines[AT + 1], lines[AT], *lines[AT + 2 :]], AT),
    "swapped and renumbered": (
        lambda lines: edit(edit(lines, AT, seq=8), 8, seq=AT)[:AT] + lines[8:9] + lines[7:8],
        AT,
    ),
    "duplicated": (lambda lines: [*lines[:8], lines[AT], *lines[8:]], 8),
    "cut off": (lambda lines: lines[:AT], AT),
    "emptied": (lambda lines: [], 0),
    "added to": (lambda lines: [*lines, edit(lines, AT, seq=SIZE)[AT]], SIZE),
    "rewritten": (rewritten, 0),
    "garbled": (lambda lines: [*lines[:AT], "{\n", *lines[AT + 1 :]], AT),
    "not UTF-8 any more": (lambda lines: edit(lines, AT, body="\udcff"), AT),
}


def audit(folder: Path, *files: str) -> subprocess.CompletedProcess[str]:
    """Run the verifier alone, from a copy, with nothing of Remit beside it."""
    copy = Path(shutil.copy(remit.ledger.verifier.__file__, folder / "verifier.py"))
    return subprocess.run(
        [sys.executable, "-I", str(copy), *files], cwd=folder, capture_output=True, text=True, check=False
    )


EXPORT, NOTE, KEY = "export.jsonl", "ledger.checkpoint", "keys/ledger.pub"


def test_an_export_is_sound_by_the_verifier_alone(home: Home) -> None:
    result = audit(home.folder, EXPORT, NOTE, KEY)
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.startswith("sound: 300 events of remit/")


@pytest.mark.parametrize(("tamper", "seq"), EXPORT_TAMPERINGS.values(), ids=list(EXPORT_TAMPERINGS))
def test_the_verifier_alone_finds_the_tampering_and_its_place(
    home: Home, tamper: Callable[[Lines], Lines], seq: int
) -> None:
    path = home.folder / EXPORT
    path.write_text("".join(tamper(path.read_text().splitlines(keepends=True))))
    result = audit(home.folder, EXPORT, NOTE, KEY)
    assert (result.returncode, result.stderr) == (1, "")
    assert result.stdout.startswith(f"tampered: first at event {seq}: ")


@pytest.mark.parametrize(
    "files",
    [
        *((), (EXPORT, NOTE), ("missing", NOTE, KEY), (EXPORT, "missing", KEY), (EXPORT, KEY, KEY)),
        *((EXPORT, NOTE, NOTE), (NOTE, NOTE, KEY), ("remit.db", NOTE, KEY), (EXPORT, "remit.db", KEY)),
    ],
    ids=" ".join,
)
def test_the_verifier_alone_says_what_it_cannot_use(home: Home, files: tuple[str, ...]) -> None:
    result = audit(home.folder, *files)
    assert result.returncode == 2
    assert "Traceback" not in result.stderr
