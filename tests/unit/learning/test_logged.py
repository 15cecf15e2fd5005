"""Columns hold exactly what the rows said, however many there are and however late somebody says something."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from remit.core.errors import InputError
from remit.learning.logged import AT_ONCE, Columns, Log, Logged, Maybe, microseconds

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)


def row(number: int) -> Logged:
    """Ids get longer, and some things are said of late rows alone."""
    late = number > AT_ONCE + 100
    return Logged(
        decision_id=f"D{'é' * late}{number:06}",
        decided_at=BEGAN + timedelta(microseconds=number),
        propensity=1 / (number + 1),
        challenger=0.1 * (number % 7),
        reward=None if number % 3 else -1.5,
        matured=number % 5 != 0,
        recomputed=1 / (number + 1) if number % 2 else None,
        unsupported=0.0,
        champion=0.3 if late else None,
        modelled=0.7 if late and number % 2 else None,
    )


ROWS = [row(number) for number in range(2 * AT_ONCE + 50)]


def said(columns: Columns, at: int) -> Logged:
    """A row of the columns as it was given."""
    values = {field.name: getattr(columns, field.name) for field in fields(Columns)}
    told = {
        name: None if column is None else column[at] if not isinstance(column, Maybe) else _number(column, at)
        for name, column in values.items()
    }
    moment = BEGAN + timedelta(microseconds=int(told["decided_at"]) - microseconds(BEGAN))
    return Logged(**{**told, "decision_id": columns.id_of(at), "decided_at": moment})


def _number(column: Maybe, at: int) -> float | None:
    return float(column.numbers[at]) if column.known[at] else None


def test_every_row_is_as_it_was_given() -> None:
    columns = Log(ROWS).ordered()
    assert len(columns) == len(ROWS)
    assert [said(columns, at) for at in range(len(ROWS))] == ROWS


def test_of_what_nobody_says_there_is_no_column() -> None:
    columns = Log(ROWS[:10]).ordered()
    assert (columns.weight_max, columns.champion, columns.modelled) == (None, None, None)


def test_rows_stand_by_their_moment_and_then_by_their_id() -> None:
    same = [replace(ROWS[2], decision_id=name) for name in ("b", "a")]
    columns = Log([ROWS[9], *same, ROWS[1]]).ordered()
    assert [columns.id_of(at) for at in range(4)] == ["D000001", "a", "b", "D000009"]


@pytest.mark.parametrize("moved", [timedelta(0), timedelta(seconds=1)])
def test_a_decision_is_there_once(moved: timedelta) -> None:
    with pytest.raises(InputError, match="twice"):
        Log([*ROWS[:5], replace(ROWS[3], decided_at=ROWS[3].decided_at + moved)]).ordered()


def test_a_row_takes_a_hundred_bytes_at_most() -> None:
    columns = Log(replace(each, decision_id=f"{at:026}") for at, each in enumerate(ROWS)).ordered()
    arrays = [getattr(columns, field.name) for field in fields(Columns)]
    flat = [part for each in arrays if each is not None for part in _parts(each)]
    assert sum(part.nbytes for part in flat) / len(ROWS) <= 100


def _parts(column: Maybe | np.ndarray) -> list[np.ndarray]:
    return [column.numbers, column.known] if isinstance(column, Maybe) else [column]
