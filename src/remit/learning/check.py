"""The gates before training: what a snapshot has to be for anything to be learnt from it. One pass over its rows.

A gate passes, warns or refuses. Quarantined rows are counted by the gate `quarantine` and looked at by no other. Only
mature rows count as labelled: what merely has arrived is the story of those who report first.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from remit.core.canonical import digest
from remit.learning.fairness import Tally, bias
from remit.learning.selection import Reviewed, bounds, contraction, kappa, wilson
from remit.learning.snapshot import Shape

QUARANTINE_MAX = 0.01
"""Refused above that share of rows whose record does not come out again."""

CONTRADICTIONS_MAX = 0.2
UNKNOWN_MAX = 0.5
LEAK_MIN = 0.99
"""A single feature that tells the outcome this well tells it from the future."""

REVIEWED_MAX = 200_000
LEAK_ROWS_MIN = 50
LEAK_ROWS_MAX = 50_000


@dataclass
class Check:
    """Everything that one pass counts."""

    shape: Shape
    counts: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    labels: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    groups: dict[str, dict[str, Tally]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(Tally)))
    sample: list[tuple[Mapping[str, Any], str]] = field(default_factory=list)
    words: Counter[tuple[str, str]] = field(default_factory=Counter)
    reviewed: list[Reviewed] = field(default_factory=list)

    def add(self, row: Mapping[str, Any]) -> None:
        """Look at the next row."""
        self.counts["rows"] += 1
        if row["quarantine"]:
            self.reasons[row["quarantine"]] += 1
            return
        self._add_times(row)
        favourable = self.shape.actions[0]
        rewards = row["rewards"] or {}
        right = bool(rewards) and rewards[favourable] == max(rewards.values())
        self._add_reviewers(row, None if not rewards else not right)
        for name, value in row["protected"].items():
            self.groups[name][str(value)].add(row["proposed"] == favourable, right)
        if row["matured"]:
            self._add_label(row)

    def _add_times(self, row: Mapping[str, Any]) -> None:
        self.counts["from_the_future"] += row["known_at"] > row["decided_at"]
        self.counts["before_the_decision"] += row["outcome_at"] is not None and row["outcome_at"] < row["decided_at"]
        self.counts["late"] += row["late"]

    def _add_reviewers(self, row: Mapping[str, Any], failed: bool | None) -> None:
        reviewers = row["reviewers"]
        accepted = row["executed"] == self.shape.actions[0]
        if row["matured"]:
            self.counts["accepted"] += accepted
            self.counts["accepted_unseen"] += accepted and failed is None
            self.counts["accepted_failed"] += accepted and bool(failed)
        if row["matured"] and len({each["id"] for each in reviewers}) == 1 and len(self.reviewed) < REVIEWED_MAX:
            known = failed if row["label"] == "known" else None
            self.reviewed.append(Reviewed(reviewers[0]["id"], accepted, _score(row, self.shape.actions[0]), known))
        self.counts["reviewed"] += bool(reviewers)
        self.counts["saw_model"] += any(each["saw_model"] for each in reviewers)
        twice = len({each["id"] for each in reviewers}) > 1
        self.counts["reviewed_twice"] += twice
        self.counts["reviewed_twice_blind"] += twice and not any(each["saw_model"] for each in reviewers)
        self.counts["disagreed"] += twice and len({each["choice"] for each in reviewers}) > 1
        if twice:
            of = {each["id"]: each["choice"] for each in reviewers}
            self.words[tuple(of.values())[:2]] += 1

    def _add_label(self, row: Mapping[str, Any]) -> None:
        self.counts["mature"] += 1
        self.counts["audited"] += row["audit"]
        if row["label"] != "known":
            self.counts["unknown"] += 1
            return
        self.counts["labelled"] += 1
        # Nobody but the model chose whether this outcome could be seen.
        self.counts["self_caused"] += row["automated"] and not row["audit"] and row["propensity"] >= 1.0
        self.labels[digest(row["features"])][row["outcome"]] += 1
        if len(self.sample) < LEAK_ROWS_MAX:
            self.sample.append((row["features"], row["outcome"]))


def check(shape: Shape, rows: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """The report: each gate with its verdict and why, counts, fairness per attribute; `passes` when none refuses."""
    seen = Check(shape)
    for row in rows:
        seen.add(row)
    fairness = [bias(name, groups) for name, groups in sorted(seen.groups.items())]
    gates = [
        _quarantine(seen),
        _times(seen),
        _contradictions(seen),
        _unknown(seen),
        _leakage(seen),
        _fair(fairness),
        _selective(seen),
    ]
    return {
        "passes": all(gate["verdict"] != "refuse" for gate in gates),
        "gates": gates,
        "counts": dict(sorted(seen.counts.items())),
        "fairness": fairness,
        "reviewers": {
            "double_review_share": _share(seen.counts["reviewed_twice"], seen.counts["reviewed"]),
            "blind_double_review_share": _share(seen.counts["reviewed_twice_blind"], seen.counts["reviewed"]),
            "disagreement": _share(seen.counts["disagreed"], seen.counts["reviewed_twice"]),
            "disagreement_interval": wilson(seen.counts["disagreed"], seen.counts["reviewed_twice"]),
            "agreement_beyond_chance": kappa(seen.words),
            "saw_model_share": _share(seen.counts["saw_model"], seen.counts["reviewed"]),
        },
        "contraction": contraction(seen.reviewed),
        "accepted_failures": bounds(
            seen.counts["accepted_failed"],
            seen.counts["accepted"] - seen.counts["accepted_unseen"],
            seen.counts["accepted_unseen"],
        ),
        "audit_share": _share(seen.counts["audited"], seen.counts["mature"]),
        "self_caused_share": _share(seen.counts["self_caused"], seen.counts["labelled"]),
    }


def _quarantine(seen: Check) -> dict[str, str]:
    total = seen.reasons.total()
    why = ", ".join(f"{count} {reason}" for reason, count in sorted(seen.reasons.items())) or "every record comes out"
    if total > QUARANTINE_MAX * seen.counts["rows"]:
        return _gate("quarantine", "refuse", why)
    return _gate("quarantine", "warn" if total else "pass", why)


def _times(seen: Check) -> dict[str, str]:
    future, before = seen.counts["from_the_future"], seen.counts["before_the_decision"]
    why = f"{future} features known after the decision, {before} outcomes before it"
    return _gate("times", "refuse" if future or before else "pass", why)


def _contradictions(seen: Check) -> dict[str, str]:
    lost = sum(outcomes.total() - max(outcomes.values()) for outcomes in seen.labels.values())
    share = _share(lost, seen.counts["labelled"]) or 0.0
    verdict = "refuse" if share > CONTRADICTIONS_MAX else "warn" if lost else "pass"
    return _gate("contradictions", verdict, f"{lost} labels differ from most with the same features ({share:.1%})")


def _unknown(seen: Check) -> dict[str, str]:
    if not seen.counts["labelled"]:
        return _gate("labels", "refuse", "no mature decision has a known outcome")
    unknown = seen.counts["unknown"]
    why = f"{unknown} of {seen.counts['mature']} mature decisions have no outcome; {seen.counts['late']} came late"
    refused = unknown > UNKNOWN_MAX * seen.counts["mature"]
    return _gate("labels", "refuse" if refused else "warn" if unknown or seen.counts["late"] else "pass", why)


def _leakage(seen: Check) -> dict[str, str]:
    common = Counter(outcome for _, outcome in seen.sample).most_common(1)
    if len(seen.sample) < LEAK_ROWS_MIN or common[0][1] == len(seen.sample):
        return _gate("leakage", "pass", "too few labels to tell")
    found = {name: _told_by(seen.sample, name) for name in seen.shape.features}
    leaking = sorted(name for name, told in found.items() if told >= LEAK_MIN)
    base = common[0][1] / len(seen.sample)
    if leaking and base < LEAK_MIN:
        return _gate("leakage", "refuse", f"the outcome is told by {', '.join(leaking)} alone")
    return _gate("leakage", "pass", "no feature tells the outcome by itself")


def _told_by(sample: list[tuple[Mapping[str, Any], str]], name: str) -> float:
    """How often one feature alone tells the outcome, by twenty parts of equal size or by its values if it has fewer.

    A value that occurs once tells nothing: a name for each row would tell everything.
    """
    values = sorted(((features[name], outcome) for features, outcome in sample), key=lambda pair: str(pair[0]))
    if isinstance(sample[0][0][name], int | float):
        values = sorted(values, key=lambda pair: (pair[0] is None, pair[0] or 0))
    distinct = {value for value, _ in values}
    parts: dict[Any, Counter[str]] = defaultdict(Counter)
    for place, (value, outcome) in enumerate(values):
        parts[value if len(distinct) <= 20 else place * 20 // len(values)][outcome] += 1
    return sum(max(each.values()) for each in parts.values()) / len(values)


def _fair(fairness: list[dict[str, Any]]) -> dict[str, str]:
    refused = [each["attribute"] for each in fairness if each["refuses"]]
    if refused:
        return _gate("fairness", "refuse", f"below four fifths, beyond chance: {', '.join(refused)}")
    return _gate("fairness", "pass", f"{len(fairness)} protected attributes looked at")


def _selective(seen: Check) -> dict[str, str]:
    caused = _share(seen.counts["self_caused"], seen.counts["labelled"]) or 0.0
    why = f"{caused:.1%} of labels were caused by the proposer itself; {seen.counts['audited']} random audits"
    return _gate("selection", "warn" if caused and not seen.counts["audited"] else "pass", why)


def _score(row: Mapping[str, Any], favourable: str) -> float:
    """How good the model thought a case: its confidence in the favourable action, or what it left to it."""
    confidence = row["confidence"] if row["confidence"] is not None else 1.0
    return float(confidence if row["proposed"] == favourable else 1.0 - confidence)


def _gate(name: str, verdict: str, why: str) -> dict[str, str]:
    return {"gate": name, "verdict": verdict, "why": why}


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None
