"""Features: a change is told when it is both large and sure, and not one too many of several."""

from __future__ import annotations

import json
import math
from itertools import product

import numpy as np
import pytest

from remit.core.errors import Corrupted, InputError
from remit.learning.feature_drift import OTHER, PRIOR, Feature, drifted, feature_of, observe

CHANCE = np.random.default_rng(1)
AMOUNT = feature_of(CHANCE.normal(100, 20, 2_000).tolist())
PURPOSE = feature_of(CHANCE.choice(["car", "house"], 2_000).tolist())


def shown(feature: Feature, values: object) -> Feature:
    for value in np.asarray(values).tolist():
        feature = feature.observe(value)
    return feature


def test_of_several_features_the_one_that_moved_is_told() -> None:
    chance = np.random.default_rng(2)
    features = {f"steady_{number}": shown(AMOUNT, chance.normal(100, 20, 400)) for number in range(5)}
    features |= {"moved": shown(AMOUNT, chance.normal(115, 20, 400))}
    [told] = drifted(features, alpha=0.05)
    assert told.feature == "moved"
    assert told.psi > 0.1
    assert told.wasserstein == pytest.approx(0.75, abs=0.25)


def test_a_change_that_is_sure_but_small_is_not_told() -> None:
    window = shown(AMOUNT, np.random.default_rng(3).normal(103, 20, 3_000))
    assert window.e_value > 1_000
    assert drifted({"amount": window}, alpha=0.05) == []


def test_a_change_that_is_large_but_of_few_cases_is_not_told() -> None:
    window = shown(PURPOSE, ["car"] * 4)
    assert window.psi > 0.1
    assert drifted({"purpose": window}, alpha=0.05) == []


def test_a_text_that_was_never_seen_is_one_of_the_others() -> None:
    window = shown(PURPOSE, ["boat"] * 40)
    assert PURPOSE.names == (
        *sorted(["car", "house"], key=lambda each: -PURPOSE.usual[PURPOSE.names.index(each)]),
        OTHER,
    )
    assert [told.feature for told in drifted({"purpose": window}, alpha=0.05)] == ["purpose"]
    assert window.wasserstein is None


def test_more_features_ask_for_more_evidence() -> None:
    window = shown(PURPOSE, ["car"] * 18)
    assert drifted({"purpose": window}, alpha=0.05)
    assert drifted({"purpose": window, **{f"steady_{each}": AMOUNT for each in range(200)}}, alpha=0.05) == []


def test_while_nothing_changes_the_evidence_stays_at_one_on_average() -> None:
    """By enumeration of every series of six texts, each with its probability when the reference goes on."""
    feature = feature_of(["a"] * 70 + ["b"] * 30)
    names, total, mean = ("a", "b", "never seen"), 0.0, 0.0
    for series in product(range(3), repeat=6):
        counts, chance = list(feature.usual), 1.0
        for at in series:
            chance *= (counts[at] + PRIOR) / (sum(counts) + PRIOR * 3)
            counts[at] += 1
        total += chance
        mean += chance * shown(feature, [names[at] for at in series]).e_value
    assert (total, mean) == (pytest.approx(1.0), pytest.approx(1.0))


@pytest.mark.parametrize("values", [[7.0] * 200, [0] * 150 + [1] * 50, [True] * 100 + [False] * 100])
def test_a_feature_of_few_values_has_a_bin_for_each(values: list[float]) -> None:
    feature = feature_of(values)
    assert sum(feature.usual) == len(values)
    assert feature.psi == 0.0
    assert math.isclose(shown(feature, values).psi, 0.0, abs_tol=0.01)


def test_a_value_that_is_missing_counts_for_nothing_and_a_window_begins_anew() -> None:
    seen = observe({"amount": AMOUNT, "purpose": PURPOSE}, {"amount": 90.0})
    assert (sum(seen["amount"].now), sum(seen["purpose"].now)) == (1, 0)
    assert seen["amount"].emptied() == AMOUNT


@pytest.mark.parametrize("feature", [AMOUNT.observe(3.5), PURPOSE.observe("car")])
def test_the_state_goes_through_json_unchanged(feature: Feature) -> None:
    assert Feature.from_json(json.loads(json.dumps(feature.to_json()))) == feature


@pytest.mark.parametrize("damage", [{"now": [1]}, {"spread": None}, {"usual": ["x"]}])
def test_a_damaged_state_is_told(damage: dict[str, object]) -> None:
    with pytest.raises(Corrupted):
        Feature.from_json({**AMOUNT.to_json(), **damage})


@pytest.mark.parametrize("values", [[1.0] * 99, [1.0] * 100 + ["a"], [float("inf")] * 100])
def test_what_is_no_reference_is_refused(values: list[float | str]) -> None:
    with pytest.raises(InputError):
        feature_of(values)


def test_a_number_that_became_a_text_is_refused() -> None:
    with pytest.raises(InputError):
        AMOUNT.observe("a lot")
