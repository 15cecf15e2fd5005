"""How much may be automated under a promise, and how often the promise is broken.

Four populations of cases with a confidence and a loss each, whose true mean loss above every threshold is known: the
real histories of the packs `credit` and `quality` (each case judged by a model that did not see it; the 1,000 and 1,941
cases are the population, calibration cases are drawn from them with replacement), and two that are generated: one whose
confidences are right, one whose model is too sure of itself. Each split draws calibration cases anew, and as many other
cases without outcomes for the grid. ``broken`` is the share of splits in which the mean loss above the chosen threshold
is larger than the bound; ``automation`` the mean share of cases that are automated, ``of naive`` beside the naive
threshold, which is the loosest with a mean loss within the bound on the calibration cases. ``cost`` on credit counts a
bad credit that is granted as 1 and a good one that is declined as 0.2.
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from remit.eval.suite import Floor, Row, Suite
from remit.learning.thresholds import Floats, choose, grid_of, levels_of, p_value, passed

DELTA = 0.10
SPLITS = 300
CALIBRATION = (500, 2_000, 5_000)
GENERATED = 100_000
COARSE = 12
PACKS = Path(__file__).resolve().parents[2] / "examples" / "packs"
# As in the packs: no protected attribute, no number of the row, nothing that counts along the line.
LEFT_OUT = {
    *("applicant_id", "plate_id", "y_minimum", "y_maximum", "age", "status_and_sex", "is_foreign_worker"),
    *("dependants", "has_telephone", "job"),
}


@dataclass(frozen=True, slots=True)
class Population:
    """Cases from the surest to the least sure, and the mean loss of the first so many."""

    confidences: Floats
    losses: Floats
    bound: float

    def truth(self, threshold: float | None) -> tuple[float, float]:
        """The mean loss at or above the threshold, and the share of cases there."""
        inside = 0 if threshold is None else int(np.searchsorted(-self.confidences, -threshold, side="right"))
        return (float(self.losses[:inside].mean()) if inside else 0.0), inside / len(self.losses)


def run(quick: bool, seed: int) -> list[Row]:
    """Every population, number of calibration cases, and method; a quick run has fewer splits and no models."""
    splits, sizes = (40, CALIBRATION[1:2]) if quick else (SPLITS, CALIBRATION)
    rows: list[Row] = []
    for number, (name, population) in enumerate(_populations(quick, seed).items()):
        for size in sizes:
            chance = np.random.default_rng([seed, number, size])
            found: dict[str, list[tuple[float, float]]] = {}
            for _ in range(splits):
                drawn = chance.integers(0, len(population.losses), size)
                others = population.confidences[chance.integers(0, len(population.losses), size)]
                for method, choice in METHODS.items():
                    threshold = choice(
                        population.confidences[drawn], population.losses[drawn], others, population.bound
                    )
                    found.setdefault(method, []).append(population.truth(threshold))
            rows += _rows(f"{name}, {size:,} cases", population.bound, found)
    return rows


def naive(confidences: Floats, losses: Floats, others: Floats, bound: float) -> float | None:
    """The loosest threshold that was good enough on the calibration cases themselves."""
    order = np.argsort(-confidences, kind="stable")
    good = np.flatnonzero(np.cumsum(losses[order]) / np.arange(1, len(losses) + 1) <= bound)
    return float(confidences[order][good[-1]]) if len(good) else None


def coarse(confidences: Floats, losses: Floats, others: Floats, bound: float) -> float | None:
    """Learn then Test with Bonferroni over twelve thresholds at quantiles."""
    grid = grid_of(others, COARSE)
    return _loosest(confidences, losses, grid, bound, lambda p: [each <= DELTA / len(grid) for each in p])


def ring_of_twelve(confidences: Floats, losses: Floats, others: Floats, bound: float) -> float | None:
    """Twelve thresholds, levels passed on."""
    grid = grid_of(others, COARSE)
    return _loosest(confidences, losses, grid, bound, lambda p: list(passed(p, levels_of(len(grid)), DELTA)))


def ours(confidences: Floats, losses: Floats, others: Floats, bound: float) -> float | None:
    """What Remit does."""
    return choose(confidences, losses, grid_of(others), bound=bound, delta=DELTA).threshold


def each_alone(confidences: Floats, losses: Floats, others: Floats, bound: float) -> float | None:
    """The loosest that holds when each is tested as if it were the only one: no promise, but what exact tests allow."""
    return _loosest(confidences, losses, grid_of(others), bound, lambda p: [each <= DELTA for each in p])


METHODS: dict[str, Callable[[Floats, Floats, Floats, float], float | None]] = {
    "naive": naive,
    "Bonferroni of 12": coarse,
    "ring of 12": ring_of_twelve,
    "ours": ours,
    "no promise, each alone": each_alone,
}


def _loosest(
    confidences: Floats,
    losses: Floats,
    grid: tuple[float, ...],
    bound: float,
    holds: Callable[[list[float]], list[bool]],
) -> float | None:
    verdicts = holds([p_value(losses[confidences >= each], bound) for each in grid])
    return next((each for each, ok in zip(grid[::-1], verdicts[::-1], strict=True) if ok), None)


def _rows(case: str, bound: float, found: dict[str, list[tuple[float, float]]]) -> list[Row]:
    from scipy.stats import beta

    rows = []
    usual = np.array([share for _, share in found["naive"]])
    for method, splits in found.items():
        name, many = f"{method}: {case}", len(splits)
        hits = sum(loss > bound for loss, _ in splits)
        low = float(beta.ppf(0.025, hits, many - hits + 1)) if hits else 0.0
        high = float(beta.ppf(0.975, hits + 1, many - hits)) if hits < many else 1.0
        rows.append(Row(name, "broken", hits / many, low, high))
        shares = np.array([share for _, share in splits])
        spread = 1.96 * float(shares.std()) / many**0.5
        mean = float(shares.mean())
        rows.append(Row(name, "automation", mean, mean - spread, mean + spread, samples=tuple(shares.tolist())))
        if usual.mean() > 0:
            rows.append(Row(name, "of naive", mean / float(usual.mean())))
    return rows


def _populations(quick: bool, seed: int) -> dict[str, Population]:
    chance = np.random.default_rng(seed)
    sure = 1 / (1 + np.exp(-np.abs(chance.normal(0, 2, GENERATED))))
    surer = 1 / (1 + np.exp(-np.abs(chance.normal(0.5, 3, GENERATED))))
    right = 1 / (1 + (1 / surer - 1) ** 0.6)
    made = {
        "calibrated": _ordered(sure, chance.random(GENERATED) > sure, 0.10),
        "overconfident": _ordered(surer, chance.random(GENERATED) > right, 0.10),
    }
    if quick:
        return made
    credit, quality = (_judged(PACKS / name / "history.csv") for name in ("credit", "quality"))
    wrong = credit[1] != credit[2]
    cost = np.where(wrong, np.where(credit[1] == 1, 1.0, 0.2), 0.0)
    return {
        "credit": _ordered(credit[0], wrong, 0.15),
        "credit, cost": _ordered(credit[0], cost, 0.10),
        "quality": _ordered(quality[0], quality[1] != quality[2], 0.10),
        **made,
    }


def _ordered(confidences: Any, losses: Any, bound: float) -> Population:
    order = np.argsort(-confidences, kind="stable")
    return Population(confidences[order], losses[order].astype(np.float64), bound)


def _judged(history: Path) -> tuple[Any, Any, Any]:
    """For each case of a history the confidence, the class that was proposed, and the true one."""
    from sklearn.compose import ColumnTransformer
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedKFold, cross_val_predict
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    with history.open(encoding="utf-8", newline="") as file:
        cases = list(csv.DictReader(file))
    outcome = next(name for name in cases[0] if name.startswith("outcome."))
    columns = [name for name in cases[0] if name != outcome and name not in LEFT_OUT]
    numbers = [name for name in columns if all(_is_number(case[name]) for case in cases)]
    texts = [name for name in columns if name not in numbers]
    table = np.empty((len(cases), len(columns)), dtype=object)
    for at, case in enumerate(cases):
        table[at] = [*(float(case[name]) for name in numbers), *(case[name] for name in texts)]
    truth = np.unique([case[outcome] for case in cases], return_inverse=True)[1]
    prepare = ColumnTransformer(
        [
            ("numbers", StandardScaler(), list(range(len(numbers)))),
            ("texts", OneHotEncoder(handle_unknown="ignore"), list(range(len(numbers), len(columns)))),
        ]
    )
    two = truth.max() == 1
    model: Any = LogisticRegression(C=0.5, max_iter=2_000)
    if not two:
        model = RandomForestClassifier(n_estimators=60, max_depth=14, min_samples_leaf=2, random_state=1)
    folds = StratifiedKFold(10, shuffle=True, random_state=1)
    found = cross_val_predict(make_pipeline(prepare, model), table, truth, cv=folds, method="predict_proba")
    return found.max(axis=1), found.argmax(axis=1), truth


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


SUITE = Suite(
    "thresholds",
    "How much may be automated at delta 0.10, and how often is the promise broken?",
    run,
    (
        Floor("ours: *", "broken", at_most=DELTA, quick=False),
        Floor("ours: *", "broken", at_most=0.2),
        Floor("ours: credit, 2,000 cases", "of naive", at_least=0.85, quick=False),
        Floor("ours: credit, 5,000 cases", "of naive", at_least=0.85, quick=False),
        Floor("ours: quality, ?,000 cases", "of naive", at_least=0.85, quick=False),
        Floor("ours: calibrated, ?,000 cases", "of naive", at_least=0.85, quick=False),
        # The aim is 0.85 here, too. It is not reached at 2,000 cases, where testing each threshold alone gets as much:
        # this floor only keeps what there is.
        Floor("ours: overconfident, 2,000 cases", "of naive", at_least=0.82, quick=False),
        Floor("ours: overconfident, 5,000 cases", "of naive", at_least=0.85, quick=False),
    ),
)
