"""Vetting of synthetic data: what is like the real passes, and each way to be wrong is told."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from remit.core.errors import InputError
from remit.learning.synthetic import Columns, Question, vet


def ledger(seed: int, rows: int = 600) -> dict[str, list[Any]]:
    chance = np.random.default_rng(seed)
    size = chance.normal(0, 1, rows)
    late = 0.8 * size + chance.normal(0, 0.5, rows)
    return {
        "size": size.tolist(),
        "late": late.tolist(),
        "land": chance.choice(["AT", "DE", "FR"], rows, p=[0.5, 0.3, 0.2]).tolist(),
        "paid": ["no" if each > 0.5 else "yes" for each in late + chance.normal(0, 0.2, rows)],
    }


def answers(real: Columns, synthetic: Columns, holdout: Columns | None = None) -> dict[str, Question]:
    return {each.name: each for each in vet(real, synthetic, 1, "paid", holdout)}


def failed(found: dict[str, Question]) -> set[str]:
    return {name for name, each in found.items() if not each.passes}


def test_another_sample_of_the_same_world_passes() -> None:
    assert failed(answers(ledger(1), ledger(2), ledger(3))) == set()


def test_a_copy_of_the_real_rows_fails_privacy() -> None:
    found = answers(ledger(1), ledger(1))
    assert failed(found) == {"privacy"}
    assert "copies of real rows" in found["privacy"].why


def test_real_rows_with_a_little_noise_fail_privacy() -> None:
    chance, copy = np.random.default_rng(5), ledger(1)
    for name in ("size", "late"):
        copy[name] = (np.array(copy[name]) + chance.normal(0, 0.01, 600)).tolist()
    found = answers(ledger(1), copy, ledger(3))
    assert failed(found) == {"privacy"}
    assert found["privacy"].numbers["copies_share"] == 0
    assert found["privacy"].numbers["member_ratio"] > 0.9


def test_shuffled_columns_fail_dependence_and_utility() -> None:
    chance = np.random.default_rng(5)
    shuffled = {name: [values[each] for each in chance.permutation(600)] for name, values in ledger(2).items()}
    assert failed(answers(ledger(1), shuffled)) == {"dependence", "utility"}


@pytest.mark.parametrize(("column", "change"), [("size", lambda each: each + 1), ("land", lambda _: "AT")])
def test_a_column_that_is_distributed_otherwise_is_named(column: str, change: Any) -> None:
    other = ledger(2)
    other[column] = [change(each) for each in other[column]]
    found = answers(ledger(1), other)
    assert not found["distribution"].passes
    assert column in found["distribution"].why


@pytest.mark.parametrize(
    ("synthetic", "said"),
    [
        (ledger(2, 99), "99 rows are too few"),
        ({**ledger(2), "more": [1.0] * 600}, "`more` is in one table only"),
        ({**ledger(2), "size": ["x"] * 600}, "`size` holds numbers in one table"),
    ],
)
def test_what_cannot_be_compared_is_told(synthetic: Columns, said: str) -> None:
    with pytest.raises(InputError, match=said):
        vet(ledger(1), synthetic, 1, "paid")
