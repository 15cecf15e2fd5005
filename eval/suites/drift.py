"""How soon a shift is seen, and how often one is seen that is not there: ours beside River's and one that always fires.

An error rate of 0.10 goes up after the reference and so many more decisions. All see the reference first; River's
detectors go on from it, ours is started with it, and is never told the rate. A run that was alarmed before the shift is
left out of the delays. The delay of a run without an alarm in 5,000 decisions is infinite: it counts in the median, and
as missed. ``false alarms`` is the share of runs with an alarm within 10,000 decisions in which nothing shifts.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from remit.eval.suite import Floor, Row, Suite
from remit.learning.detectors import advance, budget, expit, limit_of, ratios_of, references_of

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
RATE = 0.10
SHIFTED = (0.12, 0.15, 0.20)
SETTINGS = ((2_000, 0), (2_000, 1_000), (2_000, 5_000), (5_000, 1_000))
"""Decisions of the reference, and decisions between it and the shift."""
HORIZON = 10_000
WATCHED = 5_000
FALSE_ALARMS = 0.01
BLOCK = 250


def run(quick: bool, seed: int) -> list[Row]:
    """Every detector in every setting; a quick run has fewer runs and one setting."""
    ours_runs, nulls, their_runs = (60, 100, 20) if quick else (600, 2_000, 600)
    settings = SETTINGS[1:2] if quick else SETTINGS
    rows: list[Row] = []
    for number, (reference, before) in enumerate(settings):
        sound = f"reference {reference:,}, shift after {before:,}"
        chance = np.random.default_rng([seed, number])
        delays: dict[tuple[str, float], Floats] = {}
        for name, (seen_at, runs) in _detectors(ours_runs, their_runs).items():
            many = nulls if name == "ours" else runs
            alarms = seen_at(_errors(chance, many, reference), _errors(chance, many, HORIZON))
            rows.append(_share(f"{name}, {sound}", "false alarms", np.isfinite(alarms)))
            for rate in SHIFTED:
                after = np.hstack([_errors(chance, runs, before), _errors(chance, runs, WATCHED, rate)])
                alarms = seen_at(_errors(chance, runs, reference), after) - before
                delays[name, rate] = found = alarms[alarms >= 1]
                case = f"{name}, {sound}"
                rows.append(_median(case, f"delay at {rate:.2f}", found))
                rows.append(_share(case, f"missed at {rate:.2f}", np.isinf(found)))
        for rate in SHIFTED:
            rows.append(_against_adwin(sound, rate, delays["ours", rate], delays["ADWIN", rate]))
    return [*rows, *_other_series(nulls, np.random.default_rng([seed, 99]))]


def alarms_at(reference: Floats, values: Floats, limit: float) -> Floats:
    """At which value (from 1) our detector raises its alarm, one for each row; infinite where it never does."""
    ratios, weights = (np.asarray(each) for each in ratios_of("up"))
    found = [references_of(row, np.zeros(len(row))) for row in reference]
    alarms = np.full(len(values), np.inf)
    for first in range(0, len(values), BLOCK):
        rows = slice(first, first + BLOCK)
        odds = np.array([grid for grid, _ in found[rows]])
        plausible = np.array([each for _, each in found[rows]])
        usual, shifted = expit(odds), expit(odds[..., None] + ratios)
        rising = np.zeros_like(shifted)
        for at, now in enumerate(values[rows].T, start=1):
            spent = weights * budget(at - 1, HORIZON)
            plausible, rising = advance(plausible, rising, spent, _fits(usual, now), _fits(shifted, now))
            raised = rising.sum(axis=(1, 2)) >= limit
            alarms[rows] = np.where(raised & np.isinf(alarms[rows]), at, alarms[rows])
            rising[raised] = 0.0
    return alarms


def _detectors(ours: int, theirs: int) -> dict[str, tuple[Callable[[Floats, Floats], Floats], int]]:
    from river.drift import ADWIN, PageHinkley
    from river.drift.binary import DDM

    limit = limit_of(FALSE_ALARMS, HORIZON)
    return {
        "ours": (lambda reference, values: alarms_at(reference, values, limit), ours),
        "ADWIN": (_river(ADWIN), theirs),
        "PageHinkley": (_river(PageHinkley), theirs),
        "DDM": (_river(DDM), theirs),
        "always fires": (lambda reference, values: np.ones(len(values)), theirs),
    }


def _river(kind: Callable[[], Any]) -> Callable[[Floats, Floats], Floats]:
    """As River's defaults have it."""

    def first(reference: Floats, values: Floats) -> float:
        detector = kind()
        for value in reference.astype(int).tolist():
            detector.update(value)
        for at, value in enumerate(values.astype(int).tolist(), start=1):
            detector.update(value)
            if detector.drift_detected:
                return float(at)
        return float("inf")

    return lambda reference, values: np.array([first(*pair) for pair in zip(reference, values, strict=True)])


def _errors(chance: np.random.Generator, runs: int, decisions: int, rate: float = RATE) -> Floats:
    return (chance.random((runs, decisions)) < rate).astype(np.float64)


def _fits(rate: Floats, now: Floats) -> Floats:
    value = now.reshape(-1, *(1,) * (rate.ndim - 1))
    if np.all((now == 0) | (now == 1)):
        return np.where(value == 1, rate, 1 - rate)
    return np.asarray(rate**value * (1 - rate) ** (1 - value))


def _other_series(runs: int, chance: np.random.Generator) -> list[Row]:
    """False alarms where losses are not 0 or 1, and where errors are rare."""
    limit = limit_of(FALSE_ALARMS, HORIZON)
    drawn: dict[str, Callable[[int], Floats]] = {
        "losses of Beta(1, 9)": lambda many: chance.beta(1.0, 9.0, (runs // 4, many)),
        "errors at 0.01": lambda many: _errors(chance, runs // 4, many, 0.01),
    }
    rows = []
    for name, draw in drawn.items():
        alarms = alarms_at(draw(2_000), draw(HORIZON), limit)
        rows.append(_share(f"ours, {name}, reference 2,000", "false alarms", np.isfinite(alarms)))
    return rows


def _share(case: str, metric: str, found: Bools) -> Row:
    from scipy.stats import beta

    if not len(found):
        return Row(case, metric, None)
    hits, many = int(found.sum()), len(found)
    low = float(beta.ppf(0.025, hits, many - hits + 1)) if hits else 0.0
    high = float(beta.ppf(0.975, hits + 1, many - hits)) if hits < many else 1.0
    return Row(case, metric, hits / many, low, high)


def _median(case: str, metric: str, found: Floats) -> Row:
    if not len(found):
        return Row(case, metric, None, unit="decisions")
    from scipy.stats import binom

    ranked, many = np.sort(found), len(found)
    reach = int(binom.ppf(0.025, many, 0.5))
    low, high = (float(ranked[at]) for at in (max(reach - 1, 0), min(many - reach, many - 1)))
    # Half of the runs or more without an alarm: the median is not reached, which JSON has no number for.
    middle, low_end, high_end = (None if np.isinf(each) else float(each) for each in (np.median(found), low, high))
    return Row(case, metric, middle, low_end, high_end, "decisions")


def _against_adwin(sound: str, rate: float, ours: Floats, adwin: Floats) -> Row:
    """How much shorter our median delay is, as a share of ADWIN's; nothing where a median was not reached."""
    if not len(ours) or not len(adwin) or np.isinf(np.median(ours)) or np.isinf(np.median(adwin)):
        return Row(f"ours against ADWIN, {sound}", f"shorter at {rate:.2f}", None)
    chance = np.random.default_rng(0)
    again = [np.median(chance.choice(each, (1_000, len(each))), axis=1) for each in (ours, adwin)]
    with np.errstate(invalid="ignore"):
        low, high = np.nanquantile(1 - again[0] / again[1], [0.025, 0.975])
    gain = 1 - float(np.median(ours) / np.median(adwin))
    return Row(f"ours against ADWIN, {sound}", f"shorter at {rate:.2f}", gain, float(low), float(high))


SUITE = Suite(
    "drift",
    "How soon is a rise of the error rate from 0.10 seen, and how often is one seen that is not there?",
    run,
    (
        Floor("ours, *", "false alarms", at_most=FALSE_ALARMS, quick=False),
        Floor("ours, *", "false alarms", at_most=0.05),
        Floor("ours against ADWIN, reference 2,000, shift after 1,000", "shorter at 0.15", at_least=0.3, quick=False),
        Floor("ours against ADWIN, reference 2,000, shift after 1,000", "shorter at 0.20", at_least=0.3, quick=False),
        Floor("ours, *", "missed at 0.20", at_most=0.01),
    ),
)
