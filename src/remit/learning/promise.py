"""A threshold in use, and whether its promise still holds: what a person chose once is held against every outcome.

The threshold was chosen by a snapshot (`remit.learning.thresholds`). Its cases open the books of the bettors in time
(`remit.learning.thresholds_in_time`), and each outcome that is due later is written into them. Once the bettor against
the threshold is rich, it is not relied on any more: what takes its place is the loosest stricter one that is proved in
time and was not taken back itself. Where there is none, a person decides every case. It only ever gets stricter; what
ends it is a person, who acknowledges the alarm.

Cases are those of the proposer's own best action, with the confidence that it claimed. Whoever was asked about one in
the meantime does not matter: the outcome says whether the proposal was right.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from remit.core.errors import Corrupted
from remit.learning.thresholds import levels_of
from remit.learning.thresholds_in_time import InTime, start

PROMISE = "promise"
"""How alarms call a promise that is broken."""
NOTHING = math.inf
"""The confidence from which on a machine decides where it decides nothing."""


@dataclass(frozen=True, slots=True)
class Promise:
    """A threshold that is in use. `since` is when the newest case was decided by which it was chosen.

    `holds_from` is the confidence from which on a machine may decide now: the threshold itself, a stricter one once it
    was taken back, and `NOTHING` where none is proved.
    """

    threshold: float
    snapshot: str
    since: datetime
    holds_from: float
    in_time: InTime

    @property
    def is_broken(self) -> bool:
        return self.holds_from > self.threshold

    def observe(self, confidence: float, is_right: bool) -> Promise:
        """With what became of one more case. Raises InputError when the confidence is not in [0, 1]."""
        after = self.in_time.observe(confidence, 0.0 if is_right else 1.0)
        return replace(self, in_time=after, holds_from=_relied_on(self.holds_from, self.in_time, after))

    def found(self) -> dict[str, float]:
        """What an alarm says of it. Without `holds_from` a person decides every case."""
        said = {"threshold": self.threshold, "bound": self.in_time.bound, "delta": self.in_time.delta}
        return said if self.holds_from == NOTHING else {**said, "holds_from": self.holds_from}

    def to_json(self) -> dict[str, Any]:
        """The whole of it."""
        return {
            "threshold": self.threshold,
            "snapshot": self.snapshot,
            "since": self.since.isoformat(),
            "holds_from": _numbered(self.holds_from),
            "in_time": self.in_time.to_json(),
        }

    @staticmethod
    def from_json(said: Any) -> Promise:
        """What `to_json` wrote. Raises Corrupted."""
        try:
            holds_from = said["holds_from"]
            return Promise(
                float(said["threshold"]),
                str(said["snapshot"]),
                datetime.fromisoformat(said["since"]),
                NOTHING if holds_from is None else float(holds_from),
                InTime.from_json(said["in_time"]),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise Corrupted(f"it is not the state of a promise: {error!r}") from error

    def shown(self) -> dict[str, Any]:
        """It as its readers see it: how it stands, and not the bettors' books."""
        return {
            "threshold": self.threshold,
            "bound": self.in_time.bound,
            "delta": self.in_time.delta,
            "snapshot": self.snapshot,
            "cases": self.in_time.seen,
            "is_broken": self.is_broken,
            "holds_from": _numbered(self.holds_from),
        }


def promised(
    threshold: float,
    grid: Sequence[float],
    cases: Iterable[tuple[float, bool]],
    *,
    bound: float,
    delta: float,
    snapshot: str,
    since: datetime,
) -> Promise:
    """The promise of a threshold of a grid, chosen by these cases: confidence and whether it was right, in their order.

    They prove thresholds in time, and none is taken back by what it was chosen by.
    """
    books = start(grid, levels_of(len(grid)), bound=bound, delta=delta)
    for confidence, is_right in cases:
        books = books.observe(confidence, 0.0 if is_right else 1.0)
    return Promise(threshold, snapshot, since, threshold, books.not_suspected())


def _relied_on(holds_from: float, before: InTime, after: InTime) -> float:
    """What is relied on after one more case: the same, unless that very threshold was taken back by it."""
    counts = zip(before.grid, before.revoked, after.revoked, strict=True)
    if not any(each == holds_from and then < now for each, then, now in counts):
        return holds_from
    proved = (each for each, ok in zip(after.grid, after.holds, strict=True) if ok and each > holds_from)
    return min(proved, default=NOTHING)


def _numbered(holds_from: float) -> float | None:
    return None if holds_from == NOTHING else holds_from
