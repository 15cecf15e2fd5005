"""The standing watch over one decision: what it was fed, what is usual, and which series have shifted. Pure.

The first values of a series are its reference, and from then on a detector watches it (`remit.learning.detectors`);
the features, and the source of the best evidence, begin with the first decisions and are looked at in windows
(`remit.learning.feature_drift`). What is raised stays raised until a person has acknowledged it: then that series
begins with a new reference, for what they know of is usual from now on.

Nothing of a case is kept while a reference is gathered: losses and choices are numbers without names, and of the
features only the ids of the decisions are, whose rows say the rest, or have been erased by then.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from remit.core.errors import Corrupted, InputError
from remit.learning.alarms import FALSE_ALARMS, SERIES, Seen, detector_of, values_of
from remit.learning.detectors import WITHIN, Detector, limit_of
from remit.learning.feature_drift import Feature, Value, drifted, feature_of, observe
from remit.learning.holdout import Origin
from remit.learning.promise import NOTHING, PROMISE, Promise

REFERENCE = 200
"""Values that a series' reference is made of."""
WINDOW = 2_000
"""Decisions after which the features are looked at anew."""
SOURCE = "evidence source"
"""How the features' watch calls the document that the best evidence is of."""
LIMIT = limit_of(FALSE_ALARMS, WITHIN, len(SERIES))
EVIDENCE_MAX = 1e12
HARMFUL = ("loss", "calibration", "violations", "holdout_gap", PROMISE)
"""Series whose alarm takes a challenger back that decides."""


@dataclass(frozen=True, slots=True)
class Features:
    """What a decision was decided on: its features as they were served, and the source of its best evidence."""

    decision_id: str
    values: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Rewarded:
    """What became of a decision: its reward (0 to 1), who caused that it was taken, and what was claimed.

    `own_at` is when it was made, where its action is the one that the proposer thought best.
    """

    reward: float
    origin: Origin
    right: bool
    confidence: float | None = None
    own_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Raised:
    """A series that has shifted, and by which numbers."""

    series: str
    found: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class DriftAlarm:
    """An alarm on record. It is open until a person has acknowledged it."""

    id: str
    pack: str
    decision: str
    series: str
    found: Mapping[str, float]
    raised_at: datetime
    acknowledged_by: str | None = None
    acknowledged_at: datetime | None = None
    reason: str | None = None

    def to_json(self) -> dict[str, Any]:
        """The alarm as its readers see it."""
        return {
            "alarm_id": self.id,
            "pack": self.pack,
            "decision": self.decision,
            "series": self.series,
            **self.found,
            "raised_at": self.raised_at.isoformat(),
            "acknowledged": self.acknowledged_at
            and {"by": self.acknowledged_by, "at": self.acknowledged_at.isoformat(), "reason": self.reason},
        }


@dataclass(frozen=True, slots=True)
class Watch:
    """The watch over a decision of a pack. Every change raises `version` by one.

    `gathered` are the values of series that have no detector yet, `begun` the decisions of the features' reference.
    `action` and `rewards` (of the holdout and of all others) wait for their second half. `shifted` are the features
    that are raised. Of `labels` outcomes, `self_caused` tell of an action that the model itself chose.
    `promise` is that of a threshold in use, if a person wants it watched.
    """

    pack: str
    decision: str
    version: int = 0
    decisions: int = 0
    labels: int = 0
    self_caused: int = 0
    detectors: Mapping[str, Detector] = field(default_factory=dict)
    gathered: Mapping[str, Sequence[tuple[float, float | None]]] = field(default_factory=dict)
    action: str | None = None
    rewards: Mapping[str, float] = field(default_factory=dict)
    begun: Sequence[str] = ()
    features: Mapping[str, Feature] = field(default_factory=dict)
    window: int = 0
    shifted: Sequence[str] = ()
    promise: Promise | None = None

    @property
    def self_caused_share(self) -> float:
        return self.self_caused / self.labels if self.labels else 0.0

    @property
    def wants_reference(self) -> bool:
        """Whether the features have all the decisions that their reference is made of, and no reference."""
        return not self.features and len(self.begun) >= REFERENCE

    def decided(self, violations: int, escalated: bool, action: str | None, features: Features) -> Watch:
        """With one more final decision."""
        seen = Seen(violations=violations, escalated=escalated, action=action)
        after = replace(self._fed(seen), decisions=self.decisions + 1)
        if not self.features:
            return replace(after, begun=(*self.begun, features.decision_id)[:REFERENCE])
        known = (
            after.features if after.window < WINDOW else {name: each.emptied() for name, each in self.features.items()}
        )
        fitting = {name: value for name, value in features.values.items() if _fits(known.get(name), value)}
        return replace(after, features=observe(known, fitting), window=after.window % WINDOW + 1)

    def referred(self, rows: Sequence[Features]) -> Watch:
        """With the features' reference, from the decisions that began; those that cannot be one are not watched."""
        columns: dict[str, list[Value]] = {}
        for row in rows:
            for name, value in row.values.items():
                columns.setdefault(name, []).append(value)
        features: dict[str, Feature] = {}
        for name, column in sorted(columns.items()):
            try:
                features[name] = feature_of(column)
            except InputError:
                continue  # too few values, or of two types: the data contract tells of those
        return replace(self, features=features, begun=(), window=0)

    def rewarded(self, found: Rewarded) -> Watch:
        """With what became of one more decision."""
        side = "holdout" if found.origin == "holdout" else "others"
        rewards = {**self.rewards, side: found.reward}
        pair = rewards if len(rewards) == 2 else {}
        seen = Seen(
            loss=min(1.0, max(0.0, 1.0 - found.reward)),
            right=found.right,
            confidence=found.confidence,
            reward=pair.get("others"),
            holdout_reward=pair.get("holdout"),
        )
        return replace(
            self._fed(seen),
            rewards={} if pair else rewards,
            labels=self.labels + 1,
            self_caused=self.self_caused + (found.origin == "model"),
            promise=self._held(found),
        )

    def raised(self, before: Watch) -> tuple[Watch, list[Raised]]:
        """What has shifted since, and the watch that knows that it was told."""
        told = [
            Raised(
                name, {"evidence": min(each.evidence, EVIDENCE_MAX), "limit": each.limit, "usual_rate": each.usual_rate}
            )
            for name, each in self.detectors.items()
            if each.alarmed and not (name in before.detectors and before.detectors[name].alarmed)
        ]
        # So many windows share the probability of a false alarm.
        found = drifted(self.features, FALSE_ALARMS * WINDOW / WITHIN)
        new = [each for each in found if each.feature not in self.shifted]
        if self.promise and before.promise and self.promise.holds_from != before.promise.holds_from:
            told.append(Raised(PROMISE, self.promise.found()))
        told += [
            Raised(f"feature {each.feature}", {"evidence": min(each.e_value, EVIDENCE_MAX), "psi": each.psi})
            for each in new
        ]
        return replace(self, shifted=(*self.shifted, *(each.feature for each in new))), told

    def renewed(self, series: str) -> Watch:
        """With a series that begins anew. The features have one reference, which begins anew for all of them.

        A promise that was broken is not: another one is made by choosing a threshold anew.
        """
        if series == PROMISE:
            return replace(self, promise=None)
        if series.startswith("feature "):
            return replace(self, features={}, begun=(), window=0, shifted=())
        return replace(self, detectors={name: each for name, each in self.detectors.items() if name != series})

    def _held(self, found: Rewarded) -> Promise | None:
        """The promise with what became of a decision that it was not made by."""
        if self.promise is None or found.confidence is None or found.own_at is None:
            return self.promise
        is_later = found.own_at > self.promise.since
        return self.promise.observe(found.confidence, found.right) if is_later else self.promise

    def _fed(self, seen: Seen) -> Watch:
        values, action = values_of(seen, self.action)
        detectors, gathered = dict(self.detectors), dict(self.gathered)
        for name, value in values.items():
            if name not in detectors:
                column = [*gathered.pop(name, ()), value]
                if len(column) < REFERENCE:
                    gathered[name] = column
                else:
                    detectors[name] = detector_of(name, column, LIMIT)
            elif not detectors[name].alarmed:
                detectors[name] = detectors[name].observe(*value)
        return replace(self, detectors=detectors, gathered=gathered, action=action)

    def state(self) -> dict[str, Any]:
        """Everything that has no column of its own, as JSON."""
        return {
            "detectors": {name: each.to_json() for name, each in self.detectors.items()},
            "gathered": {name: [list(each) for each in column] for name, column in self.gathered.items()},
            "action": self.action,
            "rewards": dict(self.rewards),
            "begun": list(self.begun),
            "features": {name: each.to_json() for name, each in self.features.items()},
            "window": self.window,
            "shifted": list(self.shifted),
            "promise": self.promise and self.promise.to_json(),
        }

    def with_state(self, said: Any) -> Watch:
        """What `state` wrote. Raises Corrupted."""
        try:
            return replace(
                self,
                detectors={name: Detector.from_json(each) for name, each in said["detectors"].items()},
                gathered={
                    name: [(float(value), None if claim is None else float(claim)) for value, claim in column]
                    for name, column in said["gathered"].items()
                },
                action=said["action"],
                rewards={side: float(reward) for side, reward in said["rewards"].items()},
                begun=tuple(said["begun"]),
                features={name: Feature.from_json(each) for name, each in said["features"].items()},
                window=int(said["window"]),
                shifted=tuple(said["shifted"]),
                # It is not there in a watch that was written before promises were.
                promise=Promise.from_json(made) if (made := said.get("promise")) else None,
            )
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise Corrupted(f"it is not the state of a watch: {error!r}", mend="restore a backup") from error

    def to_json(self) -> dict[str, Any]:
        """The watch as its readers see it: how far it is, and not what it keeps."""
        return {
            "decisions": self.decisions,
            "labels": self.labels,
            "self_caused_share": round(self.self_caused_share, 6),
            "watched": sorted(self.detectors),
            "gathering": {name: len(column) for name, column in sorted(self.gathered.items())},
            "features": sorted(self.features),
            "features_gathering": 0 if self.features else len(self.begun),
            "promise": self.promise and self.promise.shown(),
        }


def sure_from(alarms: Sequence[DriftAlarm]) -> float | None:
    """The confidence from which on a machine may decide, by the promises that are broken; None when none is."""
    broken = [each.found for each in alarms if each.series == PROMISE and each.acknowledged_at is None]
    return max((found.get("holds_from", NOTHING) for found in broken), default=None)


def _fits(feature: Feature | None, value: Value) -> bool:
    """A number that has become a text since is a case for the data contract, and stops no watch."""
    return feature is not None and (not feature.middles or not isinstance(value, str))
