"""What a challenger learns online: to mean what it says, and only where that helps later cases."""

from __future__ import annotations

import numpy as np
import pytest

from remit.learning.online import learnt_online


def cases(count: int, sharpened: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    chance = np.random.default_rng(seed)
    known = chance.dirichlet(np.ones(2), count)
    outcome = (chance.random(count) > known[:, 0]).astype(np.int64)
    said = known**sharpened
    return said / said.sum(axis=1, keepdims=True), outcome


def test_one_that_claims_too_much_learns_to_claim_less() -> None:
    found = learnt_online(*cases(300, 4.0, 1))
    assert found.is_better
    assert found.calibration.slope == pytest.approx(0.25, abs=0.12)


def test_one_that_means_what_it_says_is_hardly_ever_changed() -> None:
    assert sum(learnt_online(*cases(300, 1.0, seed)).is_better for seed in range(40)) <= 4


def test_what_held_for_the_first_cases_alone_is_not_taken() -> None:
    (early, came), (late, then) = cases(100, 4.0, 1), cases(200, 0.3, 2)
    assert not learnt_online(np.concatenate([early, late]), np.concatenate([came, then])).is_better
