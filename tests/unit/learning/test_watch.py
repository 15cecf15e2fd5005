"""The watch over a decision: a reference first, then one alarm a series that shifts, until a person has seen it."""

from __future__ import annotations

import json

import numpy as np
import pytest

from remit.core.errors import Corrupted
from remit.learning.watch import REFERENCE, SOURCE, WINDOW, Features, Raised, Rewarded, Watch

OF = ("desk", "desk.request")
RNG = np.random.default_rng(7)


def told_of(watch: Watch, after: Watch) -> tuple[Watch, list[Raised]]:
    return after.raised(watch)


def with_losses(watch: Watch, rate: float, count: int) -> tuple[Watch, list[str]]:
    told: list[str] = []
    for lost in RNG.random(count) < rate:
        watch, raised = watch.rewarded(Rewarded(float(not lost), "model", not lost, 0.9)).raised(watch)
        told += [each.series for each in raised]
    return watch, told


def with_decisions(watch: Watch, amount: float, source: str, count: int) -> tuple[Watch, list[str]]:
    told: list[str] = []
    for number, value in enumerate(RNG.normal(amount, 1.0, count)):
        features = Features(f"D{number}", {"amount": float(value), SOURCE: source})
        after = watch.decided(0, False, str(RNG.integers(3)), features)
        if after.wants_reference:
            after = after.referred(
                [Features(each, {"amount": RNG.normal(amount), SOURCE: source}) for each in after.begun]
            )
        watch, raised = after.raised(watch)
        told += [each.series for each in raised]
    return watch, told


def test_a_regression_is_told_once_for_each_series_that_shows_it() -> None:
    watch, told = with_losses(Watch(*OF), 0.1, REFERENCE + 300)
    assert told == []
    watch, told = with_losses(watch, 0.6, 200)
    assert sorted(told) == ["calibration", "loss"]
    assert (watch.labels, watch.self_caused_share) == (REFERENCE + 500, 1.0)


def test_what_a_person_has_acknowledged_is_usual_from_then_on() -> None:
    watch, _ = with_losses(Watch(*OF), 0.1, REFERENCE + 100)
    watch, told = with_losses(watch, 0.6, 200)
    for series in told:
        watch = watch.renewed(series)
    assert with_losses(watch, 0.6, REFERENCE + 300)[1] == []


def test_features_and_the_source_of_evidence_are_watched_beside_their_first_decisions() -> None:
    watch, told = with_decisions(Watch(*OF), 5.0, "handbook.md", REFERENCE + 300)
    assert told == []
    assert sorted(watch.features) == ["amount", SOURCE]
    watch, told = with_decisions(watch, 7.0, "rumours.md", 150)
    assert sorted(told) == ["feature amount", f"feature {SOURCE}"]
    assert watch.renewed("feature amount").features == {}


def test_a_window_of_the_features_ends() -> None:
    watch, _ = with_decisions(Watch(*OF), 5.0, "handbook.md", REFERENCE)
    watch, _ = with_decisions(watch, 5.0, "handbook.md", WINDOW + 1)
    assert sum(watch.features["amount"].now) == watch.window == 1


def test_the_holdout_is_held_against_all_others_in_pairs() -> None:
    watch = Watch(*OF)
    for _ in range(REFERENCE):
        watch = watch.rewarded(Rewarded(0.7, "holdout", True)).rewarded(Rewarded(0.8, "model", True))
    assert "holdout_gap" in watch.detectors
    assert watch.self_caused_share == 0.5
    before = watch
    for _ in range(200):
        watch = watch.rewarded(Rewarded(0.9, "holdout", True)).rewarded(Rewarded(0.1, "model", True))
    assert "holdout_gap" in [each.series for each in watch.raised(before)[1]]


@pytest.mark.parametrize("value", ["many", True])
def test_a_feature_of_another_type_stops_nothing(value: str | bool) -> None:
    watch, _ = with_decisions(Watch(*OF), 5.0, "handbook.md", REFERENCE)
    after = watch.decided(0, False, "wait", Features("D", {"amount": value, "new": 3}))
    assert after.decisions == REFERENCE + 1


def test_the_state_goes_through_json_and_on_from_there() -> None:
    watch, _ = with_decisions(with_losses(Watch(*OF), 0.1, REFERENCE)[0], 5.0, "handbook.md", 20)
    again = Watch(*OF).with_state(json.loads(json.dumps(watch.state())))
    assert again.state() == watch.state()
    assert (
        again.rewarded(Rewarded(0.0, "model", False, 0.9)).state()
        == watch.rewarded(Rewarded(0.0, "model", False, 0.9)).state()
    )


def test_a_damaged_state_is_said_to_be_one() -> None:
    with pytest.raises(Corrupted, match="state of a watch"):
        Watch(*OF).with_state({"detectors": []})
