"""The gate's suite: useless challengers by the ten thousand, then useful ones, beside a z-test that peeks."""

from __future__ import annotations

import math
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from remit.eval.suite import Floor, Row, Suite
from remit.eval.suites.gate.bad_logs import bad_logs
from remit.eval.suites.gate.logs import World, adaptive, flat, pieces, unequal
from remit.eval.suites.gate.rivals import Agrapa, PeekingZ
from remit.learning.eprocess import Bets, advance, start

Floats = NDArray[np.float64]
ALPHA = 0.05
DECISIONS = 10_000
LOGS, LOGS_QUICK = 10_000, 200
AT_ONCE = 250
CANDIDATES = 10
QUESTION = (
    "Does the off-policy gate promote at most 5 % of the challengers that are no better, whenever it is looked at, and "
    "how soon those that are? Each log has 10,000 decisions and weights up to 15. Beside it: a one-sided 5 % z-test "
    "that is looked at every 250 decisions, and the same with the mean reward known beforehand (centred)."
)


@dataclass(frozen=True, slots=True)
class Case:
    """A world, and how it is wagered on."""

    name: str
    world: World
    bets: Bets


@dataclass(frozen=True, slots=True)
class Found:
    """By log: after which decision it was promoted (infinite: never), by ours and by rivals; our highest log e."""

    ours: Floats
    peak: Floats
    naive: Floats
    centred: Floats
    agrapa: Floats


def _cases() -> list[Case]:
    rising = adaptive(flat(), follows=True)
    worlds = {
        "no lift": flat(),
        "no lift, unequal cases": unequal(),
        "no lift, rewards rare": flat(base=0.1),
        "no lift, rewards usual": flat(base=0.9),
        "no lift, adaptive champion": rising,
        "no lift, adaptive champion, outcomes late": replace(rising, horizon=1_000),
        "no lift, adaptive logger, fixed champion": adaptive(unequal(), follows=False),
        "no lift, adaptive logger, outcomes late": adaptive(unequal(), follows=False, horizon=1_000),
        "lift +0.05": flat(0.05),
        "lift +0.10": flat(0.10),
        "lift +0.05, rewards rare": flat(0.05, base=0.1),
        "lift +0.05, adaptive logger, outcomes late": adaptive(flat(0.05), follows=False, horizon=1_000),
    }
    uncapped = Bets(baseline=False)
    return [
        *(Case(name, world, Bets()) for name, world in worlds.items()),
        *(
            Case(f"{name}, no weight cap known", worlds[name], uncapped)
            for name in ("no lift", "lift +0.05", "lift +0.10")
        ),
    ]


def run(quick: bool, seed: int) -> list[Row]:
    """All cases, each with seeds of its own; threads share them, since numpy lets go of the interpreter."""
    logs = LOGS_QUICK if quick else LOGS
    rows: list[Row] = []
    with ThreadPoolExecutor(2) as threads:
        for index, case in enumerate(_cases()):
            seeds = np.random.SeedSequence([seed, index]).spawn(-(-logs // AT_ONCE))
            sizes = [min(AT_ONCE, logs - at) for at in range(0, logs, AT_ONCE)]
            found = list(threads.map(_simulate, [case] * len(seeds), sizes, seeds))
            rows += _rows(case, Found(*(np.concatenate(each) for each in zip(*map(_fields, found), strict=True))))
    return [*rows, *bad_logs()]


def _simulate(case: Case, logs: int, seed: np.random.SeedSequence) -> Found:
    process = start(case.bets, logs)
    naive, centred, agrapa = PeekingZ(logs), PeekingZ(logs, known=0.5), Agrapa(logs, ALPHA)
    ours = np.full(logs, np.inf)
    # What was decided within the last horizon is not complete, so it is nobody's evidence yet.
    for rows in pieces(case.world, logs, DECISIONS - case.world.horizon, np.random.default_rng(seed)):
        before = process.rows
        process, path = advance(process, rows)
        reached = path >= -math.log(ALPHA)
        new = reached.any(axis=1) & np.isinf(ours)
        ours[new] = before + 1 + reached[new].argmax(axis=1) + case.world.horizon
        for rival in (naive, centred):
            rival.see(rows)
        if case.world.follows:
            agrapa.see(rows)
    late = case.world.horizon
    return Found(ours, process.peak, naive.at + late, centred.at + late, agrapa.at + late)


def _fields(found: Found) -> tuple[Floats, ...]:
    return found.ours, found.peak, found.naive, found.centred, found.agrapa


def _rows(case: Case, found: Found) -> Iterator[Row]:
    yield _share(case.name, "promoted", np.isfinite(found.ours))
    yield _share(case.name, "z promoted", np.isfinite(found.naive))
    if case.world.follows and case.bets.baseline:
        yield _share(case.name, "aGRAPA promoted", np.isfinite(found.agrapa))
    if case.world.lift > 1e-9:
        yield from _medians(case, found)
    elif case.name == "no lift":
        # Logs do not depend on each other, so ten of them are ten candidates.
        peaks = found.peak.reshape(-1, CANDIDATES).max(axis=1)
        yield _share("no lift, ten candidates", "promoted", peaks >= math.log(CANDIDATES / ALPHA))


def _medians(case: Case, found: Found) -> Iterator[Row]:
    ours, naive, centred = (
        _median(case.name, name, at)
        for name, at in (
            ("median decisions", found.ours),
            ("z median", found.naive),
            ("centred z median", found.centred),
        )
    )
    yield from (ours, naive, centred)
    for name, rival in (("ours / z", naive), ("ours / centred z", centred)):
        yield Row(case.name, name, ours.value / rival.value if ours.value and rival.value else None)
    if case.world.follows and case.bets.baseline:
        yield _median(case.name, "aGRAPA median", found.agrapa)


def _share(case: str, metric: str, hits: NDArray[np.bool_]) -> Row:
    """A share with Wilson's 95 % interval."""
    count, share, z = len(hits), float(hits.mean()), 1.96
    centre = (share + z * z / (2 * count)) / (1 + z * z / count)
    half = z / (1 + z * z / count) * math.sqrt(share * (1 - share) / count + (z / (2 * count)) ** 2)
    return Row(case, metric, share, max(0.0, centre - half), min(1.0, centre + half))


def _median(case: str, metric: str, at: Floats) -> Row:
    """The median with the 95 % interval of its order statistics; none where half of the logs never got there."""
    ordered, count = np.sort(at), len(at)
    reach = 0.98 * math.sqrt(count)
    picked = (ordered[int(count / 2 + shift)] for shift in (0.0, -reach, reach))
    value, low, high = (float(each) if np.isfinite(each) else None for each in picked)
    return Row(case, metric, value, low, high, "decisions")


SUITE = Suite(
    "gate",
    QUESTION,
    run,
    floors=(
        # 200 logs of a gate that promotes 5 % show more than 10 % once in a thousand runs.
        Floor("no lift*", "promoted", at_most=ALPHA, quick=False),
        Floor("no lift*", "promoted", at_most=0.10),
        Floor("no lift", "z promoted", at_least=0.15, at_most=0.20, quick=False),
        Floor("lift +0.05", "promoted", at_least=0.86),
        Floor("lift +0.05", "median decisions", at_most=5_015),
        Floor("lift +0.05", "ours / z", at_most=2.0),
        Floor("lift +0.10", "promoted", at_least=0.99),
        Floor("lift +0.10", "median decisions", at_most=1_585),
        Floor("lift +0.10", "ours / z", at_most=2.0),
        Floor("log *", "refused", at_least=1.0),
    ),
)
