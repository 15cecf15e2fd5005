"""`remit keys`: create, list, rotate and revoke API keys."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from remit.cli.common import As, AsJson, Roles, actor, note, open_engine, print_json, print_list, say

app = typer.Typer(help="API keys of apps and people: create, list, rotate, revoke.", no_args_is_help=True)

KeyId = Annotated[str, typer.Argument(metavar="KEY_ID", help="The id of a key: the part between the underscores.")]


@app.command("create")
def create(
    account: Annotated[str, typer.Argument(metavar="NAME", help="Whose key it will be: an app, or a person.")],
    scope: Annotated[
        list[str] | None, typer.Option("--scope", metavar="SCOPE", help="What it opens; may be repeated.")
    ] = None,
    app: Annotated[bool, typer.Option("--app", help="Add an app of that name first, when there is none.")] = False,
    owner: Annotated[
        str | None, typer.Option("--owner", metavar="NAME", help="Who answers for that app (default: you).")
    ] = None,
    grant: Annotated[
        list[str] | None,
        typer.Option("--grant", metavar="ROLE", help="A role of that app which packs name; may be repeated."),
    ] = None,
    label: Annotated[str, typer.Option("--label", help="What people call the key.")] = "",
    days: Annotated[int, typer.Option("--days", help="How long it is good for.")] = 365,
    as_json: AsJson = False,
    name: As = None,
    role: Roles = None,
) -> None:
    """Create a key. It is printed this once: only its hash is kept."""
    from remit.service.identity.create_key import create_key

    with open_engine() as engine:
        made = create_key(
            engine.services,
            actor(engine, name, role),
            account,
            scope or [],
            label=label,
            days=days,
            app=app,
            owner=owner,
            roles=grant or [],
        )
    _show_once(made, as_json)


@app.command("list")
def list_(
    account: Annotated[str | None, typer.Argument(metavar="NAME", help="Whose keys; all when not given.")] = None,
    as_json: AsJson = False,
) -> None:
    """List keys: what each opens, until when, and when it was last used."""
    from remit.service.identity.list_keys import list_keys

    with open_engine() as engine:
        found = list_keys(engine.services, account)
    print_list(found, as_json, _line, "there are no keys")


@app.command("rotate")
def rotate(
    key_id: KeyId,
    overlap_hours: Annotated[
        int, typer.Option("--overlap-hours", help="How long the old key still works beside the new one.")
    ] = 24,
    as_json: AsJson = False,
    name: As = None,
    role: Roles = None,
) -> None:
    """Create a key that takes over from another, for the same and for as long. It is printed this once."""
    from remit.service.identity.rotate_key import rotate_key

    with open_engine() as engine:
        made = rotate_key(engine.services, actor(engine, name, role), key_id, overlap_hours=overlap_hours)
    _show_once(made, as_json)


@app.command("revoke")
def revoke(key_id: KeyId, as_json: AsJson = False, name: As = None, role: Roles = None) -> None:
    """Take a key back: it opens nothing from the next request on."""
    from remit.service.identity.revoke_key import revoke_key

    with open_engine() as engine:
        done = revoke_key(engine.services, actor(engine, name, role), key_id)
    print_json(done) if as_json else say(f"revoked: key {done['key_id']} of {done['account']}")


def _show_once(made: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(made)
        return
    say(made["key"])
    note(f"key {made['key_id']} of {made['account']}, until {made['expires_at'][:10]}: keep it, it is not shown again")
    if "replaces" in made:
        note(f"key {made['replaces']['key_id']} works until {made['replaces']['expires_at'][:16]} UTC")


def _line(key: dict[str, Any]) -> str:
    state = "revoked" if key["revoked_at"] else ("" if key["opens"] else "expired")
    used = f"used {key['last_used_at'][:16]}" if key["last_used_at"] else "never used"
    until = f"until {key['expires_at'][:10]}"
    parts = (key["account"], key["label"], state or until, used, " ".join(key["scopes"]))
    return f"{key['key_id']}  " + ", ".join(part for part in parts if part)
