"""The one table of doors."""

from __future__ import annotations

import pytest

from remit.core.errors import Forbidden
from remit.identity.doors import DOORS, SCOPES, enter
from remit.identity.principal import ROLES, Principal, Role


def principal(*roles: str, scopes: frozenset[str] | None = None) -> Principal:
    return Principal("somebody", "user", roles, "K1", scopes)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("name", sorted(DOORS))
def test_a_role_opens_what_the_table_says(name: str, role: Role) -> None:
    whose = DOORS[name].roles.get(role)
    if whose is None:
        with pytest.raises(Forbidden):
            enter(principal(role), name)
    else:
        assert enter(principal(role), name) == whose


@pytest.mark.parametrize("name", sorted(DOORS))
def test_a_word_that_is_no_role_opens_nothing(name: str) -> None:
    for roles in ((), ("underwriter",), ("Admin",), ("root",), ("*",)):
        with pytest.raises(Forbidden):
            enter(principal(*roles), name)


@pytest.mark.parametrize("name", sorted(DOORS))
def test_a_key_opens_no_more_than_its_scopes(name: str) -> None:
    role = next(iter(DOORS[name].roles))
    others = frozenset(SCOPES) - {DOORS[name].scope}
    with pytest.raises(Forbidden):
        enter(principal(role, scopes=others), name)
    assert enter(principal(role, scopes=frozenset({DOORS[name].scope})), name)


def test_of_two_roles_the_wider_one_counts() -> None:
    assert enter(principal("app", "auditor"), "decisions.read") == "any"


@pytest.mark.parametrize("name", sorted(DOORS))
def test_whoever_is_admin_is_nothing_else(name: str) -> None:
    mixed = principal("admin", "analyst", "reviewer", "auditor", "policy_author", "app")
    if "admin" in DOORS[name].roles:
        assert enter(mixed, name)
    else:
        with pytest.raises(Forbidden):
            enter(mixed, name)


@pytest.mark.parametrize("name", ["reviews.decide", "decisions.read", "decisions.create", "policies.decide"])
def test_an_admin_neither_decides_nor_sees_cases(name: str) -> None:
    assert "admin" not in DOORS[name].roles
