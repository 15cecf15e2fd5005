"""Training: the same history gives the same bytes, and a history that teaches nothing is refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from remit.core.canonical import digest, sha256_hex
from remit.core.errors import InputError
from remit.learning.train import TrainedModel, TrainingRow, train

History = Callable[..., list[TrainingRow]]
FEATURES = ("amount", "late", "purpose")
TWO, THREE = ("true", "false"), ("low", "middle", "high")


def trained(rows: list[TrainingRow], outcomes: tuple[str, ...] = TWO) -> TrainedModel:
    return train(rows, FEATURES, outcomes, "loan.small")


@pytest.mark.parametrize("outcomes", [TWO, THREE])
def test_the_same_history_gives_the_same_bytes(history: History, outcomes: tuple[str, ...]) -> None:
    first, second = (trained(history(outcomes=outcomes), outcomes) for _ in range(2))
    assert first == second
    assert first.sha256 == sha256_hex(first.onnx)


def test_another_history_gives_another_model(history: History) -> None:
    assert trained(history(seed=1)).sha256 != trained(history(seed=2)).sha256


def test_the_card_tells_what_was_learnt_from_what(history: History) -> None:
    rows = history()
    card = trained(rows).card
    assert card["features"] == {"numbers": ["amount", "late"], "texts": ["purpose"]}
    assert card["outcomes"] == ["true", "false"]
    assert card["data_sha256"] == digest([[row.features, row.outcome] for row in rows])
    assert (card["kind"], card["rows"]) == ("LogisticRegression", 300)


def test_a_model_is_judged_on_rows_that_it_never_saw(history: History) -> None:
    card = trained(history()).card
    assert 0 < card["rows_held_out"] < 150
    assert float(card["held_out"]["accuracy"]) > 0.7


def test_which_rows_are_held_out_depends_only_on_what_is_in_them(history: History) -> None:
    rows = history()
    assert trained(rows[::-1]).card["rows_held_out"] == trained(rows).card["rows_held_out"]


def test_more_than_two_outcomes_are_learnt_by_a_forest(history: History) -> None:
    assert trained(history(outcomes=THREE), THREE).card["kind"] == "RandomForestClassifier"


def test_too_few_rows_are_refused(history: History) -> None:
    with pytest.raises(InputError, match="99 rows are too few"):
        trained(history(99))


def test_an_outcome_that_never_occurred_is_refused(history: History) -> None:
    rows = [replace(row, outcome="true") for row in history()]
    with pytest.raises(InputError, match="no row has the outcome false"):
        trained(rows)


def test_cases_that_are_all_the_same_teach_nothing(history: History) -> None:
    rows = [replace(row, features=history()[0].features) for row in history()]
    with pytest.raises(InputError, match="too few rows to learn from and to judge by"):
        trained(rows)


def test_an_outcome_that_is_only_among_the_held_out_rows_is_refused(history: History) -> None:
    rows = history(outcomes=TWO)
    held_out = next(row for row in rows if int(digest(row.features)[:8], 16) % 5 == 0)
    rows = [replace(row, outcome="middle" if row is held_out else row.outcome) for row in rows]
    with pytest.raises(InputError, match="too few rows to learn from and to judge by: middle"):
        trained(rows, (*TWO, "middle"))


def test_a_number_that_no_model_can_hold_is_refused_with_its_row(history: History) -> None:
    rows = history()
    rows[6] = replace(rows[6], features={**rows[6].features, "amount": 1e300})
    with pytest.raises(InputError, match="row 7: the feature `amount` is too large"):
        trained(rows)
