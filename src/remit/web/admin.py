"""``/admin``: who has an account, with which roles, and which keys there are. A new key is shown this once."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends, Request, Response
from fastapi.responses import RedirectResponse

from remit.api.doors import Entered, TheEngine
from remit.core.errors import InputError
from remit.identity.doors import SCOPES
from remit.identity.principal import ROLES
from remit.service.identity.add_user import add_app, add_user
from remit.service.identity.change_password import set_password
from remit.service.identity.change_roles import change_roles
from remit.service.identity.create_key import create_key
from remit.service.identity.disable_user import disable_user, enable_user
from remit.service.identity.list_keys import list_keys
from remit.service.identity.list_users import list_users
from remit.service.identity.revoke_key import revoke_key
from remit.web.gate import Form, page_door
from remit.web.page_route import pages
from remit.web.render import page
from remit.wiring import Engine

router = pages()
Admin = Annotated[Entered, Depends(page_door("users.manage"))]
KeyAdmin = Annotated[Entered, Depends(page_door("keys.manage"))]


@router.get("/admin")
def admin(request: Request, engine: TheEngine, _who: Admin) -> Response:
    """Accounts and keys."""
    return _shown(request, engine)


@router.post("/admin/users")
def add(engine: TheEngine, who: Admin, form: Form) -> Response:
    """Add a person or an app."""
    name, roles = form.get("name", "").strip(), form.get("roles", "").replace(",", " ").split()
    if form.get("kind") == "app":
        add_app(engine.services, who.actor, name, roles, form.get("owner", "").strip() or None)
    else:
        add_user(engine.services, engine.passwords, who.actor, name, roles, form.get("password") or None)
    return RedirectResponse("/admin", 303)


@router.post("/admin/users/{name}/roles")
def roles(name: str, engine: TheEngine, who: Admin, form: Form) -> Response:
    """Give or take roles."""
    grant, take = (form.get(field, "").replace(",", " ").split() for field in ("grant", "take"))
    if not grant and not take:
        raise InputError("say which roles are given or taken", mend="name them in one of the two fields")
    change_roles(engine.services, who.actor, name, grant=grant, take=take)
    return RedirectResponse("/admin", 303)


@router.post("/admin/users/{name}/password")
def password(name: str, engine: TheEngine, who: Admin, form: Form) -> Response:
    """Set a person's password; every session of theirs ends."""
    set_password(engine.services, engine.passwords, who.actor, name, form.get("password", ""))
    return RedirectResponse("/admin", 303)


@router.post("/admin/users/{name}/disable")
def disable(name: str, engine: TheEngine, who: Admin) -> Response:
    """Shut somebody out."""
    disable_user(engine.services, who.actor, name)
    return RedirectResponse("/admin", 303)


@router.post("/admin/users/{name}/enable")
def enable(name: str, engine: TheEngine, who: Admin) -> Response:
    """Let somebody in again."""
    enable_user(engine.services, who.actor, name)
    return RedirectResponse("/admin", 303)


@router.post("/admin/keys")
def new_key(request: Request, engine: TheEngine, who: KeyAdmin, form: Form) -> Response:
    """Make a key for an account; it is in this answer, and nowhere else."""
    days = form.get("days", "365")
    if not days.isdecimal():
        raise InputError("for how many days the key is good is a whole number", mend="say for example 365")
    scopes = form.get("scopes", "").replace(",", " ").split()
    made = create_key(
        engine.services, who.actor, form.get("account", ""), scopes, label=form.get("label", ""), days=int(days)
    )
    return _shown(request, engine, made)


@router.post("/admin/keys/{key_id}/revoke")
def revoke(key_id: str, engine: TheEngine, who: KeyAdmin) -> Response:
    """Take a key back at once."""
    revoke_key(engine.services, who.actor, key_id)
    return RedirectResponse("/admin", 303)


def _shown(request: Request, engine: Engine, made: dict[str, Any] | None = None) -> Response:
    return page(
        request,
        "admin.html",
        users=list_users(engine.services),
        keys=list_keys(engine.services),
        made=made,
        roles=ROLES,
        scopes=SCOPES,
        passwords=engine.settings.passwords,
    )
