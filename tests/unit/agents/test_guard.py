from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from remit.agents.guard import guard, judge, sure_then

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_the_contract_judges_at_the_recorded_moment(world: Any, state: Any) -> None:
    guard(state(), world.deps)
    assert world.contract.facts.now == NOW


def test_evidence_grows_older_until_the_moment_of_judging(world: Any, state: Any) -> None:
    judge(state(), world.deps, NOW + timedelta(days=5), {})
    assert [item.age_days for item in world.contract.facts.evidence] == [15]


@pytest.mark.parametrize(("quality", "seen"), [("ok", "ok"), ("degraded", "degraded"), ("quarantined", "degraded")])
def test_the_contract_is_told_of_poor_data(world: Any, state: Any, quality: str, seen: str) -> None:
    world.case_quality = quality
    guard(state(), world.deps)
    assert world.contract.facts.case_quality == seen


@pytest.mark.parametrize(
    ("autonomy", "effect", "verdict"),
    [
        ("act", "allow", "allow"),
        ("approve_all", "allow", "escalate"),
        ("approve_all", "escalate", "escalate"),
        ("approve_all", "deny", "deny"),
        ("advise", "allow", "allow"),
    ],
)
def test_autonomy_only_ever_tightens_a_verdict(
    world: Any, state: Any, autonomy: str, effect: str, verdict: str
) -> None:
    world.autonomy, world.contract.effect = autonomy, effect
    assert guard(state(), world.deps)["verdict"]["effect"] == verdict


def test_what_autonomy_escalates_names_who_may_approve_it(world: Any, state: Any) -> None:
    world.autonomy = "approve_all"
    verdict = guard(state(), world.deps)["verdict"]
    assert [terms["role"] for terms in verdict["approvals"]] == ["reviewer"]
    assert [finding["rule"] for finding in verdict["findings"]] == ["autonomy", "routine"]


@pytest.mark.parametrize(
    ("sure_from", "effect", "verdict"),
    [
        (None, "allow", "allow"),
        (0.9, "allow", "allow"),
        (0.95, "allow", "escalate"),
        (float("inf"), "allow", "escalate"),
        (0.95, "escalate", "escalate"),
        (0.95, "deny", "deny"),
    ],
)
def test_a_broken_promise_only_ever_tightens_a_verdict_and_replay_finds_it_on_record(
    world: Any, state: Any, sure_from: float | None, effect: str, verdict: str
) -> None:
    """The proposal of this world has a confidence of 0.9."""
    world.sure_from, world.contract.effect = sure_from, effect
    said = guard(state(), world.deps)["verdict"]
    assert said["effect"] == verdict
    assert sure_then(said) == (sure_from if verdict != effect else None)
