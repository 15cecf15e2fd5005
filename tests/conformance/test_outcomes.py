"""What every store must do with outcomes: SQLite, PostgreSQL, and their twin in memory."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.conformance.test_store import NOW, RUN, VERSIONS

from remit.agents.ports import Store
from remit.core.errors import Conflict
from remit.learning.outcomes import ReportedOutcome

LATER = NOW + timedelta(days=30)
FIRST = ReportedOutcome("O1", "D1", "settled", "true", NOW, LATER, "shop")
SECOND = replace(FIRST, id="O2", value="false", known_at=LATER + timedelta(microseconds=1), corrects="O1")


@pytest.fixture
def store(empty_store: Store) -> Store:
    """With two decisions, and one outcome of the first."""
    with empty_store.write() as unit:
        unit.decisions.receive(RUN, VERSIONS)
        unit.decisions.receive(replace(RUN, decision_id="D2", request_key=None), VERSIONS)
        unit.outcomes.add(FIRST, "inv-1")
    return empty_store


def test_outcomes_come_back_in_the_order_in_which_they_came_in(store: Store) -> None:
    with store.write() as unit:
        unit.outcomes.add(SECOND, "inv-2")
    with store.read() as unit:
        assert unit.outcomes.of("D1") == [FIRST, SECOND]
        assert unit.outcomes.of("D2") == []


def test_a_report_is_found_by_its_reporters_id_for_that_decision(store: Store) -> None:
    with store.read() as unit:
        found = [unit.outcomes.find(*which) for which in (("D1", "inv-1"), ("D1", "inv-2"), ("D2", "inv-1"))]
    assert found == [FIRST, None, None]


@pytest.mark.parametrize(
    ("another", "key"),
    [
        (replace(SECOND, corrects=None), "inv-2"),
        (replace(SECOND, name="paid", corrects=None), "inv-1"),
    ],
)
def test_a_second_first_report_or_the_same_id_again_is_a_conflict(
    store: Store, another: ReportedOutcome, key: str
) -> None:
    with pytest.raises(Conflict), store.write() as unit:
        unit.outcomes.add(another, key)
    with store.read() as unit:
        assert unit.outcomes.of("D1") == [FIRST]


def test_a_report_is_corrected_once(store: Store) -> None:
    with store.write() as unit:
        unit.outcomes.add(SECOND, "inv-2")
    with pytest.raises(Conflict), store.write() as unit:
        unit.outcomes.add(replace(SECOND, id="O3"), "inv-3")


def test_another_name_and_another_decision_have_reports_of_their_own(store: Store) -> None:
    with store.write() as unit:
        unit.outcomes.add(replace(FIRST, id="O4", name="paid"), "inv-4")
        unit.outcomes.add(replace(FIRST, id="O5", decision_id="D2"), "inv-1")
    with store.read() as unit:
        assert [len(unit.outcomes.of(each)) for each in ("D1", "D2")] == [2, 1]
