"""What every store of accounts, keys and sessions must do: SQLite, PostgreSQL, and their twin in memory."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from remit.agents.ports import Store
from remit.core.errors import Conflict, NotFound
from remit.identity.account import Account
from remit.identity.api_key import ApiKey
from remit.identity.session import Session
from remit.identity.throttle import Failures

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
LATER = NOW + timedelta(minutes=5, microseconds=1)
ANA = Account("ana", "user", ("analyst", "clerk"), NOW, "ada", password_hash="hash", subject="https://id.example#1")
SHOP = Account("shop", "app", ("app",), NOW, "ada", owner="ana", disabled_at=LATER)
KEY = ApiKey("K1", "shop", "till", "sha", ("decisions:read", "decisions:write"), NOW, "ada", LATER)
SESSION = Session("S1", "ana", "sha", "password", NOW, NOW)


@pytest.fixture
def store(empty_store: Store) -> Store:
    """With a person who is signed in, and an app with a key."""
    with empty_store.write() as unit:
        unit.identities.add(SHOP)
        unit.identities.add(ANA)
        unit.identities.add_key(KEY)
        unit.identities.add_session(SESSION)
    return empty_store


def test_accounts_come_back_as_they_were_added_by_name(store: Store) -> None:
    with store.read() as unit:
        assert unit.identities.all() == [ANA, SHOP]
        assert (unit.identities.get("shop"), unit.identities.find("nobody")) == (SHOP, None)
        assert unit.identities.of_subject("https://id.example#1") == ANA
        assert unit.identities.of_subject("https://id.example#2") is None


@pytest.mark.parametrize("ask", ["get", "key"])
def test_what_is_not_there_is_not_found(store: Store, ask: str) -> None:
    with pytest.raises(NotFound), store.write() as unit:
        getattr(unit.identities, ask)("nothing")


@pytest.mark.parametrize("again", [replace(SHOP, owner=None), replace(ANA, name="anna")], ids=["name", "subject"])
def test_a_name_and_a_subject_are_one_accounts(store: Store, again: Account) -> None:
    with pytest.raises(Conflict), store.write() as unit:
        unit.identities.add(again)
    with store.read() as unit:
        assert unit.identities.all() == [ANA, SHOP]


def test_of_two_changes_of_an_account_one_wins(store: Store) -> None:
    changed = replace(ANA, version=2, roles=("reviewer",), password_hash=None, disabled_at=LATER)
    with store.write() as unit:
        unit.identities.save(changed)
    with pytest.raises(Conflict), store.write() as unit:
        unit.identities.save(replace(ANA, version=2, roles=("admin",)))
    with store.read() as unit:
        assert unit.identities.get("ana") == changed


def test_a_key_comes_back_with_whose_it_is(store: Store) -> None:
    with store.read() as unit:
        assert unit.identities.find_key("K1") == (KEY, SHOP)
        assert unit.identities.find_key("K2") is None
        assert unit.identities.key("K1") == KEY


def test_keys_are_listed_the_oldest_first(store: Store) -> None:
    hers = replace(KEY, id="K0", account="ana")
    with store.write() as unit:
        unit.identities.add_key(hers)
    with store.read() as unit:
        assert unit.identities.keys() == [hers, KEY]
        assert unit.identities.keys("shop") == [KEY]


def test_of_two_changes_of_a_key_one_wins(store: Store) -> None:
    taken = replace(KEY, version=2, revoked_at=LATER, revoked_by="ada", replaced_by="K2")
    with store.write() as unit:
        unit.identities.save_key(taken)
    with pytest.raises(Conflict), store.write() as unit:
        unit.identities.save_key(replace(KEY, version=2))
    with store.read() as unit:
        assert unit.identities.key("K1") == taken


def test_the_last_use_of_a_key_only_moves_on(store: Store) -> None:
    with store.write() as unit:
        unit.identities.key_used("K1", LATER)
        unit.identities.key_used("K1", NOW)
    with store.read() as unit:
        assert unit.identities.key("K1") == replace(KEY, last_used_at=LATER)


def test_a_session_comes_back_with_whose_it_is(store: Store) -> None:
    with store.read() as unit:
        assert unit.identities.find_session("S1") == (SESSION, ANA)
        assert unit.identities.find_session("S2") is None


def test_when_a_session_was_seen_only_moves_on(store: Store) -> None:
    with store.write() as unit:
        unit.identities.session_seen("S1", LATER)
        unit.identities.session_seen("S1", NOW)
    with store.read() as unit:
        assert unit.identities.sessions("ana") == [replace(SESSION, seen_at=LATER)]


def test_a_session_ends_once_and_is_not_listed_any_more(store: Store) -> None:
    with store.write() as unit:
        assert [unit.identities.end_session("S1", LATER), unit.identities.end_session("S1", NOW)] == [True, False]
    with store.read() as unit:
        assert unit.identities.sessions("ana") == []
        assert unit.identities.find_session("S1") == (replace(SESSION, ended_at=LATER), ANA)


def test_failures_are_kept_replaced_and_forgotten(store: Store) -> None:
    for failures in (Failures(1, NOW), Failures(2, LATER), None, None):
        with store.write() as unit:
            unit.identities.save_failures("door", failures)
        with store.read() as unit:
            assert unit.identities.failures("door") == failures


@pytest.mark.parametrize(("now", "good"), [(NOW, True), (LATER, False)])
def test_somebody_who_was_sent_away_is_expected_back_once_and_in_time(store: Store, now: datetime, good: bool) -> None:
    with store.write() as unit:
        unit.identities.begin_sign_in("state", LATER)
        assert not unit.identities.finish_sign_in("another", now)
    with store.write() as unit:
        assert unit.identities.finish_sign_in("state", now) is good
    with store.write() as unit:
        assert not unit.identities.finish_sign_in("state", now)


def test_what_is_old_is_forgotten(store: Store) -> None:
    with store.write() as unit:
        unit.identities.add_session(replace(SESSION, id="S2", created_at=LATER, seen_at=LATER))
        unit.identities.save_failures("old", Failures(1, NOW))
        unit.identities.begin_sign_in("old", NOW)
        assert unit.identities.forget(LATER) == 3
    with store.read() as unit:
        assert [session.id for session in unit.identities.sessions("ana")] == ["S2"]
        assert unit.identities.failures("old") is None
