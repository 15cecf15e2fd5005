"""Take a snapshot: read what was decided in parts, join what was known of it, and record what was made."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from importlib.metadata import version
from typing import Any

from remit.agents.records import FINAL, StoredDecision, Wanted
from remit.core.errors import InputError, SystemFailed, Undecidable
from remit.core.words import Actor
from remit.learning.outcomes import ReportedOutcome
from remit.learning.ports import SnapshotFiles
from remit.learning.snapshot import BuiltSnapshot, MadeSnapshot, Part, Query, Shape, arrivals_of, quality
from remit.packs.pack import Decision
from remit.service.learning.forget import forget_erased
from remit.service.learning.rows import Then, rewards_of, row_of, shape_of
from remit.service.services import Services

AT_ONCE = 1_000
"""So many decisions are read at a time."""


def take_snapshot(
    services: Services,
    pack_ref: str,
    actor: Actor,
    *,
    decision: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    as_of: datetime | None = None,
) -> tuple[MadeSnapshot, bool]:
    """A snapshot of a pack's final decisions, and whether it is new: equal data are one snapshot.

    In it are the decisions made from `since` on and before `until`, no later than `as_of`, with what had been reported
    of them by then (default: now).

    Raises:
        NotFound, SourceError: there is no such pack or decision, or it has problems.
        InputError: `as_of` is yet to come, or there is nothing to learn from.
        SystemFailed: the folder of snapshots cannot be written.
    """
    files = files_of(services)
    now = services.clock.now()
    as_of = as_of or now
    if as_of > now:
        raise InputError(
            "nobody knows yet what will be known then", code="as_of", mend="give `as_of` no later than now"
        )
    pack = services.pack(pack_ref)
    chosen = services.decision(pack, decision)
    query = Query(pack.name, chosen.name, as_of, since, until)
    shape, seen = shape_of(chosen), Seen()
    horizon = timedelta(days=chosen.outcome.horizon_days)
    with files.build(shape, _parts(services, query, shape, seen), as_of, horizon) as built:
        if not built.counts.get("rows"):
            raise InputError("there is no final decision to learn from", mend="decide first, or widen the span of time")
        manifest = _manifest(query, chosen, shape, seen, built)
        made = MadeSnapshot(built.sha256, pack.name, chosen.name, now, manifest)
        found, new = recorded(services, made, actor)
        if found.retired_at is None:
            files.keep(built)
    # Somebody may have been erased while their decisions were read.
    forget_erased(services)
    return found, new


def recorded(services: Services, made: MadeSnapshot, actor: Actor) -> tuple[MadeSnapshot, bool]:
    """The snapshot as it is on record, and whether it is new; the event is written with the row."""
    with services.store.write() as unit:
        found = unit.snapshots.find(made.sha256)
        if found is not None:
            return found, False
        unit.snapshots.add(made)
        body = {"sha256": made.sha256, "pack": made.pack, "decision": made.decision, "counts": made.manifest["counts"]}
        unit.journal.append("snapshot.made", actor=actor, step="learn", body={**body, "query": made.manifest["query"]})
    return made, True


def files_of(services: Services) -> SnapshotFiles:
    """Where the rows of snapshots are. Raises SystemFailed."""
    if services.snapshot_files is None:
        raise SystemFailed("there is no place for snapshots here", code="snapshots")
    return services.snapshot_files


@dataclass
class Seen:
    """Under which versions the decisions of a snapshot were made."""

    packs: set[str] = field(default_factory=set)
    policies: set[str] = field(default_factory=set)
    models: set[str] = field(default_factory=set)

    def add(self, row: dict[str, Any]) -> None:
        self.packs.add(row["pack_sha256"])
        self.policies.add(row["policy_sha256"])
        self.models.update(filter(None, [row["model_sha256"]]))

    def to_json(self) -> dict[str, Any]:
        return {"packs": sorted(self.packs), "policies": sorted(self.policies), "models": sorted(self.models)}


def _parts(services: Services, query: Query, shape: Shape, seen: Seen) -> Iterator[Part]:
    by_then = query.as_of + timedelta(microseconds=1)
    until = by_then if query.until is None else min(query.until, by_then)
    wanted = Wanted(pack=query.pack, decision=query.decision, since=query.since, until=until)
    above = ""
    while True:
        with services.store.read() as unit:
            some = unit.decisions.judged(wanted, AT_ONCE, above=above)
            reports = unit.outcomes.of_all([each.run.decision_id for each in some])
            reviewed = [each.review_id for each in some if each.review_id is not None]
            votes = {review_id: unit.reviews.votes(review_id) for review_id in reviewed}
        if not some:
            return
        above = some[-1].run.decision_id
        rows, arrivals = [], []
        for stored in (each for each in some if each.stage in FINAL):
            then = _then(services, stored)
            row = row_of(stored, then, shape, votes.get(stored.review_id or "", []))
            seen.add(row)
            rows.append(row)
            arrivals += _arrivals(row, stored, then.decision, reports.get(stored.run.decision_id, []), shape)
        yield Part(rows, arrivals)


def _arrivals(
    row: dict[str, Any], stored: StoredDecision, decision: Decision, reports: list[ReportedOutcome], shape: Shape
) -> list[Any]:
    """What was reported of a decision; what cannot be rewarded is quarantined."""
    meant = [each for each in reports if each.name == shape.outcome and each.value is not None]
    try:
        rewards = rewards_of(decision, stored.run.case, [each.value for each in meant if each.value is not None])
    except Undecidable:
        row["quarantine"] = row["quarantine"] or "reward"
        return []
    of_shape = {value: {action: of.get(action) for action in shape.actions} for value, of in rewards.items()}
    return arrivals_of(meant, of_shape)  # type: ignore[arg-type]


def _then(services: Services, stored: StoredDecision) -> Then:
    pack = services.pack_version(stored.versions.pack, stored.versions.pack_sha256)
    decision = services.decision(pack, stored.run.decision)
    return Then(decision, services.brain(pack, decision))


def _manifest(query: Query, decision: Decision, shape: Shape, seen: Seen, built: BuiltSnapshot) -> dict[str, Any]:
    counts = dict(sorted(built.counts.items()))
    return {
        "query": query.to_json(),
        "counts": counts,
        "schema": shape.to_json(),
        "horizon_days": decision.outcome.horizon_days,
        "quality": quality(counts),
        "versions": seen.to_json(),
        "remit": version("remit"),
    }
