"""Bounds that hold at all times, and evidence that something turned."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from remit.learning.confidence import confidence_sequence, evidence_of_a_turn, evidence_of_excess


def differences(seed: int, better: float, worse: float, count: int = 400) -> Any:
    rng = np.random.default_rng(seed)
    return rng.choice([1.0, -1.0, 0.0], p=[better, worse, 1 - better - worse], size=count)


@pytest.mark.parametrize(("better", "worse"), [(0.0, 0.0), (0.1, 0.1), (0.3, 0.1), (0.05, 0.3)])
def test_the_mean_is_within_the_bounds_at_every_moment(better: float, worse: float) -> None:
    def always_within(seed: int) -> bool:
        x = differences(seed, better, worse)
        # The running intersection leaves the mean out for good if it ever did.
        bounds = confidence_sequence(x, alpha=0.05)
        return bounds.lower <= better - worse <= bounds.upper

    assert sum(not always_within(seed) for seed in range(200)) <= 10


def test_nothing_seen_is_nothing_known() -> None:
    bounds = confidence_sequence([], 0.05)
    assert (bounds.lower, bounds.upper, bounds.count) == (-1.0, 1.0, 0)


def test_a_clear_difference_is_seen() -> None:
    assert confidence_sequence(differences(1, 0.3, 0.0), 0.05).lower > 0.1
    assert confidence_sequence(differences(1, 0.0, 0.3), 0.05).upper < -0.1


def test_without_a_turn_the_detector_is_quiet() -> None:
    alarms = [evidence_of_a_turn(differences(seed, 0.1, 0.1, 1_000)) >= 10_000 for seed in range(60)]
    # At most one false alarm in 10,000 decisions on average, so about 6 of 60 runs of 1,000.
    assert sum(alarms) <= 8


def test_a_turn_after_a_long_good_time_is_seen_soon() -> None:
    x = np.concatenate((differences(1, 0.2, 0.0, 2_000), differences(2, 0.0, 0.3, 150)))
    assert evidence_of_a_turn(x[:2_000]) < 100 < 10_000 < evidence_of_a_turn(x)


@pytest.mark.parametrize(
    ("hits", "count", "is_too_many"), [(0, 1_000, False), (1, 100, False), (10, 1_000, False), (6, 100, True)]
)
def test_a_share_is_too_large_only_when_that_is_sure(hits: int, count: int, is_too_many: bool) -> None:
    assert (evidence_of_excess(hits, count, 0.01) >= 20) == is_too_many
