"""Thresholds kept valid in time: evidence grows with every outcome, and a threshold that goes bad is taken back.

For each threshold there are two bettors. One bets that its mean loss is below the bound: his wealth is an e-process, so
the promise of `remit.learning.thresholds` holds at every moment at which one looks, not only once (Ville's inequality).
The other bets that it is above, and starts anew with every outcome (Shiryaev-Roberts; Shin, Ramdas, Rinaldo, arXiv
2203.03532): when he is rich, the threshold is revoked, and has to earn its proof again from nothing.

Outcomes are those of all cases, or of cases that were chosen by chance for review: a case that only people decided says
nothing of a machine unless its proposal is known and was right or wrong. One update costs thresholds x bets, however
many decisions there were.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from remit.core.errors import Corrupted, InputError
from remit.learning.thresholds import Floats, passed

BETS = (0.05, 0.15, 0.4, 0.9)
"""Shares of the largest bet that cannot lose everything; the wealth is spread evenly over them."""


@dataclass(frozen=True, slots=True)
class InTime:
    """The thresholds from strict to loose, and what is known of each. `levels` are shares of `delta`; their sum is 1.

    `false_revocation_every`: decisions between two revocations of a threshold that is as good as its bound, at least on
    average. `safe` is the log wealth of each bet, `proof` the largest log wealth since the start or the last
    revocation, `worse` the statistic of each bet against the threshold, `revoked` how often it was taken back.
    """

    grid: tuple[float, ...]
    levels: tuple[float, ...]
    bound: float
    delta: float
    false_revocation_every: float
    safe: tuple[tuple[float, ...], ...]
    proof: tuple[float, ...]
    worse: tuple[tuple[float, ...], ...]
    revoked: tuple[int, ...]
    seen: int = 0

    @property
    def holds(self) -> tuple[bool, ...]:
        """Which thresholds are proved by now."""
        return passed([float(np.exp(-each)) for each in self.proof], self.levels, self.delta)

    @property
    def threshold(self) -> float | None:
        """The loosest that is proved; None means that a person decides every case."""
        return next((each for each, ok in zip(self.grid[::-1], self.holds[::-1], strict=True) if ok), None)

    def observe(self, confidence: float, loss: float) -> InTime:
        """With one more outcome. Raises InputError when a number is not in [0, 1]."""
        if not (0 <= confidence <= 1 and 0 <= loss <= 1):
            raise InputError("confidence and loss are numbers from 0 to 1")
        touched = np.asarray(self.grid) <= confidence
        bets = np.asarray(BETS)
        safe = _grown(self.safe, touched, np.log1p(bets * (self.bound - loss) / (1 - self.bound)))
        worse = np.asarray(self.worse)
        # One unit of new money a decision, spread over the bets: what makes it a Shiryaev-Roberts statistic.
        worse[touched] = (worse[touched] + 1 / len(BETS)) * (1 + bets * (loss - self.bound) / self.bound)
        proof = np.maximum(self.proof, np.log(np.exp(np.minimum(safe, 700.0)).mean(axis=1)))
        bad = worse.sum(axis=1) >= self.false_revocation_every
        safe[bad], worse[bad], proof[bad] = 0.0, 0.0, 0.0
        return replace(
            self,
            safe=_rows(safe),
            proof=tuple(proof.tolist()),
            worse=_rows(worse),
            revoked=tuple(count + int(now) for count, now in zip(self.revoked, bad, strict=True)),
            seen=self.seen + 1,
        )

    def not_suspected(self) -> InTime:
        """With the same proofs, and nothing held against any threshold yet."""
        nothing = ((0.0,) * len(BETS),) * len(self.grid)
        return replace(self, worse=nothing, revoked=(0,) * len(self.grid), seen=0)

    def to_json(self) -> dict[str, Any]:
        """The whole state."""
        return {
            "grid": list(self.grid),
            "levels": list(self.levels),
            "bound": self.bound,
            "delta": self.delta,
            "false_revocation_every": self.false_revocation_every,
            "safe": [list(row) for row in self.safe],
            "proof": list(self.proof),
            "worse": [list(row) for row in self.worse],
            "revoked": list(self.revoked),
            "seen": self.seen,
        }

    @staticmethod
    def from_json(said: Any) -> InTime:
        """What `to_json` wrote. Raises Corrupted."""
        try:
            state = InTime(
                grid=tuple(float(each) for each in said["grid"]),
                levels=tuple(float(each) for each in said["levels"]),
                bound=float(said["bound"]),
                delta=float(said["delta"]),
                false_revocation_every=float(said["false_revocation_every"]),
                safe=tuple(tuple(float(each) for each in row) for row in said["safe"]),
                proof=tuple(float(each) for each in said["proof"]),
                worse=tuple(tuple(float(each) for each in row) for row in said["worse"]),
                revoked=tuple(int(each) for each in said["revoked"]),
                seen=int(said["seen"]),
            )
            sizes = {len(part) for part in (state.grid, state.levels, state.safe, state.proof, state.worse)}
            if len(sizes | {len(state.revoked)}) != 1:
                raise ValueError("its parts differ in length")
        except (KeyError, TypeError, ValueError) as error:
            raise Corrupted(f"it is not the state of thresholds in time: {error!r}") from error
        return state


def start(
    grid: Sequence[float],
    levels: Sequence[float],
    *,
    bound: float,
    delta: float,
    false_revocation_every: float = 100_000.0,
) -> InTime:
    """Nothing is proved yet. Raises InputError when the parts do not fit."""
    if not grid or len(grid) != len(levels) or not 0 < bound < 1 or not 0 < delta < 1 or false_revocation_every < 1:
        raise InputError("a grid, a level for each of its thresholds, a bound and a delta between 0 and 1 are needed")
    nothing = ((0.0,) * len(BETS),) * len(grid)
    zeros = (0.0,) * len(grid)
    return InTime(
        tuple(grid),
        tuple(levels),
        bound,
        delta,
        false_revocation_every,
        nothing,
        zeros,
        nothing,
        (0,) * len(grid),
    )


def _grown(rows: tuple[tuple[float, ...], ...], touched: Any, by: Floats) -> Floats:
    grown = np.asarray(rows)
    grown[touched] += by
    return grown


def _rows(table: Floats) -> tuple[tuple[float, ...], ...]:
    return tuple(tuple(row) for row in table.tolist())
