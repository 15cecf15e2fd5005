"""The command on PostgreSQL: the same words, the same answers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def served(fresh: Any, postgres_url: str) -> Any:
    """The command with a data folder of its own and its data on a server."""
    from dataclasses import replace

    return replace(fresh, settings={"REMIT_DATABASE_URL": postgres_url})


def test_a_case_is_decided_reviewed_explained_replayed_and_verified(served: Any) -> None:
    examples = Path(__file__).parents[2] / "examples" / "cases"
    small = served("decide", "credit", "--case", examples / "credit-small.json", "--json")
    assert (small.code, small.json["status"]) == (0, "executed")
    assert small.json["receipt"]["seq"] > 0
    large = served("decide", "credit", "--case", examples / "credit-large.json", "--json")
    assert large.json["status"] == "awaiting_review"
    review = served("reviews", "list", "--json").json[0]["review_id"]
    approved = served("reviews", "approve", review, "--as", "olga", "--role", "credit_officer", "--reason", "checked")
    assert approved.code == 0, approved.err
    assert served("explain", large.json["decision_id"], "--json").json["status"] == "executed"
    assert served("replay", "--all").code == 0
    assert served("ledger", "verify").code == 0
    assert "PostgreSQL 15" in served("doctor").out


def test_a_server_that_cannot_be_reached_is_named_without_its_password(fresh: Any) -> None:
    done = fresh("reviews", "list", REMIT_DATABASE_URL="postgresql+psycopg://remit:secret@127.0.0.1:1/remit")
    assert done.code == 3
    assert "127.0.0.1:1" in done.err
    assert "cannot be reached" in done.err
    assert "secret" not in done.err
    assert "Traceback" not in done.err


@pytest.mark.parametrize("url", ["mysql://host/remit", "postgresql://127.0.0.1:1", "postgresql://host:port/x"])
def test_a_url_that_names_no_database_is_wrong_use(fresh: Any, url: str) -> None:
    done = fresh("reviews", "list", REMIT_DATABASE_URL=url)
    assert done.code == 2
    assert "= write " in done.err
