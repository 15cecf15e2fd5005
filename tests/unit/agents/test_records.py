from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from remit.agents.records import Judgement, Run, StoredDecision, Versions, action_digest, judged
from remit.core.errors import Corrupted
from remit.core.words import Actor

RUN = Run("D", "desk.request", {"cents": 1}, "ok", (), "R-1", Actor("ana"), datetime(2026, 3, 1, tzinfo=UTC), "salt")
JUDGEMENT = Judgement("2026-03-01T00:00:00+00:00", {}, {}, [{"id": "a", "sha256": "b"}], [], {"confidence": 0.9}, {})
VERSIONS = Versions("desk", "1.0.0", "p", "c", None, "k", "1")
STORED = StoredDecision(RUN, VERSIONS, "committed", JUDGEMENT, JUDGEMENT.sha256, "d", None, None, None, None)


@pytest.mark.parametrize(
    "other", [("E", "pay", {"cents": 1}), ("D", "wire", {"cents": 1}), ("D", "pay", {"cents": 2}), ("D", "pay", {})]
)
def test_an_action_digest_is_of_one_decision_one_action_and_its_arguments(other: Any) -> None:
    assert action_digest(*other) != action_digest("D", "pay", {"cents": 1})


def test_an_action_digest_does_not_depend_on_the_order_of_arguments() -> None:
    assert action_digest("D", "pay", {"a": 1, "b": 2.5}) == action_digest("D", "pay", {"b": 2.5, "a": 1})


@pytest.mark.parametrize("change", [{"salt": "pepper"}, {"case": {"cents": 2}}])
def test_the_commitment_to_the_input_binds_case_and_salt(change: Any) -> None:
    assert replace(RUN, **change).input_commit != RUN.input_commit


@pytest.mark.parametrize(
    "evidence", [[], [{"id": "a", "sha256": "c"}], [{"id": "b", "sha256": "b"}], [{"id": "a", "sha256": "b"}] * 2]
)
def test_the_evidence_root_is_of_every_passage_word_for_word(evidence: Any) -> None:
    assert replace(JUDGEMENT, evidence=evidence).evidence_root != JUDGEMENT.evidence_root


def test_a_judgement_as_recorded_is_given_back() -> None:
    assert judged(STORED) is JUDGEMENT


@pytest.mark.parametrize(
    "change", [{"judgement": None}, {"judgement_sha256": "another"}, {"judgement": replace(JUDGEMENT, needs=[{}])}]
)
def test_a_judgement_that_is_not_the_recorded_one_is_refused(change: Any) -> None:
    with pytest.raises(Corrupted):
        judged(replace(STORED, **change))
