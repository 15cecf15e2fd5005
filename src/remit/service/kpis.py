"""Measure the figures that a pack declares: over what was decided in a span of time, or over what has matured in it.

A figure that rests on outcomes looks at the decisions whose horizon ended in the span: of younger ones those that end
soon report first, and prompt payers would make every day look good. Decisions are read in parts and added up. Memory
does not grow with them, but for a number for each unit where several decisions may be about one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from remit.agents.records import DONE, StoredDecision, Tally, Wanted
from remit.core.errors import Undecidable
from remit.learning.outcomes import ReportedOutcome, in_force
from remit.packs.kpis import Kpi
from remit.packs.pack import Decision, Pack
from remit.policies.cel import Binding, CelError
from remit.policies.types import UnfitFacts
from remit.service.services import Services
from remit.service.shares import shares_of

AT_ONCE = 1_000
"""So many decisions are read at a time."""
_JUDGED = frozenset({*DONE, "denied", "rejected"})
"""The ends of what was judged; what still waits or failed on the way is no figure yet."""


@dataclass(frozen=True, slots=True)
class Day:
    """A figure on one day (UTC): its value, and over how many units."""

    day: str
    value: float | None
    count: int

    def to_json(self) -> dict[str, Any]:
        return {"day": self.day, "value": self.value, "count": self.count}


@dataclass(frozen=True, slots=True)
class Measured:
    """A figure with what it rests on. `total` is there where it is summed: the sum over all units.

    `since` and `until` are when those decisions were made. Of `without_outcome` nothing was reported by now: they are
    left out where the figure asks for the outcome. `unmeasured` do not fit what the pack declares today, and are left
    out. `partial` says that only the newest days were read.
    """

    kpi: Kpi
    pack: str
    decision: str
    value: float | None
    total: float | None
    count: int
    without_outcome: int
    unmeasured: int
    since: datetime
    until: datetime
    partial: bool
    by_day: tuple[Day, ...]

    @property
    def met(self) -> bool | None:
        """Whether the target is met; None where there is none, or nothing to tell."""
        return None if self.value is None else self.kpi.meets(self.value)

    @property
    def words(self) -> str:
        """The value in words."""
        return "nothing yet" if self.value is None else self.kpi.said(self.value)

    @property
    def notes(self) -> tuple[str, ...]:
        """What somebody has to know who reads the value."""
        kpi, said = self.kpi, []
        if kpi.matures:
            said.append(f"decided {self.since.date()} to {self.until.date()}: the others have not matured")
        if self.without_outcome:
            how = "are left out" if kpi.asks_outcome else "count up to their horizon, so the value is a floor"
            said.append(f"{self.without_outcome:,} without an outcome {how}")
        if self.unmeasured:
            said.append(f"{self.unmeasured:,} do not fit today's pack and are left out")
        if self.partial:
            said.append("only the newest days were read")
        return tuple(said)

    def to_json(self) -> dict[str, Any]:
        """As people see it."""
        kpi = self.kpi
        return {
            "pack": self.pack,
            "decision": self.decision,
            "name": kpi.name,
            "description": kpi.description,
            "unit": "share" if kpi.is_share else kpi.unit,
            "value": self.value,
            "total": self.total,
            "target_min": kpi.target_min,
            "target_max": kpi.target_max,
            "met": self.met,
            "notes": list(self.notes),
            "count": self.count,
            "over": "matured" if kpi.matures else "decided",
            "decided_since": self.since.isoformat(),
            "decided_until": self.until.isoformat(),
            "without_outcome": self.without_outcome,
            "unmeasured": self.unmeasured,
            "partial": self.partial,
            "by_day": [each.to_json() for each in self.by_day],
        }


def measure_kpis(
    services: Services,
    pack_ref: str,
    *,
    since: datetime,
    until: datetime | None = None,
    asker: str | None = None,
    most: int | None = None,
) -> list[Measured]:
    """Every figure of a pack in a span of time, in the pack's order.

    `until` is no later than now. `asker` narrows to what they asked for; `most` reads no more than so many decisions of
    each span, the newest days of it.

    Raises:
        NotFound, SourceError: there is no such pack, or it has problems.
    """
    now = services.clock.now()
    soon = now + timedelta(microseconds=1)  # what is decided or due at this very moment is in it
    until = soon if until is None else min(until, soon)
    pack = services.pack(pack_ref)
    found: list[Measured] = []
    for decision in pack.decisions.values():
        span = _Span(services, pack, decision, since, until, asker, most)
        kpis = services.kpis(pack)[decision.name]
        sums = {kpi.name: _Sum(kpi) for kpi in kpis if kpi.counted is None}
        for matures in (False, True):
            these = [each for each in sums.values() if each.kpi.matures == matures]
            span.read(these, matures)
        found += [span.counted(kpi) if kpi.counted else span.told(sums[kpi.name]) for kpi in kpis]
    return found


def first_day(now: datetime, days: int) -> datetime:
    """The beginning of the first of so many days (UTC) of which today is the last."""
    return (now - timedelta(days=days - 1)).replace(hour=0, minute=0, second=0, microsecond=0)


@dataclass
class _Sum:
    """What a figure adds up: by day the weighted values and the weights, and the units that were seen."""

    kpi: Kpi
    days: dict[str, list[float]] = field(default_factory=dict)
    seen: set[int] = field(default_factory=set)
    without_outcome: int = 0
    unmeasured: int = 0

    def __post_init__(self) -> None:
        # For each of thousands of cases it is the same.
        self._matures, self._asks_outcome = self.kpi.matures, self.kpi.asks_outcome

    def add(self, day: str, case: Mapping[str, Any], facts: Binding, known: bool) -> None:
        kpi = self.kpi
        assert kpi.value is not None
        holds = True if kpi.when is None else kpi.when.run(facts)
        if holds is False:
            return
        if self._matures and not known:
            # Also where it counts for something: whoever reads the figure is told.
            self.without_outcome += 1
            if self._asks_outcome:
                return
        weight = 1.0 if kpi.weight is None else kpi.weight.run(facts)
        value = kpi.value.run(facts)
        if isinstance(holds, CelError) or isinstance(weight, CelError) or isinstance(value, CelError):
            self.unmeasured += 1
            return
        unit = None if kpi.each is None else hash((kpi.each, case.get(kpi.each)))
        again = unit in self.seen
        if unit is not None:
            self.seen.add(unit)
        if again and not kpi.summed:
            return
        of_day = self.days.setdefault(day, [0.0, 0.0, 0])
        of_day[0] += float(weight) * float(value)
        of_day[1] += 0.0 if again else float(weight)
        of_day[2] += 0 if again else 1


@dataclass
class _Span:
    """One decision in a span of time: what is read of it, and the figures of that."""

    services: Services
    pack: Pack
    decision: Decision
    since: datetime
    until: datetime
    asker: str | None
    most: int | None
    _partial: dict[bool, bool] = field(default_factory=dict)

    def read(self, sums: Sequence[_Sum], matures: bool) -> None:
        """Add up what was decided in the span, or what matured in it."""
        if not sums:
            return
        horizon = self._horizon(matures)
        wants_reward = any("reward" in each.kpi.names for each in sums)
        for stored, reports in self._decisions(matures):
            outcome = next((each for each in in_force(reports) if each.name == self.decision.outcome.name), None)
            if outcome is not None and outcome.value is None:
                outcome = None
            try:
                facts = self._facts(sums[0].kpi, stored, outcome, wants_reward)
            except (UnfitFacts, Undecidable, KeyError):
                for each in sums:
                    each.unmeasured += 1
                continue
            day = (stored.run.at + horizon).date().isoformat()
            for each in sums:
                each.add(day, stored.run.case, facts, outcome is not None)

    def told(self, added: _Sum) -> Measured:
        """A figure of what was added up."""
        every = [sum(of_day[at] for of_day in added.days.values()) for at in range(3)]
        value = every[0] / every[1] if every[1] else None
        by_day = {
            day: (of_day[0] / of_day[1] if of_day[1] else None, int(of_day[2])) for day, of_day in added.days.items()
        }
        return self._measured(
            added.kpi,
            value,
            int(every[2]),
            by_day,
            total=every[0] if added.kpi.summed and every[2] else None,
            without_outcome=added.without_outcome,
            unmeasured=added.unmeasured,
        )

    def counted(self, kpi: Kpi) -> Measured:
        """A figure that the store counts without opening a case."""
        tallies = self._tallies(matures=False)
        shares, share = shares_of(tallies), str(kpi.counted)
        by_day = {
            day: ((of := shares_of(list(these)))[share], of["judged"])
            for day, these in groupby(tallies, key=lambda each: each.day)
        }
        return self._measured(kpi, shares[share], shares["judged"], by_day)

    def _measured(
        self,
        kpi: Kpi,
        value: float | None,
        count: int,
        by_day: Mapping[str, tuple[float | None, int]],
        **said: Any,
    ) -> Measured:
        shift = self._horizon(kpi.matures)
        first, last = self.since.date(), (self.until - timedelta(microseconds=1)).date()
        days = [(first + timedelta(days=at)).isoformat() for at in range((last - first).days + 1)]
        return Measured(
            kpi=kpi,
            pack=self.pack.name,
            decision=self.decision.name,
            value=value,
            count=count,
            since=self.since - shift,
            until=min(self.until, self.services.clock.now()) - shift,
            partial=kpi.counted is None and self._partial.get(kpi.matures, False),
            by_day=tuple(Day(day, *by_day.get(day, (None, 0))) for day in days),
            **{"total": None, "without_outcome": 0, "unmeasured": 0, **said},
        )

    def _decisions(self, matures: bool) -> Iterator[tuple[StoredDecision, Sequence[ReportedOutcome]]]:
        """What was judged in the span and has ended, the oldest first, with what was reported of it."""
        wanted, above, left = self._newest(matures), "", self.most
        while left is None or left > 0:
            many = AT_ONCE if left is None else min(AT_ONCE, left)
            with self.services.store.read() as unit:
                some = unit.decisions.judged(wanted, many, above=above)
                ids = [each.run.decision_id for each in some]
                reports = unit.outcomes.of_all(ids) if matures and ids else {}
            for stored in some:
                if stored.stage in _JUDGED:
                    yield stored, reports.get(stored.run.decision_id, ())
            if len(some) < many:
                return
            above, left = some[-1].run.decision_id, None if left is None else left - len(some)
        with self.services.store.read() as unit:
            if unit.decisions.judged(wanted, 1, above=above):
                self._partial[matures] = True

    def _newest(self, matures: bool) -> Wanted:
        """The span, cut to so many of its last days as may be read; at least one."""
        wanted = self._wanted(matures)
        if self.most is None:
            return wanted
        left, first = self.most, ""
        for day, these in reversed(
            [(day, list(of)) for day, of in groupby(self._tallies(matures), lambda each: each.day)]
        ):
            left -= sum(each.count for each in these)
            if left < 0 and first:
                self._partial[matures] = True
                since = datetime.fromisoformat(f"{first}T00:00:00+00:00")
                return Wanted(wanted.pack, wanted.decision, asker=wanted.asker, since=since, until=wanted.until)
            first = day
        return wanted

    def _tallies(self, matures: bool) -> list[Tally]:
        with self.services.store.read() as unit:
            return unit.decisions.tally(self._wanted(matures))

    def _wanted(self, matures: bool) -> Wanted:
        shift = self._horizon(matures)
        return Wanted(
            pack=self.pack.name,
            decision=self.decision.name,
            asker=self.asker,
            since=self.since - shift,
            until=self.until - shift,
        )

    def _horizon(self, matures: bool) -> timedelta:
        return timedelta(days=self.decision.outcome.horizon_days if matures else 0)

    def _facts(self, kpi: Kpi, stored: StoredDecision, outcome: ReportedOutcome | None, wants_reward: bool) -> Binding:
        """What a figure may read of a decision. Raises UnfitFacts, Undecidable, KeyError: it is not of today's pack."""
        assert stored.judgement is not None
        action, declared = stored.judgement.proposal["action"], self.decision.outcome
        facts: dict[str, Any] = {
            "case": stored.run.case,
            "action.name": action["name"],
            "action.args": action["args"],
            "done": stored.stage in DONE,
            "asked": stored.review_id is not None,
            "days_after": float(declared.horizon_days),
        }
        if outcome is not None and outcome.value is not None:
            facts["days_after"] = (outcome.event_at - stored.run.at) / timedelta(days=1)
            facts[f"outcome.{declared.name}"] = outcome.value == "true" if declared.type == "boolean" else outcome.value
            if wants_reward:
                facts["reward"] = self.decision.rewards_under(stored.run.case, outcome.value)[action["name"]]
        return kpi.environment.bind(facts)
