"""Interleaved rounds and their spread: what is compared is measured side by side, in turn, under the same load."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass

Step = Callable[[int], object]
"""One piece of work; it is told its number in the round, from 0."""


@dataclass(frozen=True, slots=True)
class Spread:
    """The smallest, the middle and the largest of several rounds."""

    low: float
    median: float
    high: float

    @classmethod
    def of(cls, values: Iterable[float]) -> Spread:
        known = sorted(values)
        return cls(known[0], statistics.median(known), known[-1])

    def to_json(self) -> dict[str, float]:
        return asdict(self)


def interleaved(
    rounds: int,
    steps: int,
    contenders: Mapping[str, Step],
    summary: Callable[[list[float]], float] = statistics.median,
) -> dict[str, list[float]]:
    """Milliseconds for one step: for each contender one figure a round, the median of its steps.

    The contenders take turns after every step, each time in another order. So a disk that hangs for a second, or a
    machine with other guests, favours none of them.

    Args:
        summary: what makes one figure of a round's steps; the mean where every hiccup counts.
    """
    names = list(contenders)
    figures: dict[str, list[float]] = {name: [] for name in names}
    for _ in range(rounds):
        spent: dict[str, list[float]] = {name: [] for name in names}
        for number in range(steps):
            turn = number % len(names)
            for name in names[turn:] + names[:turn]:
                started = time.perf_counter()
                contenders[name](number)
                spent[name].append((time.perf_counter() - started) * 1000)
        for name in names:
            figures[name].append(summary(spent[name]))
    return figures


def ratios(mine: Iterable[float], theirs: Iterable[float]) -> Spread:
    """Mine over theirs, round by round."""
    return Spread.of(one / other for one, other in zip(mine, theirs, strict=True))


def rates(count: int, spent: Iterable[float]) -> Spread:
    """How many a second, when a step of so many milliseconds does `count` of them."""
    return Spread.of(count / each * 1000 for each in spent)
