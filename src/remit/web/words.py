"""How values read: money, times, names, states. State is always said in words; colour only repeats it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

import orjson

SOON_SECONDS = 3_600
_DAY, _HOUR, _MINUTE = 86_400, 3_600, 60


class Chip(NamedTuple):
    """A word and the kind of it, which is a class of the style sheet."""

    kind: str
    text: str


def clock(due_at: str | None, now: datetime) -> Chip:
    """How long there is until a moment, or since when it is over."""
    if due_at is None:
        return Chip("none", "no limit")
    seconds = (datetime.fromisoformat(due_at) - now).total_seconds()
    if seconds < 0:
        return Chip("over", f"{span(-seconds)} over")
    return Chip("soon" if seconds < SOON_SECONDS else "ok", span(seconds))


def span(seconds: float) -> str:
    """A length of time in its two largest units at most."""
    whole = int(seconds)
    if whole < _HOUR:
        return f"{whole // _MINUTE} min"
    if whole < _DAY:
        return f"{whole // _HOUR} h {whole % _HOUR // _MINUTE:02d} min"
    return f"{whole // _DAY} d {whole % _DAY // _HOUR} h"


def money(minor: int | None) -> str:
    """An amount of minor units, in major ones: ``1,200.50``, and ``1,200`` where nothing is behind the point."""
    if minor is None:
        return ""
    whole, part = divmod(abs(minor), 100)
    return f"{'-' if minor < 0 else ''}{whole:,}" + (f".{part:02d}" if part else "")


def percent(share: float | None) -> str:
    """A share as a percentage."""
    return "" if share is None else f"{round(share * 100)} %"


def plain(name: str | None) -> str:
    """A name of the machine as people read it: ``approve_lower`` is Approve lower."""
    if not name:
        return "Nothing proposed"
    text = name.replace("_", " ").replace("-", " ").strip()
    return text[:1].upper() + text[1:]


def value(given: Any) -> str:
    """Any value of a case or an argument as text; None is a dash, a list its words."""
    match given:
        case None:
            return "—"
        case bool():
            return "yes" if given else "no"
        case int():
            return f"{given:,}"
        case float():
            return f"{given:,.6g}"
        case str():
            return given
        case [*words] if all(isinstance(word, str) for word in words):
            return ", ".join(words)
        case _:
            return orjson.dumps(given, option=orjson.OPT_SORT_KEYS).decode()


def moment(at: str | None) -> str:
    """A moment to the minute, in UTC."""
    return "" if not at else datetime.fromisoformat(at).strftime("%Y-%m-%d %H:%M")


def pretty(given: Any) -> str:
    """Any value in full, a field a line: what no page knows better how to show."""
    return orjson.dumps(given, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS, default=str).decode()


def effect(name: str) -> Chip:
    """What a rule or a verdict says."""
    kinds = {"allow": ("pass", "pass"), "escalate": ("warn", "ask"), "deny": ("fail", "deny")}
    return Chip(*kinds.get(name, ("none", name)))


_STATES: Mapping[str, str] = {
    **dict.fromkeys(("executed", "advised", "approved", "allow"), "ok"),
    **dict.fromkeys(("awaiting_review", "open", "claimed", "received", "committed", "escalate"), "wait"),
    **dict.fromkeys(("denied", "rejected", "failed", "quarantined", "deny"), "bad"),
}


def state(name: str) -> Chip:
    """What became of a decision or a review."""
    return Chip(_STATES.get(name, "none"), plain(name).lower())


_STEPS = {
    "decision.received": "Case received",
    "decision.judged": "Judged by the policy",
    "decision.denied": "Denied",
    "decision.rejected": "Rejected",
    "review.opened": "Sent to a person",
    "review.shown": "Shown to a reviewer",
    "review.claimed": "Claimed",
    "review.released": "Released",
    "review.voted": "A first word was given",
    "review.approved": "Approved",
    "review.rejected": "Rejected by a reviewer",
    "review.edited": "Edited",
    "review.asked": "A question was asked",
    "review.answered": "The question was answered",
    "review.stale": "What it rested on has changed",
    "effect.planned": "Action planned",
    "effect.attempted": "Action attempted",
    "effect.confirmed": "Action confirmed",
    "decision.executed": "Carried out",
}


def step(kind: str) -> str:
    """A step of a trace, as people call it."""
    return _STEPS.get(kind, plain(kind.replace(".", ": ")))


FILTERS: Mapping[str, Callable[..., Any]] = {
    "clock": clock,
    "money": money,
    "percent": percent,
    "plain": plain,
    "value": value,
    "moment": moment,
    "pretty": pretty,
    "effect": effect,
    "state": state,
    "step": step,
}
