"""What every store must do for learning: decisions and outcomes in bulk, and which snapshots there are."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.conformance.test_outcomes import FIRST, SECOND
from tests.conformance.test_store import JUDGEMENT, NOW, RUN, VERSIONS

from remit.agents.ports import Store
from remit.agents.records import Wanted
from remit.core.errors import Conflict, NotFound
from remit.learning.snapshot import MadeSnapshot

MADE = MadeSnapshot("a" * 64, "desk", "desk.request", NOW, {"rows": 2})


@pytest.fixture
def store(empty_store: Store) -> Store:
    """With three judged decisions, and one that never was."""
    with empty_store.write() as unit:
        for number in (1, 2, 3, 4):
            unit.decisions.receive(replace(RUN, decision_id=f"D{number}", request_key=None), VERSIONS)
            if number != 2:
                unit.decisions.judge(f"D{number}", JUDGEMENT, "digest")
    return empty_store


def test_judged_decisions_are_read_in_parts_oldest_first(store: Store) -> None:
    with store.read() as unit:
        first = unit.decisions.judged(Wanted(), 2)
        rest = unit.decisions.judged(Wanted(), 2, above=first[-1].run.decision_id)
    assert [[each.run.decision_id for each in part] for part in (first, rest)] == [["D1", "D3"], ["D4"]]
    assert (first[0].judgement, first[0].run.case) == (JUDGEMENT, RUN.case)


@pytest.mark.parametrize("wanted", [Wanted(pack="other"), Wanted(decision="desk.other"), Wanted(until=NOW)])
def test_only_what_is_wanted_is_read(store: Store, wanted: Wanted) -> None:
    with store.read() as unit:
        assert unit.decisions.judged(wanted, 9) == []


def test_what_is_not_there_any_more_is_told(store: Store) -> None:
    with store.read() as unit:
        assert unit.decisions.erased(["D1", "D9"]) == {"D9"}


def test_outcomes_of_many_decisions_come_at_once_each_in_its_order(store: Store) -> None:
    with store.write() as unit:
        unit.outcomes.add(FIRST, "inv-1")
        unit.outcomes.add(SECOND, "inv-2")
        unit.outcomes.add(replace(FIRST, id="O5", decision_id="D3"), "inv-1")
    with store.read() as unit:
        found = unit.outcomes.of_all(["D1", "D2", "D3"])
    assert {each: [report.id for report in reports] for each, reports in found.items()} == {
        "D1": ["O1", "O2"],
        "D3": ["O5"],
    }
    assert found["D1"] == [FIRST, SECOND]


def test_a_snapshot_of_one_content_is_made_once(store: Store) -> None:
    with store.write() as unit:
        unit.snapshots.add(MADE)
    with pytest.raises(Conflict), store.write() as unit:
        unit.snapshots.add(MADE)
    with store.read() as unit:
        assert (unit.snapshots.find(MADE.sha256), unit.snapshots.find("b" * 64)) == (MADE, None)


def test_a_retired_snapshot_stays_on_record(store: Store) -> None:
    later = replace(MADE, sha256="b" * 64, made_at=NOW + timedelta(seconds=1))
    with store.write() as unit:
        unit.snapshots.add(later)
        unit.snapshots.add(MADE)
        unit.snapshots.retire(MADE.sha256, NOW, later.sha256)
    with store.read() as unit:
        assert unit.snapshots.all() == [replace(MADE, retired_at=NOW, replaced_by=later.sha256), later]
    with pytest.raises(NotFound), store.write() as unit:
        unit.snapshots.retire("c" * 64, NOW, None)
