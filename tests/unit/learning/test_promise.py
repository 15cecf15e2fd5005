"""The promise of a threshold in use: kept, broken, and stricter from then on."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from remit.core.errors import Corrupted
from remit.learning.promise import NOTHING, PROMISE, Promise, promised
from remit.learning.watch import DriftAlarm, Rewarded, Watch, sure_from

THEN = datetime(2026, 11, 1, tzinfo=UTC)
LATER = datetime(2026, 11, 2, tzinfo=UTC)
GRID = (0.9, 0.7, 0.5)
GOOD = [(0.95, True), (0.75, True), (0.55, True), (0.95, True)] * 40


def begun(cases: list[tuple[float, bool]] = GOOD) -> Promise:
    return promised(0.5, GRID, cases, bound=0.2, delta=0.1, snapshot="5" * 64, since=THEN)


def after(promise: Promise, confidence: float, is_right: bool, count: int) -> Promise:
    for _ in range(count):
        promise = promise.observe(confidence, is_right)
    return promise


def test_a_threshold_that_is_as_good_as_promised_is_relied_on() -> None:
    promise = begun()
    for at in range(400):
        promise = promise.observe(0.6, at % 10 != 0)
    assert (promise.holds_from, promise.is_broken) == (0.5, False)


def test_one_whose_promise_is_broken_gives_way_to_the_loosest_stricter_one_that_is_proved() -> None:
    assert after(begun(), 0.6, False, 40).holds_from == 0.7


def test_where_none_is_proved_a_person_decides_everything() -> None:
    assert after(begun([]), 0.6, False, 40).holds_from == NOTHING
    assert after(begun(), 0.95, False, 60).holds_from == NOTHING


def test_it_only_ever_gets_stricter() -> None:
    broken = after(begun(), 0.6, False, 40)
    assert after(broken, 0.6, True, 400).holds_from == 0.7
    assert after(broken, 0.8, False, 60).holds_from == 0.9


def test_what_it_was_chosen_by_takes_nothing_back() -> None:
    bad_in_the_end = [*GOOD, *[(0.6, False)] * 16]
    assert not after(begun(bad_in_the_end), 0.6, False, 4).is_broken


@pytest.mark.parametrize("promise", [begun(), after(begun([]), 0.6, False, 40)], ids=["kept", "broken"])
def test_it_goes_through_json_unchanged(promise: Promise) -> None:
    watch = replace(Watch("p", "d"), promise=promise)
    assert Watch("p", "d").with_state(json.loads(json.dumps(watch.state()))) == watch


@pytest.mark.parametrize("damage", [{"threshold": None}, {"since": "x"}, {"in_time": {}}])
def test_damage_is_told(damage: dict[str, object]) -> None:
    with pytest.raises(Corrupted):
        Promise.from_json({**begun().to_json(), **damage})


@pytest.mark.parametrize(
    ("found", "cases"),
    [
        (Rewarded(0.0, "model", False, 0.6, LATER), 1),
        (Rewarded(0.0, "model", False, 0.6, THEN), 0),  # it was chosen by this one
        (Rewarded(0.0, "person", False, 0.0, None), 0),
        (Rewarded(0.0, "model", False, None, LATER), 0),
    ],
    ids=["later", "known before", "not the proposer's", "without a claim"],
)
def test_it_is_held_against_what_the_proposer_thought_best_later(found: Rewarded, cases: int) -> None:
    watch = replace(Watch("p", "d"), promise=begun()).rewarded(found)
    assert watch.promise is not None
    assert watch.promise.in_time.seen == cases


def test_a_watch_tells_of_each_step_back_once() -> None:
    kept = replace(Watch("p", "d"), promise=begun())
    broken = replace(kept, promise=after(begun(), 0.6, False, 40))
    assert [each.series for each in broken.raised(kept)[1]] == [PROMISE]
    assert broken.raised(broken)[1] == []
    assert broken.renewed(PROMISE).promise is None


def alarm(series: str, found: dict[str, float], seen: datetime | None = None) -> DriftAlarm:
    return DriftAlarm("A", "p", "d", series, found, THEN, acknowledged_at=seen)


@pytest.mark.parametrize(
    ("alarms", "floor"),
    [
        ([], None),
        ([alarm("loss", {"evidence": 9.0})], None),
        ([alarm(PROMISE, {"holds_from": 0.7}, LATER)], None),
        ([alarm(PROMISE, {"holds_from": 0.7}), alarm(PROMISE, {"holds_from": 0.9})], 0.9),
        ([alarm(PROMISE, {"threshold": 0.5})], NOTHING),
    ],
    ids=["none", "another series", "acknowledged", "the strictest", "nothing holds"],
)
def test_a_machine_decides_from_the_strictest_of_what_is_left(alarms: list[DriftAlarm], floor: float | None) -> None:
    assert sure_from(alarms) == floor
