"""Accounts: who gives them, what goes with a change, and that each is an event without a password."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tests.integration.identity.conftest import ADA

from remit.adapters.passwords import Argon2Passwords
from remit.core.errors import Conflict, Forbidden, InputError, NotFound, Refused, RemitError
from remit.core.system import SystemRandom
from remit.core.words import Actor
from remit.identity.principal import Principal
from remit.service.identity.add_user import add_app, add_user
from remit.service.identity.change_password import set_password
from remit.service.identity.change_roles import change_roles
from remit.service.identity.denied import DeniedAccess
from remit.service.identity.disable_user import disable_user, enable_user
from remit.service.identity.list_users import list_users, show_user
from remit.wiring import Engine

PASSWORD, ANOTHER = "a dozen grey herons", "eleven other herons"
Events = Callable[[str], list[dict[str, Any]]]


@pytest.fixture
def quick(engine: Engine) -> Engine:
    """With an admin and a person; passwords are hashed quickly: it is not them that is tested."""
    engine.__dict__["passwords"] = Argon2Passwords(memory_kib=8, time_cost=1)
    add_user(engine.services, engine.passwords, ADA, "ada", ["admin"], PASSWORD)
    add_user(engine.services, engine.passwords, ADA, "ana", ["analyst"], PASSWORD)
    return engine


def test_the_first_admin_is_made_by_whoever_has_the_data_folder(engine: Engine) -> None:
    somebody = Actor("root", roles=("analyst",))
    assert list_users(engine.services) == []
    add_user(engine.services, engine.passwords, somebody, "ada", ["admin"], None)
    with pytest.raises(Forbidden):
        add_user(engine.services, engine.passwords, somebody, "eve", ["admin"], None)


def test_an_admin_who_is_shut_out_counts_as_none(quick: Engine) -> None:
    disable_user(quick.services, Actor("root", roles=("admin",)), "ada")
    add_user(quick.services, quick.passwords, Actor("root"), "second", ["admin"], None)


@pytest.mark.parametrize(
    "act",
    [
        lambda engine, by: add_user(engine.services, engine.passwords, by, "eve", [], None),
        lambda engine, by: add_app(engine.services, by, "till", [], None),
        lambda engine, by: change_roles(engine.services, by, "ana", grant=["reviewer"]),
        lambda engine, by: set_password(engine.services, engine.passwords, by, "ana", ANOTHER),
        lambda engine, by: disable_user(engine.services, by, "ana"),
        lambda engine, by: enable_user(engine.services, by, "ana"),
    ],
    ids=["add", "add an app", "roles", "password", "disable", "enable"],
)
def test_only_an_admin_changes_accounts(quick: Engine, act: Callable[[Engine, Actor], object]) -> None:
    with pytest.raises(Forbidden):
        act(quick, Actor("otto", roles=("reviewer", "auditor", "policy_author")))


def test_roles_are_given_and_taken(quick: Engine) -> None:
    changed = change_roles(quick.services, ADA, "ana", grant=["reviewer", "officer"], take=["analyst"])
    assert changed["roles"] == show_user(quick.services, "ana")["roles"] == ["officer", "reviewer"]


@pytest.mark.parametrize(
    ("name", "roles", "error"),
    [("ana", ["admin"], Refused), ("ada", ["auditor"], Refused), ("ana", ["No role"], InputError), ("x", [], NotFound)],
    ids=["admin and analyst", "one's own", "no word", "nobody"],
)
def test_roles_that_should_not_be_given_are_not(
    quick: Engine, name: str, roles: list[str], error: type[RemitError]
) -> None:
    with pytest.raises(error):
        change_roles(quick.services, ADA, name, grant=roles)
    assert [each["roles"] for each in list_users(quick.services)] == [["admin"], ["analyst"]]


def test_nobody_shuts_themselves_out(quick: Engine) -> None:
    with pytest.raises(Refused):
        disable_user(quick.services, ADA, "ada")


def test_a_name_is_one_accounts(quick: Engine) -> None:
    with pytest.raises(Conflict):
        add_app(quick.services, ADA, "ana", [], None)


def test_an_app_has_somebody_who_answers_for_it(quick: Engine) -> None:
    assert add_app(quick.services, ADA, "shop", ["clerk"], "ana")["owner"] == "ana"
    assert add_app(quick.services, ADA, "till", [], None)["owner"] == "ada"


def test_every_change_is_an_event_that_says_who_and_what_and_no_password(quick: Engine, events: Events) -> None:
    change_roles(quick.services, ADA, "ana", grant=["reviewer"])
    set_password(quick.services, quick.passwords, ADA, "ana", ANOTHER)
    disable_user(quick.services, ADA, "ana")
    enable_user(quick.services, ADA, "ana")
    found = [(each["type"], each["account"], each["by"]) for each in events("user.")]
    assert found == [
        ("user.added", "ada", "ada"),
        *((f"user.{verb}", "ana", "ada") for verb in ("added", "roles_changed", "password_changed", "disabled")),
        ("user.enabled", "ana", "ada"),
    ]
    assert not any(word in str(events("")) for word in ("herons", "argon2"))


def test_a_change_that_fails_is_no_event(quick: Engine, events: Events, monkeypatch: pytest.MonkeyPatch) -> None:
    before = len(events(""))
    monkeypatch.setattr("remit.service.identity.change_roles.end_all", _breaks)
    with pytest.raises(RuntimeError):
        change_roles(quick.services, ADA, "ana", grant=["reviewer"])
    assert (len(events("")), show_user(quick.services, "ana")["roles"]) == (before, ["analyst"])


def _breaks(*_: object) -> None:
    raise RuntimeError


def test_a_shut_door_is_an_event_once_a_minute(engine: Engine, clock: Any, events: Events) -> None:
    from datetime import timedelta

    denied, shop = DeniedAccess(engine.services), Principal("shop", "app", ("app",), "K1")
    for _ in range(3):
        denied.note(shop, "users.manage")
    denied.note(shop, "keys.manage")
    clock.advance(timedelta(minutes=1))
    denied.note(shop, "users.manage")
    found = [(each["by"], each["door"], each["credential"]) for each in events("access.denied")]
    assert found == [("shop", door, "K1") for door in ("users.manage", "keys.manage", "users.manage")]


def test_real_passwords_are_hashed_by_argon2id_as_owasp_advises() -> None:
    passwords, secret = Argon2Passwords(), SystemRandom().token(9).hex()
    hashed = passwords.hash(secret)
    assert hashed.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert passwords.verify(secret, hashed)
    assert not passwords.verify(secret + "x", hashed)
    assert not passwords.is_stale(hashed)


def test_nobodys_password_is_looked_at_as_long_as_anybodys(monkeypatch: pytest.MonkeyPatch) -> None:
    passwords, looked = Argon2Passwords(memory_kib=8, time_cost=1), []
    real = passwords._hasher.verify
    monkeypatch.setattr(passwords, "_hasher", passwords._hasher)
    monkeypatch.setattr(type(passwords._hasher), "verify", lambda _, *words: looked.append(words[0]) or real(*words))
    assert not passwords.verify("nobody has this password", None)
    assert looked[0].startswith("$argon2id$v=19$m=8,t=1,p=1$")
