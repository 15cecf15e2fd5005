"""Snapshots: what was decided and what was known of it at a moment, by content, and nothing of who was erased."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from remit.core.errors import Corrupted, InputError, NotFound, Refused
from remit.core.words import Actor
from remit.service.learning.check_snapshot import check_snapshot
from remit.service.learning.take_snapshot import take_snapshot
from remit.service.record_outcome import Report, record_outcome

KIM = Actor("kim", roles=("clerk",))
LARGE = 200_000


@pytest.fixture
def decided(desk: Any) -> list[str]:
    """A payment that was made, another, one that a person approved, and one that was denied."""
    amounts = {"R-1": 5_000, "R-2": 6_000, "R-3": LARGE, "R-4": 2_000_000}
    results = []
    for name, cents in amounts.items():
        desk.clock.advance(timedelta(seconds=1))
        results.append(desk.decide(request_id=name, amount_cents=cents))
    desk.vote(results[2]["review_id"])
    return [result["decision_id"] for result in results]


@pytest.fixture
def report(desk: Any) -> Callable[..., str]:
    """Report an outcome now, of something that has just happened."""

    def tell(decision_id: str, value: bool, corrects: str | None = None) -> str:
        told = Report("settled", value, desk.clock.now(), corrects)
        return record_outcome(desk.engine.services, decision_id, told, KIM)[0].id

    return tell


def take(desk: Any, **query: Any) -> Any:
    made, _ = take_snapshot(desk.engine.services, str(desk.pack), KIM, **query)
    return made


def rows(desk: Any, made: Any) -> list[dict[str, Any]]:
    files = desk.engine.services.snapshot_files
    return [row for some in files.rows(made.sha256) for row in some]


def labels(desk: Any, **query: Any) -> list[tuple[str, str | None]]:
    return [(row["label"], row["outcome"]) for row in rows(desk, take(desk, **query))]


def test_a_row_tells_what_was_chosen_what_was_done_and_who_looked(desk: Any, decided: list[str]) -> None:
    found = rows(desk, take(desk))
    assert [row["decision_id"] for row in found] == decided
    assert [(row["executed"], row["automated"], len(row["reviewers"])) for row in found] == [
        ("pay", True, 0),
        ("pay", True, 0),
        ("pay", False, 1),
        (None, False, 0),
    ]
    assert {(row["proposed"], row["propensity"], row["probabilities"]["pay"]) for row in found} == {("pay", 1.0, 1.0)}
    assert [row["quarantine"] for row in found] == [None] * 4


def test_only_what_had_arrived_by_then_is_known(desk: Any, decided: list[str], report: Any) -> None:
    before = desk.clock.now()
    desk.clock.advance(timedelta(days=1))
    first = report(decided[0], True)
    then = desk.clock.now()
    desk.clock.advance(timedelta(days=1))
    report(decided[0], False, corrects=first)
    found = [labels(desk, as_of=moment)[0] for moment in (then, desk.clock.now())]
    assert found == [("known", "true"), ("known", "false")]
    assert labels(desk, as_of=before + timedelta(hours=1))[0] == ("pending", None)


def test_a_missing_outcome_is_unknown_after_the_horizon_and_never_a_loss(
    desk: Any, decided: list[str], report: Any
) -> None:
    report(decided[0], True)
    assert labels(desk)[:2] == [("known", "true"), ("pending", None)]
    desk.clock.advance(timedelta(days=31))
    found = rows(desk, take(desk))
    assert [(row["label"], row["reward"]) for row in found[:2]] == [("known", 1.0), ("unknown", None)]
    assert all(row["matured"] for row in found)


def test_reports_that_come_late_or_out_of_order_make_the_same_rows(desk: Any, decided: list[str], report: Any) -> None:
    desk.clock.advance(timedelta(days=31))
    report(decided[1], False)
    report(decided[0], True)
    found = rows(desk, take(desk))
    assert [(row["outcome"], row["late"]) for row in found[:2]] == [("true", True), ("false", True)]


def test_equal_data_are_one_snapshot_and_one_event(desk: Any, decided: list[str]) -> None:
    first = take_snapshot(desk.engine.services, str(desk.pack), KIM)
    desk.clock.advance(timedelta(hours=1))
    assert take_snapshot(desk.engine.services, str(desk.pack), KIM) == (first[0], False)
    assert first[1]


def test_nothing_is_asked_of_the_future_and_nothing_made_of_nothing(desk: Any, decided: list[str]) -> None:
    with pytest.raises(InputError, match="nobody knows yet"):
        take(desk, as_of=desk.clock.now() + timedelta(days=1))
    with pytest.raises(InputError, match="no final decision"):
        take(desk, until=desk.clock.now() - timedelta(days=9))


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"probabilities": {"pay": 0.5, "wire": 0.5, "order": 0.0, "advise": 0.0}}, "propensity"),
        ({"seed": "0" * 16}, "propensity"),
        ({"features": {"forged": 1}}, "features"),
    ],
)
def test_a_record_that_does_not_come_out_again_is_quarantined(
    desk: Any, decided: list[str], change: dict[str, Any], why: str
) -> None:
    with desk.engine.store.write() as unit:
        stored = unit.decisions.get(decided[0])
        forged = replace(stored.judgement, choice={**stored.judgement.choice, **change})
        unit.decisions.judge(decided[0], forged, stored.action_digest)
    made = take(desk)
    assert [row["quarantine"] for row in rows(desk, made)] == [why, None, None, None]
    report = check_snapshot(desk.engine.services, made.sha256)
    assert report["gates"][0] == {"gate": "quarantine", "verdict": "refuse", "why": f"1 {why}"}


def test_rows_that_were_changed_are_not_learnt_from(desk: Any, decided: list[str]) -> None:
    first = take(desk)
    desk.clock.advance(timedelta(days=31))
    second = take(desk)
    assert check_snapshot(desk.engine.services, first.sha256[:12])["counts"]["rows"] == 4
    folder = desk.home / "learning" / "snapshots"
    shutil.copy(folder / f"{second.sha256}.parquet", folder / f"{first.sha256}.parquet")
    with pytest.raises(Corrupted):
        check_snapshot(desk.engine.services, first.sha256)


def test_an_erased_subject_leaves_every_snapshot(desk: Any, decided: list[str]) -> None:
    from tests.integration.test_erasure import erase

    old = take(desk)
    gone = desk.engine.explain(decided[0])["case"]["request_id"]
    erase(desk, gone)
    with desk.engine.store.read() as unit:
        retired = unit.snapshots.find(old.sha256)
        left = unit.snapshots.find(retired.replaced_by)
    assert retired.retired_at is not None
    assert [row["decision_id"] for row in rows(desk, left)] == decided[1:]
    assert [path.stem for path in (desk.home / "learning" / "snapshots").iterdir()] == [left.sha256]
    with pytest.raises(Refused, match="retired"):
        check_snapshot(desk.engine.services, old.sha256)


def test_a_snapshot_that_is_not_there_is_not_found(desk: Any, decided: list[str]) -> None:
    with pytest.raises(NotFound):
        check_snapshot(desk.engine.services, "f" * 64)


def test_lineage_is_an_event_of_the_standard(desk: Any, decided: list[str]) -> None:
    from openlineage.client.event_v2 import OutputDataset, Run, RunEvent, RunState

    from remit.learning.lineage import lineage_of

    told = lineage_of(take(desk))
    output = told["outputs"][0]
    event = RunEvent(
        eventType=RunState[told["eventType"]],
        eventTime=told["eventTime"],
        run=Run(**told["run"]),
        job=None,  # type: ignore[arg-type]
        producer=told["producer"],
        outputs=[OutputDataset(output["namespace"], output["name"])],
    )
    assert told["schemaURL"] == event.schemaURL
    assert datetime.fromisoformat(told["eventTime"]).tzinfo is not None
