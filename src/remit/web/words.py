"""Values as people read them: times, money, shares, names; and states in words, each with its tone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import orjson

TONES: Mapping[str, str] = {
    "executed": "ok",
    "approved": "ok",
    "allow": "ok",
    "confirmed": "ok",
    "live": "ok",
    "champion": "ok",
    "denied": "er",
    "deny": "er",
    "rejected": "er",
    "failed": "er",
    "quarantined": "er",
    "rolled_back": "er",
    "awaiting_review": "wa",
    "escalate": "wa",
    "open": "wa",
    "claimed": "wa",
    "running": "wa",
    "high": "er",
    "medium": "wa",
    "low": "ok",
}
WORDS: Mapping[str, str] = {
    "awaiting_review": "waits for a person",
    "escalate": "ask",
    "rolled_back": "taken back",
}


def named(name: object) -> str:
    """A name as words: ``amount_cents`` is ``amount``."""
    text = str(name).removesuffix("_cents").replace("_", " ").replace("-", " ").strip()
    return text or str(name)


def state(name: object) -> str:
    """A state in words."""
    return WORDS.get(str(name), named(name))


def tone(name: object) -> str:
    """Which colours stand beside the words."""
    return TONES.get(str(name), "mu")


def value(said: Any, name: str = "") -> str:
    """Any value on one line. What is counted in cents is shown in whole units."""
    if said is None or said == "":
        return "—"
    if isinstance(said, bool):
        return "yes" if said else "no"
    if name.endswith("_cents") and isinstance(said, int | float):
        return f"{said / 100:,.2f}"
    if isinstance(said, int):
        return f"{said:,}" if abs(said) >= 10_000 else str(said)
    if isinstance(said, float):
        return f"{said:,.4f}".rstrip("0").rstrip(".")
    if isinstance(said, list):
        return ", ".join(value(each) for each in said) or "none"
    return said if isinstance(said, str) else orjson.dumps(said).decode()


def typed_back(said: Any) -> str:
    """A value as it is typed into a field of a form."""
    if isinstance(said, str):
        return said
    if isinstance(said, list):
        return ", ".join(str(each) for each in said)
    return "" if said is None else orjson.dumps(said).decode()


def percent(share: float | None, digits: int = 0) -> str:
    """A share as per cent."""
    return "—" if share is None else f"{share * 100:.{digits}f} %"


def moment(said: datetime | str | None) -> str:
    """A time to the minute, in UTC."""
    at = _time(said)
    return "—" if at is None else f"{at:%Y-%m-%d %H:%M}"


def left(said: datetime | str | None, now: datetime) -> str:
    """How long until a time, or since: ``18 min``, ``53 min over``."""
    at = _time(said)
    if at is None:
        return "no limit"
    span = at - now
    return f"{_span(abs(span))} over" if span < timedelta(0) else _span(span)


def urgency(said: datetime | str | None, now: datetime) -> str:
    """The tone of a time limit: passed, within the hour, or far."""
    at = _time(said)
    if at is None:
        return "mu"
    return "er" if at < now else "wa" if at - now < timedelta(hours=1) else "ok"


def short(name: object, size: int = 10) -> str:
    """The beginning of a digest or id."""
    text = str(name)
    return text if len(text) <= size + 2 else f"{text[:size]}…"


def paragraphs(text: object) -> list[tuple[str, str]]:
    """A passage as headings and paragraphs of plain text; nothing in it is markup to a browser."""
    found = []
    for block in str(text).replace("\r", "").split("\n\n"):
        lines = block.strip("\n")
        if not lines.strip():
            continue
        if lines.startswith("#"):
            head, _, rest = lines.partition("\n")
            found.append(("h", head.lstrip("# ").strip()))
            if rest.strip():
                found.append(("p", rest.strip()))
        else:
            found.append(("pre" if lines.lstrip().startswith("|") else "p", lines))
    return found


def _time(said: datetime | str | None) -> datetime | None:
    if said is None or isinstance(said, datetime):
        return said
    return datetime.fromisoformat(said)


def _span(span: timedelta) -> str:
    minutes = int(span.total_seconds() // 60)
    if minutes < 60:
        return f"{minutes} min"
    hours, rest = divmod(minutes, 60)
    return f"{hours} h {rest:02} min" if hours < 24 else f"{hours // 24} d {hours % 24} h"


FILTERS: Mapping[str, Callable[..., Any]] = {
    "named": named,
    "state": state,
    "tone": tone,
    "value": value,
    "typed_back": typed_back,
    "percent": percent,
    "moment": moment,
    "left": left,
    "urgency": urgency,
    "short": short,
    "paragraphs": paragraphs,
}
