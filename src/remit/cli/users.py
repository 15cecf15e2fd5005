"""`remit users`: add, list, roles, password, disable, enable."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer

from remit.cli.common import As, AsJson, Roles, actor, open_engine, print_json, print_list, say

app = typer.Typer(help="People and apps: add, list, change roles and passwords, shut out.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(metavar="NAME", help="An account's name.")]
Grant = Annotated[list[str] | None, typer.Option("--grant", metavar="ROLE", help="A role to give; may be repeated.")]


@app.command("add")
def add(
    account: Name,
    grant: Grant = None,
    app: Annotated[bool, typer.Option("--app", help="It is an app, which comes in by keys.")] = False,
    owner: Annotated[
        str | None, typer.Option("--owner", metavar="NAME", help="Who answers for the app (default: you).")
    ] = None,
    no_password: Annotated[
        bool, typer.Option("--no-password", help="A person who comes in by a key, and not by a password.")
    ] = False,
    as_json: AsJson = False,
    name: As = None,
    role: Roles = None,
) -> None:
    """Add a person or an app. A password is asked for, or read as one line from standard input."""
    from remit.service.identity.add_user import add_app, add_user

    password = None if app or no_password else _password(account)
    with open_engine() as engine:
        asking = actor(engine, name, role)
        if app:
            made = add_app(engine.services, asking, account, grant or [], owner)
        else:
            made = add_user(engine.services, engine.passwords, asking, account, grant or [], password)
    print_json(made) if as_json else say(_line(made))


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """List people and apps, with their roles."""
    from remit.service.identity.list_users import list_users

    with open_engine() as engine:
        found = list_users(engine.services)
    print_list(found, as_json, _line, "there are no accounts: `remit users add NAME --grant admin` makes the first")


@app.command("roles")
def roles(
    account: Name,
    grant: Grant = None,
    take: Annotated[list[str] | None, typer.Option("--take", metavar="ROLE", help="A role to take away.")] = None,
    as_json: AsJson = False,
    name: As = None,
    role: Roles = None,
) -> None:
    """Give and take roles. The account's sessions end."""
    from remit.service.identity.change_roles import change_roles

    with open_engine() as engine:
        done = change_roles(engine.services, actor(engine, name, role), account, grant=grant or [], take=take or [])
    print_json(done) if as_json else say(_line(done))


@app.command("password")
def password(account: Name, as_json: AsJson = False, name: As = None, role: Roles = None) -> None:
    """Set a person's password, asked for or read as one line from standard input. Their sessions end."""
    from remit.service.identity.change_password import set_password

    new = _password(account)
    with open_engine() as engine:
        done = set_password(engine.services, engine.passwords, actor(engine, name, role), account, new)
    print_json(done) if as_json else say(f"{account} has another password")


@app.command("disable")
def disable(account: Name, as_json: AsJson = False, name: As = None, role: Roles = None) -> None:
    """Shut an account out: its sessions end, and its keys open nothing."""
    from remit.service.identity.disable_user import disable_user

    with open_engine() as engine:
        done = disable_user(engine.services, actor(engine, name, role), account)
    print_json(done) if as_json else say(_line(done))


@app.command("enable")
def enable(account: Name, as_json: AsJson = False, name: As = None, role: Roles = None) -> None:
    """Let an account in again, with what it had."""
    from remit.service.identity.disable_user import enable_user

    with open_engine() as engine:
        done = enable_user(engine.services, actor(engine, name, role), account)
    print_json(done) if as_json else say(_line(done))


def _password(account: str) -> str:
    """A new password, never from the command line, where everybody on the machine could read it. Raises InputError."""
    from getpass import getpass

    from remit.core.errors import InputError

    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    given = getpass(f"Password of {account}: ")
    if getpass("Once more: ") != given:
        raise InputError("that was another one", code="password", mend="try again")
    return given


def _line(account: dict[str, Any]) -> str:
    parts = [account["kind"] if account["kind"] == "app" else "person", ", ".join(account["roles"]) or "no roles"]
    if account["owner"]:
        parts.append(f"{account['owner']} answers for it")
    if account["disabled_at"]:
        parts.append(f"disabled since {account['disabled_at'][:16]}")
    return f"{account['name']}  " + "; ".join(parts)
