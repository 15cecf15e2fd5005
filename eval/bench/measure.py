"""Interleaved rounds and their spread: what is compared is measured side by side, in turn, under the same load."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import TypeVar

T = TypeVar("T")


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


def interleaved(rounds: int, contenders: Mapping[str, Callable[[], float]]) -> dict[str, list[float]]:
    """One figure of each contender for each round.

    Every round measures all of them, each round in another order, so that a machine that grows slower, or has another
    guest for a second, does not favour one of them.
    """
    names = list(contenders)
    figures: dict[str, list[float]] = {name: [] for name in names}
    for number in range(rounds):
        turn = number % len(names)
        for name in names[turn:] + names[:turn]:
            figures[name].append(contenders[name]())
    return figures


def median_ms(work: Callable[[T], object], items: Iterable[T]) -> float:
    """The median time of `work` over the items, in milliseconds."""
    spent = []
    for item in items:
        started = time.perf_counter()
        work(item)
        spent.append((time.perf_counter() - started) * 1000)
    return statistics.median(spent)


def per_second(count: int, work: Callable[[], object]) -> float:
    """How many of `count` things a second `work` gets done."""
    started = time.perf_counter()
    work()
    return count / (time.perf_counter() - started)


def ratios(mine: Iterable[float], theirs: Iterable[float]) -> Spread:
    """Mine over theirs, round by round."""
    return Spread.of(one / other for one, other in zip(mine, theirs, strict=True))
