"""Reviews that were opened before there were stages, clocks and edits are still what they were."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text

from remit.adapters.sql.database import Database
from remit.adapters.sql.migrate import migrate
from remit.adapters.sql.reviews import SqlReviews
from remit.adapters.sql.vault import open_vault
from remit.approvals.review import Review, Vote
from remit.approvals.voting import tally
from remit.core.errors import Conflict
from remit.core.system import SystemClock, SystemRandom, UlidIds
from remit.core.words import ApprovalTerms

NOW = "2026-03-01T12:00:00+00:00"
AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
ROWS = (
    "INSERT INTO decision (id, decision, pack, stage, subject, actor, at, case_quality, violations, versions)"
    f" VALUES ('D', 'desk.request', 'desk', 'awaiting_review', 'R-1', '{{}}', '{NOW}', 'ok', '[]', '{{}}')",
    "INSERT INTO review (id, decision_id, version, state, action_digest, policy_sha256, evidence_root, terms,"
    " requested_by, opened_at, due_at) VALUES ('R', 'D', 1, 'open', 'digest', 'policy', 'root',"
    """ '[{"role": "officer", "quorum": 1, "within_minutes": 60, "on_timeout": "deny"}]',"""
    f" 'ana', '{NOW}', '{NOW}')",
    "INSERT INTO vote (review_id, reviewer, role, choice, reason, action_digest, at)"
    f" VALUES ('R', 'otto', 'officer', 'approve', 'seen', 'digest', '{NOW}')",
)
VOTE = Vote("R", "otto", "officer", "approve", "seen", "digest", AT)


@pytest.fixture
def upgraded(tmp_path: Path) -> Iterator[Database]:
    """A database of the version before, with a review and a vote, brought up to date."""
    database = Database(f"sqlite:///{tmp_path}/remit.db")
    config = Config()
    config.set_main_option("script_location", "remit.adapters.sql:migrations")
    with database.write() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0007")
        for row in ROWS:
            connection.execute(text(row))
    migrate(database)
    yield database
    database.close()


def reviews_of(database: Database, connection: Connection) -> SqlReviews:
    clock, chance = SystemClock(), SystemRandom()
    vault = open_vault(database, database.path.parent, clock, UlidIds(clock, chance), chance)
    return SqlReviews(connection, vault.sealer(connection), writing=False)


def test_an_old_review_is_read_as_it_was_and_its_vote_counts(upgraded: Database) -> None:
    terms = (ApprovalTerms("officer", within_minutes=60, on_timeout="deny"),)
    with upgraded.read() as connection:
        reviews = reviews_of(upgraded, connection)
        review, votes = reviews.get("R"), reviews.votes("R")
    assert review == Review("R", "D", 1, "open", "digest", "policy", "root", terms, "ana", AT, due_at=AT)
    assert (votes, tally(review, votes)) == ([VOTE], "approved")


def test_an_old_review_has_its_place_in_the_queue(upgraded: Database) -> None:
    with upgraded.read() as connection:
        reviews = reviews_of(upgraded, connection)
        assert [review.id for review in reviews.in_states(("open",), 9)] == ["R"]
        assert reviews.in_states(("open",), 9, after=reviews.get("R").place) == []


def test_one_word_is_now_one_word_on_one_action(upgraded: Database) -> None:
    with upgraded.write() as connection:
        reviews_of(upgraded, connection).add_vote(Vote("R", "otto", "officer", "reject", "seen", "edited", AT))
    with pytest.raises(Conflict), upgraded.write() as connection:
        reviews_of(upgraded, connection).add_vote(VOTE)
