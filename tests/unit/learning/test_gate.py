"""The gate promotes, holds or refuses, and shows what it rests on."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from remit.core.errors import Conflict, Corrupted, InputError
from remit.learning.eprocess import Bets
from remit.learning.gate import Candidate, Conditions, Judgement, Scale, State, judge
from remit.learning.logged import Logged

FROZEN = datetime(2026, 1, 1, tzinfo=UTC)
CANDIDATE = Candidate("a" * 64, FROZEN)
CONDITIONS = Conditions()
Change = Callable[[int, Logged], Logged]


def _log(rows: int = 1_200, lift: float = 0.3, seed: int = 1) -> list[Logged]:
    """Four actions, each logged at 0.25; the challenger takes the first at 0.7, and it pays more by `lift`."""
    chance = np.random.default_rng(seed)
    first = chance.random(rows) < 0.25
    paid = chance.random(rows) < 0.4 + lift * first
    return [
        Logged(
            decision_id=f"D{index:05}",
            decided_at=FROZEN + timedelta(minutes=1 + index),
            propensity=0.25,
            challenger=0.7 if first[index] else 0.1,
            reward=float(paid[index]),
            matured=True,
            recomputed=0.25,
            weight_max=2.8,
        )
        for index in range(rows)
    ]


LOG = _log()


def _changed(change: dict[str, Any], log: Sequence[Logged] = LOG, every: int = 1) -> list[Logged]:
    return [replace(row, **change) if index % every == 0 else row for index, row in enumerate(log)]


def _judge(log: Sequence[Logged], conditions: Conditions = CONDITIONS, state: State | None = None) -> Judgement:
    return judge(CANDIDATE, log, conditions, state)


def test_a_better_challenger_is_promoted_with_its_numbers() -> None:
    found = _judge(LOG)
    assert found.outcome == "promote"
    assert found.numbers["wager"]["log_e_peak"] >= found.numbers["wager"]["log_e_wanted"]
    assert {each["name"] for each in found.numbers["estimates"]} == {"ips", "snips"}
    assert json.loads(json.dumps(found.to_json())) == found.to_json()


def test_a_challenger_that_is_no_better_is_held() -> None:
    found = _judge(_log(lift=0.0))
    assert (found.outcome, found.numbers["wager"]["promoted_after"]) == ("hold", None)
    assert "20 is wanted" in found.reasons[0]


def test_few_rows_hold_even_if_they_are_faulty() -> None:
    found = _judge(_changed({"recomputed": 0.3}, LOG[:199]))
    assert (found.outcome, found.reasons) == ("hold", ("199 rows of evidence are too few; at least 200 are needed",))


@pytest.mark.parametrize(
    ("change", "every", "said"),
    [
        ({"recomputed": 0.26}, 1_000, "2 propensities do not recompute"),
        ({"recomputed": None}, 1_000, "2 propensities do not recompute"),
        ({"unsupported": 0.02}, 1, "support deficit 0.02"),
        ({"propensity": 0.5, "recomputed": 0.5}, 1, "mean weight"),
        ({"propensity": 1e-5, "recomputed": 1e-5, "challenger": 1.0, "weight_max": None}, 700, "effective sample 2"),
    ],
)
def test_a_log_with_a_fault_is_refused_however_well_the_challenger_does(
    change: dict[str, Any], every: int, said: str
) -> None:
    found = _judge(_changed(change, every=every))
    assert found.outcome == "refuse"
    assert any(said in reason for reason in found.reasons)


def test_what_was_decided_before_the_challenger_was_frozen_is_no_evidence() -> None:
    late = replace(CANDIDATE, registered_at=LOG[999].decided_at)
    found = judge(late, LOG, CONDITIONS)
    assert found.numbers["counts"]["before_registration"] == 1_000
    assert found.numbers["counts"]["evidence"] == 200


def test_nothing_after_the_first_open_outcome_counts_even_if_it_is_known() -> None:
    waiting = [*LOG[:300], replace(LOG[300], matured=False, reward=None), *LOG[301:]]
    found = _judge(waiting)
    assert found.numbers["counts"] | {"logged": 0} == {
        "logged": 0,
        "before_registration": 0,
        "not_matured": 900,
        "evidence": 300,
        "without_outcome": 0,
        "not_recomputed": 0,
    }


def test_the_order_in_which_rows_are_given_does_not_matter() -> None:
    assert _judge(LOG[::-1]).to_json() == _judge(LOG).to_json()


@pytest.mark.parametrize("of_a_heavy", [True, False])
def test_an_outcome_that_never_came_counts_against_the_challenger(of_a_heavy: bool) -> None:
    index = next(index for index, row in enumerate(LOG) if (row.challenger > 0.25) is of_a_heavy)
    unknown, worst = (
        [*LOG[:index], replace(LOG[index], reward=reward), *LOG[index + 1 :]] for reward in (None, 1.0 - of_a_heavy)
    )
    found = _judge(unknown)
    assert found.numbers["counts"]["without_outcome"] == 1
    assert found.state.to_json() == _judge(worst).state.to_json()


def test_a_judgement_goes_on_from_a_state_that_was_written_down() -> None:
    first = _judge(LOG[:333])
    state = State.from_json(json.loads(json.dumps(first.state.to_json())))
    assert _judge(LOG, state=state).to_json() == _judge(LOG).to_json()


def test_an_outcome_that_is_corrected_later_does_not_change_what_was_bet() -> None:
    state = _judge(LOG[:300]).state
    corrected = [*_changed({"reward": 0.0}, LOG[:300]), *LOG[300:]]
    assert _judge(corrected, state=state).state.to_json() == _judge(LOG).state.to_json()


def test_a_challenger_that_was_good_enough_once_stays_so() -> None:
    bad = [replace(row, reward=float(row.challenger < 0.25)) for row in LOG[600:]]
    found = _judge([*LOG[:600], *bad])
    assert found.outcome == "promote"
    assert found.numbers["wager"]["log_e"] < 0


@pytest.mark.parametrize(
    ("candidate", "log", "conditions"),
    [
        (replace(CANDIDATE, sha256="b" * 64), LOG, CONDITIONS),
        (CANDIDATE, LOG, Conditions(bets=Bets((0.5,)))),
        (CANDIDATE, LOG[:299], CONDITIONS),
        (CANDIDATE, LOG[1:], CONDITIONS),
    ],
)
def test_a_state_goes_on_only_with_what_it_has_seen(
    candidate: Candidate, log: list[Logged], conditions: Conditions
) -> None:
    with pytest.raises(Conflict):
        judge(candidate, log, conditions, _judge(LOG[:300]).state)


def test_a_state_that_was_not_written_is_corrupted() -> None:
    with pytest.raises(Corrupted):
        State.from_json({"candidate": "a"})


def test_several_candidates_share_what_may_go_wrong() -> None:
    alone, of_many = _judge(LOG), _judge(LOG, Conditions(candidates=50))
    assert of_many.numbers["wager"]["log_e_wanted"] == pytest.approx(
        alone.numbers["wager"]["log_e_wanted"] + np.log(50)
    )
    assert alone.state.promoted_after is not None
    assert of_many.state.promoted_after is None or of_many.state.promoted_after > alone.state.promoted_after


def test_rewards_in_another_unit_give_the_same_judgement() -> None:
    money = [replace(row, reward=(row.reward or 0.0) * 3.0 - 2.0) for row in LOG]
    assert _judge(money, Conditions(scale=Scale(-2.0, 1.0))).to_json() == _judge(LOG).to_json()


def test_a_champion_who_did_not_log_is_compared_by_its_own_probabilities() -> None:
    same = [replace(row, champion=row.challenger, champion_max=2.8) for row in LOG]
    logger = [replace(row, champion=0.25, champion_max=1.0) for row in LOG]
    assert _judge(same).outcome == "hold"
    assert _judge(logger).outcome == "promote"


def test_a_reward_model_adds_the_doubly_robust_estimate() -> None:
    found = _judge(_changed({"modelled": 0.5, "expected": 0.5}))
    assert [each["name"] for each in found.numbers["estimates"]] == ["ips", "snips", "dr"]


@pytest.mark.parametrize(
    "log",
    [
        [LOG[0], LOG[0]],
        _changed({"propensity": 0.0}),
        _changed({"challenger": 1.2}),
        _changed({"reward": 1.5}),
        _changed({"weight_max": 2.0}),
        _changed({"champion": 0.3}, every=2),
    ],
)
def test_rows_that_cannot_be_are_refused_as_input(log: list[Logged]) -> None:
    with pytest.raises(InputError):
        _judge(log)


@pytest.mark.parametrize(
    "make", [lambda: Conditions(alpha=0.0), lambda: Conditions(candidates=0), lambda: Scale(1.0, 1.0)]
)
def test_conditions_that_promise_nothing_are_refused(make: Callable[[], object]) -> None:
    with pytest.raises(InputError):
        make()
