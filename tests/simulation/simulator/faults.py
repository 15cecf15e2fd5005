"""What goes wrong, and how often: drawn once for each seed, so that some histories are calm and some are awful."""

from __future__ import annotations

import random
from dataclasses import dataclass, fields

from remit.core.errors import SystemFailed


class Killed(BaseException):
    """The process is gone, as after SIGKILL: nobody handles this, and what it did not commit never was."""


class Lost(SystemFailed):
    """The database went away. Whether the unit of work was committed is not said."""

    code = "database_lost"


@dataclass(frozen=True, slots=True)
class Odds:
    """The chance of each mishap, each time that it could happen."""

    killed: float = 0.0
    """The process dies: before or after a commit, around a call of the connector, anywhere between."""
    not_committed: float = 0.0
    """The unit of work fails at its end, and is rolled back."""
    unacknowledged: float = 0.0
    """The unit of work is committed, and its process is told that it failed."""
    unreadable: float = 0.0
    """The database cannot be asked for a moment."""
    refuses: float = 0.0
    """The connector is certain that it did nothing."""
    times_out_before: float = 0.0
    """The connector gives no answer, and did not act."""
    times_out_after: float = 0.0
    """The connector gives no answer, and has acted."""
    acts_later: float = 0.0
    """The connector gives no answer, and acts some time later. Only an idempotent one may do so."""
    blind: float = 0.0
    """The connector cannot say what became of an earlier call."""
    searches_nothing: float = 0.0
    """Search fails: the evidence cannot be looked for."""
    forgets: float = 0.0
    """A paused run's checkpoint is lost: it is a cache."""
    unsaved: float = 0.0
    """A checkpoint cannot be written."""


HARSH = Odds(
    killed=0.03,
    not_committed=0.04,
    unacknowledged=0.03,
    unreadable=0.01,
    refuses=0.08,
    times_out_before=0.12,
    times_out_after=0.12,
    acts_later=0.1,
    blind=0.2,
    searches_nothing=0.03,
    forgets=0.5,
    unsaved=0.05,
)
CALM = Odds()


def odds_of(chance: random.Random) -> Odds:
    """The odds of one history: each mishap is either unheard of or more or less common in it."""
    return Odds(**{each.name: chance.choice((0, 0.3, 1, 2)) * getattr(HARSH, each.name) for each in fields(Odds)})
