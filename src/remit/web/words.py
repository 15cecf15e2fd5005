"""How values read: money, times, names, states. State is always said in words; colour only repeats it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

import orjson
from markupsafe import Markup, escape

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


def wait(seconds: int) -> str:
    """How long to wait, as people say it: to the second for a while, then to the minute."""
    if seconds <= 1:
        return "a second"
    minutes = -(-seconds // _MINUTE)
    return f"{seconds} seconds" if seconds <= 2 * _MINUTE else f"{minutes} minutes"


def took(ms: float | None) -> str:
    """How long something took, or was waited for: milliseconds while they tell anything, then in people's units."""
    if ms is None or ms < 0.1:
        return ""
    if ms < 10:
        return f"{ms:.1f} ms"
    if ms < 1000:
        return f"{ms:.0f} ms"
    return f"{ms / 1000:.1f} s" if ms < _MINUTE * 1000 else span(ms / 1000)


def age(days: int) -> str:
    """How old something is, as people say it: in days while it is young, then in months, then in years."""
    for length, unit, least in ((365, "year", 730), (30, "month", 60), (1, "day", 0)):
        if days >= least:
            many = days // length
            return f"{many} {unit}{'' if many == 1 else 's'} old"
    return "of a later day"


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


def wrapping(text: str) -> Markup:
    """A text that may go on in the next line after an underscore: a name of the machine is one long word else."""
    return Markup(str(escape(text)).replace("_", "_<wbr>"))


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


def ruling(name: str) -> Chip:
    """What a contract said of a decision as a whole."""
    kinds = {
        "allow": ("ok", "within the policy"),
        "escalate": ("wait", "the policy asked for a person"),
        "deny": ("bad", "denied by the policy"),
    }
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
    "decision.advised": "Given as advice",
    "decision.quarantined": "Put into quarantine",
    "decision.failed": "Failed",
    "decision.erased": "The case was erased",
    "review.opened": "Sent to a person",
    "review.shown": "Shown to a reviewer",
    "review.claimed": "Claimed",
    "review.released": "Released",
    "review.opined": "A reviewer said an opinion",
    "review.assigned": "Given to somebody",
    "review.snoozed": "Put aside",
    "review.woken": "Back in the queue",
    "review.warned": "Time is running out",
    "review.escalated": "Passed on to the next in the chain",
    "review.held": "Held: the time is over",
    "review.expired": "Nobody spoke in time",
    "review.cancelled": "Taken back by the requester",
    "review.revoked": "An approval was taken back",
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
    "effect.in_doubt": "Nobody knows yet whether it was done",
    "effect.failed": "Action failed",
    "effect.compensation_planned": "Undoing planned",
    "effect.compensation_attempted": "Undoing attempted",
    "effect.compensation_in_doubt": "Nobody knows yet whether it was undone",
    "effect.compensated": "Undone",
    "effect.compensation_failed": "Undoing failed",
    "obligation.recorded": "An obligation was taken on",
    "obligation.fulfilled": "The obligation was fulfilled",
    "obligation.failed": "The obligation failed; it is tried again",
    "obligation.voided": "The obligation fell away",
    "outcome.recorded": "What became of it was reported",
    "outcome.corrected": "What became of it was corrected",
    "decision.executed": "Carried out",
}


def step(kind: str) -> str:
    """A step of a trace, as people call it."""
    return _STEPS.get(kind, plain(kind.replace(".", ": ")))


FILTERS: Mapping[str, Callable[..., Any]] = {
    "clock": clock,
    "took": took,
    "age": age,
    "ruling": ruling,
    "money": money,
    "percent": percent,
    "plain": plain,
    "value": value,
    "wrapping": wrapping,
    "moment": moment,
    "pretty": pretty,
    "effect": effect,
    "state": state,
    "step": step,
}
