"""A session: one browser in which one person is signed in, until they leave, rest too long, or their time is up."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal

How = Literal["password", "oidc", "link"]
SEEN_NOTED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Timeouts:
    """How long a session may rest, and how long it lasts at most."""

    idle: timedelta
    absolute: timedelta


@dataclass(frozen=True, slots=True)
class Session:
    """A session of an account, without its token. `seen_at` is at most a minute behind."""

    id: str
    account: str
    token_sha256: str
    how: How
    created_at: datetime
    seen_at: datetime
    ended_at: datetime | None = None

    def ended(self, now: datetime, timeouts: Timeouts) -> str | None:
        """Why the session is over; None while it is not."""
        if self.ended_at is not None:
            return "is over"
        if now >= self.created_at + timeouts.absolute:
            return "has lasted its time"
        return "has rested too long" if now >= self.seen_at + timeouts.idle else None

    def sight_is_news(self, now: datetime) -> bool:
        """Whether to have been seen at this moment is worth a write."""
        return now - self.seen_at >= SEEN_NOTED_EVERY

    def to_json(self) -> dict[str, Any]:
        """As its person may see it."""
        return {
            "session_id": self.id,
            "how": self.how,
            "since": self.created_at.isoformat(),
            "seen_at": self.seen_at.isoformat(),
        }


def closed(session: Session, now: datetime) -> Session:
    """The session, over."""
    return replace(session, ended_at=now)


def csrf_token(token: str) -> str:
    """What a page must send beside the cookie when it changes something; whoever cannot read the page cannot know it.

    It follows from the session's token, so nothing is kept of it and any process can check it.
    """
    return hashlib.sha256(b"remit csrf\0" + token.encode()).hexdigest()
