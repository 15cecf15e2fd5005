"""`remit keys` and `remit users`, as somebody types them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from remit.cli.main import app
from remit.core.errors import Forbidden, InputError
from remit.settings import Settings
from remit.wiring import Engine

PASSWORD = "a dozen grey herons\n"
ADMIN = ("--as", "ada", "--role", "admin")
Remit = Callable[..., Result]


@pytest.fixture
def remit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Remit:
    monkeypatch.setenv("REMIT_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)

    def typed(*words: str, stdin: str = "") -> Result:
        return CliRunner().invoke(app, list(words), input=stdin)

    return typed


def said(done: Result) -> Any:
    assert done.exit_code == 0, done.exception
    return json.loads(done.stdout)


def test_the_first_admin_is_made_and_gives_the_rest(remit: Remit, tmp_path: Path) -> None:
    assert remit("users", "add", "ada", "--grant", "admin", stdin=PASSWORD).exit_code == 0
    shown = said(remit("users", "add", "olga", "--grant", "reviewer", *ADMIN, "--json", stdin=PASSWORD))
    assert (shown["roles"], shown["has_password"], shown["created"]["by"]) == (["reviewer"], True, "ada")
    made = said(remit("keys", "create", "shop", "--app", "--grant", "clerk", "--scope", "packs:read", *ADMIN, "--json"))
    with Engine(Settings(home=tmp_path / "home")) as engine:
        assert engine.authenticator.by_key(made["key"]).roles == ("app", "clerk")


def test_who_is_no_admin_is_told(remit: Remit) -> None:
    remit("users", "add", "ada", "--grant", "admin", "--no-password")
    done = remit("users", "add", "eve", "--grant", "admin", "--no-password")
    assert isinstance(done.exception, Forbidden)


def test_a_key_is_printed_alone_so_that_a_script_can_take_it(remit: Remit) -> None:
    done = remit("keys", "create", "shop", "--app", "--scope", "packs:read")
    assert done.stdout.startswith("remit_")
    assert len(done.stdout.splitlines()) == 1
    assert "not shown again" in done.stderr


def test_a_key_is_listed_rotated_and_revoked(remit: Remit) -> None:
    made = said(remit("keys", "create", "shop", "--app", "--label", "till 3", "--scope", "packs:read", "--json"))
    new = said(remit("keys", "rotate", made["key_id"], "--overlap-hours", "2", "--json"))
    assert (new["label"], new["replaces"]["key_id"]) == ("till 3", made["key_id"])
    assert said(remit("keys", "revoke", new["key_id"], "--json"))["revoked_by"]
    listed = remit("keys", "list", "shop").stdout.splitlines()
    assert [("revoked" in line, "till 3" in line) for line in listed] == [(False, True), (True, True)]
    assert len(said(remit("keys", "list", "--json"))) == 2


def test_an_account_is_changed_and_shut_out(remit: Remit) -> None:
    remit("users", "add", "ada", "--grant", "admin", "--no-password")
    remit("users", "add", "olga", "--no-password", *ADMIN)
    assert said(remit("users", "roles", "olga", "--grant", "auditor", *ADMIN, "--json"))["roles"] == ["auditor"]
    assert said(remit("users", "password", "olga", *ADMIN, "--json", stdin=PASSWORD))["has_password"]
    assert said(remit("users", "disable", "olga", *ADMIN, "--json"))["disabled_at"]
    assert "disabled since" in remit("users", "list").stdout
    assert said(remit("users", "enable", "olga", *ADMIN, "--json"))["disabled_at"] is None


def test_no_password_is_no_password(remit: Remit) -> None:
    assert isinstance(remit("users", "add", "olga", stdin="").exception, InputError)
    assert "there are no accounts" in remit("users", "list").stdout
