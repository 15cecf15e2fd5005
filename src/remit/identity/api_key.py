"""API keys: what one opens and for how long, and how one takes over from another."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from remit.core.errors import Conflict, InputError
from remit.core.problems import did_you_mean
from remit.identity.doors import SCOPES

DAYS_DEFAULT = 365
DAYS_MAX = 3650
OVERLAP_HOURS_DEFAULT = 24
OVERLAP_HOURS_MAX = 24 * 90
LABEL_MAX = 100
USE_NOTED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key of an account, without its secret. `version` guards every change.

    The account's roles say what its keys can open; `scopes` narrow that. `last_used_at` is at most a minute behind.
    `replaced_by` is the key that took over; until `expires_at` both of them work.
    """

    id: str
    account: str
    label: str
    secret_sha256: str
    scopes: tuple[str, ...]
    created_at: datetime
    created_by: str
    expires_at: datetime
    version: int = 1
    last_used_at: datetime | None = None
    revoked_at: datetime | None = None
    revoked_by: str | None = None
    replaced_by: str | None = None

    def ended(self, now: datetime) -> str | None:
        """Why the key opens nothing any more; None while it does."""
        if self.revoked_at is not None:
            return "was revoked"
        return "has expired" if now >= self.expires_at else None

    def use_is_news(self, now: datetime) -> bool:
        """Whether a use at this moment is worth a write."""
        return self.last_used_at is None or now - self.last_used_at >= USE_NOTED_EVERY

    def to_json(self) -> dict[str, Any]:
        """As people may see it: nothing that opens a door."""
        moments = {name: getattr(self, name) for name in ("expires_at", "last_used_at", "revoked_at")}
        return {
            "key_id": self.id,
            "account": self.account,
            "label": self.label,
            "scopes": list(self.scopes),
            "created": {"by": self.created_by, "at": self.created_at.isoformat()},
            **{name: moment and moment.isoformat() for name, moment in moments.items()},
            "revoked_by": self.revoked_by,
            "replaced_by": self.replaced_by,
        }


def expiry(now: datetime, days: int) -> datetime:
    """When a key that is made now expires. Every key does. Raises InputError."""
    if not 1 <= days <= DAYS_MAX:
        raise InputError(f"a key is good for 1 to {DAYS_MAX} days, not {days}", code="key_days")
    return now + timedelta(days=days)


def checked_scopes(scopes: Iterable[str]) -> tuple[str, ...]:
    """The scopes, each of which there is, sorted; one at least. Raises InputError."""
    wanted = sorted(set(scopes))
    if not wanted:
        raise InputError("the key would open nothing", code="scope", mend=f"name its scopes: {', '.join(SCOPES)}")
    for scope in wanted:
        if scope not in SCOPES:
            hint = did_you_mean(scope, SCOPES)
            raise InputError(
                f"there is no scope `{scope[:60]}`", code="scope", mend=hint or f"one of: {', '.join(SCOPES)}"
            )
    return tuple(wanted)


def checked_label(label: str) -> str:
    """What a key is called by people. Raises InputError."""
    text = label.strip()
    if len(text) > LABEL_MAX or not text.isprintable():
        raise InputError(f"a label is one line of at most {LABEL_MAX} letters", code="key_label")
    return text


def revoked(key: ApiKey, by: str, now: datetime) -> ApiKey:
    """The key, taken back at once. Raises Conflict when it was already."""
    if key.revoked_at is not None:
        raise Conflict(f"key {key.id} was revoked at {key.revoked_at:%Y-%m-%d %H:%M} UTC by {key.revoked_by}")
    return replace(key, version=key.version + 1, revoked_at=now, revoked_by=by)


def rotated(
    key: ApiKey, new_id: str, new_sha256: str, by: str, now: datetime, *, overlap_hours: int
) -> tuple[ApiKey, ApiKey]:
    """The key, about to go, and the one that takes over: for the same, and for as long from now as it was made for.

    Raises:
        Conflict: the key opens nothing any more, or another one has taken over already.
        InputError: both would work for too long, or for less than no time.
    """
    if not 0 <= overlap_hours <= OVERLAP_HOURS_MAX:
        raise InputError(f"both work for 0 to {OVERLAP_HOURS_MAX} hours, not {overlap_hours}", code="key_overlap")
    why = key.ended(now)
    if why is not None:
        raise Conflict(f"key {key.id} {why}", mend="create another one")
    if key.replaced_by is not None:
        raise Conflict(f"key {key.replaced_by} has taken over from key {key.id}", mend="rotate that one")
    until = min(key.expires_at, now + timedelta(hours=overlap_hours))
    new = replace(
        key,
        id=new_id,
        secret_sha256=new_sha256,
        created_at=now,
        created_by=by,
        expires_at=now + (key.expires_at - key.created_at),
        version=1,
        last_used_at=None,
    )
    return replace(key, version=key.version + 1, expires_at=until, replaced_by=new_id), new
