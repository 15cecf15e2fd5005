"""The wager: what it is expected to be worth under the null, and that it goes on as if it had never stopped."""

import itertools
import json
import math

import numpy as np
import pytest
from numpy.typing import NDArray

from remit.core.errors import Corrupted, InputError
from remit.learning.eprocess import Bets, Process, Rows, advance, e_bh, start

Floats = NDArray[np.float64]
STEPS, CASES, ACTIONS = 4, 2, 2


def _policies(chance: np.random.Generator, *shape: int) -> Floats:
    return chance.dirichlet(np.ones(ACTIONS), (*shape, CASES)) * 0.9 + 0.1 / ACTIONS


def _histories(
    chance: np.random.Generator, mean: Floats, challenger: Floats, champion: Floats | None
) -> tuple[Floats, Rows]:
    """Every history of four rows with its exact probability, logged by one who changes with each reward."""
    loggers = _policies(chance, STEPS, 2**STEPS)
    fields: list[list[Floats]] = []
    likely = []
    cells = list(itertools.product(range(CASES), range(ACTIONS), (0, 1)))
    for history in itertools.product(cells, repeat=STEPS):
        probability, past, rows = 1.0, 0, []
        for step, (case, action, reward) in enumerate(history):
            logger = loggers[step, past, case]
            paid = mean[case, action]
            probability *= logger[action] / CASES * (paid if reward else 1 - paid)
            past = past * 2 + reward
            other = logger if champion is None else champion[case]
            ours, theirs = challenger[case] / logger, other / logger
            rows.append([ours[action], reward, ours.max(), theirs[action], theirs.max()])
        likely.append(probability)
        fields.append(list(np.array(rows, dtype=np.float64).T))
    columns = np.array(fields).transpose(1, 0, 2)
    return np.array(likely), Rows(*columns[:3], *(() if champion is None else columns[3:]))


def _expected(likely: Floats, rows: Rows, bets: Bets) -> Floats:
    """E[e] after each row, over all histories."""
    _, path = advance(start(bets, len(likely)), rows)
    return np.asarray(likely @ np.exp(path))


@pytest.mark.parametrize("baseline", [True, False])
@pytest.mark.parametrize("seed", range(6))
def test_where_every_action_pays_alike_the_wager_is_worth_exactly_one(seed: int, baseline: bool) -> None:
    chance = np.random.default_rng(seed)
    mean = np.repeat(chance.random((CASES, 1)), ACTIONS, axis=1)
    likely, rows = _histories(chance, mean, _policies(chance), None)
    bets = Bets((0.1, 0.9), block=1, baseline=baseline)
    assert likely.sum() == pytest.approx(1)
    assert _expected(likely, rows, bets) == pytest.approx(np.ones(STEPS), abs=1e-12)


@pytest.mark.parametrize("baseline", [True, False])
@pytest.mark.parametrize("seed", range(6))
def test_a_worse_challenger_is_expected_to_lose_whoever_logs(seed: int, baseline: bool) -> None:
    chance = np.random.default_rng(seed)
    mean, one, other = chance.random((CASES, ACTIONS)), _policies(chance), _policies(chance)
    worse, better = sorted((one, other), key=lambda policy: float((policy * mean).sum()))
    bets = Bets((0.1, 0.9), block=1, baseline=baseline)
    falling = _expected(*_histories(chance, mean, worse, better), bets)
    assert (np.diff(falling, prepend=1.0) < 0).all()
    rising = _expected(*_histories(chance, mean, better, worse), bets)
    assert (np.diff(rising, prepend=1.0) > 0).all()


@pytest.mark.parametrize("seed", range(4))
def test_a_champion_compared_with_itself_is_worth_exactly_one(seed: int) -> None:
    chance = np.random.default_rng(seed)
    mean, policy = chance.random((CASES, ACTIONS)), _policies(chance)
    likely, rows = _histories(chance, mean, policy, policy)
    assert _expected(likely, rows, Bets((0.5,), block=1)) == pytest.approx(np.ones(STEPS), abs=1e-12)


def _log(rows: int, seed: int = 1, *, champion: bool = False) -> Rows:
    chance = np.random.default_rng(seed)
    most = np.where(chance.random(rows) < 0.3, np.inf, 1e6)
    weight = np.minimum(chance.pareto(0.8, rows), 1e6)
    reward = chance.choice([0.0, 0.3, 1.0], rows)
    theirs = (np.minimum(chance.pareto(0.8, rows), 1e6), most) if champion else ()
    return Rows(weight, reward, most, *theirs)


@pytest.mark.parametrize("champion", [True, False])
@pytest.mark.parametrize("seed", range(5))
def test_no_row_takes_more_than_its_stake_however_heavy_it_is(seed: int, champion: bool) -> None:
    _, path = advance(start(Bets((0.01, 1.0), block=1)), _log(300, seed, champion=champion))
    assert (np.diff(path[0], prepend=0.0) >= math.log(0.05) - 1e-9).all()


@pytest.mark.parametrize("champion", [True, False])
@pytest.mark.parametrize("cuts", [(1,), (49, 50, 51), (7, 120, 200), (0, 333)])
def test_a_wager_that_was_written_down_goes_on_to_the_last_bit(cuts: tuple[int, ...], champion: bool) -> None:
    rows = _log(333, champion=champion)
    whole, path = advance(start(), rows)
    process, parts = start(), []
    for begin, end in itertools.pairwise((0, *cuts, 333)):
        process, part = advance(process, rows.part(begin, end))
        process = Process.from_json(json.loads(json.dumps(process.to_json())))
        parts.append(part)
    assert process.to_json() == whole.to_json()
    assert (np.concatenate(parts, axis=1) == path).all()


def test_wagers_side_by_side_are_those_of_each_alone() -> None:
    logs = [_log(120, seed) for seed in (1, 2)]
    both = Rows(*(np.stack([getattr(log, name) for log in logs]) for name in ("weight", "reward", "weight_max")))
    _, paths = advance(start(processes=2), both)
    assert (paths == np.concatenate([advance(start(), log)[1] for log in logs])).all()


def test_a_lift_is_found_sooner_where_the_largest_weight_is_known() -> None:
    chance = np.random.default_rng(3)
    action = chance.random((40, 4_000)) < 0.2
    weight, reward = np.where(action, 4.0, 0.25), (chance.random(action.shape) < 0.5 + 0.1 * action).astype(float)
    capped, uncapped = (Rows(weight, reward, np.full(action.shape, most)) for most in (4.0, np.inf))
    found = [(advance(start(processes=40), rows)[1] >= math.log(20)).any(axis=1).mean() for rows in (capped, uncapped)]
    assert found[0] > found[1] + 0.1


@pytest.mark.parametrize(
    ("weight", "reward", "most"),
    [(1.0, 1.1, 2.0), (1.0, -0.1, 2.0), (1.0, math.nan, 2.0), (-1.0, 0.5, 2.0), (2.1, 0.5, 2.0), (math.nan, 0.5, 2.0)],
)
def test_rows_that_would_break_the_promise_are_refused(weight: float, reward: float, most: float) -> None:
    with pytest.raises(InputError):
        advance(start(), Rows(np.array([weight]), np.array([reward]), np.array([most])))


@pytest.mark.parametrize("change", [{"log_e": [0.0]}, {"log_e": [math.nan] * 3}, {"rows": "x"}, {"peak": None}])
def test_a_state_that_was_not_written_by_a_wager_is_corrupted(change: dict[str, object]) -> None:
    with pytest.raises(Corrupted):
        Process.from_json({**start().to_json(), **change})


@pytest.mark.parametrize("bets", [{"lifts": ()}, {"lifts": (0.0,)}, {"lifts": (1.5,)}, {"block": 0}])
def test_bets_that_cannot_be_placed_are_refused(bets: dict[str, object]) -> None:
    with pytest.raises(InputError):
        Bets(**bets)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("values", "promoted"),
    [([100.0, 1.0, 1.0], [0]), ([59.0, 1.0, 1.0], []), ([1.0, 31.0, 30.0], [1, 2]), ([20.0, 21.0, 20.0], [0, 1, 2])],
)
def test_of_several_candidates_the_step_up_rule_promotes(values: list[float], promoted: list[int]) -> None:
    assert e_bh([math.log(value) for value in values], 0.05) == promoted


def test_nobody_is_promoted_of_no_candidates() -> None:
    assert e_bh([], 0.05) == []
