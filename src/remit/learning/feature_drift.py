"""Whether what is decided on has changed: for each feature how much, and how sure that is, and not one too many.

How much: the population stability index (PSI) over bins of the reference, and for numbers the Wasserstein distance
between the binned distributions as a share of the reference's spread. How sure: an e-value, the ratio of two
predictions of the bins that were seen since the window began: by bins that have a distribution of their own
(Dirichlet around the reference, strong and weak in equal parts), and by bins that go on as in the reference (Dirichlet
posterior). It may be looked at after every decision. A feature has drifted when both say so: with thousands of cases
every feature differs surely by next to nothing, and with dozens a PSI is large by chance.

Several features: e-BH (Wang, Ramdas, JRSS-B 84, 2022) keeps the expected share of false ones below alpha, however
the features depend on one another. As with `remit.learning.detectors`, the evidence holds on average over the plausible
references. The source of a piece of evidence, or the action that was taken, is a text like any other and is watched
the same.
Cost: one bin a feature and decision; the state is the bins' counts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from remit.core.errors import Corrupted, InputError

BINS = 10
OTHER = "\x00other"
PSI_MIN = 0.1
REFERENCE_MIN = 100
STRENGTHS = (1.0, 10.0)
"""How closely a distribution of its own lies around the reference, in cases per bin."""
PRIOR = 0.5
Value = float | int | bool | str


@dataclass(frozen=True, slots=True)
class Feature:
    """A feature's bins. Numbers have inner `edges`, and `middles` and a `spread` in their unit; texts have `names`.

    `usual` counts the reference, `now` the window, `log_e` is the evidence for each strength.
    """

    edges: tuple[float, ...]
    middles: tuple[float, ...]
    spread: float
    names: tuple[str, ...]
    usual: tuple[int, ...]
    now: tuple[int, ...]
    log_e: tuple[float, ...]

    def observe(self, value: Value) -> Feature:
        """With one more value in the window."""
        at = self._bin(value)
        usual, now, seen = sum(self.usual), self.now, sum(self.now)
        bins = len(now)
        as_ever = (self.usual[at] + PRIOR + now[at]) / (usual + PRIOR * bins + seen)
        around = (self.usual[at] + PRIOR) / (usual + PRIOR * bins)
        own = [(each * bins * around + now[at]) / (each * bins + seen) for each in STRENGTHS]
        log_e = tuple(old + float(np.log(new / as_ever)) for old, new in zip(self.log_e, own, strict=True))
        return replace(self, now=(*now[:at], now[at] + 1, *now[at + 1 :]), log_e=log_e)

    @property
    def e_value(self) -> float:
        return float(np.exp(np.minimum(self.log_e, 700.0)).mean())

    @property
    def psi(self) -> float:
        """0 is no change; from 0.1 on it is usually called moderate, from 0.25 on large."""
        usual, now = (np.asarray(each) + PRIOR for each in (self.usual, self.now))
        before, after = usual / usual.sum(), now / now.sum()
        return float(((after - before) * np.log(after / before)).sum()) if any(self.now) else 0.0

    @property
    def wasserstein(self) -> float | None:
        """The mean way that a value has moved, in standard deviations of the reference; None for texts."""
        if not self.middles or not any(self.now):
            return None if not self.middles else 0.0
        behind = [np.cumsum(each) / np.sum(each) for each in (self.usual, self.now)]
        return float((np.abs(behind[0] - behind[1])[:-1] * np.diff(self.middles)).sum() / self.spread)

    def emptied(self) -> Feature:
        """With a window that begins anew."""
        return replace(self, now=(0,) * len(self.now), log_e=(0.0,) * len(STRENGTHS))

    def _bin(self, value: Value) -> int:
        if self.middles:
            if isinstance(value, str) or not np.isfinite(value):
                raise InputError("a feature that was a number is none now", mend="mend the pack's features")
            return int(np.searchsorted(self.edges, float(value), side="right"))
        text = str(value)
        return self.names.index(text) if text in self.names else len(self.names) - 1

    def to_json(self) -> dict[str, Any]:
        """The whole state."""
        return {
            "edges": list(self.edges),
            "middles": list(self.middles),
            "spread": self.spread,
            "names": list(self.names),
            "usual": list(self.usual),
            "now": list(self.now),
            "log_e": list(self.log_e),
        }

    @staticmethod
    def from_json(said: Any) -> Feature:
        """What `to_json` wrote. Raises Corrupted."""
        try:
            state = Feature(
                edges=tuple(float(each) for each in said["edges"]),
                middles=tuple(float(each) for each in said["middles"]),
                spread=float(said["spread"]),
                names=tuple(str(each) for each in said["names"]),
                usual=tuple(int(each) for each in said["usual"]),
                now=tuple(int(each) for each in said["now"]),
                log_e=tuple(float(each) for each in said["log_e"]),
            )
            if not len(state.usual) == len(state.now) == max(len(state.middles), len(state.names)):
                raise ValueError("its bins differ in number")
        except (KeyError, TypeError, ValueError) as error:
            raise Corrupted(f"it is not the state of a feature: {error!r}") from error
        return state


@dataclass(frozen=True, slots=True)
class Drifted:
    """A feature that has changed, surely and by an amount that counts."""

    feature: str
    psi: float
    wasserstein: float | None
    e_value: float


def feature_of(values: Sequence[Value]) -> Feature:
    """The bins of a reference: tenths for numbers, the more frequent texts one by one and all others together.

    Raises:
        InputError: fewer than 100 values, numbers and texts together, or a number that is not finite.
    """
    if len(values) < REFERENCE_MIN:
        raise InputError(f"a reference is at least {REFERENCE_MIN} values", mend="wait for more decisions")
    texts = [isinstance(each, str | bool) for each in values]
    if all(texts):
        return _of_texts([str(each) for each in values])
    if any(texts):
        raise InputError("a feature is a number or a text, not both")
    found = np.asarray(values, dtype=np.float64)
    if not np.all(np.isfinite(found)):
        raise InputError("a number of the reference is not finite")
    return _of_numbers(found)


def observe(features: Mapping[str, Feature], values: Mapping[str, Value]) -> dict[str, Feature]:
    """With one more decision. A value that is missing counts for nothing: the data contract tells of it."""
    return {name: each.observe(values[name]) if name in values else each for name, each in features.items()}


def drifted(features: Mapping[str, Feature], alpha: float, psi_min: float = PSI_MIN) -> list[Drifted]:
    """Those that have changed, the surest first."""
    sure = sorted(features.items(), key=lambda each: (-each[1].e_value, each[0]))
    kept = 0
    for rank, (_, each) in enumerate(sure, start=1):
        if each.e_value >= len(sure) / (alpha * rank):
            kept = rank
    return [
        Drifted(name, each.psi, each.wasserstein, each.e_value) for name, each in sure[:kept] if each.psi >= psi_min
    ]


def _of_numbers(found: Any) -> Feature:
    edges = np.unique(np.quantile(found, np.linspace(0, 1, BINS + 1)[1:-1], method="lower"))
    at = np.searchsorted(edges, found, side="right")
    bins = len(edges) + 1
    counts = np.bincount(at, minlength=bins)
    # Each edge is a value and opens its bin, so only the lowest bin can be empty.
    lowest = float(found.min())
    middles = [float(np.median(found[at == each])) if counts[each] else lowest for each in range(bins)]
    spread = float(found.std()) or 1.0
    return Feature(
        tuple(edges.tolist()),
        tuple(middles),
        spread,
        (),
        tuple(counts.tolist()),
        (0,) * bins,
        (0.0,) * len(STRENGTHS),
    )


def _of_texts(found: list[str]) -> Feature:
    frequent = [name for name, _ in sorted(Counter(found).items(), key=lambda each: (-each[1], each[0]))]
    names = (*frequent[: 2 * BINS], OTHER)
    counts = [0] * len(names)
    for each in found:
        counts[names.index(each) if each in names else len(names) - 1] += 1
    nothing = (0,) * len(names)
    return Feature((), (), 1.0, names, tuple(counts), nothing, (0.0,) * len(STRENGTHS))
