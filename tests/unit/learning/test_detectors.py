"""A detector with an estimated reference: evidence is fair while nothing shifts, and tells when something does."""

from __future__ import annotations

import json
import math
from itertools import product

import numpy as np
import pytest

from remit.core.errors import Corrupted, InputError
from remit.learning.detectors import Detector, Direction, budget, expit, limit_of, log_odds, start

REFERENCE = (np.random.default_rng(1).random(2_000) < 0.1).astype(np.float64)
LIMIT = limit_of(0.01, 10_000)


def fed(state: Detector, rate: float, decisions: int, seed: int = 2) -> Detector:
    for now in np.random.default_rng(seed).random(decisions) < rate:
        if state.alarmed:
            break
        state = state.observe(float(now))
    return state


@pytest.mark.parametrize("direction", ["up", "down", "both"])
@pytest.mark.parametrize("claims", [None, (0.2, 0.9, 0.5, 0.7, 0.05, 0.6)])
def test_while_nothing_shifts_evidence_grows_by_what_is_spent(
    direction: Direction, claims: tuple[float, ...] | None
) -> None:
    """By enumeration of every series of six, each with its probability under the mixed references."""
    begun = start(REFERENCE, LIMIT, direction=direction)
    evidence = total = 0.0
    for series in product((0.0, 1.0), repeat=6):
        odds = np.asarray(begun.references)[None, :] + (0.0 if claims is None else log_odds(np.array(claims))[:, None])
        usual = expit(odds) if claims is not None else np.repeat(expit(odds), 6, axis=0)
        seen = np.array(series)[:, None]
        chance = float(np.dot(begun.plausible, np.prod(usual**seen * (1 - usual) ** (1 - seen), axis=0)))
        state = begun
        for at, value in enumerate(series):
            state = state.observe(value, None if claims is None else claims[at])
        evidence, total = evidence + chance * state.evidence, total + chance
    assert total == pytest.approx(1.0)
    assert evidence == pytest.approx(sum(budget(seen, 10_000) for seen in range(6)))


def test_the_budget_is_spent_once_in_each_stretch_and_half_of_it_in_the_first_quarter() -> None:
    for first in (0, 400, 1_234):
        assert sum(budget(seen, 400) for seen in range(first, first + 400)) == pytest.approx(400)
    assert sum(budget(seen, 400) for seen in range(100)) == pytest.approx(200)


def test_a_rise_is_seen_and_an_equal_rate_is_not() -> None:
    begun = start(REFERENCE, LIMIT)
    assert not fed(begun, 0.1, 2_000).alarmed
    risen = fed(begun, 0.3, 500)
    assert risen.alarmed
    assert risen.seen < 300
    assert fed(start(REFERENCE, LIMIT, direction="down"), 0.01, 1_500).alarmed
    assert not fed(begun, 0.01, 1_500).alarmed


def test_the_usual_rate_is_that_of_the_reference() -> None:
    assert start(REFERENCE, LIMIT).usual_rate == pytest.approx(REFERENCE.mean(), abs=0.002)


@pytest.mark.parametrize("rate", [0.0, 1.0])
def test_a_reference_without_any_or_of_nothing_else_is_no_certainty(rate: float) -> None:
    state = start(np.full(500, rate), LIMIT)
    assert 0 < state.usual_rate < 1
    assert math.isfinite(fed(state, 0.5, 300).evidence)


def test_a_model_that_gets_overconfident_is_seen_though_its_errors_stay_as_many() -> None:
    chance = np.random.default_rng(3)
    claims = chance.uniform(0.6, 0.99, 2_000)
    state = start((chance.random(2_000) < claims).astype(np.float64), LIMIT, direction="down", claimed=claims)
    for now in chance.random(1_500) < 0.8:
        if not state.alarmed:
            state = state.observe(float(now), 0.95)
    assert state.alarmed


def test_losses_between_nothing_and_one_are_watched_as_well() -> None:
    chance = np.random.default_rng(4)
    state = start(chance.beta(1, 9, 1_000), LIMIT)
    for now in chance.beta(4, 9, 300):
        state = state.observe(float(now))
    assert state.alarmed


def test_the_state_goes_through_json_unchanged_and_does_not_grow() -> None:
    early, late = (fed(start(REFERENCE, LIMIT), 0.1, many) for many in (10, 1_000))
    assert Detector.from_json(json.loads(json.dumps(late.to_json()))) == late
    assert len(late.rising) == len(early.rising)


@pytest.mark.parametrize("damage", [{"rising": [[1.0]]}, {"limit": None}, {"within": 0}, {"plausible": "x"}])
def test_a_damaged_state_is_told(damage: dict[str, object]) -> None:
    with pytest.raises(Corrupted):
        Detector.from_json({**start(REFERENCE, LIMIT).to_json(), **damage})


def test_what_is_no_reference_or_no_value_is_refused() -> None:
    for values in (REFERENCE[:99], REFERENCE + 1.0):
        with pytest.raises(InputError):
            start(values, LIMIT)
    with pytest.raises(InputError):
        start(REFERENCE, LIMIT).observe(1.1)
    with pytest.raises(InputError):
        start(REFERENCE, LIMIT, claimed=REFERENCE[:5])
    with pytest.raises(InputError):
        limit_of(0.0, 10_000)
