"""Is synthetic data like the real data, of use in its place, and no copy of it?

Four questions, each with an effect size and a limit; data fails by any one of them:

- **distribution**: for each column the population stability index (PSI), and the Wasserstein distance in
  standard deviations of the real column (numbers) or the total variation (texts);
- **dependence**: for each pair of columns Cramér's V over at most five bins, bias corrected (Bergsma 2013), real
  against synthetic;
- **utility**: a forest trained on the synthetic rows against one trained on half of the real rows, both judged on
  the other half (train on synthetic, test on real; Esteban et al. 2017);
- **privacy**: the distance to the closest record. Half of the real rows, measured from the other half, say how close
  strangers come; of synthetic rows measured from the same half not many more may come closer than their nearest
  5 %. With a holdout that the generator never saw, as many synthetic rows should lie nearest to it as to the real
  rows. Exact copies are counted beyond those that real rows are of one another.

Distances are Euclidean over numbers in standard deviations and texts as one-hot columns. These are tests against
careless copying, no proof of privacy: that only a mechanism with a guarantee gives.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from scipy.stats import wasserstein_distance

from remit.core.errors import InputError

ROWS_MIN, ROWS_MAX = 100, 4_000
BINS, PAIR_BINS, NAMES = 10, 5, 20
PSI_MAX, WASSERSTEIN_MAX, VARIATION_MAX = 0.25, 0.25, 0.15
DEPENDENCE_MAX = 0.2
LOST_ACCURACY_MAX = 0.1
CLOSE, CLOSE_MAX = 0.05, 0.15
MEMBERS_MAX = 0.6
COPIES_MAX = 0.01
Value = float | str
Columns = Mapping[str, Sequence[Value]]


@dataclass(frozen=True)
class Question:
    """One question's answer: whether it holds, why, and the numbers."""

    name: str
    passes: bool
    why: str
    numbers: dict[str, Any]

    def to_json(self) -> dict[str, Any]:
        return {"question": self.name, "passes": self.passes, "why": self.why, "numbers": self.numbers}


def vet(real: Columns, synthetic: Columns, seed: int, label: str, holdout: Columns | None = None) -> list[Question]:
    """The four answers. Columns are all numbers or all texts, the same in all tables.

    Raises:
        InputError: a table is too small, or they have other columns, or there is no such label.
    """
    tables = [each for each in (real, synthetic, holdout) if each is not None]
    _check(tables, label)
    chance = np.random.default_rng(seed)
    real, synthetic, *rest = (_sample(each, chance) for each in tables)
    half = np.arange(_rows(real)) % 2 == 0
    return [
        _distribution(real, synthetic),
        _dependence(real, synthetic),
        _utility(_part(real, half), _part(real, ~half), synthetic, label, seed),
        _privacy(_part(real, half), _part(real, ~half), real, synthetic, rest[0] if rest else None, chance),
    ]


def _check(tables: Sequence[Columns], label: str) -> None:
    first = tables[0]
    if label not in first:
        raise InputError(f"there is no column `{label}`", mend=f"there are {', '.join(first)}")
    for each in tables:
        if set(each) != set(first):
            differs = sorted(set(each) ^ set(first))[0]
            raise InputError(f"the column `{differs}` is in one table only", mend="leave it out with --leave-out")
        if _rows(each) < ROWS_MIN:
            raise InputError(f"{_rows(each)} rows are too few to judge", mend=f"give at least {ROWS_MIN}")
        for name, values in each.items():
            if isinstance(values[0], str) != isinstance(first[name][0], str):
                raise InputError(f"`{name}` holds numbers in one table and texts in the other")


def _distribution(real: Columns, synthetic: Columns) -> Question:
    found: dict[str, dict[str, float]] = {}
    for name in real:
        before, after = (_shares(real[name], each[name]) for each in (real, synthetic))
        size = {"psi": round(float(((after - before) * np.log(after / before)).sum()), 4)}
        if _is_text(real[name]):
            size["total_variation"] = round(float(np.abs(after - before).sum() / 2), 4)
        else:
            spread = float(_floats(real[name]).std()) or 1.0
            size["wasserstein"] = round(float(wasserstein_distance(real[name], synthetic[name])) / spread, 4)
        found[name] = size
    limits = {"psi": PSI_MAX, "total_variation": VARIATION_MAX, "wasserstein": WASSERSTEIN_MAX}
    bad = [f"{name} ({kind} {size})" for name, of in found.items() for kind, size in of.items() if size > limits[kind]]
    return Question("distribution", not bad, _told("columns differ", bad), found)


def _dependence(real: Columns, synthetic: Columns) -> Question:
    codes = [{name: _codes(real[name], each[name]) for name in real} for each in (real, synthetic)]
    gaps = {
        f"{one} ~ {other}": round(
            abs(_cramer(codes[0][one], codes[0][other]) - _cramer(codes[1][one], codes[1][other])), 4
        )
        for one, other in combinations(real, 2)
    }
    bad = [f"{pair} ({gap})" for pair, gap in sorted(gaps.items(), key=lambda each: -each[1]) if gap > DEPENDENCE_MAX]
    return Question("dependence", not bad, _told("pairs depend otherwise", bad), gaps)


def _utility(train: Columns, test: Columns, synthetic: Columns, label: str, seed: int) -> Question:
    from sklearn.ensemble import RandomForestClassifier

    if len(train) == 1:
        raise InputError("the label is the only column", mend="give at least one more")
    others = [name for name in train if name != label]
    wanted = _codes(train[label], test[label])
    scores = {}
    for name, table in (("real", train), ("synthetic", synthetic)):
        forest = RandomForestClassifier(n_estimators=60, min_samples_leaf=3, random_state=seed)
        forest.fit(_table(train, table, others), _codes(train[label], table[label]))
        scores[name] = round(float((forest.predict(_table(train, test, others)) == wanted).mean()), 4)
    lost = round(scores["real"] - scores["synthetic"], 4)
    why = f"trained on synthetic rows {scores['synthetic']}, on real rows {scores['real']} of the real rows are right"
    return Question("utility", lost <= LOST_ACCURACY_MAX, why, {**scores, "lost": lost, "label": label})


def _privacy(
    near: Columns,
    apart: Columns,
    real: Columns,
    synthetic: Columns,
    holdout: Columns | None,
    chance: np.random.Generator,
) -> Question:
    names = list(real)
    strangers = _closest(_table(real, near, names), _table(real, apart, names))
    limit = float(np.quantile(strangers, CLOSE))
    distances = _closest(_table(real, near, names), _table(real, synthetic, names))
    # Rows at the limit itself are shared out: where many strangers are equal, to be equal is nothing special.
    usual = max(CLOSE, float((strangers <= limit).mean()))
    close = float((distances <= limit).mean())
    copies = _equal(real, synthetic) - _equal(near, apart)
    numbers = {
        "closest_median": round(float(np.median(distances)), 4),
        "strangers_median": round(float(np.median(strangers)), 4),
        "close_share": round(close, 4),
        "copies_share": round(copies, 4),
        "repeated_share": round(1 - len(set(_lines(synthetic))) / _rows(synthetic), 4),
    }
    bad = []
    if close > usual + CLOSE_MAX - CLOSE:
        bad.append(f"{close:.1%} lie closer to a real row than the closest {usual:.1%} of strangers")
    if copies > COPIES_MAX:
        bad.append(f"{copies:.1%} are copies of real rows")
    if holdout is not None:
        numbers["member_ratio"] = round(_members(real, holdout, synthetic, chance), 4)
        if numbers["member_ratio"] > MEMBERS_MAX:
            bad.append(f"{numbers['member_ratio']:.1%} lie nearer to the real rows than to the holdout")
    return Question("privacy", not bad, _told("synthetic rows are too near", bad), numbers)


def _members(real: Columns, holdout: Columns, synthetic: Columns, chance: np.random.Generator) -> float:
    """The share of synthetic rows that lie nearer to the real rows than to as many of the holdout; a tie is a half."""
    size, names = min(_rows(real), _rows(holdout)), list(real)
    rows = _table(real, synthetic, names)
    to_real, to_holdout = (
        _closest(_table(real, each, names)[chance.permutation(_rows(each))[:size]], rows) for each in (real, holdout)
    )
    return float((to_real < to_holdout).mean() + (to_real == to_holdout).mean() / 2)


def _closest(known: Any, rows: Any) -> Any:
    from sklearn.neighbors import NearestNeighbors

    return NearestNeighbors(n_neighbors=1).fit(known).kneighbors(rows)[0][:, 0]


def _equal(known: Columns, rows: Columns) -> float:
    lines = set(_lines(known))
    return sum(line in lines for line in _lines(rows)) / _rows(rows)


def _lines(table: Columns) -> list[tuple[Value, ...]]:
    return list(zip(*(table[name] for name in sorted(table)), strict=True))


def _table(like: Columns, table: Columns, names: Sequence[str]) -> Any:
    """Numbers in standard deviations of `like`, texts one-hot by the frequent names of `like`."""
    parts = []
    for name in names:
        if _is_text(like[name]):
            known = _frequent(like[name])
            parts.append(np.eye(len(known) + 1)[_at(known, table[name])] / np.sqrt(2))
        else:
            spread = float(_floats(like[name]).std()) or 1.0
            parts.append((_floats(table[name])[:, None] - float(_floats(like[name]).mean())) / spread)
    return np.hstack(parts)


def _shares(like: Sequence[Value], values: Sequence[Value]) -> Any:
    counts = np.bincount(_codes(like, values, BINS), minlength=max(BINS, NAMES + 1)) + 0.5
    return counts / counts.sum()


def _codes(like: Sequence[Value], values: Sequence[Value], bins: int = PAIR_BINS) -> Any:
    """The bin of each value: quantiles of `like` for numbers, its frequent names and one for all others for texts."""
    if _is_text(like):
        return np.array(_at(_frequent(like), values))
    edges = np.unique(np.quantile(_floats(like), np.linspace(0, 1, bins + 1)[1:-1]))
    return np.searchsorted(edges, _floats(values), side="right")


def _cramer(one: Any, other: Any) -> float:
    counts = np.zeros((int(one.max()) + 1, int(other.max()) + 1))
    np.add.at(counts, (one, other), 1)
    counts = counts[counts.sum(axis=1) > 0][:, counts.sum(axis=0) > 0]
    rows, columns = counts.shape
    total = counts.sum()
    if min(rows, columns) < 2:
        return 0.0
    wanted = counts.sum(axis=1, keepdims=True) * counts.sum(axis=0, keepdims=True) / total
    phi = ((counts - wanted) ** 2 / wanted).sum() / total - (rows - 1) * (columns - 1) / (total - 1)
    freed = min(rows - (rows - 1) ** 2 / (total - 1), columns - (columns - 1) ** 2 / (total - 1)) - 1
    return float(np.sqrt(max(0.0, phi) / freed)) if freed > 0 else 0.0


def _frequent(values: Sequence[Value]) -> list[Value]:
    return [name for name, _ in sorted(Counter(values).items(), key=lambda each: (-each[1], str(each[0])))[:NAMES]]


def _at(known: Sequence[Value], values: Sequence[Value]) -> list[int]:
    places = {name: index for index, name in enumerate(known)}
    return [places.get(each, len(known)) for each in values]


def _sample(table: Columns, chance: np.random.Generator) -> Columns:
    """In an order by chance, since files come sorted, and no more rows than distances can be computed for."""
    return _part(table, chance.permutation(_rows(table))[:ROWS_MAX])


def _part(table: Columns, rows: Any) -> Columns:
    kept = np.arange(_rows(table))[rows]
    return {name: [values[int(each)] for each in kept] for name, values in table.items()}


def _rows(table: Columns) -> int:
    return len(next(iter(table.values())))


def _floats(values: Sequence[Value]) -> Any:
    return np.asarray(values, dtype=np.float64)


def _is_text(values: Sequence[Value]) -> bool:
    return isinstance(values[0], str)


def _told(what: str, bad: Sequence[str]) -> str:
    return (
        f"{what}: {'; '.join(bad[:5])}" + (f" and {len(bad) - 5} more" if len(bad) > 5 else "")
        if bad
        else "as it should be"
    )
