"""Replay: a past decision is thought again under its own versions, and comes out the same to the byte."""

from __future__ import annotations

import itertools
import json
import shutil
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from remit.core.errors import NotFound, SystemFailed
from remit.core.words import Actor

SMALL, LARGE = 5_000, 200_000
CASES: list[dict[str, Any]] = [
    {},
    {"amount_cents": LARGE},
    {"amount_cents": 2_000_000},
    {"kind": "advice"},
    {"topic": "unwritten"},
    {"topic": "travel"},
    {"topic": "gossip"},
    {"kind": "order", "parts": 0},
]


@pytest.fixture
def decided(desk: Any) -> list[str]:
    """One decision of every sort; the second is approved."""
    results = [desk.decide(request_id=f"R-{number}", **case) for number, case in enumerate(CASES)]
    desk.vote(results[1]["review_id"])
    return [result["decision_id"] for result in results]


def test_every_decision_comes_out_the_same(desk: Any, decided: list[str]) -> None:
    assert [(replayed.decision_id, replayed.same) for replayed in desk.engine.replay_all()] == [
        (decision_id, True) for decision_id in sorted(decided)
    ]


def test_a_replay_writes_nothing(desk: Any, decided: list[str]) -> None:
    before = desk.everything()
    list(desk.engine.replay_all())
    assert desk.everything() == before


def test_a_replay_does_not_care_what_has_become_of_pack_documents_and_time(desk: Any, decided: list[str]) -> None:
    desk.edit("policy.yaml", "case.amount_cents > 1000000", "case.amount_cents > 1")
    desk.edit("pack.yaml", "confidence: 0.9, reason: A payment", "confidence: 0.1, reason: A payment")
    desk.edit("knowledge/limits.md", "is 1,000.", "is 900.")
    desk.engine.index(str(desk.pack), Actor("kim"))
    desk.clock.advance(timedelta(days=400))
    assert desk.decide()["status"] == "denied"
    assert all(replayed.same for replayed in desk.engine.replay_all())


def test_a_replay_does_not_need_the_packs_folder_nor_the_process_that_decided(desk: Any, decided: list[str]) -> None:
    desk.close()
    shutil.rmtree(desk.pack)
    assert [replayed.same for replayed in desk.engine.replay_all()] == [True] * len(CASES)


def test_a_case_that_went_stale_replays_as_it_was_judged_last(desk: Any) -> None:
    waiting = desk.decide(amount_cents=LARGE)
    desk.word_alone(waiting)
    desk.edit("policy.yaml", "case.amount_cents > 100000\n", "case.amount_cents > 300000\n")
    desk.clock.advance(timedelta(days=1))
    assert desk.go_on(waiting)["status"] == "executed"
    assert desk.engine.replay(waiting["decision_id"]).same


def test_any_changed_byte_of_a_stored_judgement_is_found(desk: Any) -> None:
    decision_id = desk.decide()["decision_id"]
    [[judgement]] = desk.sql("SELECT judgement FROM decision")
    unnoticed = []
    for place in range(0, len(judgement), 13):
        changed = judgement[:place] + chr(ord(judgement[place]) ^ 1) + judgement[place + 1 :]
        desk.sql("UPDATE decision SET judgement = ?", changed)
        replayed = desk.engine.replay(decision_id)
        if (replayed.same, replayed.differs) != (False, ("record",)):
            unnoticed.append(place)
    assert unnoticed == []


def test_a_judgement_that_was_changed_together_with_its_digest_is_found(desk: Any) -> None:
    from remit.agents.records import Judgement
    from remit.core.canonical import digest

    decision_id = desk.decide()["decision_id"]
    with desk.engine.store.read() as unit:
        judgement = unit.decisions.get(decision_id).judgement
    forged = {**judgement.to_json(), "proposal": {**judgement.proposal, "confidence": 0.5}}
    assert digest(forged) == Judgement(**forged).sha256
    with desk.engine.store.write() as unit:
        unit.decisions.judge(decision_id, Judgement(**forged), None)
    replayed = desk.engine.replay(decision_id)
    assert replayed.differs == ("proposal",)
    assert (replayed.then["proposal"]["confidence"], replayed.now["proposal"]["confidence"]) == (0.5, 0.9)


def test_a_changed_case_is_found(desk: Any) -> None:
    decision_id = desk.decide()["decision_id"]
    desk.forge("payload.body", "5000", "4000")
    assert "proposal" in desk.engine.replay(decision_id).differs


def test_a_decision_whose_pack_version_is_gone_does_not_stop_the_others(desk: Any, decided: list[str]) -> None:
    desk.edit("policy.yaml", "version: 1\n", "version: 2\n")
    odd = desk.decide()
    desk.close()
    ((versions,),) = desk.sql("SELECT versions FROM decision WHERE id = ?", odd["decision_id"])
    desk.sql("DELETE FROM pack_version WHERE sha256 = ?", json.loads(versions)["pack_sha256"])
    assert [replayed.decision_id for replayed in desk.engine.replay_all() if not replayed.same] == [odd["decision_id"]]


# Which decisions, and what was known when


@pytest.fixture
def three_days(desk: Any) -> list[str]:
    """Three decisions, a day apart."""
    made = []
    for number in range(3):
        made.append(desk.decide(request_id=f"R-{number}")["decision_id"])
        desk.clock.advance(timedelta(days=1))
    return made


@pytest.mark.parametrize(
    ("which", "expected"),
    [
        ({}, [0, 1, 2]),
        ({"since": 1}, [1, 2]),
        ({"until": 1}, [0]),
        ({"since": 1, "until": 2}, [1]),
        ({"decision": "desk.request", "until": 2}, [0, 1]),
    ],
    ids=str,
)
def test_some_decisions_are_replayed_by_time_and_name(
    desk: Any, three_days: list[str], which: dict[str, Any], expected: list[int]
) -> None:
    begin = desk.clock.now() - timedelta(days=3)
    asked = {name: begin + timedelta(days=it) if isinstance(it, int) else it for name, it in which.items()}
    assert [each.decision_id for each in desk.engine.replay_all(**asked)] == [three_days[it] for it in expected]


def test_a_name_that_no_decision_has_is_not_taken_for_none_that_differs(desk: Any, three_days: list[str]) -> None:
    with pytest.raises(NotFound, match="no decision is called") as raised:
        list(desk.engine.replay_all(decision="desk.requets"))
    assert raised.value.mend == "did you mean `desk.request`?"


def test_a_difference_is_told_field_by_field(desk: Any) -> None:
    decision_id = desk.decide()["decision_id"]
    desk.forge("payload.body", "5000", "4000")
    changes = [change.to_json() for change in desk.engine.replay(decision_id).changes]
    assert changes == [{"path": "proposal.action.args.amount_cents", "then": SMALL, "now": 4_000}]


def test_a_judgement_of_before_choices_were_recorded_replays_the_same(desk: Any) -> None:
    decision_id = desk.decide()["decision_id"]
    with desk.engine.store.write() as unit:
        stored = unit.decisions.get(decision_id)
        assert stored.judgement.choice["probabilities"]["pay"] == 1.0
        unit.decisions.judge(decision_id, replace(stored.judgement, choice={}), stored.action_digest)
    assert desk.engine.replay(decision_id).same


def test_an_explanation_stays_what_was_known_then(desk: Any, decided: list[str]) -> None:
    before = [desk.engine.explain(each, clauses=True) for each in decided]
    desk.edit("policy.yaml", "case.amount_cents > 1000000", "case.amount_cents > 1")
    desk.edit("knowledge/limits.md", "is 1,000.", "is 900.")
    (desk.pack / "knowledge" / "travel.md").unlink()
    desk.engine.index(str(desk.pack), Actor("kim"))
    desk.clock.advance(timedelta(days=400))
    assert desk.decide()["status"] == "denied"
    assert [desk.engine.explain(each, clauses=True) for each in decided] == before


@pytest.mark.parametrize("broken", [{0, 1, 2}, {0}, {1}, {2}, {0, 2}], ids=str)
def test_a_decision_that_was_made_while_search_was_down_replays_as_it_was(
    desk: Any, monkeypatch: pytest.MonkeyPatch, broken: set[int]
) -> None:
    from remit.service import evidence

    real, attempts = evidence.gather, itertools.count()

    def sometimes(*given: Any, **more: Any) -> Any:
        if next(attempts) in broken:
            raise SystemFailed("the model is gone", code="model_gone")
        return real(*given, **more)

    monkeypatch.setattr(evidence, "gather", sometimes)
    decision_id = desk.decide(topic="unwritten")["decision_id"]
    monkeypatch.undo()
    replayed = desk.engine.replay(decision_id)
    assert replayed.same, [change.sentence() for change in replayed.changes]
