"""A delivery: one message on its way to one endpoint, tried until it arrives or has been tried often enough.

The pauses are those that the Standard Webhooks reference suggests, about three days in all, each with a fifth of chance
in either direction, so that what failed together does not come back together.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Literal

from remit.core.ports import Random

State = Literal["pending", "delivered", "dead"]

PAUSES = tuple(timedelta(seconds=seconds) for seconds in (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400))
TRIES_MAX = len(PAUSES) + 1
RETRY_AFTER_MAX = timedelta(days=1)
JITTER = 0.2
ANSWER_CHARS_MAX = 200
"""How much of an answer is kept: enough to see what is wrong, and no copy of what receivers say."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """A delivery as it stands.

    `tries` counts those that were begun. `fence` is the number of its last lease: who holds an older one has lost it.
    `status`, `error` and `answer` are of the last try: the HTTP status, or why there is none, and how the answer began.
    """

    id: str
    endpoint_id: str
    message_id: str
    type: str
    state: State
    tries: int
    fence: int
    due_at: datetime
    made_at: datetime
    status: int | None = None
    error: str | None = None
    answer: str | None = None

    def to_json(self) -> dict[str, Any]:
        return {
            "delivery_id": self.id,
            "endpoint_id": self.endpoint_id,
            "message_id": self.message_id,
            "type": self.type,
            "state": self.state,
            "tries": self.tries,
            "due_at": self.due_at.isoformat() if self.state == "pending" else None,
            "made_at": self.made_at.isoformat(),
            "status": self.status,
            "error": self.error,
            "answer": self.answer,
        }


@dataclass(frozen=True, slots=True)
class Answer:
    """What an endpoint answered: status, how the body began, and when it wants to be asked again."""

    status: int
    beginning: str = ""
    retry_after: str | None = None


@dataclass(frozen=True, slots=True)
class Settled:
    """What came of a try. `due_at` is of the next one; None when there is none."""

    state: State
    due_at: datetime | None = None
    status: int | None = None
    error: str | None = None
    answer: str | None = None

    @property
    def gone(self) -> bool:
        """Whether the endpoint wants nothing more, ever."""
        return self.status == 410


def answered(tries: int, answer: Answer, now: datetime, chance: Random) -> Settled:
    """What follows from an answer to the last of so many tries: only 2xx is a success, and a redirect is none."""
    beginning = "".join(each if each.isprintable() else " " for each in answer.beginning)[:ANSWER_CHARS_MAX] or None
    if 200 <= answer.status < 300:
        return Settled("delivered", status=answer.status, answer=beginning)
    due_at = None if answer.status == 410 else _next(tries, now, chance, _wanted(answer.retry_after, now))
    return Settled("pending" if due_at else "dead", due_at, answer.status, None, beginning)


def unanswered(tries: int, why: str, now: datetime, chance: Random) -> Settled:
    """What follows when the last of so many tries had no answer."""
    due_at = _next(tries, now, chance, now)
    return Settled("pending" if due_at else "dead", due_at, error=why[:ANSWER_CHARS_MAX])


def _next(tries: int, now: datetime, chance: Random, not_before: datetime) -> datetime | None:
    if tries >= TRIES_MAX:
        return None
    share = int.from_bytes(chance.token(4), "big") / 2**32
    return max(now + PAUSES[tries - 1] * (1 - JITTER + 2 * JITTER * share), not_before)


def _wanted(retry_after: str | None, now: datetime) -> datetime:
    """When a Retry-After header (RFC 9110, 10.2.3) wants the next try: seconds or a date, a day from now at most."""
    text = (retry_after or "").strip()
    if text.isascii() and text.isdigit():
        return now + min(timedelta(seconds=int(text[:9])), RETRY_AFTER_MAX)
    try:
        wanted = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return now
    wanted = wanted if wanted.tzinfo else wanted.replace(tzinfo=UTC)
    return min(max(wanted, now), now + RETRY_AFTER_MAX)
