"""A database that an older Remit wrote in plain text is sealed when this one opens it, and nothing of it is lost."""

from __future__ import annotations

import json
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

from remit.adapters.sql.database import Database
from remit.core.words import Actor

pytestmark = pytest.mark.parametrize("desk", ["sqlite"], indirect=True)

SUBJECTS = ("R-70017", "R-70027", "R-70037")
AMOUNTS = {"R-70017": 4_321, "R-70027": 200_321, "R-70037": 2_000_321}


@pytest.fixture
def old(desk: Any) -> dict[str, str]:
    """Decisions by subject, executed, waiting and denied, stored as an older Remit did."""
    made = {
        name: desk.decide(request_id=name, amount_cents=cents, key=f"of {name}")["decision_id"]
        for name, cents in AMOUNTS.items()
    }
    plain = {decision_id: _opened(desk, decision_id) for decision_id in made.values()}
    desk.close()
    for decision_id, statements in plain.items():
        for query, value in statements:
            desk.sql(query, value, decision_id)
    desk.sql("UPDATE review SET details = NULL")
    desk.sql("DELETE FROM subject")
    (desk.home / "keys" / "subjects.key").unlink()
    assert _plain(desk) == set(SUBJECTS)
    return made


def _opened(desk: Any, decision_id: str) -> list[tuple[str, Any]]:
    """The statements that put a decision's texts back in plain."""
    with desk.engine.store.read() as unit:
        stored = unit.decisions.get(decision_id)
        effect = unit.effects.of(decision_id)
    run = stored.run
    update = "UPDATE decision SET {} = ? WHERE id = ?"
    found: list[tuple[str, Any]] = [
        (update.format("subject"), run.subject),
        (update.format("request_key"), run.request_key),
        (update.format("violations"), json.dumps(list(run.violations))),
        (update.format("judgement"), json.dumps(stored.judgement.to_json())),
        ("UPDATE payload SET body = ? WHERE decision_id = ?", json.dumps(run.case, separators=(",", ":"))),
        ("UPDATE payload SET salt = ? WHERE decision_id = ?", run.salt),
    ]
    if stored.effect_result is not None:
        found.append((update.format("effect_result"), json.dumps(stored.effect_result)))
    if effect is not None:
        found.append(("UPDATE effect SET args = ? WHERE decision_id = ?", json.dumps(effect.args)))
        found.append(("UPDATE effect SET result = ? WHERE decision_id = ?", json.dumps(effect.result)))
    return found


def _plain(desk: Any) -> set[str]:
    """The subjects whose name or amount stands in plain text in the database or beside it."""
    data = b"".join(path.read_bytes() for path in desk.home.glob("remit.db*"))
    return {name for name, cents in AMOUNTS.items() if name.encode() in data or f'cents":{cents}'.encode() in data}


def test_an_old_database_is_sealed_when_it_is_opened(desk: Any, old: dict[str, str]) -> None:
    assert desk.engine.verify().sound
    assert _plain(desk) == set()
    assert desk.engine.verify_records() == (3, [])
    assert all(desk.engine.replay(decision_id).same for decision_id in old.values())


def test_sealed_old_decisions_go_on_where_they_stood(desk: Any, old: dict[str, str]) -> None:
    again = desk.decide(request_id="R-70017", amount_cents=4_321, key="of R-70017")
    assert (again["decision_id"], len(desk.booked())) == (old["R-70017"], 1)
    review = desk.engine.carry_on(old["R-70027"])["review_id"]
    assert desk.vote(review)["decision"]["status"] == "executed"
    assert desk.engine.safekeeping.erase("R-70037", "asked for it", Actor("olga"))["decisions"] == [old["R-70037"]]


def test_sealing_that_was_cut_off_is_finished_at_the_next_opening(
    desk: Any, old: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(database: Database, *, compact: bool = False) -> bool:
        raise KeyboardInterrupt

    monkeypatch.setattr(Database, "purge", killed)
    with pytest.raises(KeyboardInterrupt):
        _ = desk.engine
    monkeypatch.undo()
    assert desk.engine.replay(old["R-70017"]).same
    assert (_plain(desk), desk.sql("SELECT DISTINCT salt FROM payload")) == (set(), [("",)])


def test_the_tiles_of_old_events_are_made_up_for(desk: Any) -> None:
    for number in range(60):
        desk.decide(request_id=f"R-{number}")
    kept = desk.sql("SELECT * FROM ledger_tile")
    config = Config()
    config.set_main_option("script_location", "remit.adapters.sql:migrations")
    scripts = ScriptDirectory.from_config(config).walk_revisions()
    [before] = [each.down_revision for each in scripts if each.path.endswith("_tiles_and_subjects.py")]
    with desk.engine.database.write() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, str(before))
    desk.close()
    (desk.home / "keys" / "subjects.key").unlink()
    assert desk.engine.verify().sound
    assert (len(kept), desk.sql("SELECT * FROM ledger_tile")) == (1, kept)
