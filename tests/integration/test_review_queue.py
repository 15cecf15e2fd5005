"""A long queue: a page of it is read along an index, and what stands before the page is not read at all."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, text
from tests.integration.conftest import LARGE, NOW

from remit.adapters.sql.gauges import queue_length
from remit.adapters.sql.reviews import SqlReviews, queue_query
from remit.approvals.review import Place, Review
from remit.approvals.routing import Filter
from remit.core.words import Actor
from remit.service.reviews.queue import list_reviews, page_of_reviews

REVIEWS = 1_000
OTTO = Actor("otto", roles=("officer",))


@pytest.fixture
def long_queue(desk: Any) -> Any:
    """A desk on which a thousand reviews wait, all of one decision, the first due first."""
    waiting = desk.decide(amount_cents=LARGE)
    with desk.engine.store.write() as unit:
        review = unit.reviews.get(waiting["review_id"])
        for number in range(REVIEWS):
            due = NOW + timedelta(minutes=number)
            unit.reviews.add(replace(review, id=f"Q{number:04}", due_at=due, rules=(f"rule-{number % 500}",)))
    return desk


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[Review]:
    """Every review that is read of a list, as they are read."""
    found: list[Review] = []
    genuine = SqlReviews.in_states

    def in_states(self: SqlReviews, *args: Any, **kwargs: Any) -> list[Review]:
        part = genuine(self, *args, **kwargs)
        found.extend(part)
        return part

    monkeypatch.setattr(SqlReviews, "in_states", in_states)
    return found


def test_a_page_reads_no_more_than_itself_and_one(long_queue: Any, read: list[Review]) -> None:
    services = long_queue.engine.services
    first = page_of_reviews(services, limit=20)
    second = page_of_reviews(services, limit=20, after=first.after)
    ids = [row["review_id"] for row in (*first.rows, *second.rows)]
    assert (ids, len(read)) == ([f"Q{number:04}" for number in range(40)], 42)


def test_a_filter_that_hardly_anything_matches_is_looked_through_in_parts(long_queue: Any, read: list[Review]) -> None:
    services, wanted = long_queue.engine.services, Filter(rule="rule-499")
    page = page_of_reviews(services, wanted, limit=20, look_at_max=300)
    assert (page.rows, page.after is not None, len(read) <= 500) == ([], True, True)
    found: list[str] = []
    while page.after is not None:
        page = page_of_reviews(services, wanted, limit=20, after=page.after, look_at_max=300)
        found += [row["review_id"] for row in page.rows]
    assert found == ["Q0499", "Q0999"]
    assert [row["review_id"] for row in list_reviews(services, wanted)] == found


def test_pages_by_priority_follow_one_another(long_queue: Any) -> None:
    services, wanted, found = long_queue.engine.services, Filter(order="priority"), []
    page = page_of_reviews(services, wanted, actor=OTTO, limit=400)
    while True:
        found += [row["review_id"] for row in page.rows]
        if page.after is None:
            break
        page = page_of_reviews(services, wanted, actor=OTTO, limit=400, after=page.after)
    assert (len(found), len(set(found))) == (REVIEWS + 1, REVIEWS + 1)


@pytest.mark.parametrize("narrow", [{}, {"decision": "desk.request"}, {"claimed_by": "otto"}])
def test_the_queue_is_read_along_an_index(long_queue: Any, narrow: dict[str, str]) -> None:
    query = queue_query("open", 50, Place(NOW + timedelta(minutes=500), "Q0500"), **narrow)
    with long_queue.engine.database.write() as connection:
        dialect = connection.dialect.name
        explain = {"sqlite": "EXPLAIN QUERY PLAN ", "postgresql": "EXPLAIN "}[dialect]
        if dialect == "postgresql":
            connection.execute(text("ANALYZE review"))
        said = str(query.compile(connection, compile_kwargs={"literal_binds": True}))
        plan = "\n".join(str(tuple(row)) for row in connection.exec_driver_sql(explain + said.replace("%", "%%")))
    assert "ix_review_queue" in plan
    assert not re.search(r"TEMP B-TREE|Sort|Seq Scan on review", plan), plan


def test_the_length_of_the_queue_is_counted_in_its_index(long_queue: Any) -> None:
    asked: list[str] = []
    with long_queue.engine.database.read() as connection:
        event.listen(connection, "before_cursor_execute", lambda *said: asked.append(said[2]))
        assert queue_length(connection, NOW + timedelta(minutes=500)) == (REVIEWS + 1, 500)
    assert [said for said in asked if "due_at" in said or "opened_at" in said] == []
