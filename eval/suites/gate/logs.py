"""Made-up logs of decisions whose truth is known, many side by side.

A world has groups of equally frequent cases, actions, and for each of them the mean of a reward that is 0 or 1. The
challenger prefers another action than the logger in one group, so that weights go up to 15, leans towards it in the
second, and agrees in the third.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from remit.learning.eprocess import Rows

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
PIECE = 250
"""Decisions between two looks of an adaptive logger at what it has learnt."""

LEAST = 0.06
_USUAL = [0.76, *[LEAST] * 4]
_CHAMPION = np.array([_USUAL, _USUAL, _USUAL])
_CHALLENGER = np.array([[0.025, 0.9, 0.025, 0.025, 0.025], [0.46, 0.36, *[LEAST] * 3], _USUAL])


@dataclass(frozen=True, slots=True)
class World:
    """What is true. Arrays are of shape (groups, actions).

    With `adaptive` the logger starts as the champion and then prefers what has paid best so far, by group; it judges
    from what has arrived, good news first. `follows` says that the logger is the champion, however it changes.
    `horizon`: after so many decisions the outcome of one is complete; 0 means at once.
    """

    mean: Floats
    champion: Floats
    challenger: Floats
    adaptive: bool = False
    follows: bool = True
    horizon: int = 0

    @property
    def lift(self) -> float:
        """V(challenger) - V(champion), in rewards per decision."""
        return float(((self.challenger - self.champion) * self.mean).sum(axis=1).mean())


def flat(lift: float = 0.0, base: float = 0.5) -> World:
    """Every action earns `base`, but the one that the challenger prefers: it earns what makes the lift."""
    mean = np.full(_CHAMPION.shape, base)
    mean[:, 1] += lift / float((_CHALLENGER - _CHAMPION)[:, 1].mean())
    return World(mean, _CHAMPION, _CHALLENGER)


def unequal() -> World:
    """No lift on the whole: the challenger's action is worse in the first group and better in the second."""
    mean = np.full(_CHAMPION.shape, 0.5)
    gains = (_CHALLENGER - _CHAMPION)[:, 1]
    mean[0, 1] -= 0.15
    mean[1, 1] += 0.15 * gains[0] / gains[1]
    return World(mean, _CHAMPION, _CHALLENGER)


def adaptive(world: World, *, follows: bool, horizon: int = 0) -> World:
    """The same truth, logged by one who learns meanwhile."""
    return replace(world, adaptive=True, follows=follows, horizon=horizon)


def pieces(world: World, logs: int, decisions: int, chance: np.random.Generator) -> Iterator[Rows]:
    """The rows of `logs` logs, piece by piece, in the order of decisions; arrays of shape (logs, PIECE)."""
    groups, actions = world.mean.shape
    cells = logs * groups * actions
    logger = np.broadcast_to(world.champion, (logs, groups, actions))
    learnt = np.zeros((2, cells))
    coming = np.zeros((2 + world.horizon // PIECE, 2, cells))
    first = np.arange(logs)[:, None]
    for _ in range(decisions // PIECE):
        group = chance.integers(groups, size=(logs, PIECE))
        vectors = logger[first, group]
        action = (chance.random((logs, PIECE, 1)) > vectors.cumsum(axis=2)[:, :, :-1]).sum(axis=2)
        reward = (chance.random((logs, PIECE)) < world.mean[group, action]).astype(np.float64)
        yield _rows(world, vectors, group, action, reward)
        if world.adaptive:
            cell = (first * groups + group) * actions + action
            _send(coming, cell, reward, world.horizon, chance)
            learnt = learnt + coming[0]
            coming = np.concatenate([coming[1:], np.zeros((1, 2, cells))])
            logger = _greedy(learnt.reshape(2, logs, groups, actions))


def _rows(world: World, vectors: Floats, group: Integers, action: Integers, reward: Floats) -> Rows:
    logged = np.take_along_axis(vectors, action[:, :, None], axis=2)[:, :, 0]

    def weights(policy: Floats) -> tuple[Floats, Floats]:
        return policy[group, action] / logged, (policy[group] / vectors).max(axis=2)

    ours, ours_max = weights(world.challenger)
    if world.follows:
        return Rows(ours, reward, ours_max)
    theirs, theirs_max = weights(world.champion)
    return Rows(ours, reward, ours_max, theirs, theirs_max)


def _send(coming: Floats, cell: Integers, reward: Floats, horizon: int, chance: np.random.Generator) -> None:
    """Let each outcome arrive in its piece; a reward of 1 on average ten times as soon as one of 0."""
    late = np.zeros(cell.shape, dtype=np.int64)
    if horizon:
        wait = chance.exponential(np.where(reward > 0, horizon / 50, horizon / 5))
        late = np.minimum(wait + chance.integers(PIECE, size=cell.shape), horizon).astype(np.int64) // PIECE
    for piece in range(int(late.max()) + 1):
        here = late == piece
        coming[piece, 0] += np.bincount(cell[here], minlength=coming.shape[2])
        coming[piece, 1] += np.bincount(cell[here], reward[here], minlength=coming.shape[2])


def _greedy(learnt: Floats) -> Floats:
    """Mostly the action that has paid best, by group; every action keeps its least probability."""
    seen, paid = learnt
    best = ((paid + 1.0) / (seen + 2.0)).argmax(axis=2)
    usual = np.full(seen.shape, LEAST)
    np.put_along_axis(usual, best[:, :, None], _USUAL[0], axis=2)
    return usual
