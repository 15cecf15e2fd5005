"""Reviewers beside the model where outcomes are seen only of whom somebody accepted."""

from __future__ import annotations

import numpy as np
import pytest

from remit.learning.selection import Reviewed, bounds, contraction, kappa, wilson

RNG_SEED = 11


def court(
    leniency: dict[str, float], *, skilled: bool = False, cases: int = 2_000
) -> tuple[list[Reviewed], list[float]]:
    """Cases that come to reviewers at random; who fails follows a risk that the model sees. Gives the risks, too."""
    rng = np.random.default_rng(RNG_SEED)
    found: list[Reviewed] = []
    risks: list[float] = []
    for name, share in leniency.items():
        risk = rng.random(cases)
        seen = risk if skilled else rng.random(cases)
        accepted = seen <= np.quantile(seen, share)
        failed = rng.random(cases) < risk
        risks += risk.tolist()
        found += [
            Reviewed(name, bool(accepted[n]), float(1 - risk[n]), bool(failed[n]) if accepted[n] else None)
            for n in range(cases)
        ]
    return found, risks


def test_contraction_gives_the_models_true_failure_rate_without_an_unseen_outcome() -> None:
    cases, risks = court({"lenient": 0.9, "strict": 0.5})
    (strict,) = contraction(cases)["reviewers"]
    # From a pool that was accepted by lot, the model keeps 0.5 of all cases: those of the least risk in the pool.
    pool = sorted(np.random.default_rng(1).permutation(risks)[: int(0.9 * len(risks))])
    truth = sum(pool[: int(0.5 * len(risks))]) / len(risks)
    low, high = strict["model_interval"]
    assert low < truth < high
    assert strict["failures"]["interval"][0] > high, "a reviewer who looks at nothing does worse"


def test_a_reviewer_who_sees_as_much_as_the_model_does_as_well() -> None:
    (strict,) = contraction(court({"lenient": 0.9, "strict": 0.5}, skilled=True)[0])["reviewers"]
    low, high = strict["model_interval"]
    assert low <= strict["failures"]["lower"] <= high


def test_nothing_is_contracted_where_cases_do_not_come_at_random() -> None:
    cases, _ = court({"lenient": 0.9, "strict": 0.5})
    chosen = [case for case in cases if case.reviewer == "lenient" or case.score > 0.3]
    assert "at random" in contraction(chosen)["why"]


def test_nothing_is_contracted_without_the_outcomes_of_the_most_lenient() -> None:
    cases, _ = court({"lenient": 0.9, "strict": 0.5})
    hidden = [Reviewed(each.reviewer, each.accepted, each.score, None) for each in cases]
    assert contraction(hidden)["why"] == "0 of 1800 cases that the most lenient accepted have an outcome"


@pytest.mark.parametrize("cases", [[], court({"one": 0.5}, cases=50)[0], court({"a": 0.5, "b": 0.6}, cases=29)[0]])
def test_one_reviewer_or_few_cases_are_compared_with_nobody(cases: list[Reviewed]) -> None:
    assert contraction(cases) == {"why": "fewer than two reviewers with 30 cases each", "reviewers": []}


def test_what_was_not_seen_may_all_be_good_or_all_be_bad() -> None:
    found = bounds(seen_failures=10, seen=60, unseen=40)
    assert found is not None
    assert (found["lower"], found["upper"]) == (0.1, 0.5)
    assert found["interval"] == [wilson(10, 100)[0], wilson(50, 100)[1]]
    assert bounds(0, 0, 0) is None


def test_the_interval_of_a_share_is_wilsons() -> None:
    from scipy.stats import binomtest

    told = binomtest(7, 40).proportion_ci(method="wilson")
    assert wilson(7, 40) == pytest.approx([told.low, told.high], abs=1e-4)
    assert wilson(0, 0) == [0.0, 1.0]


@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        ({("yes", "yes"): 5, ("no", "no"): 5}, 1.0),
        ({("yes", "yes"): 25, ("yes", "no"): 25, ("no", "yes"): 25, ("no", "no"): 25}, 0.0),
        ({("yes", "no"): 4, ("no", "yes"): 4}, -1.0),
        ({("yes", "yes"): 9}, None),
        ({}, None),
    ],
)
def test_agreement_is_counted_beyond_chance(pairs: dict[tuple[str, str], int], expected: float | None) -> None:
    assert kappa(pairs) == expected
