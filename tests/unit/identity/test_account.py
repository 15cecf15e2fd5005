"""Accounts: names, and the roles that one account may have."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from remit.core.errors import Conflict, InputError, Refused
from remit.identity.account import (
    Account,
    Kind,
    checked_name,
    checked_roles,
    disabled,
    enabled,
    with_password,
    with_roles,
)

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ANA = Account("ana", "user", ("analyst",), NOW, "ada")
SHOP = Account("shop", "app", ("app",), NOW, "ada", owner="ana")


@pytest.mark.parametrize("name", ["a", "ana", "ana.lopez@example.com", "shop-2", "x" * 100])
def test_a_name_does(name: str) -> None:
    assert checked_name(name) == name


@pytest.mark.parametrize("name", ["", "Ana", "-ana", "ana-", "an a", "ana\n", "anä", "x" * 101, "../ana", "api:ana"])
def test_a_name_does_not(name: str) -> None:
    with pytest.raises(InputError):
        checked_name(name)


@pytest.mark.parametrize(
    ("kind", "roles", "have"),
    [
        ("user", [], ()),
        ("user", ["reviewer", "officer", "reviewer"], ("officer", "reviewer")),
        ("user", ["admin", "policy_author"], ("admin", "policy_author")),
        ("app", [], ("app",)),
        ("app", ["clerk"], ("app", "clerk")),
    ],
)
def test_roles_go_together(kind: Kind, roles: list[str], have: tuple[str, ...]) -> None:
    assert checked_roles(kind, roles) == have


@pytest.mark.parametrize(
    ("kind", "roles"),
    [
        *(("user", ["admin", other]) for other in ("reviewer", "analyst", "auditor")),
        ("user", ["app"]),
        *(("app", [role]) for role in ("admin", "reviewer", "policy_author", "auditor", "analyst")),
    ],
)
def test_roles_that_nobody_has_together_are_refused(kind: Kind, roles: list[str]) -> None:
    with pytest.raises(Refused) as refused:
        checked_roles(kind, roles)
    assert refused.value.code == "duties"


@pytest.mark.parametrize("roles", [["Reviewer"], [""], ["two words"], ["x" * 65], [f"r{n}" for n in range(51)]])
def test_what_is_no_role_is_no_input(roles: list[str]) -> None:
    with pytest.raises(InputError):
        checked_roles("user", roles)


def test_other_roles_are_held_to_the_same_rule() -> None:
    assert with_roles(ANA, ["officer", "reviewer"]).roles == ("officer", "reviewer")
    with pytest.raises(Refused):
        with_roles(SHOP, ["admin"])


def test_an_app_has_no_password() -> None:
    assert with_password(ANA, "hash").password_hash == "hash"
    with pytest.raises(Refused):
        with_password(SHOP, "hash")


def test_who_is_shut_out_can_be_let_in_again_once() -> None:
    out = disabled(ANA, NOW)
    assert (out.disabled, out.version) == (True, 2)
    assert not enabled(out).disabled
    with pytest.raises(Conflict):
        disabled(out, NOW)
    with pytest.raises(Conflict):
        enabled(ANA)


def test_nothing_that_is_shown_opens_a_door() -> None:
    shown = with_password(ANA, "$argon2id$secret").to_json()
    assert shown["has_password"] is True
    assert "argon2" not in str(shown)
