"""``/v1/session``: sign in, who am I, sign out; and one's own other sessions."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Request, Response, Security
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from remit.api.body import Body
from remit.api.cross_site import must_be_same_origin
from remit.api.doors import Entered, TheEngine, door, session_cookie
from remit.api.edge.around import SESSION_COOKIE
from remit.core.errors import Refused
from remit.identity.session import How, csrf_token
from remit.service.identity.change_password import change_own_password
from remit.service.identity.sign_in import sign_in
from remit.service.identity.sign_out import list_sessions, sign_out

router = APIRouter(prefix="/session", tags=["identity"])

Own = Annotated[Entered, Depends(door("account.own"))]
Cookie = Annotated[str | None, Security(session_cookie)]


class Credentials(Body):
    """A name and a password."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "ana", "password": "…"}]})

    name: str = Field(max_length=100)
    password: SecretStr = Field(max_length=1000)


class NewPassword(Body):
    """The present password and the one to come."""

    present: SecretStr = Field(max_length=1000)
    new: SecretStr = Field(max_length=1000)


class WhoAmI(BaseModel):
    """Who is asking, as whom doors open to them. `csrf_token` goes with a session's changes as ``X-CSRF-Token``."""

    name: str = Field(examples=["ana"])
    kind: Literal["user", "app"]
    roles: list[str] = Field(examples=[["officer", "reviewer"]])
    scopes: list[str] | None = Field(description="What the key was given for; null for a session.")
    credential: str = Field(description="The id of the key or the session.")
    csrf_token: str | None = None


class SessionShown(BaseModel):
    """A session of one's own."""

    session_id: str
    how: How
    since: str = Field(examples=["2026-11-02T12:00:00+00:00"])
    seen_at: str = Field(description="At most a minute behind.")


@router.post("", response_model=WhoAmI)
def create(
    asked: Credentials, request: Request, response: Response, engine: TheEngine, before: Cookie = None
) -> dict[str, Any]:
    """Sign in, from a page of this site. The session is a cookie; the one that the browser came with ends."""
    must_be_same_origin(request)
    source = request.client.host if request.client else ""
    begun, token = sign_in(
        engine.services, engine.passwords, asked.name, asked.password.get_secret_value(), source=source, before=before
    )
    give_cookie(response, token)
    account = begun["account"]
    return {
        "name": account["name"],
        "kind": account["kind"],
        "roles": account["roles"],
        "scopes": None,
        "credential": begun["session_id"],
        "csrf_token": begun["csrf_token"],
    }


@router.get("", response_model=WhoAmI)
def read(who: Own, response: Response, session: Cookie = None) -> dict[str, Any]:
    """Who am I: by a session or by a key."""
    response.headers["Cache-Control"] = "no-store"
    principal = who.principal
    return {
        "name": principal.id,
        "kind": principal.kind,
        "roles": list(principal.roles),
        "scopes": None if principal.scopes is None else sorted(principal.scopes),
        "credential": principal.credential,
        "csrf_token": csrf_token(session) if session and principal.scopes is None else None,
    }


@router.delete("", status_code=204)
def end(who: Own, response: Response, engine: TheEngine) -> None:
    """Sign out."""
    if who.principal.scopes is not None:
        raise Refused("a key is not signed in", mend="revoke it, if it is to open nothing any more")
    sign_out(engine.services, who.actor, who.principal.credential)
    take_cookie(response)


@router.get("/all", response_model=list[SessionShown])
def read_all(who: Own, engine: TheEngine) -> list[dict[str, Any]]:
    """One's own sessions, the oldest first."""
    return list_sessions(engine.services, who.actor)


@router.delete("/all/{session_id}", status_code=204)
def end_one(session_id: str, who: Own, engine: TheEngine) -> None:
    """Sign out in another browser."""
    sign_out(engine.services, who.actor, session_id)


@router.put("/password", status_code=204)
def change_password(asked: NewPassword, who: Own, response: Response, engine: TheEngine) -> None:
    """Change one's own password. Every session ends, this one too."""
    present, new = asked.present.get_secret_value(), asked.new.get_secret_value()
    change_own_password(engine.services, engine.passwords, who.actor, present, new)
    take_cookie(response)


def give_cookie(response: Response, token: str) -> None:
    """Let the browser keep the session's token where no script reads it. It ends with the session, on our side."""
    response.set_cookie(SESSION_COOKIE, token, secure=True, httponly=True, samesite="lax", path="/")
    response.headers["Cache-Control"] = "no-store"


def take_cookie(response: Response) -> None:
    """Let the browser forget it, and whatever it kept of this site."""
    response.delete_cookie(SESSION_COOKIE, secure=True, httponly=True, samesite="lax", path="/")
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
