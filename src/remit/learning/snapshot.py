"""A snapshot: what was decided, what came of it, and what of that was known at a moment. Named by what is in it.

Only matured cohorts are judged: a decision is mature when the outcome's horizon has passed since it was made, whether
or not anything was reported. Whoever judges what has arrived judges those who report first. A mature decision without
a report has the label `unknown`, and is never taken for a loss or a gain.

The SHA-256 is over the shape and the rows in the order of their ids, each in its canonical bytes: equal data have one
name, however a file spells them. Times are UTC, rewards are of the pack, probabilities are of the declared actions.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from remit.core.canonical import canonical_bytes, decimals_as_text
from remit.core.words import plain
from remit.learning.outcomes import ReportedOutcome

Kind = Literal["bool", "int", "double", "string"]
Label = Literal["known", "pending", "unknown"]

FORMAT = "remit-snapshot-1"


@dataclass(frozen=True, slots=True)
class Shape:
    """The columns that differ from pack to pack: features with their kinds, protected attributes, actions, outcome."""

    features: Mapping[str, Kind]
    protected: tuple[str, ...]
    actions: tuple[str, ...]
    outcome: str
    values: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        return {
            "features": dict(self.features),
            "protected": list(self.protected),
            "actions": list(self.actions),
            "outcome": self.outcome,
            "values": list(self.values),
        }

    @staticmethod
    def from_json(said: Mapping[str, Any]) -> Shape:
        texts = {name: tuple(said[name]) for name in ("protected", "actions", "values")}
        return Shape(features=dict(said["features"]), outcome=said["outcome"], **texts)


@dataclass(frozen=True, slots=True)
class Query:
    """What is in a snapshot: decisions made from `since` on and before `until`, outcomes as known at `as_of`."""

    pack: str
    decision: str
    as_of: datetime
    since: datetime | None = None
    until: datetime | None = None

    def to_json(self) -> dict[str, Any]:
        return {
            name: value.isoformat() if isinstance(value, datetime) else value for name, value in plain(self).items()
        }


@dataclass(frozen=True, slots=True)
class Arrival:
    """A report as it is joined: its value, when it happened and arrived, and what each action is worth under it."""

    decision_id: str
    value: str
    event_at: datetime
    arrived_at: datetime
    rewards: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Part:
    """Some decisions as rows, and what was ever reported of them."""

    rows: Sequence[Mapping[str, Any]]
    arrivals: Sequence[Arrival]


@dataclass(frozen=True, slots=True)
class BuiltSnapshot:
    """Rows that are not kept yet: where they lie, the SHA-256 of their content, and what was counted on the way."""

    place: Any
    sha256: str
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class MadeSnapshot:
    """A snapshot that was made. The `manifest` tells of nobody. A retired one is `replaced_by` what is left of it."""

    sha256: str
    pack: str
    decision: str
    made_at: datetime
    manifest: Mapping[str, Any]
    retired_at: datetime | None = None
    replaced_by: str | None = None

    def to_json(self) -> dict[str, Any]:
        """As people see it."""
        return {
            "sha256": self.sha256,
            "pack": self.pack,
            "decision": self.decision,
            "made_at": self.made_at.isoformat(),
            "retired_at": self.retired_at and self.retired_at.isoformat(),
            "replaced_by": self.replaced_by,
            "manifest": dict(self.manifest),
        }


def arrivals_of(reports: Sequence[ReportedOutcome], rewards: Mapping[str, Mapping[str, float]]) -> list[Arrival]:
    """What was reported of one decision, in the order in which it came in, as it is joined.

    Each report stands for what was known from then on: the newest that had arrived is the one in force. Of several
    within one tick of the clock the last corrects the others. `rewards` is by value and action.
    """
    newest = {each.known_at: each for each in reports if each.value is not None}
    return [
        Arrival(each.decision_id, each.value, each.event_at, each.known_at, rewards[each.value])
        for each in newest.values()
        if each.value is not None
    ]


def labelled(row: Mapping[str, Any], as_of: datetime, horizon: timedelta) -> dict[str, Any]:
    """A joined row with its reward and its label. The reward is of what was executed; nothing executed has none."""
    due_at = row["decided_at"] + horizon
    matured = due_at <= as_of
    known = row["outcome"] is not None
    label: Label = "known" if known else "unknown" if matured else "pending"
    done = row["executed"] if row["executed"] is not None else None
    return {
        **row,
        "reward": row["rewards"][done] if known and done is not None else None,
        "matured": matured,
        "label": label,
        "late": known and row["arrived_at"] > due_at,
    }


def quality(counts: Mapping[str, int]) -> dict[str, str | None]:
    """How much of the rows is labelled, mature, late, quarantined: as decimal texts, for they are recorded."""
    rows = counts.get("rows", 0)
    parts = {name: _share(counts.get(name, 0), rows) for name in ("known", "matured", "quarantined")}
    return {**parts, "late": _share(counts.get("late", 0), counts.get("known", 0))}


def _share(part: int, whole: int) -> str | None:
    return f"{part / whole:.4f}" if whole else None


@dataclass
class Naming:
    """Names rows by what is in them, as they go by; counts them, too."""

    shape: Shape
    counts: dict[str, int] = field(default_factory=dict)
    _sum: Any = field(init=False)

    def __post_init__(self) -> None:
        self._sum = hashlib.sha256(canonical_bytes([FORMAT, self.shape.to_json()]) + b"\n")

    def add(self, row: Mapping[str, Any]) -> None:
        """The next row."""
        self._sum.update(canonical_bytes(_plain(row)) + b"\n")
        found = [row["label"], *(name for name in ("matured", "late", "automated", "audit") if row[name])]
        for each in ("rows", *found, *(["quarantined"] if row["quarantine"] else [])):
            self.counts[each] = self.counts.get(each, 0) + 1

    @property
    def sha256(self) -> str:
        found: str = self._sum.hexdigest()
        return found


def _plain(value: Any) -> Any:
    """A row as JSON. Numbers are text: JSON readers hold large ones inexactly, and decimals have no one spelling.

    Asked millions of times a snapshot, so the commonest types come first and each is asked for once.
    """
    kind = type(value)
    if kind is str or value is None or kind is bool:
        return value
    if kind is float:
        return decimals_as_text(value)
    if kind is int:
        return str(value)
    if kind is dict:
        return {name: each if type(each) is str else _plain(each) for name, each in value.items()}
    if kind is list:
        return [_plain(each) for each in value]
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {name: _plain(each) for name, each in value.items()}
    return value
