"""One pass over real cases: every strategy decides each case before it learns of it; the mean reward is what counts.

All strategies of a seed meet the same cases in the same order. Vowpal Wabbit and LightGBM are tuned for each world,
on seeds other than those that are judged; ours has one set of options for both, chosen on other seeds of `quality`.
Ours knows which outcome earns what under each action, as the pack declares; the others learn from the rewards alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from multiprocessing import get_context
from typing import Any

import numpy as np

from remit.eval.suite import Floor, Row, Suite
from remit.eval.suites.policy_quality.worlds import Player, play

WORLDS = ("quality", "credit")
SEEDS, SEEDS_TUNED = 10, 2
PROCESSES = 2
T_95 = 2.262
"""Student's t for ten means: 97.5 % of nine degrees of freedom."""
EXPLORATIONS = (
    "--epsilon 0.02",
    "--epsilon 0.1",
    "--squarecb --gamma_scale 10",
    "--squarecb --gamma_scale 100",
    "--squarecb --gamma_scale 1000",
    "--cover 4",
    "--bag 5",
    "--softmax --lambda 10",
    "--rnd 3 --epsilon 0.02",
)
RATES = ("-l 0.1", "-l 0.5", "-l 2")
INTERACTIONS = ("-q sa", "-q sa --interactions ssa")
BINS = (None, 4, 8)


def run(quick: bool, seed: int) -> list[Row]:
    """Figures of every world; a quick run has two seeds, few rows, and nothing is tuned."""
    with _pool(quick) as mapped:
        return [row for name in WORLDS for row in _of_world(name, quick, seed, mapped)]


@contextmanager
def _pool(quick: bool) -> Iterator[Any]:
    if quick:
        yield map
        return
    with ProcessPoolExecutor(PROCESSES, mp_context=get_context("spawn")) as pool:
        yield pool.map


def _of_world(name: str, quick: bool, seed: int, mapped: Any) -> Iterator[Row]:
    rows = 250 if quick else None
    seeds = [seed + at for at in range(2 if quick else SEEDS)]
    tuning = [] if quick else [seed + 1000 + at for at in range(SEEDS_TUNED)]
    players = {
        "ours": Player("hybrid"),
        "vowpal wabbit": _tuned_vowpal(name, tuning, mapped),
        "lightgbm per arm": _tuned_arms(name, tuning, mapped),
        "ours, told every outcome": Player("hybrid", full=True),
    }
    tasks = [(name, player, each, rows) for player in players.values() for each in seeds]
    earned = np.array(list(mapped(play, tasks))).reshape(len(players), len(seeds))
    for case, samples in zip(players, earned, strict=True):
        yield _row(f"{name}: {case}", "reward", samples)
    yield _row(f"{name}: ours", "above the better of the two", earned[0] - max(earned[1:3], key=np.mean))


def _tuned_vowpal(name: str, seeds: Sequence[int], mapped: Any) -> Player:
    """Stage by stage: how it explores, how fast it learns, what it crosses, how numbers are cut."""
    chosen = ["--squarecb --gamma_scale 100", "-l 0.5", "-q sa"]
    bins: int | None = 4
    if not seeds:
        return Player("vowpal", " ".join(chosen), bins)
    for stage, options in ((0, EXPLORATIONS), (1, RATES), (2, INTERACTIONS)):
        tried = [[*chosen[:stage], option, *chosen[stage + 1 :]] for option in options]
        best = _best(name, [Player("vowpal", " ".join(each), bins) for each in tried], seeds, mapped)
        chosen = next(each for each in tried if " ".join(each) == best.arguments)
    return _best(name, [Player("vowpal", " ".join(chosen), each) for each in BINS], seeds, mapped)


def _tuned_arms(name: str, seeds: Sequence[int], mapped: Any) -> Player:
    """How much it explores, then how often it learns anew."""
    found = Player("arms")
    if seeds:
        found = _best(name, [replace(found, epsilon=each) for each in (0.02, 0.05, 0.1, 0.2)], seeds, mapped)
        found = _best(name, [replace(found, growth=each) for each in (0.05, 0.1)], seeds, mapped)
    return found


def _best(name: str, players: Sequence[Player], seeds: Sequence[int], mapped: Any) -> Player:
    tasks = [(name, player, each, None) for player in players for each in seeds]
    earned = np.array(list(mapped(play, tasks))).reshape(len(players), len(seeds))
    return players[int(earned.mean(axis=1).argmax())]


def _row(case: str, metric: str, samples: Any) -> Row:
    mean = float(samples.mean())
    around = T_95 * float(samples.std(ddof=1)) / float(len(samples)) ** 0.5 if len(samples) == SEEDS else None
    low, high = (None, None) if around is None else (mean - around, mean + around)
    return Row(case, metric, mean, low, high, samples=tuple(float(each) for each in samples))


SUITE = Suite(
    "policy_quality",
    "Which strategy earns most in one pass over real cases, seeing only what its own actions earned?",
    run,
    floors=(
        Floor("quality: ours", "reward", at_least=0.638, quick=False),
        Floor("* ours", "above the better of the two", at_least=0.0, quick=False),
        Floor("quality: ours", "reward", at_least=0.2),
    ),
)
