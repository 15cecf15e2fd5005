"""A wager against "the challenger is no better": wealth that cannot be expected to grow while that is true.

H0: V(challenger) <= V(champion), at every decision. Row t gives X_t with E[X_t | everything before] = V(challenger) -
V(champion), and X_t >= -L; then the product of (1 + lambda_t X_t) is a supermartingale under H0 for every lambda_t in
[0, 1/L) that was fixed before row t, and so is a mixture of such products. By Ville's inequality it ever reaches
1/alpha with probability at most alpha: one may look after every row, and stop whenever one likes.

- Logger = champion, w = pi_challenger / pi_logged: ``X = (w - 1)(r - b)``. With b = 0, X >= -1 however large w is.
- Champion and logger differ, v = pi_champion / pi_logged: ``X = w r + v (1 - r) - 1 >= -1``, again without any cap.
  (With rewards turned round for the champion alone, its loss and not its reward is weighted.)
- Where the largest weight of a row is known *before its action is drawn* (from the full probability vectors), a
  baseline b
  near the mean reward takes away variance. b may depend on the row's case, lambda may not: each bet says how low X may
  fall, and a row's b is as close to the mean reward as its own largest weight permits.

Assumptions: logged propensities are right; a row's action was drawn from them, given what was known; they may have
changed with everything before (adaptive loggers). Rows come in the order of decisions, however late their outcomes
came. Nothing is assumed of the rewards but that they are in [0, 1].

Bets: a mixture over a few lifts g. Each stakes g / (mean square of its X so far + g^2), what is best in the long run
if g is the true lift and small. Bets change between blocks of rows and rest within one.

Sources: Karampatziakis, Mineiro, Ramdas, "Off-policy confidence sequences", ICML 2021; Waudby-Smith, Wu, Ramdas,
Karampatziakis, Mineiro, "Anytime-valid off-policy inference for contextual bandits", arXiv 2210.10768; Wang, Ramdas,
"False discovery rate control with e-values", JRSS B 2022 (e-BH).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from remit.core.errors import Corrupted, InputError

Floats = NDArray[np.float64]
STAKE_MAX = 0.95
"""The part of its wealth that a bet can lose in one row."""


@dataclass(frozen=True, slots=True)
class Bets:
    """How it is wagered; declared before the first row, and kept with the state."""

    lifts: tuple[float, ...] = (0.03, 0.06, 0.12)
    block: int = 50
    baseline: bool = True

    def __post_init__(self) -> None:
        if not self.lifts or not all(0 < lift <= 1 for lift in self.lifts) or self.block < 1:
            raise InputError("bets need lifts in (0, 1] and a block of at least one row")


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Rows in the order of their decisions, each array of shape (rows,) or (processes, rows).

    `weight` is pi_challenger / pi_logged of the logged action, `reward` in [0, 1]. `weight_max` is the largest weight
    that any action of the row's case could have had; infinite where it is not known. `champion` and `champion_max` are
    the same for the champion, and None where the champion logged.
    """

    weight: Floats
    reward: Floats
    weight_max: Floats
    champion: Floats | None = None
    champion_max: Floats | None = None

    def __len__(self) -> int:
        return int(self.weight.shape[-1])

    def part(self, start: int, stop: int) -> Rows:
        fields = (self.weight, self.reward, self.weight_max, self.champion, self.champion_max)
        return Rows(*(each if each is None else each[..., start:stop] for each in fields))  # type: ignore[arg-type]

    def check(self) -> None:
        """Raises InputError: a weight below 0 or above its row's largest, a reward outside of [0, 1], not a number."""
        if not ((self.reward >= 0) & (self.reward <= 1)).all():
            raise InputError("a reward is outside of [0, 1]", mend="declare the scale of the rewards")
        for weight, most in ((self.weight, self.weight_max), (self.champion, self.champion_max)):
            if weight is None:
                continue
            if most is None or not ((weight >= 0) & np.isfinite(weight) & (weight <= most * (1 + 1e-9))).all():
                raise InputError("a weight is below 0 or above what its row could have", mend="recompute the vectors")


@dataclass(frozen=True, slots=True, eq=False)
class Process:
    """The state: one process, or many side by side. Arrays are (bets, processes), or (processes,) for the baseline.

    The sums are of `rows` rows; `settled_*` are those at the beginning of the block, from which its bets are made.
    `log_e` is the natural logarithm of each bet's wealth, `peak` that of the highest mixture so far, by process.
    """

    bets: Bets
    rows: int
    log_e: Floats
    squares: Floats
    rewards: Floats
    weights: Floats
    settled_squares: Floats
    settled_baseline: Floats
    settled_rows: int
    peak: Floats

    @property
    def now(self) -> Floats:
        """log e of each process."""
        return _mixture(self.log_e)

    def to_json(self) -> dict[str, Any]:
        """The state of a single process; `from_json` gives it back to the last bit."""
        if self.peak.shape != (1,):
            raise InputError("only a single process is written down")
        arrays = {name: getattr(self, name)[..., 0].tolist() for name in _ARRAYS}
        bets = {"lifts": list(self.bets.lifts), "block": self.bets.block, "baseline": self.bets.baseline}
        return {"bets": bets, "rows": self.rows, "settled_rows": self.settled_rows, **arrays}

    @staticmethod
    def from_json(said: Mapping[str, Any]) -> Process:
        """Raises Corrupted when it is not what `to_json` wrote."""
        try:
            bets = Bets(tuple(said["bets"]["lifts"]), int(said["bets"]["block"]), bool(said["bets"]["baseline"]))
            arrays = {name: np.asarray(said[name], dtype=np.float64)[..., None] for name in _ARRAYS}
            found = Process(bets=bets, rows=int(said["rows"]), settled_rows=int(said["settled_rows"]), **arrays)
        except (KeyError, TypeError, ValueError, InputError) as error:
            raise Corrupted(f"the state of the gate is not what was written: {error!r}") from error
        if not all(np.isfinite(each).all() for each in arrays.values()) or len(found.log_e) != len(bets.lifts):
            raise Corrupted("the state of the gate is not what was written")
        return found


_ARRAYS = ("log_e", "squares", "rewards", "weights", "settled_squares", "settled_baseline", "peak")
_PRIOR_ROWS = 20
_PRIOR_SQUARE = 1.0
_PRIOR_REWARD = 0.5


def start(bets: Bets | None = None, processes: int = 1) -> Process:
    """Wealth one, nothing seen. What is not known yet is guessed as if from 20 rows."""
    chosen = bets or Bets()
    by_bet = np.full((len(chosen.lifts), processes), _PRIOR_ROWS * _PRIOR_SQUARE)
    ones = np.ones(processes)
    return Process(
        bets=chosen,
        rows=0,
        log_e=np.zeros_like(by_bet),
        squares=by_bet,
        rewards=ones * _PRIOR_ROWS * _PRIOR_REWARD,
        weights=ones * _PRIOR_ROWS,
        settled_squares=by_bet,
        settled_baseline=ones * _PRIOR_REWARD,
        settled_rows=_PRIOR_ROWS,
        peak=np.zeros(processes),
    )


def advance(process: Process, rows: Rows) -> tuple[Process, Floats]:
    """Bet on further rows: the new state, and log e after each of them, of shape (processes, rows).

    The same rows in one piece or in many give the same state, bit for bit. Raises InputError (see `Rows.check`).
    """
    rows.check()
    paths = [np.empty((len(process.peak), 0))]
    at = 0
    while at < len(rows):
        stop = min(len(rows), at + process.bets.block - process.rows % process.bets.block)
        process, path = _within_block(process, rows.part(at, stop))
        paths.append(path)
        at = stop
    return process, np.concatenate(paths, axis=1)


def _within_block(process: Process, rows: Rows) -> tuple[Process, Floats]:
    stakes = _stakes(process)
    x = _payoffs(process, rows, STAKE_MAX / stakes)
    path = _running(process.log_e, np.log1p(stakes[:, :, None] * x))
    mixture = _mixture(path)
    # The baseline with the least variance is the mean reward, each row weighted by the square of its leverage.
    leverage = (rows.weight - (1.0 if rows.champion is None else rows.champion)) ** 2
    ended = replace(
        process,
        rows=process.rows + len(rows),
        log_e=path[..., -1],
        squares=_running(process.squares, x**2)[..., -1],
        rewards=_running(process.rewards, np.atleast_2d(leverage * rows.reward))[..., -1],
        weights=_running(process.weights, np.atleast_2d(leverage))[..., -1],
        peak=np.maximum(process.peak, mixture.max(axis=-1)),
    )
    return (_settled(ended) if ended.rows % ended.bets.block == 0 else ended), mixture


def _settled(process: Process) -> Process:
    """The bets of the next block are made from all that was seen before it."""
    return replace(
        process,
        settled_squares=process.squares,
        settled_baseline=process.rewards / process.weights,
        settled_rows=process.rows + _PRIOR_ROWS,
    )


def _stakes(process: Process) -> Floats:
    """lambda of each bet in this block, of shape (bets, processes); at most STAKE_MAX, since X may fall to -1."""
    lifts = np.array(process.bets.lifts)[:, None]
    return np.asarray(np.minimum(STAKE_MAX, lifts / (process.settled_squares / process.settled_rows + lifts**2)))


def _payoffs(process: Process, rows: Rows, depth: Floats) -> Floats:
    """X of each bet and row, of shape (bets, processes, rows), never below -`depth` (which is at least 1)."""
    weight, reward, most = (np.atleast_2d(each) for each in (rows.weight, rows.reward, rows.weight_max))
    mean, depth = process.settled_baseline[None, :, None], depth[:, :, None]
    if rows.champion is None or rows.champion_max is None:
        # The worst: reward 0 at the largest weight, -(most - 1) b; or reward 1 at weight 0, -(1 - b).
        part = _share(depth, mean * (most - 1.0)) if process.bets.baseline else 0.0
        return np.asarray((weight - 1.0) * (reward - part * mean))
    champion, champion_most = np.atleast_2d(rows.champion), np.atleast_2d(rows.champion_max)
    # From `part` 0, the form without caps, to 1, (w - v)(r - mean); the worst of it grows linearly on the way.
    at_loss = mean * (most - 1.0) - (1.0 - mean)
    at_gain = (1.0 - mean) * (champion_most - 1.0) - mean
    part = _share(depth - 1.0, np.maximum(at_loss, at_gain)) if process.bets.baseline else 0.0
    ours, theirs = part * mean, 1.0 - part * (1.0 - mean)
    return np.asarray(weight * (reward - ours) + ours - champion * (reward - theirs) - theirs)


def _share(room: Floats, needed: Floats) -> Floats:
    """How much of the baseline fits: room / needed, at most 1; none where an infinite weight is possible."""
    return np.asarray(np.minimum(1.0, room / np.maximum(needed, 1e-12)))


def _running(carry: Floats, each: Floats) -> Floats:
    """Sums along the last axis that go on from `carry`: added one by one, so that pieces give what the whole gives."""
    each = np.broadcast_to(each, (*carry.shape, each.shape[-1])).copy()
    each[..., 0] += carry
    return np.asarray(np.cumsum(each, axis=-1))


def _mixture(log_e: Floats) -> Floats:
    """The logarithm of the mean over the first axis."""
    return np.asarray(np.logaddexp.reduce(log_e, axis=0) - math.log(len(log_e)))


def e_bh(log_e: Sequence[float], alpha: float) -> list[int]:
    """Which of several candidates are promoted so that at most `alpha` of the promoted are expected to be no better.

    The k largest e-values, for the largest k whose k-th is at least m / (alpha k) (e-BH). They may depend on each
    other. Each is the wealth at one common moment, not a peak: Ville's inequality bounds one process, not a false
    discovery rate.
    """
    order = sorted(range(len(log_e)), key=lambda index: -log_e[index])
    hold = [k for k, index in enumerate(order, 1) if log_e[index] >= math.log(len(log_e) / (alpha * k))]
    return sorted(order[: max(hold)]) if hold else []
