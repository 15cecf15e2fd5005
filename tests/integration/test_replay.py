"""Replay: a past decision is thought again under its own versions, and comes out the same to the byte."""

from __future__ import annotations

import json
import shutil
from datetime import timedelta
from typing import Any

import pytest

from remit.core.words import Actor

LARGE = 200_000
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
    desk.edit("policy.yaml", "case.amount_cents > 100000\n", "case.amount_cents > 300000\n")
    desk.clock.advance(timedelta(days=1))
    assert desk.vote(waiting["review_id"])["decision"]["status"] == "executed"
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
    desk.sql("UPDATE payload SET body = replace(body, '5000', '4000')")
    assert "proposal" in desk.engine.replay(decision_id).differs


def test_a_decision_whose_pack_version_is_gone_does_not_stop_the_others(desk: Any, decided: list[str]) -> None:
    desk.edit("policy.yaml", "version: 1\n", "version: 2\n")
    odd = desk.decide()
    desk.close()
    ((versions,),) = desk.sql("SELECT versions FROM decision WHERE id = ?", odd["decision_id"])
    desk.sql("DELETE FROM pack_version WHERE sha256 = ?", json.loads(versions)["pack_sha256"])
    assert [replayed.decision_id for replayed in desk.engine.replay_all() if not replayed.same] == [odd["decision_id"]]
