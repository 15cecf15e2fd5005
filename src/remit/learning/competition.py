"""Several strategies learn from the same rows, and are judged on rows that they did not see. The best one is served.

Cross-fitting: the rows are cut into five parts by what is in them, so that equal cases are in one part; each part is
judged by models that learnt from the other four. What counts is the value: what the proposed action, the one of the
highest expected reward, turned out to be worth. Vowpal Wabbit's contextual bandit is held to the same rows as a
yardstick. It is told only what was proposed, with which probability, and what that earned, and it cannot be served,
since it tells no outcomes.

Each part is calibrated by what was said of the other parts out of fold. Those models may have learnt from the part that
is judged: a leak by way of a slope and a few shifts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray

from remit.core.canonical import digest
from remit.core.errors import InputError
from remit.learning.bootstrap import mean_interval
from remit.learning.calibration import Calibration, calibration_error, fitted, with_calibration
from remit.learning.fairness import Tally, bias
from remit.learning.outcome_models import FeatureValue, inputs_of, known_models, model_named, onnx_of, table_of
from remit.learning.strategies.strategy import UNKNOWN, Cases, Experience, Floats
from remit.learning.strategies.tables import Columns
from remit.learning.strategies.vowpal import Vowpal, edges_of

PARTS = 5
ROWS_MIN = 100
BINS = 4
YARDSTICK = "vowpal"


@dataclass(frozen=True)
class Lessons:
    """What is learnt from, n rows. outcome: n indexes. worth: n x outcomes x actions, as the pack declares.

    action and propensity: what was proposed (an index) and how likely that was. groups: each protected attribute with
    the group of every row; no model sees it.
    """

    features: Sequence[Mapping[str, FeatureValue]]
    outcome: NDArray[np.int64]
    worth: Floats
    action: NDArray[np.int64]
    propensity: Floats
    groups: Mapping[str, Sequence[str]]

    def __len__(self) -> int:
        return len(self.features)


@dataclass(frozen=True)
class Score:
    """How a strategy did on rows that it did not see. `values`: what each row's action was worth.

    The figures of probabilities are None for the yardstick, which tells none. `as_learnt` is the calibration error
    before it was calibrated.
    """

    strategy: str
    values: Floats
    log_loss: float | None = None
    brier: float | None = None
    accuracy: float | None = None
    calibration_error: float | None = None
    as_learnt: float | None = None


@dataclass(frozen=True)
class Competition:
    """Who took part, who won, and the winner learnt from all rows, as ONNX.

    proposed: the index of the action that the winner proposed for each row before it had seen it.
    """

    scores: tuple[Score, ...]
    winner: str
    onnx: bytes
    numbers: tuple[str, ...]
    texts: tuple[str, ...]
    calibration: Calibration
    proposed: NDArray[np.int64]


def compete(
    lessons: Lessons, features: Sequence[str], outcomes: Sequence[str], names: Sequence[str], name: str, seed: int
) -> Competition:
    """Let strategies compete; the winner is the one of the highest value, of equal ones that of the least log loss.

    Args:
        features, outcomes: of the pack, in its order.
        names: of strategies, at least one of which can be served.
        name: of the decision; it is written into the model.

    Raises:
        InputError: too few rows, an outcome too rare to be learnt, an unknown strategy, a number too large.
    """
    parts = _parts(lessons, outcomes, seed)
    numbers, texts = inputs_of(lessons.features[0], features)
    table = table_of(lessons.features, numbers, texts)
    served: dict[str, _Tried] = {}
    for each in (strategy for strategy in names if strategy != YARDSTICK):
        served[each] = _try(each, table, lessons, parts, (len(numbers), len(texts)), seed)
    if not served:
        raise InputError(
            f"`{YARDSTICK}` alone tells no outcomes, so it cannot be served", mend="let another one compete"
        )
    scores = [tried.score for tried in served.values()]
    if YARDSTICK in names:
        scores.append(Score(YARDSTICK, _bandit(lessons, features, parts, seed)))
    winner = min(served, key=lambda each: (-served[each].score.values.mean(), served[each].score.log_loss))
    won = served[winner]
    pipeline = model_named(winner, len(numbers), len(texts), seed)
    pipeline.fit(table, lessons.outcome)
    data = with_calibration(onnx_of(pipeline, len(numbers), len(texts), name), won.calibration)
    return Competition(tuple(scores), winner, data, tuple(numbers), tuple(texts), won.calibration, won.proposed)


def all_strategies() -> tuple[str, ...]:
    """Whoever can take part here; the yardstick is an extra."""
    return (*known_models(), *([YARDSTICK] if find_spec("vowpalwabbit") else []))


def score_json(score: Score, winner: Score, seed: int) -> dict[str, Any]:
    """A score with 95 % intervals of its value and of its distance to the winner, row by row."""
    value, low, high = mean_interval(score.values, seed)
    apart, lower, upper = mean_interval(score.values - winner.values, seed)
    figures = {
        "log_loss": score.log_loss,
        "brier": score.brier,
        "accuracy": score.accuracy,
        "calibration_error": score.calibration_error,
        "calibration_error_as_learnt": score.as_learnt,
    }
    return {
        "strategy": score.strategy,
        "value": _text(value),
        "interval": [_text(low), _text(high)],
        "to_the_winner": _text(apart),
        "to_the_winner_interval": [_text(lower), _text(upper)],
        "can_be_served": score.strategy != YARDSTICK,
        **{name: _text(figure) for name, figure in figures.items() if figure is not None},
    }


def fairness_of(lessons: Lessons, proposed: NDArray[np.int64]) -> list[dict[str, Any]]:
    """Bias of proposals per protected attribute; the favourable action is the first that the pack lists."""
    earned = lessons.worth[np.arange(len(lessons)), lessons.outcome]
    right = earned[:, 0] >= earned.max(axis=1)
    found = []
    for attribute, groups in sorted(lessons.groups.items()):
        tallies: dict[str, Tally] = {}
        for group, favoured, deserving in zip(groups, proposed == 0, right, strict=True):
            tallies.setdefault(group, Tally()).add(bool(favoured), bool(deserving))
        found.append(bias(attribute, tallies))
    return found


@dataclass(frozen=True)
class _Tried:
    score: Score
    calibration: Calibration
    proposed: NDArray[np.int64]


def _parts(lessons: Lessons, outcomes: Sequence[str], seed: int) -> NDArray[np.int64]:
    """The part of each row, by its features and the seed."""
    if len(lessons) < ROWS_MIN:
        raise InputError(f"{len(lessons)} rows are too few to learn from", mend=f"give at least {ROWS_MIN}")
    found = np.array([int(digest([seed, dict(row)])[:8], 16) % PARTS for row in lessons.features])
    for part in range(PARTS):
        rare = set(range(len(outcomes))) - set(lessons.outcome[found != part].tolist())
        if rare or not (found == part).any():
            lacking = ", ".join(outcomes[each] for each in sorted(rare)) or "cases that differ"
            raise InputError(f"there are too few rows to learn from and to judge by: {lacking}", mend="give more")
    return found


def _try(
    name: str, table: Any, lessons: Lessons, parts: NDArray[np.int64], inputs: tuple[int, int], seed: int
) -> _Tried:
    raw = np.empty(lessons.worth.shape[:2])
    for part in range(PARTS):
        judged = parts == part
        pipeline = model_named(name, *inputs, seed)
        pipeline.fit(table[~judged], lessons.outcome[~judged])
        raw[judged] = pipeline.predict_proba(table[judged])
    said = np.empty_like(raw)
    for part in range(PARTS):
        judged = parts == part
        said[judged] = fitted(raw[~judged], lessons.outcome[~judged]).of(raw[judged])
    rows = np.arange(len(lessons))
    proposed = np.einsum("no,noa->na", said, lessons.worth).argmax(axis=1)
    wanted = np.zeros_like(said)
    wanted[rows, lessons.outcome] = 1.0
    score = Score(
        name,
        lessons.worth[rows, lessons.outcome, proposed],
        log_loss=float(-np.log(np.maximum(said[rows, lessons.outcome], 1e-9)).mean()),
        brier=float(((said - wanted) ** 2).sum(axis=1).mean()),
        accuracy=float((said.argmax(axis=1) == lessons.outcome).mean()),
        calibration_error=calibration_error(said, lessons.outcome),
        as_learnt=calibration_error(raw, lessons.outcome),
    )
    return _Tried(score, fitted(raw, lessons.outcome), proposed)


def _bandit(lessons: Lessons, features: Sequence[str], parts: NDArray[np.int64], seed: int) -> Floats:
    """What Vowpal Wabbit's actions are worth in each part, after one pass over the others in their order."""
    rows = np.arange(len(lessons))
    cases = Cases(
        Columns.of(lessons.features, features).table(lessons.features),
        np.ones((len(lessons), lessons.worth.shape[2]), np.bool_),
        lessons.worth,
    )
    reward = lessons.worth[rows, lessons.outcome, lessons.action]
    unknown = np.full(len(lessons), UNKNOWN)
    values = np.empty(len(lessons))
    for part in range(PARTS):
        judged, learnt = parts == part, parts != part
        bandit = Vowpal(seed % (1 << 31), edges_of(cases.table[learnt], BINS))
        told = (lessons.action[learnt], lessons.propensity[learnt], reward[learnt], unknown[learnt])
        bandit.learn(Experience(cases.of(learnt), *told))
        proposed = bandit.rewards(cases.of(judged)).argmax(axis=1)
        values[judged] = lessons.worth[rows[judged], lessons.outcome[judged], proposed]
    return values


def _text(value: float) -> str:
    return f"{value:.4f}"
