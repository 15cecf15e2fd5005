"""What comes in, with an interval: likely payments are added up and put right by how earlier weeks came out."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from remit.learning.cash import MISSED, OVERDUE_MAX, STEP, WEEKS_LATE, WEEKS_MIN, Owed, Week, expected_cents, inflow

SOON = Owed(amount_cents=100, days_overdue=3, low=4.0, median=8.0, high=20.0)


@pytest.mark.parametrize(
    ("days", "likely"), [(0, 0.0), (1, 0.1), (5, 0.5), (11, 0.7), (17, 0.9), (23, 0.95), (29, 1.0)]
)
def test_how_likely_a_payment_is_follows_the_line_through_its_quantiles(days: int, likely: float) -> None:
    assert SOON.paid_within(days) == pytest.approx(likely)


@pytest.mark.parametrize(("low", "median", "high"), [(9.0, 5.0, 20.0), (5.0, 9.0, 7.0), (-9.0, -5.0, -2.0)])
def test_crossed_or_past_quantiles_are_put_in_order_from_today_on(low: float, median: float, high: float) -> None:
    odd = replace(SOON, low=low, median=median, high=high)
    likely = [odd.paid_within(days) for days in range(60)]
    assert likely == sorted(likely)
    assert (odd.paid_within(-1), likely[-1]) == (0.0, 1.0)


def test_nobody_counts_on_what_is_overdue_for_a_quarter() -> None:
    old = replace(SOON, days_overdue=OVERDUE_MAX + 1)
    assert (expected_cents([SOON, old], 60), expected_cents([], 60)) == (100, 0)


def weeks(*ratios: float) -> list[Week]:
    return [Week(1_000_000, round(1_000_000 * each)) for each in ratios]


def test_level_and_ends_are_those_of_earlier_weeks() -> None:
    found = inflow(500, weeks(*[0.8, 0.9, 1.0] * 5))
    assert found is not None
    assert (found.low_cents, found.expected_cents, found.high_cents) == (400, 450, 500)


def test_too_few_weeks_are_no_forecast() -> None:
    assert inflow(500, weeks(*[1.0] * (WEEKS_MIN - 1))) is None
    assert inflow(500, [Week(0, 7)] * 30) is None


def test_an_end_that_is_missed_is_moved_out_and_one_that_holds_moves_in() -> None:
    level = [0.9, 1.0, 1.1] * 5
    calm, worse = (inflow(1000, weeks(*level, *later)) for later in ([1.0] * 4, [0.7] * 4))
    assert calm is not None
    assert worse is not None
    alone = inflow(1000, weeks(*level, *[0.7] * 4), step=0.0)
    assert alone is not None
    assert worse.low_cents < alone.low_cents < calm.low_cents
    assert calm.high_cents < 1100
    assert worse.high_cents < alone.high_cents


def test_weeks_that_were_all_alike_are_no_certainty() -> None:
    alike, missed = inflow(1000, weeks(*[1.0] * 20)), inflow(1000, weeks(*[1.0] * 20, 0.5, 0.5))
    assert alike is not None
    assert missed is not None
    assert missed.low_cents < alike.low_cents < 1000 < alike.high_cents


def test_each_week_is_judged_by_what_was_told_of_it_before_its_days_began() -> None:
    ratios = np.exp(np.random.default_rng(5).normal(0, 0.2, 40))
    known = weeks(*ratios)
    told = [inflow(1_000_000, known[: max(at - WEEKS_LATE + 1, 0)]) for at in range(len(known))]
    missed = [each.came_cents < then.low_cents for each, then in zip(known, told, strict=True) if then is not None]
    found, ranks = inflow(10**9, known), inflow(10**9, known, step=0.0)
    assert found is not None
    assert ranks is not None
    reach, of_ranks = (math.log(each.low_cents / each.expected_cents) for each in (found, ranks))
    assert reach / of_ranks == pytest.approx(math.exp(STEP * (sum(missed) - MISSED * len(missed))), rel=1e-6)


def drifting(weeks_many: int) -> list[Week]:
    """Overlapping months that come in by less and less."""
    chance = np.random.default_rng(3)
    noise = np.convolve(chance.normal(0, 0.1, weeks_many + 3), np.ones(4) / 2, "valid")
    return weeks(*(math.exp(each - 0.002 * week) for week, each in enumerate(noise)))


@pytest.mark.parametrize(("step", "least", "most"), [(STEP, 0.07, 0.13), (0.0, 0.15, 0.5)])
def test_the_low_end_is_missed_in_one_of_ten_weeks_though_they_overlap_and_drift(
    step: float, least: float, most: float
) -> None:
    known = drifting(180)
    told = [inflow(1_000_000, known[: at - WEEKS_LATE + 1], step) for at in range(30, 180)]
    below = np.mean(
        [each is None or week.came_cents < each.low_cents for each, week in zip(told, known[30:], strict=True)]
    )
    assert least < below < most
