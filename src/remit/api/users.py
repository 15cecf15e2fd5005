"""``/v1/users``: people and apps, their roles and passwords."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, Field, SecretStr

from remit.api.body import Body
from remit.api.doors import Entered, TheEngine, door
from remit.api.keys import Mark
from remit.core.errors import InputError
from remit.identity.account import ROLES_MAX
from remit.service.identity.add_user import add_app, add_user
from remit.service.identity.change_password import set_password
from remit.service.identity.change_roles import change_roles
from remit.service.identity.disable_user import disable_user, enable_user
from remit.service.identity.list_users import list_users, show_user

router = APIRouter(prefix="/users", tags=["identity"])

Admin = Annotated[Entered, Depends(door("users.manage"))]
RoleList = Annotated[list[str], Field(max_length=ROLES_MAX, examples=[["reviewer", "officer"]])]


class NewUser(Body):
    """A person, or an app."""

    name: str = Field(max_length=100, examples=["ana"])
    kind: Literal["user", "app"] = "user"
    roles: RoleList = Field(default_factory=list)
    password: SecretStr | None = Field(default=None, max_length=1000, description="Without one they come in by a key.")
    owner: str | None = Field(default=None, max_length=100, description="Who answers for an app; whoever adds it.")


class RoleChange(Body):
    """Roles to give and to take away."""

    grant: RoleList = Field(default_factory=list)
    take: RoleList = Field(default_factory=list)


class GivenPassword(Body):
    """A password for somebody."""

    password: SecretStr = Field(max_length=1000)


class UserShown(BaseModel):
    """An account."""

    name: str = Field(examples=["ana"])
    kind: Literal["user", "app"]
    roles: list[str]
    owner: str | None = Field(description="Who answers for an app.")
    has_password: bool
    by_provider: bool = Field(description="Whether they sign in with an OpenID provider.")
    created: Mark
    disabled_at: str | None


@router.post("", status_code=201, response_model=UserShown)
def create(asked: NewUser, who: Admin, response: Response, engine: TheEngine) -> dict[str, Any]:
    """Add a person or an app."""
    made = _added(asked, who, engine)
    response.headers["Location"] = f"/v1/users/{made['name']}"
    return made


def _added(asked: NewUser, who: Entered, engine: TheEngine) -> dict[str, Any]:
    if asked.kind == "app":
        if asked.password is not None:
            raise InputError("an app has no password", mend="leave it out, and create a key")
        return add_app(engine.services, who.actor, asked.name, asked.roles, asked.owner)
    if asked.owner is not None:
        raise InputError("nobody answers for a person but themselves", mend="leave `owner` out")
    password = asked.password.get_secret_value() if asked.password else None
    return add_user(engine.services, engine.passwords, who.actor, asked.name, asked.roles, password)


@router.get("", response_model=list[UserShown])
def read_all(_who: Admin, engine: TheEngine) -> list[dict[str, Any]]:
    """People and apps, by name."""
    return list_users(engine.services)


@router.get("/{name}", response_model=UserShown)
def read(name: str, _who: Admin, engine: TheEngine) -> dict[str, Any]:
    """One account."""
    return show_user(engine.services, name)


@router.post("/{name}/roles", response_model=UserShown)
def change(name: str, asked: RoleChange, who: Admin, engine: TheEngine) -> dict[str, Any]:
    """Give and take roles. Sessions end; keys have the new roles from the next request on."""
    return change_roles(engine.services, who.actor, name, grant=asked.grant, take=asked.take)


@router.put("/{name}/password", response_model=UserShown)
def give_password(name: str, asked: GivenPassword, who: Admin, engine: TheEngine) -> dict[str, Any]:
    """Give a person another password. Their sessions end."""
    return set_password(engine.services, engine.passwords, who.actor, name, asked.password.get_secret_value())


@router.post("/{name}/disable", response_model=UserShown)
def disable(name: str, who: Admin, engine: TheEngine) -> dict[str, Any]:
    """Shut an account out: its sessions end, and its keys open nothing."""
    return disable_user(engine.services, who.actor, name)


@router.post("/{name}/enable", response_model=UserShown)
def enable(name: str, who: Admin, engine: TheEngine) -> dict[str, Any]:
    """Let an account in again, with what it had."""
    return enable_user(engine.services, who.actor, name)
