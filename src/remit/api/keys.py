"""``/v1/keys``: create, list, rotate and revoke API keys."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, Field

from remit.api.body import Body
from remit.api.doors import Entered, TheEngine, door
from remit.identity.api_key import DAYS_DEFAULT, DAYS_MAX, LABEL_MAX, OVERLAP_HOURS_DEFAULT, OVERLAP_HOURS_MAX
from remit.service.identity.create_key import create_key
from remit.service.identity.list_keys import list_keys, show_key
from remit.service.identity.revoke_key import revoke_key
from remit.service.identity.rotate_key import rotate_key

router = APIRouter(prefix="/keys", tags=["identity"])

Admin = Annotated[Entered, Depends(door("keys.manage"))]


class NewKey(Body):
    """A key for an account that is there."""

    account: str = Field(max_length=100, examples=["shop"])
    scopes: list[str] = Field(min_length=1, max_length=50, examples=[["decisions:read", "decisions:write"]])
    label: str = Field(default="", max_length=LABEL_MAX)
    days: int = Field(default=DAYS_DEFAULT, ge=1, le=DAYS_MAX, description="How long it is good for.")


class Rotation(Body):
    """How one key takes over from another."""

    overlap_hours: int = Field(
        default=OVERLAP_HOURS_DEFAULT, ge=0, le=OVERLAP_HOURS_MAX, description="How long both work."
    )


class Mark(BaseModel):
    """Who did it, and when."""

    by: str
    at: str


class KeyShown(BaseModel):
    """A key, without its secret."""

    key_id: str = Field(examples=["01M8A9B64AB3BHF6308N059MYN"])
    account: str = Field(examples=["shop"])
    label: str
    scopes: list[str]
    created: Mark
    expires_at: str
    last_used_at: str | None = Field(description="At most a minute behind.")
    revoked_at: str | None
    revoked_by: str | None
    replaced_by: str | None = Field(description="The key that took over.")
    opens: bool = Field(default=True, description="Whether it opens anything still.")


class KeyMade(KeyShown):
    """A new key, with what is to be presented. It is shown this once."""

    key: str = Field(examples=["remit_01M8A9B64AB3BHF6308N059MYN_uv6rol7l…"])


@router.post("", status_code=201, response_model=KeyMade)
def create(asked: NewKey, who: Admin, response: Response, engine: TheEngine) -> dict[str, Any]:
    """Create a key. The answer shows it once."""
    made = create_key(engine.services, who.actor, asked.account, asked.scopes, label=asked.label, days=asked.days)
    return _once(response, made)


@router.get("", response_model=list[KeyShown])
def read_all(
    _who: Admin, engine: TheEngine, account: Annotated[str | None, Query(max_length=100)] = None
) -> list[dict[str, Any]]:
    """The keys of an account, or all, the oldest first."""
    return list_keys(engine.services, account)


@router.get("/{key_id}", response_model=KeyShown)
def read(key_id: str, _who: Admin, engine: TheEngine) -> dict[str, Any]:
    """One key."""
    return show_key(engine.services, key_id)


@router.post("/{key_id}/rotate", status_code=201, response_model=KeyMade)
def rotate(key_id: str, asked: Rotation, who: Admin, response: Response, engine: TheEngine) -> dict[str, Any]:
    """Create a key that takes over from another. The answer shows it once."""
    return _once(response, rotate_key(engine.services, who.actor, key_id, overlap_hours=asked.overlap_hours))


@router.post("/{key_id}/revoke", response_model=KeyShown)
def revoke(key_id: str, who: Admin, engine: TheEngine) -> dict[str, Any]:
    """Take a key back: it opens nothing from the next request on."""
    return {**revoke_key(engine.services, who.actor, key_id), "opens": False}


def _once(response: Response, made: dict[str, Any]) -> dict[str, Any]:
    response.headers["Location"] = f"/v1/keys/{made['key_id']}"
    response.headers["Cache-Control"] = "no-store"
    return made
