"""Ten thousand reviews wait: a page of them costs what it costs with a hundred. Counts are held; times are told."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event
from tests.integration.conftest import LARGE, NOW

from remit.adapters.sql.reviews import SqlReviews
from remit.approvals.review import Place, Review
from remit.approvals.routing import Filter
from remit.core.words import Actor
from remit.service.reviews.queue import AT_ONCE, After, page_of_reviews

pytestmark = pytest.mark.soak

FEW, MANY = 100, 10_000
RUNS = 5
OTTO = Actor("otto", roles=("officer",))
PAGES: dict[str, dict[str, Any]] = {
    "first": {},
    "in the middle": {"after": After(NOW, Place(NOW + timedelta(minutes=50), "Q00050"))},
    "of a kind": {"wanted": Filter(decision="desk.request")},
    "what concerns me": {"wanted": Filter(mine=True), "actor": OTTO},
}
LOOKED_THROUGH: dict[str, tuple[dict[str, Any], int]] = {
    "every fourth matches": ({"wanted": Filter(risk="high")}, 41 * 4),
    "nothing matches": ({"wanted": Filter(rule="nowhere"), "look_at_max": 2_000}, 2_000),
}
"""Filters that no index knows, each with how many reviews have to be looked at."""


@dataclass
class Counted:
    """What the store was made to do: statements that ran, and reviews that were read of lists."""

    statements: int = 0
    reviews: int = 0
    seconds: float = 0.0

    def work(self) -> tuple[int, int]:
        return self.statements, self.reviews


@pytest.fixture
def counted(desk: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Counted]:
    """Counts from now on."""
    counts = Counted()
    genuine = SqlReviews.in_states

    def in_states(self: SqlReviews, *args: Any, **kwargs: Any) -> list[Review]:
        part = genuine(self, *args, **kwargs)
        counts.reviews += len(part)
        return part

    def ran(*_: Any) -> None:
        counts.statements += 1

    monkeypatch.setattr(SqlReviews, "in_states", in_states)
    with desk.engine.database.read() as connection:
        engine = connection.engine
    event.listen(engine, "before_cursor_execute", ran)
    yield counts
    event.remove(engine, "before_cursor_execute", ran)


def test_a_page_takes_as_much_reading_of_ten_thousand_as_of_a_hundred(desk: Any, counted: Counted) -> None:
    waiting = desk.decide(amount_cents=LARGE)["review_id"]
    _let_wait(desk, waiting, range(FEW))
    few = {name: _cost(desk, counted, page) for name, page in PAGES.items()}
    _let_wait(desk, waiting, range(FEW, MANY))
    many = {name: _cost(desk, counted, page) for name, page in PAGES.items()}
    for name, cost in many.items():
        print(f"page {name}: {cost.statements} statements, {cost.reviews} reviews read;", end=" ")
        print(f"{1000 * cost.seconds:.1f} ms of {MANY}, {cost.seconds / few[name].seconds:.2f} times that of {FEW}")
    assert {name: cost.work() for name, cost in many.items()} == {name: cost.work() for name, cost in few.items()}
    assert min(cost.statements for cost in few.values()) > 0


@pytest.mark.parametrize("name", LOOKED_THROUGH)
def test_a_filter_that_no_index_knows_looks_at_one_part_more_than_it_must(
    desk: Any, counted: Counted, name: str
) -> None:
    page, must = LOOKED_THROUGH[name]
    _let_wait(desk, desk.decide(amount_cents=LARGE)["review_id"], range(MANY))
    cost = _cost(desk, counted, page)
    print(f"{name}: {cost.statements} statements, {cost.reviews} reviews read, {1000 * cost.seconds:.0f} ms of {MANY}")
    assert must <= cost.reviews <= must + AT_ONCE


def _let_wait(desk: Any, like: str, numbers: range) -> None:
    """Reviews that wait besides the first one, in the order in which they are due."""
    with desk.engine.store.write() as unit:
        first = unit.reviews.get(like)
        for number in numbers:
            due = NOW + timedelta(minutes=number)
            risk = "medium" if number % 4 else "high"
            unit.reviews.add(replace(first, id=f"Q{number:05}", due_at=due, risk=risk))


def _cost(desk: Any, counted: Counted, page: dict[str, Any]) -> Counted:
    """Of one page; its time is the best of some runs."""
    best = Counted(seconds=float("inf"))
    for _ in range(RUNS):
        before, begun = counted.work(), time.perf_counter()
        page_of_reviews(desk.engine.services, **{"limit": 40, **page})
        seconds, after = time.perf_counter() - begun, counted.work()
        best = Counted(after[0] - before[0], after[1] - before[1], min(best.seconds, seconds))
    return best
