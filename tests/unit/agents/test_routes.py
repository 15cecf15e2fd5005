from __future__ import annotations

from typing import Any

import pytest

from remit.agents.routes import after_commit, after_guard, after_intake, after_recheck

MET, UNMET = [{"need": "rule", "met": True, "found": 1}], [{"need": "rule", "met": False, "found": 0}]
TOO_FEW = [{"need": "rule", "met": False, "found": 1}]


@pytest.mark.parametrize(
    ("effect", "needs", "replans", "next_step"),
    [
        ("allow", MET, 0, "commit"),
        ("allow", UNMET, 0, "commit"),
        ("deny", MET, 0, "answer"),
        ("deny", UNMET, 0, "answer"),
        ("escalate", MET, 0, "open_review"),
        ("escalate", [], 0, "open_review"),
        ("escalate", UNMET, 0, "replan"),
        ("escalate", UNMET, 1, "replan"),
        ("escalate", UNMET, 2, "open_review"),
        ("escalate", TOO_FEW, 0, "open_review"),
        ("escalate", MET + UNMET, 0, "replan"),
    ],
)
def test_after_the_guard_only_an_escalation_without_evidence_is_planned_again(
    effect: str, needs: Any, replans: int, next_step: str
) -> None:
    state: Any = {"verdict": {"effect": effect}, "needs": needs, "replans": replans}
    assert after_guard(state) == next_step


@pytest.mark.parametrize(
    ("stage", "next_step"),
    [
        ("received", "plan"),
        ("awaiting_review", "recheck"),
        ("committed", "execute"),
        ("quarantined", "answer"),
        ("executed", "answer"),
    ],
)
def test_a_run_goes_on_from_the_stage_of_its_row(stage: Any, next_step: str) -> None:
    assert after_intake({"stage": stage}) == next_step


@pytest.mark.parametrize(
    ("stage", "next_step"),
    [("approved", "commit"), ("stale", "plan"), ("awaiting_review", "wait_review"), ("rejected", "answer")],
)
def test_after_the_recheck_only_an_approval_that_holds_is_committed(stage: Any, next_step: str) -> None:
    assert after_recheck({"stage": stage}) == next_step


@pytest.mark.parametrize(
    ("stage", "next_step"), [("committed", "execute"), ("advised", "answer"), ("awaiting_review", "recheck")]
)
def test_advice_is_final_an_action_is_carried_out_and_what_was_taken_back_is_looked_at_anew(
    stage: Any, next_step: str
) -> None:
    assert after_commit({"stage": stage}) == next_step
