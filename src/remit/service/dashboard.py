"""What somebody who answers for decisions looks at: how many, how many alone, why people are asked, how outcomes go."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from remit.agents.records import FINAL, StoredDecision, Tally, Wanted
from remit.approvals.review import SETTLED, UNDECIDED, Review
from remit.core.errors import RemitError, Undecidable
from remit.packs.pack import Decision, Pack
from remit.service.kpis import Measured, first_day, measure_kpis
from remit.service.learning.common import outcome_of, worth
from remit.service.reviews.statistics import review_statistics
from remit.service.services import Services
from remit.service.shares import shares_of

REVIEWS_MAX = 20_000
SAMPLE = 600
"""The newest decisions whose cases and outcomes are opened, for what is not counted in a table."""
MEASURED_MAX = 6_000
"""So many decisions are opened for the packs' own figures; `remit learn kpis` opens all."""


def dashboard(services: Services, *, days: int, pack: str | None = None) -> dict[str, Any]:
    """The figures of the last `days`, of one pack or of all. Shares are of decisions that have come to a word.

    Counts are of this moment. What cases are opened for, which takes a while, may be a minute old: `measured_at` says
    of when it is. `by_day` has one entry for each day, the oldest first; where nothing was decided its shares are None.
    `kpis` are what the packs declare, measured. `quality` and `rewards` are of the newest decisions of one pack, and
    empty where none is named.

    Raises:
        NotFound, SourceError: there is no such pack, or it has problems.
    """
    now = services.clock.now()
    since = first_day(now, days)
    loaded = None if pack is None else services.pack(pack)
    name = None if loaded is None else loaded.name
    with services.store.read() as unit:
        tallies = unit.decisions.tally(Wanted(pack=name, since=since))
        waiting, overdue = unit.reviews.waiting(now, None if loaded is None else list(loaded.decisions))
    opened = services.for_a_minute.of(("dashboard", name, since, days), lambda: _opened(services, loaded, since, days))
    return {
        "days": days,
        "since": since.date().isoformat(),
        "pack": name,
        "total": shares_of(tallies),
        "by_day": _by_day(tallies, since, days),
        "waiting": waiting,
        "overdue": overdue,
        **opened,
    }


def reviewers(services: Services) -> dict[str, dict[str, Any]]:
    """How each reviewer decides (`review_statistics`), as it was within the last minute."""
    found: dict[str, dict[str, Any]] = services.for_a_minute.of("reviewers", lambda: review_statistics(services))
    return found


def _opened(services: Services, pack: Pack | None, since: datetime, days: int) -> dict[str, Any]:
    """What cases and reviews have to be opened for, and when they were."""
    names = services.library.names() if pack is None else [pack.name]
    with services.store.read() as unit:
        reviews = unit.reviews.in_states((*UNDECIDED, *SETTLED), REVIEWS_MAX)
    of_these = [each for each in reviews if pack is None or each.decision in pack.decisions]
    lately = [each for each in of_these if each.opened_at >= since]
    return {
        "measured_at": services.clock.now().isoformat(),
        "reasons": Counter(rule for each in lately for rule in each.rules).most_common(10),
        "settled_by_day": _settled(lately, since, days),
        "kpis": _kpis(services, names, since),
        **({"quality": [], "rewards": []} if pack is None else _sampled(services, pack, since)),
    }


def _by_day(tallies: Sequence[Tally], since: datetime, days: int) -> list[dict[str, Any]]:
    of_day: dict[str, list[Tally]] = {}
    for each in tallies:
        of_day.setdefault(each.day, []).append(each)
    return [{"day": day, **shares_of(of_day.get(day, ()))} for day in _days(since, days)]


def _settled(reviews: Sequence[Review], since: datetime, days: int) -> list[dict[str, Any]]:
    """By the day on which a review was opened: how many, and how many of them were rejected."""
    opened: Counter[str] = Counter(each.opened_at.date().isoformat() for each in reviews)
    rejected = Counter(each.opened_at.date().isoformat() for each in reviews if each.state == "rejected")
    return [{"day": day, "opened": opened[day], "rejected": rejected[day]} for day in _days(since, days)]


def _kpis(services: Services, packs: Sequence[str], since: datetime) -> list[Measured]:
    """What the packs declare, measured; a pack with problems is left to its own page."""
    found: list[Measured] = []
    for pack in packs:
        try:
            found += measure_kpis(services, pack, since=since, most=MEASURED_MAX // len(packs))
        except RemitError:
            continue
    return found


def _sampled(services: Services, pack: Pack, since: datetime) -> dict[str, Any]:
    """Of the newest decisions: which fields broke the data contract, and the mean reward by day where it is known."""
    broken: Counter[str] = Counter()
    rewards: dict[str, list[float]] = {}
    looked_at = 0
    for decision in pack.decisions.values():
        with services.store.read() as unit:
            page = unit.decisions.page(Wanted(pack=pack.name, decision=decision.name, since=since), SAMPLE)
            ids = [each.decision_id for each in page]
            decided, reports = unit.decisions.get_all(ids), unit.outcomes.of_all(ids)
        looked_at += len(page)
        for each in page:
            stored = decided[each.decision_id]
            broken.update({said["field"] or said["rule"] for said in stored.run.violations})
            reward = _reward(decision, stored, outcome_of(decision, reports.get(each.decision_id, [])))
            if reward is not None:
                rewards.setdefault(each.at[:10], []).append(reward)
    by_day = [{"day": day, "reward": sum(found) / len(found)} for day, found in sorted(rewards.items())]
    return {"quality": [(field, 1 - many / looked_at) for field, many in broken.most_common(8)], "rewards": by_day}


def _reward(decision: Decision, stored: StoredDecision, outcome: str | None) -> float | None:
    """What the action of a decision was worth, as a share of the spread of its rewards; None where it is not known."""
    if stored.judgement is None or stored.erased_at is not None or stored.stage not in FINAL:
        return None
    try:
        of = worth(decision, stored, outcome)
    except Undecidable:
        return None
    return None if of is None else of.get(stored.judgement.proposal["action"]["name"])


def _days(since: datetime, days: int) -> list[str]:
    return [(since + timedelta(days=number)).date().isoformat() for number in range(days)]
