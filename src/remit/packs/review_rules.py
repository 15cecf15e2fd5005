"""What a pack says of the reviews of a decision: its working hours, reasons, caps, and what stands for money."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class WorkingHours:
    """When people work: from `opens` to `closes` (minutes after midnight in `zone`) on `days` (0 is Monday)."""

    zone: str
    days: tuple[int, ...]
    opens: int
    closes: int
    holidays: tuple[date, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return {
            "zone": self.zone,
            "days": list(self.days),
            "opens": self.opens,
            "closes": self.closes,
            "holidays": [day.isoformat() for day in self.holidays],
        }

    @staticmethod
    def from_json(said: Mapping[str, Any]) -> WorkingHours:
        holidays = tuple(date.fromisoformat(day) for day in said["holidays"])
        return WorkingHours(said["zone"], tuple(said["days"]), said["opens"], said["closes"], holidays)


@dataclass(frozen=True, slots=True)
class BulkCaps:
    """How many reviews one word may decide, and how much money they may come to together (None: no money in it)."""

    reviews_max: int
    amount_max: int | None = None


@dataclass(frozen=True, slots=True)
class Money:
    """Where an action's money stands, in minor units: an argument of the action, or a field of the case."""

    where: Literal["args", "case"]
    name: str

    def of(self, case: Mapping[str, Any], args: Mapping[str, Any]) -> int | None:
        """The amount; None where there is none."""
        found = (args if self.where == "args" else case).get(self.name)
        return found if isinstance(found, int) and not isinstance(found, bool) else None


@dataclass(frozen=True, slots=True)
class ReviewRules:
    """How the reviews of one decision are worked on.

    Without `hours` the clock never stands still; without `bulk` every review is decided by itself. `reasons` are the
    codes with which a proposal can be rejected, each with its words. With `verdict_hidden_first` a reviewer says an
    opinion of the case before the contract's verdict and the proposer's confidence are shown.
    """

    money: Money | None = None
    reasons: Mapping[str, str] = field(default_factory=dict)
    hours: WorkingHours | None = None
    bulk: BulkCaps | None = None
    verdict_hidden_first: bool = False
