"""Alarms: each series is made from what became known, and the one that shifts is told."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from remit.core.errors import Corrupted, InputError
from remit.learning.alarms import SERIES, Alarms, Seen, alarms_of, values_of


def decisions(count: int, seed: int) -> list[Seen]:
    """As they usually go: a tenth wrong, a fifth escalated, three actions, a holdout that earns the same."""
    chance = np.random.default_rng(seed)
    made = []
    for _ in range(count):
        right = bool(chance.random() < 0.9)
        made.append(
            Seen(
                loss=float(not right),
                confidence=0.9,
                right=right,
                violations=int(chance.random() < 0.02),
                escalated=bool(chance.random() < 0.2),
                action=str(chance.choice(["wait", "call", "hold"])),
                reward=float(chance.random() < 0.6),
                holdout_reward=float(chance.random() < 0.6),
            )
        )
    return made


BEGUN = alarms_of(decisions(1_000, 1))


def fed(alarms: Alarms, seen: list[Seen]) -> Alarms:
    for each in seen:
        alarms = alarms.observe(each)
    return alarms


def test_every_series_is_watched_and_none_is_raised_while_all_goes_as_usual() -> None:
    assert set(BEGUN.detectors) == set(SERIES)
    assert fed(BEGUN, decisions(300, 2)).raised == []


@pytest.mark.parametrize(
    ("changed", "series"),
    [
        ({"loss": 1.0}, "loss"),
        ({"confidence": 0.999, "right": False}, "calibration"),
        ({"violations": 3}, "violations"),
        ({"escalated": True}, "escalation"),
        ({"escalated": False}, "escalation"),
        ({"action": "wait"}, "concentration"),
        ({"reward": 0.0, "holdout_reward": 1.0}, "holdout_gap"),
    ],
)
def test_the_series_that_shifts_is_told_and_no_other(changed: dict[str, object], series: str) -> None:
    seen = [replace(each, **changed) for each in decisions(200, 3)]
    [alarm] = fed(BEGUN, seen).raised
    assert alarm.series == series
    assert alarm.evidence >= alarm.limit


def test_a_series_without_enough_of_a_reference_is_not_watched() -> None:
    alarms = alarms_of([Seen(escalated=False)] * 100 + [Seen(loss=0.0)] * 99)
    assert set(alarms.detectors) == {"escalation"}
    assert alarms.observe(Seen(loss=1.0)) == alarms
    with pytest.raises(InputError):
        alarms_of([Seen(loss=0.0)] * 99)


def test_each_action_belongs_to_one_pair() -> None:
    _, waiting = values_of(Seen(action="wait"), None)
    assert waiting == "wait"
    assert values_of(Seen(action="wait"), waiting) == ({"concentration": (1.0, None)}, None)


def test_more_series_ask_for_more_evidence_each() -> None:
    alone = alarms_of([Seen(escalated=False)] * 100)
    assert BEGUN.detectors["escalation"].limit == pytest.approx(6 * alone.detectors["escalation"].limit)


def test_the_state_goes_through_json_unchanged() -> None:
    alarms = fed(BEGUN, decisions(7, 4))
    assert alarms.waiting is not None
    assert Alarms.from_json(json.loads(json.dumps(alarms.to_json()))) == alarms


@pytest.mark.parametrize("damage", [{}, {"detectors": []}, {"detectors": {"loss": {}}, "waiting": None}])
def test_a_damaged_state_is_told(damage: dict[str, object]) -> None:
    with pytest.raises(Corrupted):
        Alarms.from_json(damage)
